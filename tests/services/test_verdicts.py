"""A verification or a restore that failed stays known, until a later one succeeds or a person dismisses it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.reason import Code, load
from duplistat.services.jobs.dismiss import FailureDismissed, dismiss_failure
from duplistat.services.maintenance import retention
from duplistat.services.reports import replay
from duplistat.store import audit, jobs, transitions
from duplistat.store.jobs import Job
from duplistat.store.totals import DAY_MS, Tally
from tests.support.bodies import FORM, duplicati, form, sample
from tests.support.clock import ms
from tests.support.site import Site

TESTER = "Duplicati.Library.Main.Operation.TestHandler"
SUMMED = f"2026-01-20 11:00:59 +00 - [Error-{TESTER}-Test results]: Verified 3 remote files with 2 problem(s)"
GONE = [{"Key": "duplicati-b1.dblock.zip", "Value": [{"Key": "Missing", "Value": "aGFzaA=="}]}]
COPIED = {"ParsedResult": "Success", "VerifiedFileCount": 9, "FailedVerificationCount": 0}
FINE = [{"Key": "duplicati-b1.dblock.zip", "Value": []}]
OF_PROOFS = tuple(name for name in jobs.COLUMNS if name.startswith(("verify_", "restored_")))


def at(day: int, hour: int = 2) -> str:
    return f"2026-01-{day:02}T{hour:02}:00:00Z"


def backup(day: int, step: list[Any] | None = None, word: str = "Success", **more: Any) -> dict[str, Any]:
    """A backup; with `step` it verified some files."""
    result = None if step is None else {"MainOperation": "Test", "Verifications": step, "ParsedResult": word}
    return duplicati(at(day), TestResults=result, **more)


def verified(day: int, result: str = "Success", found: list[Any] = FINE, **more: Any) -> dict[str, Any]:
    return duplicati(at(day, 10), operation="Test", result=result, Verifications=found, **more)


def restore(day: int, result: str = "Success", **more: Any) -> dict[str, Any]:
    return duplicati(at(day, 12), operation="Restore", result=result, **more)


def health(site: Site, *bodies: dict[str, Any]) -> str:
    for body in bodies:
        site.record(body)
    return site.job().health


def proofs(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in OF_PROOFS}


@pytest.mark.parametrize(
    "body",
    [
        verified(20, "Error"),
        verified(20, "Fatal", []),
        verified(20, "Success", GONE),
        verified(20, "Warning", GONE),
        verified(20, "", GONE),
        verified(20, "Success", GONE, Interrupted=True),
        verified(20, "Success") | {"LogLines": [SUMMED]},
        verified(20, "Warning", []) | {"LogLines": [SUMMED.replace("Error-", "Warning-")]},
        verified(20, exception="System.Exception: no way"),
        verified(
            20, exception="System.Threading.Tasks.TaskCanceledException: the HttpClient.Timeout elapsed"
        ),
        backup(20, GONE),
        backup(20, GONE, result="Warning"),
        backup(20, [], "Error"),
        backup(20, [], "Fatal", result="Warning"),
        backup(20, FINE) | {"LogLines": [SUMMED]},
        backup(20) | {"LogLines": [SUMMED]},
        backup(20, FINE, RemoteSynchronizationResults=[COPIED | {"FailedVerificationCount": 2}]),
        duplicati(at(20), operation="ListBrokenFiles", BrokenFiles=[{"Item1": 0, "Item3": []}]),
    ],
)
def test_a_verification_that_failed_makes_its_job_failed_until_a_later_one_succeeds(
    site: Site, body: dict[str, Any]
) -> None:
    assert health(site, backup(19), body) == "failed"
    assert health(site, backup(21)) == "failed"
    assert health(site, duplicati(at(21, 15), operation="Repair")) == "failed"
    assert health(site, duplicati(at(21, 16), operation="ListBrokenFiles", BrokenFiles=[])) == "failed"
    assert health(site, verified(22, "Warning")) == "failed"
    assert health(site, backup(23, FINE, result="Warning", minutes=1), backup(24)) == "ok"


@pytest.mark.parametrize(
    "body",
    [
        verified(20, "Warning"),
        verified(20, "Error", [], Interrupted=True),
        verified(20, "Success", Interrupted=True),
        verified(20, ""),
        verified(20, "Success", GONE, Dryrun=True),
        verified(20, exception="System.OperationCanceledException: The operation was canceled."),
        backup(20, FINE, "Warning"),
        backup(20, [], ""),
        backup(20, RemoteSynchronizationResults=[COPIED]),
        backup(20) | {"LogLines": [f"2026-01-20 11:00:59 +00 - [Warning-{TESTER}-Faulty]: Repairing 1 file"]},
        restore(20, "Warning"),
        restore(20, exception="System.Threading.Tasks.TaskCanceledException: A task was canceled."),
        duplicati(at(20), operation="ListAffected", result="Error"),
        duplicati(at(20), operation="Repair", result="Fatal"),
    ],
)
def test_what_says_nothing_neither_raises_nor_clears(site: Site, body: dict[str, Any]) -> None:
    assert health(site, backup(1), body) == "ok"
    assert health(site, verified(2, "Error"), restore(3, "Error")) == "failed"
    site.record(body)
    assert site.job().verification_failed
    assert site.job().restore_failed


def test_a_restore_that_failed_is_a_warning_until_a_later_one_succeeds(site: Site) -> None:
    assert health(site, backup(19), restore(20, "Fatal")) == "warning"
    assert health(site, backup(21, FINE)) == "warning"
    assert health(site, restore(19)) == "warning"
    assert health(site, restore(22)) == "ok"
    assert health(site, restore(23, "Warning", BrokenRemoteFiles=["duplicati-b1.dblock.zip"])) == "warning"
    assert site.job().restored_broken == 1
    assert health(site, restore(24, "Success", BrokenLocalFiles=["a", "b"])) == "warning"
    assert site.job().restored_broken == 2


def test_real_reports_say_so(site: Site) -> None:
    site.record(sample("19_"))
    (job,) = site.jobs()
    assert (job.health, job.verify_broken, job.last_run) == ("failed", 2, None)
    site.record(sample("17_"))
    restored = next(job for job in site.jobs() if job.restored_run is not None)
    assert (restored.health, restored.restored_broken) == (
        "failed" if restored.id == job.id else "warning",
        1,
    )
    for start in ("01_", "03_", "04_", "05_", "07_", "08_", "13_"):
        site.record(sample(start))
    assert {job.verify_failed for job in site.jobs() if job.verify_run and job.last_run} == {0}


TEXT = """Duplicati Test report for Documents (4f1d2c3b4f1d2c3b4f1d2c3b4f1d2c3b, DB-1, nas)

MainOperation: Test
VerificationsActualLength: 2
Verifications: [
    duplicati-b1.dblock.zip: [],
    duplicati-b2.dblock.zip: [Missing: aGFzaA==]
]
ParsedResult: {result}
EndTime: 1/20/2026 10:10:00 AM (1768903800)
BeginTime: 1/20/2026 10:00:00 AM (1768903200)
Duration: 00:10:00
"""
STEP = """Duplicati Backup report for Documents (4f1d2c3b4f1d2c3b4f1d2c3b4f1d2c3b, DB-1, nas)

ExaminedFiles: 3
MainOperation: Backup
TestResults:
    MainOperation: Test
    ParsedResult: Error
ParsedResult: Success
BeginTime: 1/20/2026 10:00:00 AM (1768903200)
"""


@pytest.mark.parametrize("text", [TEXT.format(result=r) for r in ("Success", "Warning", "Error")] + [STEP])
def test_a_text_report_says_so_too(site: Site, text: str) -> None:
    site.record(form(text), kind=FORM)
    assert site.job().health == "failed"


def test_a_text_report_whose_log_alone_says_so(site: Site) -> None:
    site.record(
        form(f"{STEP.partition('TestResults')[0]}ParsedResult: Warning\nLog data:\n{SUMMED}\n"), kind=FORM
    )
    assert (site.job().health, site.job().verify_broken) == ("failed", None)
    assert site.job().verify_message == "Verified 3 remote files with 2 problem(s)"


def test_an_older_one_that_comes_late_neither_clears_nor_raises(site: Site) -> None:
    assert health(site, backup(1), verified(20, "Error"), verified(19), backup(18, FINE)) == "failed"
    assert health(site, verified(21), verified(15, "Error"), backup(14, GONE)) == "ok"
    assert site.job().verify_at == ms(at(21, 10))


def test_the_order_of_arrival_makes_no_difference_nor_does_reading_all_anew(
    make_site: Callable[..., Site],
) -> None:
    bodies = [
        backup(19, GONE),
        verified(20),
        restore(20, "Error"),
        backup(21, FINE),
        verified(22, "Fatal", []),
    ]
    site = make_site()
    site.record(backup(1))
    for body in bodies[::-1]:
        site.record(body)
    told, days = proofs(site.job()), site.job().days
    assert site.job().verification_failed
    job = jobs.locked_by_id(site.db, site.job().id)
    assert job is not None
    with site.db.transaction():
        replay.rebuild(site.db, Tally(site.db.shards), job, site.schedule_defaults)
    assert (proofs(site.job()), site.job().days, site.job().health) == (told, days, "failed")


def test_a_repeat_changes_nothing_and_the_same_run_told_otherwise_does(site: Site) -> None:
    site.record(backup(1))
    failed = verified(20, "Error", [])
    site.record(failed)
    before = asdict(site.job())
    site.record(failed)
    assert asdict(site.job()) == before
    # The same run, with what came of it after all.
    site.record(verified(20, "Success", minutes=11))
    assert (site.job().health, site.job().verify_failed) == ("ok", 0)
    assert "f" not in site.job().days


def test_what_is_taken_back_lets_what_was_before_stand(site: Site) -> None:
    site.record(backup(1))
    site.record(verified(18, "Error", []))
    site.record(verified(20, "Success"))
    site.record(verified(20, "Warning", [], minutes=12))
    assert site.job().health == "failed"
    assert site.job().verify_at == ms(at(18, 10))


def test_a_running_backup_hides_it_only_while_it_runs(site: Site) -> None:
    site.record(backup(19))
    site.record(verified(20, "Error"))
    live = {
        "operation": "Backup",
        "status": "Started",
        "startedUtc": "2026-01-28T12:00:00Z",
        "reportedUtc": "2026-01-28T12:00:00Z",
        "isCompleted": False,
        "metadata": {
            "machineId": "4f1d2c3b",
            "machineName": "nas",
            "backupName": "Documents",
            "backupId": "DB-1",
        },
    }
    site.post(live)
    assert site.job().health == "running"
    site.record(duplicati("2026-01-28T12:00:00Z"))
    assert site.job().health == "failed"


def test_an_overdue_or_a_paused_job_stays_so_and_is_failed_when_that_is_over(site: Site) -> None:
    site.record(duplicati("2026-01-26T02:00:00Z", next_run="20260127T020000Z"))
    site.record(verified(26, "Error"))
    site.sweep()
    assert site.job().health == "overdue"
    missed = site.job().missed
    # Another verification says nothing of when it is expected.
    site.record(verified(27, "Error"))
    assert (site.job().health, site.job().missed) == ("overdue", missed)
    site.record(backup(28))
    assert site.job().health == "failed"
    site.set_job(site.job(), paused=True)
    assert site.job().health == "paused"
    site.set_job(site.job(), paused=False)
    assert site.job().health == "failed"


def dismiss(site: Site, *which: str, at: int | None = None) -> FailureDismissed:
    proofs = list(which or ("verification", "restore"))
    return site.writes.run(dismiss_failure, job=site.job().id, proofs=proofs, at=at, **site.signature())


def test_a_person_dismisses_that_failure_and_a_newer_one_is_raised_again(site: Site) -> None:
    assert health(site, backup(19), verified(20, "Error"), restore(20, "Error")) == "failed"
    assert dismiss(site, "verification") == {"health": "warning", "dismissed": ["verification"]}
    assert dismiss(site) == {"health": "ok", "dismissed": ["restore"]}
    # An older one is known with it; the square of its day says what it was.
    assert health(site, verified(18, "Error")) == "ok"
    assert site.job().days.count("f") == 2
    assert health(site, verified(21, "Error")) == "failed"
    assert health(site, verified(22), verified(23, "Error")) == "failed"


def test_what_was_dismissed_stays_so_when_a_finer_word_comes(site: Site) -> None:
    text = TEXT.format(result="Error")
    site.record(form(text), kind=FORM)
    dismiss(site)
    body = duplicati("2026-01-20T10:00:00.5Z", operation="Test", result="Error", Verifications=GONE)
    body["Extra"] |= {"machine-id": "4f1d2c3b" * 4, "machine-name": "nas", "backup-name": "Documents"}
    answer = site.record(body)
    assert answer["duplicate"] is True
    assert (site.job().verify_at, site.job().verification_failed) == (ms("2026-01-20T10:00:00.5Z"), False)


def test_only_what_was_looked_at_is_dismissed_and_only_what_stands(site: Site) -> None:
    health(site, backup(19), verified(20, "Error"), verified(21, "Error"))
    for arguments in ({"at": ms(at(20, 10))}, {"which": "restore"}):
        which = [arguments.pop("which")] if "which" in arguments else []
        with pytest.raises(DuplistatError) as caught:
            dismiss(site, *which, **arguments)  # type: ignore[arg-type]
        assert caught.value.kind is Kind.INVALID
    assert site.job().verification_failed
    assert dismiss(site, at=ms(at(21, 10)))["health"] == "ok"
    with pytest.raises(DuplistatError):
        dismiss(site)
    (entry,) = [
        e for e in audit.everything(site.db, site.everyone, audit.Filter()) if e.action == "job.dismiss"
    ]
    assert json.loads(entry.after) == {"failed_verification": "2026-01-21T10:00:00.000Z"}
    assert entry.subject == "nas / Documents"


def test_changes_of_health_name_the_run_and_say_why(site: Site) -> None:
    health(site, backup(19), verified(20, "Success", GONE))
    changes = transitions.transitions(site.db, site.job().id, 5)
    assert (changes[0].before, changes[0].after, changes[0].run) == ("ok", "failed", site.job().verify_run)
    (reason,) = load(changes[0].reason)
    assert (reason.code, reason.values["files"]) == (Code.VERIFICATION_FAILED, 1)


def test_a_snooze_ends_when_a_verification_fails(site: Site) -> None:
    health(site, backup(19, result="Error"))
    site.set_job(site.job(), snoozed_until=site.now() + DAY_MS)
    site.record(verified(20, "Error"))
    assert site.job().snoozed_until is None
    assert site.job().health == "failed"


def test_when_its_run_is_deleted_what_it_found_stays_without_a_link(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"runs_days": 30, "deliveries_days": 30})
    for body in (verified(1, "Success", GONE), restore(2, "Error"), backup(27)):
        site.now.set(body["Data"]["EndTime"])
        site.record(body)
    before = proofs(site.job())
    site.now.set("2026-02-20T00:00:00Z")
    assert retention.prune_all(site.writes, site.config.retention, site.now())["runs"] == 2
    job = site.job()
    assert proofs(job) == before | {"verify_run": None, "restored_run": None}
    # Reading its history anew does not lose it either.
    held = jobs.locked_by_id(site.db, job.id)
    assert held is not None
    with site.db.transaction():
        replay.rebuild(site.db, Tally(site.db.shards), held, site.schedule_defaults)
    assert proofs(site.job()) == proofs(job)
    assert site.job().health == "failed"
    site.record(backup(28, FINE))
    assert site.job().health == "warning"


def test_nothing_is_dismissed_of_a_job_that_is_gone(site: Site) -> None:
    with pytest.raises(DuplistatError, match="job not found: it was deleted"):
        site.writes.run(dismiss_failure, job=99, proofs=[], **site.signature())
