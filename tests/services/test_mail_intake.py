"""Mails that were received become runs, are kept, and can be read again."""

from email.message import EmailMessage
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.mail_intake import receive
from duplistat.services.mail_intake.addresses import CHARS, make_mail_address, revoke_mail_address
from duplistat.services.mail_intake.own_rules import add_mail_rule, drop_mail_rule
from duplistat.services.reports.replay import read_again
from duplistat.services.worker_context import WorkerContext
from duplistat.store import mail_intake
from duplistat.store.runs import Run
from tests.support.outputs import text
from tests.support.site import Site


class Mailbox:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.context = WorkerContext(site.config, site.db, site.writes, site.now)

    def address(self, name: str = "nas", **of: str) -> str:
        of = {"server": "", "job": ""} | of
        made = self.site.writes.run(
            make_mail_address,
            account=1,
            name=name,
            server=of["server"],
            job=of["job"],
            **self.site.signature(),
        )
        return f"{made['local_part']}@backups.example"

    def rule(self, pattern: str, status: str, account: int = 1, place: str = "subject") -> int:
        return self.site.writes.run(
            add_mail_rule,
            account=account,
            place=place,
            pattern=pattern,
            status=status,
            operation="backup",
            **self.site.signature(),
        )

    def send(self, address: str, subject: str, body: str = "", id: str = "") -> list[Run]:
        """Take a mail in; the runs that it tells of."""
        mail = EmailMessage()
        mail["Subject"], mail["From"] = subject, "root@nas"
        if id:
            mail["Message-ID"] = id
        mail.set_content(body)
        found = receive.address_of(self.context, address, "192.0.2.7")
        done = receive.take_in(self.context, found, mail.as_bytes(), "192.0.2.7")
        return [self.site.run(item["run"]) for item in done if item["run"] is not None]

    def names(self, run: Run) -> tuple[str, str]:
        """Server and job of a run."""
        (row,) = self.site.db.rows(
            "SELECT s.name, j.name FROM job j JOIN server s ON s.id = j.server_id WHERE j.id = ?",
            (run.job_id,),
        )
        return row[0], row[1]


@pytest.fixture
def box(site: Site) -> Mailbox:
    return Mailbox(site)


def test_a_mail_becomes_a_run_of_what_its_subject_names(box: Mailbox) -> None:
    (run,) = box.send(box.address(), "[Success] Daily SQL (3 objects)")
    assert (run.status, run.is_backup, box.names(run)) == ("success", 1, ("root@nas", "Daily SQL"))
    assert (run.started_at, run.ended_at) == (box.site.now(), box.site.now())
    (kept,) = box.site.deliveries()
    assert (kept.endpoint, kept.content_type, kept.address) == ("/mail", "message/rfc822", "192.0.2.7")


def test_what_a_mail_says_below_its_text_names_the_job_and_its_duration(box: Mailbox) -> None:
    """Else all tasks of a NAS would be one job."""
    address = box.address(server="nas")
    for task in ("Docs", "Photos"):
        body = f"The backup has failed.\n\nBackup Task: {task}\nDuration: 8 Minute 41 Second\n"
        (run,) = box.send(address, "[nas] Data backup task on nas failed", body)
        assert (run.status, run.duration_ms, box.names(run)) == ("error", 521_000, ("nas", task))


def test_an_address_may_say_whose_its_mails_are(box: Mailbox) -> None:
    (run,) = box.send(box.address(server="web", job="db"), "[Failed] Daily SQL")
    assert (run.status, box.names(run)) == ("error", ("web", "db"))


def test_what_a_tool_printed_is_understood_and_its_subject_beside_it(box: Mailbox) -> None:
    output = text("restic", "33_backup_json_0.18.0.jsonl")
    address = box.address(server="web", job="data")
    (run,) = box.send(address, "Cron <root@web> backup", output)
    assert (run.status, run.files, run.size) == ("success", 11, 1870001)
    (worse,) = box.send(box.address("other", server="web", job="other"), "Backup failed", output)
    assert worse.status == "error"


def test_duplicatis_result_in_a_mail_is_a_report_of_its_own(box: Mailbox, duplicati_text: str) -> None:
    (run,) = box.send(box.address(server="pc"), "Duplicati Backup report for Docs", duplicati_text)
    assert (run.status, run.files, box.names(run)) == ("success", 5, ("pc", "Docs"))


@pytest.fixture
def duplicati_text() -> str:
    return (
        "DeletedFiles: 0\nDeletedFolders: 0\nModifiedFiles: 0\nExaminedFiles: 5\nOpenedFiles: 5\nAddedFiles: 5\n"
        "SizeOfModifiedFiles: 0\nSizeOfAddedFiles: 100\nSizeOfExaminedFiles: 100\nSizeOfOpenedFiles: 100\n"
        "NotProcessedFiles: 0\nAddedFolders: 1\nTooLargeFiles: 0\nFilesWithError: 0\nModifiedFolders: 0\n"
        "ModifiedSymlinks: 0\nAddedSymlinks: 0\nDeletedSymlinks: 0\nPartialBackup: False\nDryrun: False\n"
        "MainOperation: Backup\nParsedResult: Success\nVersion: 2.0.5.1 (2.0.5.1_stable_2020-01-18)\n"
        "EndTime: 1/28/2026 2:00:12 AM (1769565612)\nBeginTime: 1/28/2026 2:00:02 AM (1769565602)\n"
        "Duration: 00:00:10.1234567\nMessagesActualLength: 0\nWarningsActualLength: 0\nErrorsActualLength: 0\n"
    )


def test_a_mail_that_nobody_understands_is_no_success(box: Mailbox) -> None:
    (run,) = box.send(box.address(), "Backup completed", "All is fine.")
    assert run.status == "unknown"


def test_own_rules_come_first_and_can_be_taken_away(box: Mailbox) -> None:
    rule = box.rule("Backup of {job} completed", "success")
    (run,) = box.send(box.address(), "Backup of db1 completed")
    assert (run.status, box.names(run)[1]) == ("success", "db1")
    box.site.writes.run(drop_mail_rule, rule=rule, **box.site.signature())
    (run,) = box.send(box.address("b"), "Backup of db1 completed")
    assert run.status == "unknown"


def test_rules_of_another_account_mean_nothing_here(box: Mailbox) -> None:
    other = box.site.account("other")
    box.rule("Backup completed", "success", account=other)
    (run,) = box.send(box.address(), "Backup completed")
    assert run.status == "unknown"


def test_a_mail_that_tells_of_no_run_is_kept(box: Mailbox) -> None:
    assert box.send(box.address(), "[nas] Data backup task Docs has started") == []
    assert [item.endpoint for item in box.site.deliveries()] == ["/mail"]


def test_a_mail_that_comes_again_is_the_same_run(box: Mailbox) -> None:
    address = box.address()
    (first,) = box.send(address, "[Success] Docs", id="<1@nas>")
    box.site.now.forward(hours=3)
    (again,) = box.send(address, "[Success] Docs", id="<1@nas>")
    (other,) = box.send(address, "[Success] Docs", id="<2@nas>")
    assert first.id == again.id != other.id


def test_a_mail_can_be_read_again_when_rules_change(box: Mailbox) -> None:
    (run,) = box.send(box.address(), "Backup of db1 completed", id="<1@nas>")
    assert run.status == "unknown"
    box.rule("Backup of db1 completed", "success")
    (kept,) = box.site.deliveries()
    assert read_again(box.site.db, box.site.writes, kept.id, max_log_lines=1000) == "corrected"
    assert box.site.run(run.id).status == "success"


def test_an_address_is_known_by_its_secret_alone(box: Mailbox) -> None:
    address = box.address()
    local_part = address.partition("@")[0]
    assert len(local_part) == CHARS
    assert receive.address_of(box.context, f"{local_part.upper()}@anything.example", "::1").name == "nas"
    for wrong in (
        "nas@backups.example",
        f"{local_part[:-1]}@backups.example",
        "@",
        local_part,
        f"{'a' * CHARS}@x",
    ):
        with pytest.raises(receive.UnknownAddress):
            receive.address_of(box.context, wrong, "::1")
    (row,) = box.site.db.rows("SELECT hash, hint FROM mail_address")
    assert local_part not in row
    box.site.writes.run(revoke_mail_address, account=1, name="nas", **box.site.signature())
    with pytest.raises(receive.UnknownAddress):
        receive.address_of(box.context, address, "::1")


def test_who_tries_many_wrong_addresses_is_told_to_wait(box: Mailbox) -> None:
    def tried() -> None:
        for _ in range(100):
            with pytest.raises(receive.UnknownAddress):
                receive.address_of(box.context, f"{'a' * CHARS}@x", "192.0.2.9")

    with pytest.raises(DuplistatError, match="again in"):
        tried()


def test_too_many_mails_to_one_address_have_to_wait(make_site: Any) -> None:
    box = Mailbox(make_site(limits={"mails_per_minute": 2}))
    address, other = box.address(), box.address("other")
    for _ in range(2):
        box.send(address, "[Success] Docs")
    with pytest.raises(DuplistatError, match="again in"):
        box.send(address, "[Success] Docs")
    assert len(box.send(other, "[Success] Docs")) == 1
    box.site.now.forward(minutes=1)
    assert len(box.send(address, "[Success] Docs")) == 1


def test_mails_are_counted(box: Mailbox) -> None:
    address = box.address()
    box.send(address, "[Success] Docs")
    box.send(address, "[nas] Data backup task Docs has started")
    (found,) = mail_intake.addresses(box.site.db, (1,))
    assert (found.mails, found.used_at) == (2, box.site.now())


@pytest.mark.parametrize(
    ("pattern", "status", "place", "problem"),
    [
        ("  ", "success", "subject", "empty"),
        ("{job}*", "success", "subject", "between"),
        ("x", "success", "head", "needs a place"),
        ("x", "perfect", "subject", "needs a place"),
    ],
)
def test_a_rule_that_is_none_is_refused(
    box: Mailbox, pattern: str, status: str, place: str, problem: str
) -> None:
    with pytest.raises(DuplistatError, match=problem):
        box.rule(pattern, status, place=place)


def test_two_rules_for_the_same_words_are_refused(box: Mailbox) -> None:
    box.rule("x", "success")
    with pytest.raises(DuplistatError, match="already"):
        box.rule("x", "failed")
