"""The scheduler's tick, without its thread."""

import pytest

from duplistat.jobs.scheduler import Scheduler
from duplistat.services import overdue
from duplistat.store import clock
from duplistat.store.database import Database
from tests.support.bodies import duplicati
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
    monkeypatch.setattr(overdue, "AT_ONCE", 3)
    monkeypatch.setattr("duplistat.jobs.scheduler.AT_ONCE", 3)
    expect(site, 10)
    site.now.set(DUE)
    assert scheduler(site).tick() == 10


def test_a_tick_is_noted(site: Site, db: Database) -> None:
    scheduler(site).tick()
    lease = clock.lease(db, overdue.LEASE)
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
