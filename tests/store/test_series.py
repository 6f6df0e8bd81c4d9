"""Measures over time: at most so many points, and never more work for a longer history."""

from collections.abc import Callable
from typing import Any

import pytest

from duplistat.store import jobs, runs, series, servers
from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS
from tests.support.clock import ms
from tests.support.databases import statements_of

NOON = ms("2026-01-28T12:00:00Z")
HOUR_MS = 3_600_000


@pytest.fixture
def job(db: Database) -> int:
    with db.transaction():
        home = servers.add(db, 1, "m", "m", "nas", "{}", NOON)
        return jobs.add(db, 1, home.id, "photos", "", NOON).id


@pytest.fixture
def add(db: Database, job: int) -> Callable[..., None]:
    def put(at: int, **values: Any) -> None:
        row: dict[str, Any] = dict.fromkeys(runs.VALUES) | {
            "operation": "backup", "key": str(at), "precision": "exact", "status": "success", "status_text": "",
            "order_at": at, "received_at": at, "skew_ms": 0, "partial": 0, "dry_run": 0, "message": "",
            "details": "{}", "log_lines": 0, "is_backup": 1, "collected": 0, "imported": "",
        } | values  # fmt: skip
        runs.add(db, 1, job, [row[name] for name in runs.VALUES])

    return put


def test_a_point_is_a_run_while_there_are_few(db: Database, job: int, add: Callable[..., None]) -> None:
    with db.transaction():
        add(NOON - DAY_MS, size=10, duration_ms=5, versions=3)
        add(NOON, status="fatal")
        add(NOON + 1, operation="restore", is_backup=0)
    days, points = series.of_job(db, job, 0, NOON, 0)
    assert days == 0
    assert [(p.at, p.runs, p.failed, p.duration_ms, p.size, p.versions) for p in points] == [
        (NOON - DAY_MS, 1, 0, 5, 10, 3),
        (NOON, 1, 1, None, None, None),
    ]
    assert all(point.run is not None for point in points)


def test_only_what_began_since_a_time_is_given(db: Database, job: int, add: Callable[..., None]) -> None:
    with db.transaction():
        for day in range(5):
            add(NOON - day * DAY_MS)
    assert [p.at for p in series.of_job(db, job, NOON - DAY_MS, NOON, 0)[1]] == [NOON - DAY_MS, NOON]


def test_many_runs_are_drawn_by_day_in_the_zone_of_their_job(
    db: Database, job: int, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POINTS", 10)
    with db.transaction():
        for hour in range(48):
            failed = hour == 30
            add(
                NOON - hour * HOUR_MS,
                size=1000 - hour,
                uploaded=2**50,
                duration_ms=hour,
                status="error" if failed else "success",
            )
    days, points = series.of_job(db, job, 0, NOON, HOUR_MS)
    assert days == 1
    # From 23:00 UTC on it is the next day there.
    assert [(p.runs, p.failed, p.size, p.uploaded) for p in points] == [
        (10, 0, 962, 10 * 2**50),
        (24, 1, 986, 24 * 2**50),
        (14, 0, 1000, 14 * 2**50),
    ]
    assert [p.at for p in points] == [ms(f"2026-01-{day}T11:00:00Z") for day in (26, 27, 28)]
    assert {p.run for p in points} == {None}


def test_a_long_time_is_drawn_by_several_days_at_once(
    db: Database, job: int, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POINTS", 10)
    with db.transaction():
        for day in range(40):
            add(NOON - day * DAY_MS, uploaded=1)
    days, points = series.of_job(db, job, 0, NOON, 0)
    assert days == 4
    assert len(points) == 10
    assert sum(p.uploaded or 0 for p in points) >= 36


def test_a_longer_history_costs_no_more(
    db: Database, job: int, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POINTS", 10)
    monkeypatch.setattr(series, "LOOKED_AT", 30)
    with db.transaction():
        for hour in range(200):
            add(NOON - hour * HOUR_MS)
    with statements_of(db) as ran:
        days, points = series.of_job(db, job, 0, NOON, 0)
    assert len(ran) == 3
    assert (days, sum(point.runs for point in points)) == (1, 30)


def test_a_job_without_runs_has_no_points(db: Database, job: int) -> None:
    assert series.of_job(db, job, 0, NOON, 0) == (0, [])
