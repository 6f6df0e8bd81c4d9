"""What a run says of a verification or a restore: each line of the table."""

from typing import Any

import pytest

from duplistat.core.status import Status
from duplistat.core.verdict import Proof, Verdict, verdict_of

BROKEN = ["a.dblock.zip: Missing x", "a.dblock.zip: Extra y", "b.dindex.zip: Error no: header"]


def step(status: str = "success", *problems: str, operation: str = "test") -> dict[str, Any]:
    return {"operation": operation, "status": status, "problems": list(problems)}


def failed(verdict: Verdict | None) -> bool | None:
    return None if verdict is None else verdict.failed


@pytest.mark.parametrize("operation", ["test", "verify", "verification", "check", "restore"])
@pytest.mark.parametrize(
    ("status", "result"),
    [
        (Status.SUCCESS, False),
        (Status.ERROR, True),
        (Status.FATAL, True),
        (Status.WARNING, None),
        (Status.INTERRUPTED, None),
        (Status.RUNNING, None),
        (Status.UNKNOWN, None),
        (Status.OTHER, None),
    ],
)
def test_one_without_broken_files_is_what_its_word_says(
    operation: str, status: Status, result: bool | None
) -> None:
    verdict = verdict_of(operation, status, message="no")
    assert failed(verdict) is result
    if verdict is not None:
        assert verdict.proof is (Proof.RESTORE if operation == "restore" else Proof.VERIFICATION)
        assert (verdict.files, verdict.message) == (None, "no" if result else "")


@pytest.mark.parametrize("status", list(Status))
def test_a_verification_that_lists_broken_files_failed_whatever_its_word(status: Status) -> None:
    verdict = verdict_of("test", status, stopped=True, steps=[step("success", *BROKEN)])
    assert verdict is not None
    assert (verdict.failed, verdict.files) == (True, 2)


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.WARNING, Status.ERROR])
def test_a_backup_says_what_its_verification_says(status: Status) -> None:
    assert failed(verdict_of("backup", status)) is None
    assert failed(verdict_of("backup", status, steps=[step("fatal", operation="compact")])) is None
    assert failed(verdict_of("backup", status, steps=[step()])) is False
    for word in ("error", "fatal"):
        assert failed(verdict_of("backup", status, steps=[step(word)])) is True
    for word in ("warning", "unknown", "interrupted"):
        assert failed(verdict_of("backup", status, steps=[step(word)])) is None
        assert failed(verdict_of("backup", status, steps=[step(word, BROKEN[0])])) is True
    assert failed(verdict_of("backup", status, steps=[step(), step("error")])) is True
    assert verdict_of(
        "backup", status, steps=[step("error", "Verified 3 files with 1 problem(s)")]
    ) == Verdict(Proof.VERIFICATION, True, None, "Verified 3 files with 1 problem(s)")


def test_a_restore_that_found_broken_files_failed() -> None:
    numbers = {"BrokenRemoteFiles": 1, "BrokenLocalFiles": 2}
    assert verdict_of("restore", Status.WARNING, numbers=numbers) == Verdict(Proof.RESTORE, True, 3)
    assert failed(verdict_of("restore", Status.SUCCESS, numbers={"RestoredFiles": 0})) is False


def test_a_list_of_broken_files_says_something_only_when_it_is_not_empty() -> None:
    assert failed(verdict_of("listbrokenfiles", Status.SUCCESS)) is None
    assert failed(verdict_of("listbrokenfiles", Status.FATAL)) is None
    assert failed(verdict_of("listbrokenfiles", Status.SUCCESS, numbers={"BrokenFiles": 2})) is True


@pytest.mark.parametrize(
    "operation", ["repair", "compact", "listaffected", "purgebrokenfiles", "unknown", "list"]
)
@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FATAL])
def test_other_operations_say_nothing(operation: str, status: Status) -> None:
    assert verdict_of(operation, status, numbers={"BrokenFiles": 1}) is None


def test_a_dry_run_and_one_that_was_stopped_say_nothing() -> None:
    for operation in ("test", "restore"):
        for status in Status:
            assert verdict_of(operation, status, dry_run=True, steps=[step("error", *BROKEN)]) is None
            assert verdict_of(operation, status, stopped=True) is None
    assert verdict_of("backup", Status.SUCCESS, dry_run=True, steps=[step()]) is None
