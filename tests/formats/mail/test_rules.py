"""What the mails of backup tools mean: their subjects, as these tools write them."""

import pytest

from duplistat.core.wildcards import problem_of
from duplistat.formats.mail.message import Mail
from duplistat.formats.mail.rules import BUILT_IN, OPERATIONS, PLACES, STATUSES, first


def mail(subject: str, text: str = "") -> Mail:
    return Mail(subject, "", None, "", text)


@pytest.mark.parametrize(
    ("subject", "status", "operation", "names"),
    [
        ("[Success] Daily SQL (3 objects)", "success", "backup", {"job": "Daily SQL"}),
        ("[Warning] Daily SQL (1 machines, 1 warnings)", "warning", "backup", {"job": "Daily SQL"}),
        ("[Failed] Daily SQL", "failed", "backup", {"job": "Daily SQL"}),
        ("Veeam Agent: [Success] LAPTOP", "success", "backup", {"job": "LAPTOP"}),
        (
            "[nas] Data backup task [Docs] on nas is successful",
            "success",
            "backup",
            {"job": "Docs", "server": "nas"},
        ),
        ("Data backup task Docs on nas has completed", "success", "backup", {"job": "Docs", "server": "nas"}),
        ("[nas] Data backup task on nas failed", "failed", "backup", {}),
        ("[nas] Backup task was partially completed", "warning", "backup", {}),
        ("[nas] Data backup task Docs was cancelled", "interrupted", "backup", {}),
        ("[nas] Data backup task Docs has started", "none", "backup", {}),
        ("[nas] Backup integrity check is complete", "success", "verify", {}),
        ("[nas] Backup integrity check has failed", "failed", "verify", {}),
        ("vzdump backup status (pve1.lan): backup successful", "success", "backup", {"server": "pve1.lan"}),
        ("vzdump backup status (pve1): backup failed", "failed", "backup", {"server": "pve1"}),
        ("Garbage Collect Datastore 'main' successful", "success", "prune", {}),
        ("Verify Datastore 'main' failed", "failed", "verify", {}),
        ("Duplicati Backup report for Docs (Success)", "success", "backup", {"job": "Docs"}),
        ("Duplicati Backup report for Docs (Fatal)", "failed", "backup", {"job": "Docs"}),
        ("Backup of db1 FAILED", "failed", "backup", {}),
        ("Backup was unsuccessful", "failed", "backup", {}),
        ("Sicherung fehlgeschlagen", "failed", "backup", {}),
        ("Backup completed with 2 warnings", "warning", "backup", {}),
    ],
)
def test_a_subject_says_how_it_ended(
    subject: str, status: str, operation: str, names: dict[str, str]
) -> None:
    found = first(mail(subject), BUILT_IN)
    assert found is not None
    assert (found[0].status, found[0].operation, found[1]) == (status, operation, names)


@pytest.mark.parametrize(
    "subject", ["Backup completed", "Success!", "OK", "Your invoice", "", "Backup of db1"]
)
def test_no_word_that_anybody_uses_is_a_success(subject: str) -> None:
    assert first(mail(subject), BUILT_IN) is None


def test_a_line_of_the_text_says_it_too() -> None:
    found = first(
        mail("Notification from nas", "Hello,\n\nYour data backup task Docs is now complete.\n"), BUILT_IN
    )
    assert found is not None
    assert (found[0].status, found[1]) == ("success", {"job": "Docs"})


def test_each_rule_that_is_built_in_is_one() -> None:
    for rule in BUILT_IN:
        assert problem_of(rule.pattern) == "", rule
        assert rule.place in PLACES
        assert rule.status in STATUSES
        assert rule.operation in OPERATIONS
    assert len({(rule.place, rule.pattern) for rule in BUILT_IN}) == len(BUILT_IN)
