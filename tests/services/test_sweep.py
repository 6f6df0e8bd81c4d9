"""The sweep: only what is due, each change once, and no job in the way of another."""

from dataclasses import replace

import pytest

from duplistat.services.monitoring import sweep
from duplistat.services.monitoring.sweep import AT_ONCE, first_tick, release_lease, tick_arguments
from duplistat.store import jobs, scheduler_lease
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.databases import at_once, statements_of
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
TOLD = "20260129T020000Z"
DUE = "2026-01-29T04:00:00Z"


def expect(site: Site, count: int) -> None:
    """Jobs that are all due at once."""
    for number in range(count):
        site.record(duplicati(START, job=f"job {number}", next_run=TOLD))


def tick(site: Site, holder: str = "one") -> sweep.Ticked:
    return site.writes.run(sweep.tick, **tick_arguments(site.config.overdue, holder, site.now()))


def test_only_due_rows_are_looked_at(site: Site) -> None:
    expect(site, 3)
    site.record(duplicati(START, job="later", next_run="20260130T020000Z"))
    site.record(duplicati(START, job="never"))
    site.now.set(DUE)
    assert site.sweep() == {"looked_at": 3, "changed": 3}
    assert site.sweep() == {"looked_at": 0, "changed": 0}


def test_a_sweep_finds_what_is_due_by_its_index(site: Site, db: Database) -> None:
    with statements_of(db) as ran:
        jobs.due(db, site.now(), AT_ONCE)
    (statement,) = ran
    if db.on_sqlite:
        plan = " ".join(str(row) for row in db.rows(f"EXPLAIN QUERY PLAN {statement}", (1, 1, 100)))
    else:
        db.execute("SET enable_seqscan = off")
        plan = " ".join(str(row) for row in db.rows(f"EXPLAIN {statement}", (1, 1, 100)))
    assert "job_due_at" in plan
    assert "job_next_check_at" in plan


def test_a_sweep_without_anything_due_is_one_look(site: Site, db: Database) -> None:
    expect(site, 5)
    with statements_of(db) as ran:
        site.sweep()
    # Beside the one that waits for nobody.
    assert len([statement for statement in ran if "advisory" not in statement]) == 1


def test_a_sweep_costs_what_is_due_and_not_what_is_there(site: Site, db: Database) -> None:
    site.record(duplicati(START, next_run=TOLD))
    for day in range(1, 20):
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z"))
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z", job=f"idle {day}"))
    site.now.set(DUE)
    with statements_of(db) as ran:
        site.sweep()
    assert len(ran) <= 4


def test_a_sweep_takes_so_many_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "AT_ONCE", 2)
    expect(site, 5)
    site.now.set(DUE)
    assert [site.sweep()["looked_at"] for _ in range(4)] == [2, 2, 1, 0]


def test_sweeps_at_once_change_each_job_once(site: Site, db: Database) -> None:
    expect(site, 10)
    site.now.set(DUE)
    answers = at_once(db, 6, lambda _: site.sweep())
    assert sum(answer["changed"] for answer in answers) == 10
    assert [site.states(f"job {n}") for n in range(10)] == [["ok", "overdue"]] * 10
    assert {job.missed for job in site.jobs()} == {1}


def test_a_job_that_changed_since_it_was_seen_is_left_alone(site: Site, db: Database) -> None:
    site.record(duplicati(START, next_run=TOLD))
    seen = site.job()
    site.now.set(DUE)
    site.record(duplicati("2026-01-29T03:50:00Z", next_run="20260130T020000Z"))
    with db.transaction():
        assert jobs.save_if_unchanged(db, (replace(seen, health="overdue", missed=1), seen)) == [False]
    assert site.job().health == "ok"


def test_reports_and_sweeps_at_once_leave_no_job_overdue_that_has_run(site: Site, db: Database) -> None:
    expect(site, 8)
    site.now.set(DUE)

    def do(number: int) -> None:
        site.sweep()
        site.post(duplicati("2026-01-29T03:50:00Z", job=f"job {number}", next_run="20260130T020000Z"))
        site.sweep()

    at_once(db, 8, do)
    assert {job.health for job in site.jobs()} == {"ok"}
    assert {job.missed for job in site.jobs()} == {0}


def test_a_job_that_cannot_be_judged_does_not_stop_the_others(site: Site, db: Database) -> None:
    expect(site, 3)
    with db.transaction():
        db.change("UPDATE job SET schedule = 'no schedule at all' WHERE name = 'job 0'")
    site.now.set(DUE)
    assert site.sweep()["changed"] == 2
    assert [site.job(f"job {n}").health for n in range(3)] == ["ok", "overdue", "overdue"]
    assert site.job("job 0").due_at == ms("2026-01-29T05:00:00Z")


def test_one_scheduler_ticks_at_a_time(site: Site) -> None:
    assert tick(site, "one")["mine"] is True
    assert tick(site, "two")["mine"] is False
    site.now.forward(seconds=69.999)
    assert tick(site, "two")["mine"] is False
    site.now.forward(seconds=0.001)
    assert tick(site, "two")["mine"] is True
    assert tick(site, "one")["mine"] is False


def test_who_ends_gives_the_lease_up(site: Site) -> None:
    tick(site, "one")
    site.writes.run(release_lease, holder="one")
    assert tick(site, "two")["mine"] is True


def test_a_lease_is_not_given_up_for_another(site: Site) -> None:
    tick(site, "one")
    site.writes.run(release_lease, holder="two")
    assert tick(site, "two")["mine"] is False


def test_ticks_at_once_give_the_lease_to_one(site: Site, db: Database) -> None:
    answers = at_once(db, 8, lambda number: tick(site, f"scheduler {number}")["mine"])
    assert sorted(answers) == [False] * 7 + [True]


def test_after_an_absence_every_job_that_was_waited_for_gets_the_time_back(site: Site) -> None:
    expect(site, 3)
    tick(site)
    site.now.set("2026-01-31T12:00:00Z")
    assert tick(site) == {"mine": True, "away_ms": 3 * 86_400_000}
    site.sweep()
    assert {job.health for job in site.jobs()} == {"ok"}
    assert {job.due_at for job in site.jobs()} == {ms(DUE) + 3 * 86_400_000}


def test_at_a_start_even_a_short_absence_is_given_back(site: Site) -> None:
    expect(site, 1)
    tick(site)
    site.now.set("2026-01-28T12:00:20Z")
    asked = first_tick(site.config.overdue, "one", site.now())
    assert site.writes.run(sweep.tick, **asked)["away_ms"] == 20_000


def test_a_job_that_stays_silent_after_the_absence_is_overdue_then(site: Site) -> None:
    expect(site, 1)
    tick(site)
    site.now.set("2026-01-31T12:00:00Z")
    tick(site)
    site.now.at = ms(DUE) + 3 * 86_400_000
    assert site.sweep() == {"looked_at": 1, "changed": 1}
    assert site.job("job 0").health == "overdue"


def test_a_job_that_was_overdue_before_the_absence_stays_so(site: Site) -> None:
    expect(site, 1)
    site.now.set(DUE)
    tick(site)
    site.sweep()
    site.now.forward(days=2)
    tick(site)
    assert site.job("job 0").health == "overdue"


def test_reports_that_waited_for_us_do_not_make_their_job_overdue_one_by_one(site: Site) -> None:
    site.record(duplicati("2026-01-28T11:00:00Z"))
    site.set_job(site.job(), schedule="cron 0 * * * *", schedule_zone="UTC")
    tick(site)
    site.now.set("2026-01-28T17:00:00Z")
    tick(site)
    for hour in range(12, 17):
        site.now.forward(minutes=1)
        site.record(duplicati(f"2026-01-28T{hour}:00:00Z"))
        site.sweep()
    assert site.states() == ["ok"]
    # The last of them is waited for as ever: nothing was in the way of the next one.
    assert site.job().due_at == ms("2026-01-28T19:00:00Z")


def test_an_absence_is_recorded(site: Site, db: Database) -> None:
    tick(site)
    site.now.forward(hours=5)
    tick(site)
    (away,) = scheduler_lease.downtimes_since(db, 0)
    assert (away.from_at, away.to_at) == (ms("2026-01-28T12:00:00Z"), ms("2026-01-28T17:00:00Z"))


@pytest.mark.parametrize("seconds", [0, 30, 61])
def test_a_tick_or_two_late_is_no_absence(site: Site, db: Database, seconds: int) -> None:
    tick(site)
    site.now.forward(seconds=seconds)
    assert tick(site)["away_ms"] == 0
    assert scheduler_lease.downtimes_since(db, 0) == []


def test_a_clock_that_steps_back_is_no_absence(site: Site, db: Database) -> None:
    tick(site)
    site.now.forward(hours=-3)
    assert tick(site)["away_ms"] == 0
    assert scheduler_lease.downtimes_since(db, 0) == []
