"""Pauses with an end, maintenance windows and the archive: no alarm in them, and none forgotten after them."""

import pytest

from duplistat.core.health import health_of
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.state import facts_of
from duplistat.store import jobs
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.databases import statements_of
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
TOLD = "20260129T020000Z"
# Told, and the two hours of grace that are the default.
DUE = "2026-01-29T04:00:00Z"


KEY = "X-Api-Key"


@pytest.fixture
def key(site: Site) -> str:
    return site.key(Scope.READ)


@pytest.fixture
def nightly(site: Site) -> Site:
    """A job that ran in the night, was told to run in the next, and it is noon."""
    site.record(duplicati(START, next_run=TOLD))
    return site


def at(site: Site, moment: str) -> tuple[str, int, str]:
    """(how a job is before any sweep, overdue jobs of the summary, what the sweep makes of it) at a moment."""
    site.now.set(moment)
    said = health_of(facts_of(site.job()), site.now())
    counted = site.summary()["overdueBackupsCount"]
    site.sweep()
    return said, counted, site.job().health


def paused_until(site: Site, moment: str) -> None:
    site.set_job(site.job(), paused_until=ms(moment))


def window(site: Site, start: str, end: str) -> None:
    site.set_job(site.job(), maintenance_from=ms(start), maintenance_until=ms(end))


def test_a_pause_ends_by_itself(nightly: Site) -> None:
    paused_until(nightly, "2026-01-28T20:00:00Z")
    assert at(nightly, "2026-01-28T19:59:59.999Z") == ("paused", 0, "paused")
    assert at(nightly, "2026-01-28T20:00:00Z") == ("ok", 0, "ok")
    assert nightly.job().paused == 0
    assert nightly.states() == ["ok", "paused", "ok"]
    assert at(nightly, "2026-01-29T03:59:59.999Z") == ("ok", 0, "ok")
    assert at(nightly, DUE) == ("overdue", 1, "overdue")


def test_what_was_expected_in_a_pause_is_expected_when_it_ends(nightly: Site) -> None:
    paused_until(nightly, "2026-01-30T08:00:00Z")
    assert at(nightly, "2026-01-30T07:59:59.999Z") == ("paused", 0, "paused")
    assert at(nightly, "2026-01-30T08:00:00Z") == ("ok", 0, "ok")
    assert at(nightly, "2026-01-30T09:59:59.999Z") == ("ok", 0, "ok")
    assert at(nightly, "2026-01-30T10:00:00Z") == ("overdue", 1, "overdue")
    assert nightly.why().startswith("Overdue by 2 h: expected 30 Jan 2026 08:00 UTC")


def test_what_was_overdue_before_a_pause_is_so_again_the_moment_it_ends(nightly: Site) -> None:
    assert at(nightly, DUE) == ("overdue", 1, "overdue")
    paused_until(nightly, "2026-01-29T20:00:00Z")
    assert at(nightly, "2026-01-29T19:59:59.999Z") == ("paused", 0, "paused")
    assert at(nightly, "2026-01-29T20:00:00Z") == ("overdue", 1, "overdue")


def test_a_pause_is_ended_by_hand_and_the_job_is_judged_at_once(nightly: Site) -> None:
    paused_until(nightly, "2026-01-30T20:00:00Z")
    nightly.now.set("2026-01-29T12:00:00Z")
    nightly.set_job(nightly.job(), paused=False)
    job = nightly.job()
    assert (job.health, job.paused_from, job.paused_until, job.next_check_at) == ("overdue", None, None, None)


def test_a_window_begins_and_ends_by_itself(nightly: Site) -> None:
    window(nightly, "2026-01-28T22:00:00Z", "2026-01-28T23:00:00Z")
    assert at(nightly, "2026-01-28T21:59:59.999Z") == ("ok", 0, "ok")
    assert at(nightly, "2026-01-28T22:00:00Z") == ("paused", 0, "paused")
    assert nightly.why() == "In maintenance until 28 Jan 2026 23:00 UTC: no runs are expected"
    assert at(nightly, "2026-01-28T23:00:00Z") == ("ok", 0, "ok")
    assert nightly.job().next_check_at is None
    assert at(nightly, DUE) == ("overdue", 1, "overdue")


def test_what_is_waited_for_when_a_window_begins_has_the_time_back(nightly: Site) -> None:
    window(nightly, "2026-01-29T03:00:00Z", "2026-01-29T06:00:00Z")
    assert at(nightly, "2026-01-29T05:59:59.999Z") == ("paused", 0, "paused")
    assert at(nightly, "2026-01-29T06:59:59.999Z") == ("ok", 0, "ok")
    assert at(nightly, "2026-01-29T07:00:00Z") == ("overdue", 1, "overdue")


def test_an_overdue_job_is_quiet_in_a_window_and_overdue_after_it(nightly: Site) -> None:
    assert at(nightly, DUE) == ("overdue", 1, "overdue")
    window(nightly, "2026-01-29T12:00:00Z", "2026-01-29T14:00:00Z")
    assert at(nightly, "2026-01-29T12:00:00Z") == ("paused", 0, "paused")
    nightly.now.set("2026-01-29T14:00:00Z")
    nightly.sweep()
    assert nightly.job().health == "overdue"


def test_the_time_of_a_pause_stays_excused_when_something_else_is_set_after_it(nightly: Site) -> None:
    paused_until(nightly, "2026-01-30T08:00:00Z")
    assert at(nightly, "2026-01-30T08:00:00Z")[2] == "ok"
    nightly.set_job(nightly.job(), grace_ms=3 * 3_600_000)
    assert (nightly.job().health, nightly.job().due_at) == ("ok", ms("2026-01-30T11:00:00Z"))


def test_a_pause_is_over_for_counts_and_filters_before_any_sweep(nightly: Site, key: str) -> None:
    paused_until(nightly, "2026-01-28T20:00:00Z")
    paused = nightly.read("/api/v1/jobs?paused=true", **{KEY: key})["jobs"]
    assert [(job["paused"], job["paused_until"]) for job in paused] == [(True, "2026-01-28T20:00:00.000Z")]
    assert nightly.read("/api/v1/servers/1", **{KEY: key})["jobs"]["paused"] == 1
    counts = "/api/integration/counts"
    assert nightly.read(counts, **{KEY: key})["successCount"] == 0
    nightly.now.set("2026-01-28T20:00:00Z")
    assert nightly.read("/api/v1/jobs?paused=true", **{KEY: key})["jobs"] == []
    assert nightly.read("/api/v1/servers/1", **{KEY: key})["jobs"]["ok"] == 1
    assert nightly.read(counts, **{KEY: key})["successCount"] == 1


def test_a_job_at_work_in_a_pause_is_stuck_only_after_it(nightly: Site) -> None:
    nightly.db.execute(
        "UPDATE job SET live_state = 'ticking', live_at = ?, live_started = ?, live_ticks = 1",
        (nightly.now(), nightly.now()),
    )
    paused_until(nightly, "2026-01-28T20:00:00Z")
    assert at(nightly, "2026-01-28T19:00:00Z")[2] == "paused"
    assert at(nightly, "2026-01-28T20:00:00Z") == ("stuck", 0, "stuck")


def test_a_sweep_looks_only_at_what_wakes(nightly: Site, db: Database) -> None:
    for number in range(3):
        nightly.record(duplicati(START, job=f"other {number}"))
    window(nightly, "2026-01-28T22:00:00Z", "2026-01-28T23:00:00Z")
    nightly.now.set("2026-01-28T22:00:00Z")
    with statements_of(db) as ran:
        assert nightly.sweep() == {"looked_at": 1, "changed": 1}
    assert len(ran) <= 4
    assert nightly.sweep() == {"looked_at": 0, "changed": 0}


def test_when_a_job_wakes_is_when_a_summary_is_another(nightly: Site, db: Database) -> None:
    window(nightly, "2026-01-28T22:00:00Z", "2026-01-28T23:00:00Z")
    assert jobs.next_due(db, nightly.now()) == ms("2026-01-28T22:00:00Z")


def test_what_a_person_sets_while_a_sweep_looks_is_kept(nightly: Site, db: Database) -> None:
    seen = nightly.job()
    nightly.set_job(nightly.job(), alias="Papers")
    with db.transaction():
        assert jobs.save_if_unchanged(db, (seen, seen)) == [True]
    assert nightly.job().alias == "Papers"


def test_a_job_in_the_archive_is_out_of_sight_and_never_overdue(nightly: Site, key: str) -> None:
    nightly.set_job(nightly.job(), archived=True)
    nightly.now.set("2026-02-28T12:00:00Z")
    nightly.sweep()
    assert nightly.jobs() == []
    assert nightly.summary()["overdueBackupsCount"] == 0
    job = nightly.read("/api/v1/jobs/1", **{KEY: key})
    assert (job["health"], job["archived"], job["paused_until"]) == ("paused", True, None)
    assert job["reason"] == "Archived: no runs are expected"


def test_a_job_comes_out_of_the_archive_when_it_runs_again(nightly: Site) -> None:
    nightly.set_job(nightly.job(), archived=True)
    nightly.now.set("2026-01-29T02:10:00Z")
    nightly.record(duplicati("2026-01-29T02:00:00Z"))
    assert (nightly.job().archived_at, nightly.job().health) == (None, "ok")
    assert nightly.states() == ["ok", "paused", "ok"]


def test_a_report_of_before_leaves_a_job_in_the_archive(nightly: Site) -> None:
    nightly.set_job(nightly.job(), archived=True)
    nightly.now.forward(hours=1)
    nightly.record(duplicati("2026-01-27T02:00:00Z"))
    assert nightly.jobs() == []
