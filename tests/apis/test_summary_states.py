"""GET /api/summary: jobs by how they are now, as the overview has them."""

from collections import Counter

import pytest

from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.services.jobs.state import facts_of
from duplistat.services.monitoring.overview_version import overview_snapshot
from duplistat.store.database import Database
from tests.support.bodies import duplicati, live, simple
from tests.support.clock import ms
from tests.support.databases import statements_of
from tests.support.site import Site

NAMES = ("ok", "warning", "failed", "overdue", "stuck", "running", "never", "paused")


@pytest.fixture
def fleet(site: Site) -> Site:
    """A job in each state, and one in the archive, at noon."""
    site.now.set("2026-01-28T02:30:00Z")
    for name, result in (("ok", "Success"), ("warning", "Warning"), ("failed", "Error")):
        site.record(duplicati("2026-01-28T02:00:00Z", job=name, result=result))
    site.record(duplicati("2026-01-28T02:00:00Z", job="overdue", next_run="20260128T030000Z"))
    site.record(duplicati("2026-01-28T02:00:00Z", job="paused"))
    site.record(duplicati("2026-01-28T02:00:00Z", job="archived"))
    site.record(duplicati("2026-01-28T02:00:00Z", job="never", operation="Restore"))
    site.record(live("Progress", "2026-01-28T02:29:00Z", job="stuck", share=0.1))
    site.set_job(site.job("paused"), paused=True)
    site.set_job(site.job("archived"), archived=True)
    site.now.set("2026-01-28T12:00:00Z")
    site.record(live("Progress", "2026-01-28T11:59:00Z", job="running", share=0.1))
    return site


def states(site: Site) -> dict[str, int]:
    """{state: jobs}, which both halves of the answer say."""
    summary = site.summary()
    counted = {name: summary["data"][f"{name}Jobs"] for name in (*NAMES, "archived")}
    assert counted == {name: summary[f"{name}Jobs"] for name in (*NAMES, "archived")}
    assert sum(counted.values()) == summary["totalBackups"]
    assert counted["overdue"] == summary["overdueBackupsCount"] == summary["data"]["overdueBackups"]
    return counted


def as_the_overview_has_it(site: Site) -> None:
    counted = states(site)
    with_health = Counter(health_of(facts_of(job), site.now()) for job in site.jobs())
    assert {health: counted[health.value] for health in Health} == {h: with_health[h] for h in Health}
    pulse = overview_snapshot(site.db, site.everyone, site.now(), site.schedule_defaults.zone)
    assert {h: n for h, n in pulse.unsnoozed.items() if n} == {h: n for h, n in with_health.items() if n}


@pytest.mark.parametrize("swept", [False, True])
def test_each_job_counts_once_by_how_it_is_now(fleet: Site, swept: bool) -> None:
    if swept:
        fleet.sweep()
    assert states(fleet) == dict.fromkeys((*NAMES, "archived"), 1)
    as_the_overview_has_it(fleet)
    assert "3 of 8 jobs need attention" in fleet.page("/").text


def test_a_failure_that_is_over_is_counted_no_more(site: Site) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", status="error"))
    assert (states(site)["failed"], states(site)["ok"]) == (1, 0)
    site.record(simple(start="2026-01-28T02:00:00Z"))
    assert (states(site)["failed"], states(site)["ok"]) == (0, 1)
    assert site.summary()["data"]["failedBackups"] == 1


def test_the_counts_follow_the_clock_before_and_after_each_sweep(fleet: Site) -> None:
    pause = ("2026-01-28T13:00:00Z", "2026-01-28T16:00:00Z", "2026-01-28T20:00:00Z")
    fleet.set_job(fleet.job("paused"), paused_until=ms(pause[0]))
    fleet.set_job(fleet.job("overdue"), maintenance_from=ms(pause[1]), maintenance_until=ms(pause[2]))
    fleet.record(duplicati("2026-01-28T11:00:00Z", job="ok", next_run="20260128T150000Z"))
    seen = []
    for hour in range(12, 24):
        fleet.now.set(f"2026-01-28T{hour}:30:00Z")
        as_the_overview_has_it(fleet)
        seen.append(states(fleet))
        if hour % 2:
            fleet.sweep()
            as_the_overview_has_it(fleet)
            assert states(fleet) == seen[-1]
    assert [one["paused"] for one in seen] == [1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert [one["overdue"] for one in seen] == [1, 1, 1, 1, 0, 1, 1, 1, 2, 2, 2, 2]


def test_a_server_in_the_archive_takes_its_jobs_there(fleet: Site) -> None:
    fleet.set_server(1, archived=True)
    assert states(fleet) == dict.fromkeys(NAMES, 0) | {"archived": 9}


@pytest.mark.usefixtures("both_databases")
def test_jobs_are_counted_by_an_index_whatever_their_number(site: Site, db: Database) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    with statements_of(db) as few:
        site.summary()
    for number in range(20):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"job {number}"))
    with statements_of(db) as many:
        site.summary()
    assert many == few
    if db.on_sqlite:
        (counting,) = [text for text in few if text.count("count(*)") > 5]
        plan = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {counting}")]
        assert sum("COVERING INDEX job_account_id_health" in step for step in plan) == len(Health)
