"""The scheduler's tick, without its thread."""

import sqlite3

import pytest

from duplistat.core.errors import WriteFailed
from duplistat.jobs.scheduler import Scheduler
from duplistat.services import commands
from duplistat.services.monitoring import sweep
from duplistat.store import scheduler_lease
from duplistat.store.database import Database
from duplistat.store.scheduler_lease import LEASE
from tests.support.bodies import duplicati
from tests.support.failing import refusing
from tests.support.site import Site

TOLD = "20260129T020000Z"
DUE = "2026-01-29T04:00:00Z"


def scheduler(site: Site, holder: str = "one") -> Scheduler:
    return Scheduler(site.config, site.db, site.writes, site.now, holder)


def expect(site: Site, count: int) -> None:
    for number in range(count):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"job {number}", next_run=TOLD))


def test_a_tick_changes_what_is_due(site: Site) -> None:
    expect(site, 2)
    site.now.set(DUE)
    assert scheduler(site).tick() == 2
    assert {job.health for job in site.jobs()} == {"overdue"}


def test_a_tick_goes_on_until_nothing_is_due(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "COUNTED_AT_ONCE", 3)
    expect(site, 10)
    site.now.set(DUE)
    assert scheduler(site).tick() == 10


def test_a_tick_is_noted(site: Site, db: Database) -> None:
    scheduler(site).tick()
    lease = scheduler_lease.lease(db, LEASE)
    assert lease is not None
    assert (lease.holder, lease.ticked_at) == ("one", site.now())


def test_of_two_schedulers_one_acts(site: Site) -> None:
    expect(site, 1)
    first, second = scheduler(site, "one"), scheduler(site, "two")
    site.now.set(DUE)
    site.now.forward(seconds=-1)
    first.tick()
    site.now.forward(seconds=1)
    assert (second.tick(), first.tick()) == (0, 1)


def test_a_scheduler_that_ticks_for_nobody_deletes_nothing(site: Site) -> None:
    expect(site, 1)
    site.now.forward(days=10_000)
    scheduler(site).prune()
    assert len(site.deliveries()) == 1


def test_a_tick_that_could_not_be_written_is_made_up_for_soon(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else a server whose disk has room again would seem dead until the next tick."""
    monkeypatch.setattr(commands, "TRY_EVERY", 0)
    expect(site, 1)
    ours = scheduler(site)
    ours.tick()
    site.now.forward(minutes=5)
    with refusing(site.db):
        with pytest.raises(WriteFailed, match="the database is read-only"):
            ours.tick()
        assert [ours.tick_again(), ours.tick(), ours.tick_again()] == [0, 0, 0]
    site.now.set(DUE)
    assert ours.tick_again() == 0
    lease = scheduler_lease.lease(site.db, LEASE)
    assert lease is not None
    assert lease.ticked_at == site.now()
    # It was away for half a day, which is told once.
    assert len([line for line in caplog.messages if "duplistat was down" in line]) == 1


def test_a_job_that_cannot_be_judged_is_not_blamed_for_a_full_disk(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expect(site, 1)

    def fails(*_: object) -> int:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(sweep, "_save", fails)
    site.now.set(DUE)
    with pytest.raises(WriteFailed, match="the disk is full"):
        scheduler(site).tick()
    assert "could not be evaluated" not in caplog.text
    assert site.job("job 0").due_at == site.now()
