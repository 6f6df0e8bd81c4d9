"""The log of a result can be what a tool printed: it fills in what the script leaves out, and doubts what it claims."""

from tests.support.outputs import text
from tests.support.scripts import Script
from tests.support.site import Site

RESTIC = text("restic", "33_backup_json_0.18.0.jsonl")
UNREADABLE = text("restic", "06_backup_text_unreadable_0.14.0.txt") + text(
    "restic", "06_backup_text_unreadable_0.14.0.stderr.txt"
)
CHECK = text("restic", "25_check_text_ok_0.14.0.txt")


def test_a_log_fills_in_what_the_script_does_not_tell(site: Site, script: Script) -> None:
    run = site.run(script.backup(log=RESTIC, size=5)["backupId"])
    assert (run.files, run.size, run.uploaded, run.duration_ms) == (11, 5, 1876165, 761)
    assert (run.status, run.operation, run.message) == ("success", "backup", "All is well.")


def test_a_success_of_which_the_log_tells_otherwise_is_a_warning(site: Site, script: Script) -> None:
    run = site.run(script.backup(log=UNREADABLE)["backupId"])
    assert (run.status, run.files) == ("warning", 11)
    assert run.message == "open /srv/data/docs/private.key: permission denied"
    failed = site.run(script.backup(log=RESTIC, status="Error", timestamp="2026-01-29T02:00:00Z")["backupId"])
    assert (failed.status, failed.message) == ("error", "All is well.")


def test_a_verification_in_a_log_makes_no_backup_fresh(site: Site, script: Script) -> None:
    run = site.run(script.backup(log=CHECK)["backupId"])
    assert (run.operation, run.is_backup, run.status) == ("verify", 0, "success")


def test_a_log_of_no_known_tool_changes_nothing(site: Site, script: Script) -> None:
    run = site.run(script.backup(log="copying\nerror: nothing that we know")["backupId"])
    assert (run.status, run.files, run.operation) == ("success", None, "backup")
