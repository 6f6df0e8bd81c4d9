"""What the mails of backup tools mean: their subjects, as these tools write them."""

import pytest

from duplistat.core.wildcards import problem_of
from duplistat.formats.mail.message import Mail
from duplistat.formats.mail.rules import BUILT_IN, OPERATIONS, PLACES, STATUSES, details, first


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
        ("Backup completed: 10 failed, 0 warnings", "failed", "backup", {}),
        ("12 succeeded, 0 failed, 3 warnings", "warning", "backup", {}),
        ("Backup failed: 0 files saved", "failed", "backup", {}),
        ("No connection, backup failed", "failed", "backup", {}),
        ("Sicherung mit 10 Fehlern beendet", "failed", "backup", {}),
        (
            "[Error][Hybrid Backup Sync] Notification from your device: NAS1",
            "failed",
            "backup",
            {"server": "NAS1"},
        ),
        (
            "[Warning][Hybrid Backup Sync] Notifica dal dispositivo: NAS1",
            "warning",
            "backup",
            {"server": "NAS1"},
        ),
    ],
)
def test_a_subject_says_how_it_ended(
    subject: str, status: str, operation: str, names: dict[str, str]
) -> None:
    found = first(mail(subject), BUILT_IN)
    assert found is not None
    assert (found[0].status, found[0].operation, found[1]) == (status, operation, names)


@pytest.mark.parametrize(
    "subject",
    [
        "Backup completed",
        "Success!",
        "OK",
        "Your invoice",
        "",
        "Backup of db1",
        # That there was none of it is nothing bad.
        "Backup of db1: 12 succeeded, 0 failed",
        "Backup finished without errors",
        "Backup finished, no warnings, errors: 0",
        "errors: 0 warnings: 0",
        "Sicherung erfolgreich (0 Fehler, keine Warnungen)",
        "Sicherung ohne Fehler beendet",
        "Sicherung fehlerfrei",
        "Failover cluster backup completed",
    ],
)
def test_no_word_that_anybody_uses_is_a_success(subject: str) -> None:
    assert first(mail(subject), BUILT_IN) is None


def test_a_line_of_the_text_says_it_too() -> None:
    found = first(
        mail("Notification from nas", "Hello,\n\nYour data backup task Docs is now complete.\n"), BUILT_IN
    )
    assert found is not None
    assert (found[0].status, found[1]) == ("success", {"job": "Docs"})


SYNOLOGY = """Die Datensicherung auf nas-1 ist fehlgeschlagen.

Weitere Informationen finden Sie im Sicherungsprotokoll unter Hyper Backup > Protokoll.

Datensicherungsaufgabe: Docs 2
Sicherungsziel: BACKUP / Docs.hbk
Start: Do, 17 Aug 2023 03:41:29
Dauer: 1 Hour 2 Minute 3 Second

Von nas-1
"""


def test_a_synology_says_job_and_duration_below_its_mail() -> None:
    found = first(mail("nas-1: Meldung", SYNOLOGY), BUILT_IN)
    assert found is not None
    assert (found[0].status, found[1]) == ("failed", {"server": "nas-1"})
    assert details(mail("", SYNOLOGY)) == ("Docs 2", 3_723_000)
    assert details(mail("", SYNOLOGY.replace("Datensicherungsaufgabe", "Backup Task"))) == (
        "Docs 2",
        3_723_000,
    )
    assert details(mail("", "Duration: long\nTask: x")) == ("", None)


def test_that_a_job_of_a_qnap_began_is_no_run() -> None:
    text = 'Severity: Info\nMessage: [Hybrid Backup Sync] Started Sync job: "Offsite".'
    found = first(mail("[Info][Hybrid Backup Sync] Notification from your device: NAS1", text), BUILT_IN)
    assert found is not None
    assert found[0].status == "none"


def test_each_rule_that_is_built_in_is_one() -> None:
    for rule in BUILT_IN:
        assert problem_of(rule.pattern) == "", rule
        assert rule.place in PLACES
        assert rule.status in STATUSES
        assert rule.operation in OPERATIONS
    assert len({(rule.place, rule.pattern) for rule in BUILT_IN}) == len(BUILT_IN)
