"""The health of a job: one test for each line of the table, and for which line goes first."""

import itertools
from math import inf

import pytest

from duplistat.core.health import Facts, Live, health_of, rests_until, wakes_at
from duplistat.core.status import Health, Status

NOW = 1_000_000


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        (Facts(), "never"),
        (Facts(last_status=Status.SUCCESS), "ok"),
        (Facts(last_status=Status.SUCCESS, last_partial=True), "warning"),
        (Facts(last_status=Status.WARNING), "warning"),
        (Facts(last_status=Status.OTHER), "warning"),
        (Facts(last_status=Status.UNKNOWN), "warning"),
        (Facts(last_status=Status.ERROR), "failed"),
        (Facts(last_status=Status.FATAL), "failed"),
        (Facts(last_status=Status.INTERRUPTED), "failed"),
        (Facts(verify_failed=True), "failed"),
        (Facts(verify_failed=True, last_status=Status.SUCCESS), "failed"),
        (Facts(restore_failed=True), "warning"),
        (Facts(restore_failed=True, last_status=Status.SUCCESS), "warning"),
        (Facts(live=Live.FAILED), "failed"),
        (Facts(live=Live.RUNNING), "running"),
        (Facts(live=Live.TICKING), "running"),
        (Facts(live=Live.STUCK), "stuck"),
        (Facts(missed=1), "overdue"),
        (Facts(paused=True), "paused"),
        (Facts(paused=True, paused_until=NOW + 1), "paused"),
        (Facts(paused=True, paused_until=NOW), "never"),
        (Facts(paused_until=NOW + 1), "never"),
        (Facts(maintenance_from=NOW, maintenance_until=NOW + 1), "paused"),
        (Facts(maintenance_from=NOW - 1, maintenance_until=NOW), "never"),
        (Facts(maintenance_from=NOW + 1, maintenance_until=NOW + 2), "never"),
        (Facts(archived=True), "paused"),
    ],
)
def test_one_fact_decides(facts: Facts, health: str) -> None:
    assert health_of(facts, NOW) == health


@pytest.mark.parametrize(("due_at", "health"), [(NOW + 1, "ok"), (NOW, "overdue"), (NOW - 1, "overdue")])
def test_a_job_is_overdue_from_the_millisecond_on_that_it_is_due(due_at: int, health: str) -> None:
    assert health_of(Facts(last_status=Status.SUCCESS, due_at=due_at), NOW) == health


@pytest.mark.parametrize("live", [Live.RUNNING, Live.TICKING])
def test_a_job_at_work_that_is_due_is_stuck_and_not_overdue(live: Live) -> None:
    assert health_of(Facts(live=live, due_at=NOW), NOW) == "stuck"
    assert health_of(Facts(live=live, due_at=NOW + 1), NOW) == "running"


@pytest.mark.parametrize(("live", "health"), [(Live.COMPLETED, "ok"), (Live.FAILED, "failed")])
def test_a_job_whose_report_is_missing_is_not_overdue(live: Live, health: str) -> None:
    assert health_of(Facts(live=live, due_at=NOW, last_status=Status.SUCCESS), NOW) == health


def test_overdue_goes_before_failed() -> None:
    assert health_of(Facts(missed=1, last_status=Status.FATAL), NOW) == "overdue"


def test_running_goes_before_failed() -> None:
    assert health_of(Facts(live=Live.RUNNING, last_status=Status.FATAL), NOW) == "running"


@pytest.mark.parametrize("status", [None, *Status])
def test_a_failed_verification_is_never_less_than_failed_and_a_failed_restore_than_warning(
    status: Status | None,
) -> None:
    alone = health_of(Facts(last_status=status), NOW)
    assert health_of(Facts(last_status=status, verify_failed=True), NOW) == "failed"
    assert health_of(Facts(last_status=status, verify_failed=True, restore_failed=True), NOW) == "failed"
    restored = health_of(Facts(last_status=status, restore_failed=True), NOW)
    assert restored == ("failed" if alone == "failed" else "warning")


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        (Facts(missed=1, verify_failed=True), "overdue"),
        (Facts(due_at=NOW, verify_failed=True), "overdue"),
        (Facts(live=Live.STUCK, verify_failed=True), "stuck"),
        (Facts(live=Live.TICKING, verify_failed=True), "running"),
        (Facts(live=Live.COMPLETED, verify_failed=True), "failed"),
        (Facts(paused=True, verify_failed=True), "paused"),
        (Facts(maintenance_from=NOW, maintenance_until=NOW + 1, verify_failed=True), "paused"),
        (Facts(archived=True, verify_failed=True), "paused"),
        (Facts(missed=1, restore_failed=True), "overdue"),
        (Facts(live=Live.RUNNING, restore_failed=True), "running"),
        (Facts(live=Live.FAILED, restore_failed=True), "failed"),
    ],
)
def test_what_cannot_wait_goes_before_a_failed_verification(facts: Facts, health: str) -> None:
    assert health_of(facts, NOW) == health


def test_a_pause_goes_before_everything() -> None:
    for live, status, missed in itertools.product(Live, Status, (0, 1)):
        facts = Facts(paused=True, live=live, last_status=status, missed=missed, due_at=1)
        assert health_of(facts, NOW) == "paused"


def test_a_maintenance_window_goes_before_everything_while_it_lasts() -> None:
    facts = Facts(
        missed=1, due_at=NOW - 5, last_status=Status.FATAL, maintenance_from=NOW, maintenance_until=NOW + 10
    )
    assert [health_of(facts, at) for at in (NOW - 1, NOW, NOW + 9, NOW + 10)] == [
        "overdue", "paused", "paused", "overdue",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "end", "wake"),
    [
        (Facts(), None, None),
        (Facts(paused=True), inf, None),
        (Facts(paused=True, paused_until=NOW + 5), NOW + 5, NOW + 5),
        (Facts(maintenance_from=NOW + 3, maintenance_until=NOW + 9), None, NOW + 3),
        (Facts(maintenance_from=NOW - 3, maintenance_until=NOW + 9), NOW + 9, NOW + 9),
        (Facts(maintenance_from=NOW - 9, maintenance_until=NOW - 3), None, None),
        # A window that a pause runs into goes on from it.
        (
            Facts(paused=True, paused_until=NOW + 5, maintenance_from=NOW + 3, maintenance_until=NOW + 9),
            NOW + 9,
            NOW + 3,
        ),
        (
            Facts(paused=True, paused_until=NOW + 9, maintenance_from=NOW - 3, maintenance_until=NOW + 5),
            NOW + 9,
            NOW + 5,
        ),
        (
            Facts(paused=True, paused_until=NOW + 2, maintenance_from=NOW + 3, maintenance_until=NOW + 9),
            NOW + 2,
            NOW + 2,
        ),
        (Facts(archived=True, paused=True, paused_until=NOW + 5), inf, None),
    ],
)
def test_what_rests_says_until_when_and_when_it_wakes(
    facts: Facts, end: float | None, wake: int | None
) -> None:
    assert (rests_until(facts, NOW), wakes_at(facts, NOW)) == (end, wake)


def test_every_combination_has_a_health() -> None:
    found = {
        health_of(Facts(False, missed, due_at, live, status, partial), NOW)
        for missed, due_at, live, status, partial in itertools.product(
            (0, 1), (None, NOW - 1, NOW + 1), Live, (None, *Status), (False, True)
        )
    }
    assert found == set(Health) - {Health.PAUSED}
