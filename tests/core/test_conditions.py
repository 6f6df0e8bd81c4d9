"""How a job stands in the words of the partner report: each line of both tables."""

import pytest

from duplistat.core.conditions import Condition, Reason, Standing, condition_of
from duplistat.core.status import Health, Status


def told(health: Health, status: Status | None, **more: object) -> tuple[str, list[str]]:
    condition, reasons = condition_of(Standing(health=health, status=status, **more))  # type: ignore[arg-type]
    return condition.value, [reason.value for reason in reasons]


@pytest.mark.parametrize(
    ("health", "status", "condition", "reasons"),
    [
        (Health.OK, Status.SUCCESS, "COMPLETED", ["COMPLETED"]),
        (Health.RUNNING, Status.RUNNING, "RUNNING", ["RUNNING"]),
        (Health.RUNNING, Status.ERROR, "RUNNING", ["RUNNING"]),
        (Health.RUNNING, None, "RUNNING", ["RUNNING"]),
        (Health.STUCK, Status.SUCCESS, "WARNING", ["RUNNING"]),
        (Health.STUCK, None, "WARNING", ["RUNNING"]),
        (Health.WARNING, Status.WARNING, "WARNING", ["WARNINGS"]),
        (Health.WARNING, Status.OTHER, "WARNING", ["WARNINGS"]),
        (Health.WARNING, Status.UNKNOWN, "WARNING", ["WARNINGS"]),
        (Health.FAILED, Status.INTERRUPTED, "WARNING", ["CANCELED"]),
        (Health.FAILED, Status.ERROR, "FAILURE", ["ERRORS"]),
        (Health.FAILED, Status.FATAL, "FAILURE", ["EXCEPTION"]),
        (Health.NEVER, None, "FAILURE", ["RUNNING"]),
        (Health.OVERDUE, None, "FAILURE", ["MISSED"]),
    ],
)
def test_the_latest_run_says_how_a_job_stands(
    health: Health, status: Status | None, condition: str, reasons: list[str]
) -> None:
    assert told(health, status) == (condition, reasons)


def test_a_job_without_a_run_is_running_once_one_has_started() -> None:
    assert told(Health.NEVER, None, started=True) == ("RUNNING", ["RUNNING"])
    assert told(Health.OVERDUE, None, started=True) == ("FAILURE", ["MISSED"])


def test_an_exception_with_counted_errors_is_both() -> None:
    assert told(Health.FAILED, Status.FATAL, errors=2) == ("FAILURE", ["ERRORS", "EXCEPTION"])


def test_a_failed_verification_is_a_failure_and_a_failed_restore_a_warning() -> None:
    broken = {"verification_failed": True}
    assert told(Health.FAILED, Status.SUCCESS, **broken) == ("FAILURE", ["COMPLETED", "ERRORS"])
    assert told(Health.OVERDUE, Status.SUCCESS, **broken) == ("FAILURE", ["COMPLETED", "ERRORS", "MISSED"])
    assert told(Health.RUNNING, Status.SUCCESS, **broken) == ("RUNNING", ["RUNNING"])
    assert told(Health.STUCK, Status.SUCCESS, **broken) == ("FAILURE", ["RUNNING", "ERRORS"])
    lost = {"restore_failed": True}
    assert told(Health.WARNING, Status.SUCCESS, **lost) == ("WARNING", ["COMPLETED", "WARNINGS"])
    assert told(Health.FAILED, Status.ERROR, **lost) == ("FAILURE", ["WARNINGS", "ERRORS"])
    assert told(Health.RUNNING, Status.SUCCESS, **lost) == ("RUNNING", ["RUNNING"])


def test_an_interrupted_run_says_what_else_it_was() -> None:
    assert told(Health.FAILED, Status.INTERRUPTED, warnings=2) == ("WARNING", ["WARNINGS", "CANCELED"])
    assert told(Health.FAILED, Status.INTERRUPTED, errors=1) == ("FAILURE", ["CANCELED", "ERRORS"])


def test_a_partial_run_is_canceled() -> None:
    assert told(Health.WARNING, Status.SUCCESS, partial=True) == ("WARNING", ["CANCELED"])
    assert told(Health.WARNING, Status.WARNING, partial=True) == ("WARNING", ["WARNINGS", "CANCELED"])
    assert told(Health.FAILED, Status.ERROR, partial=True) == ("FAILURE", ["CANCELED", "ERRORS"])
    assert told(Health.FAILED, Status.FATAL, partial=True) == ("FAILURE", ["CANCELED", "EXCEPTION"])


def test_an_overdue_job_has_failed_whatever_its_latest_run_was() -> None:
    assert told(Health.OVERDUE, Status.SUCCESS) == ("FAILURE", ["COMPLETED", "MISSED"])
    assert told(Health.OVERDUE, Status.WARNING) == ("FAILURE", ["WARNINGS", "MISSED"])


def test_what_restores_and_deletes_did_leaves_the_condition_as_it_is() -> None:
    assert told(Health.OK, Status.SUCCESS, restored_nothing=True) == (
        "COMPLETED",
        ["COMPLETED", "NO_DATA_RESTORED"],
    )
    assert told(Health.FAILED, Status.ERROR, deleted_nothing=True) == (
        "FAILURE",
        ["ERRORS", "NO_DATA_DELETED"],
    )


def test_a_run_that_examined_no_file_is_at_least_a_warning() -> None:
    assert told(Health.OK, Status.SUCCESS, files=0) == ("WARNING", ["COMPLETED", "NO_FILE_DATA_BACKED_UP"])
    assert told(Health.FAILED, Status.ERROR, files=0)[0] == "FAILURE"
    assert told(Health.OK, Status.SUCCESS, files=None) == ("COMPLETED", ["COMPLETED"])


@pytest.mark.parametrize("tag", ["exchange", "sql", "SQL"])
def test_a_database_job_that_sent_no_byte_is_at_least_a_warning(tag: str) -> None:
    assert told(Health.OK, Status.SUCCESS, uploaded=0, tags=["x", tag]) == (
        "WARNING",
        ["COMPLETED", "NO_EXCHANGE_OR_SQL_DATA_BACKED_UP"],
    )
    assert told(Health.OK, Status.SUCCESS, uploaded=1, tags=[tag])[0] == "COMPLETED"
    assert told(Health.OK, Status.SUCCESS, uploaded=0, tags=["x"])[0] == "COMPLETED"
    assert told(Health.OK, Status.SUCCESS, uploaded=None, tags=[tag])[0] == "COMPLETED"


def test_every_job_has_a_condition_and_a_reason() -> None:
    for health in Health:
        for status in (None, *Status):
            for partial in (False, True):
                condition, reasons = condition_of(Standing(health=health, status=status, partial=partial))
                assert condition in Condition
                assert reasons
                assert list(reasons) == [reason for reason in Reason if reason in reasons]
