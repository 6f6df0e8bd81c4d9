"""Why a job is as it is, in the words that pages and messages show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.health import Live
from duplistat.core.status import Health
from duplistat.core.times import to_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import reason_of
from duplistat.store.jobs import COLUMNS, Job

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
DEFAULTS = ScheduleDefaults(zone=ZoneInfo("Europe/Berlin"), grace_ms=7_200_000, stuck_ms=900_000)


def _ago(**span: float) -> int:
    return to_ms(NOW - timedelta(**span))


def _job(**values: Any) -> Job:
    """A job that was backed up well six hours ago, with other values on top."""
    texts = dict.fromkeys(("name", "ref", "source", "last_message", "days", "live_phase", "live_error"), "")
    known = {"tags": "[]", "health": "ok", "live_state": "", "created_at": _ago(days=30)}
    told = {"last_order": _ago(hours=6), "last_status": "success", "last_success_at": _ago(hours=6)}
    numbers = dict.fromkeys(
        ("id", "account_id", "server_id", "paused", "missed", "health_at", "last_partial"), 0
    )
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | texts | known | told | numbers | {"days_to": 0}
    return replace(Job(**row), **values)


def _reason(job: Job, health: Health) -> str:
    return reason_of(job, health, DEFAULTS, to_ms(NOW))


def test_an_overdue_job_says_how_late_what_was_missed_and_what_is_safe() -> None:
    job = _job(
        last_order=_ago(days=2),
        last_success_at=_ago(days=2),
        told_next=_ago(days=1),
        told_gap=86_400_000,
        missed=2,
    )
    assert _reason(job, Health.OVERDUE) == (
        "Overdue by 24 h: expected yesterday 14:00, 2 times missed, last successful backup Wed 14:00"
    )
    never_good = replace(job, last_success_at=None, missed=1)
    assert _reason(never_good, Health.OVERDUE).endswith("expected yesterday 14:00, no successful backup yet")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("error", "The backup today 08:00 ended with errors: disk full"),
        ("fatal", "The backup today 08:00 failed: disk full"),
        ("interrupted", "The backup today 08:00 was interrupted: disk full"),
        ("other", "The backup today 08:00 ended with an unrecognised status: disk full"),
    ],
)
def test_a_failed_run_says_when_and_why(status: str, words: str) -> None:
    assert _reason(_job(last_status=status, last_message="disk full"), Health.FAILED) == words


def test_a_failure_told_live_is_of_the_run_that_failed_and_not_of_the_one_before() -> None:
    job = _job(live_state=Live.FAILED, live_started=_ago(minutes=5), live_error="disk full")
    assert _reason(job, Health.FAILED) == "The backup today 13:55 failed: disk full"
    assert _reason(replace(job, live_error=""), Health.FAILED) == "The backup today 13:55 failed"


def test_a_backup_that_was_stopped_says_that_it_is_not_complete() -> None:
    assert _reason(_job(last_partial=1), Health.WARNING) == (
        "The backup today 08:00 was stopped before it was complete"
    )


def test_what_runs_says_since_when_and_how_far_it_is() -> None:
    job = _job(live_started=_ago(minutes=12), live_at=_ago(minutes=1), live_progress=0.474)
    assert _reason(job, Health.RUNNING) == "Running since today 13:48, 47% done"
    assert _reason(job, Health.STUCK) == "No progress since today 13:59"
