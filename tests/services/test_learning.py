"""A report notes that there is something to learn, and the clock learns it; what came meanwhile wins."""

import json
from typing import Any

import pytest

from duplistat.core.expectation import Source
from duplistat.core.learn import learn as learn_runs
from duplistat.core.times import from_ms
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.monitoring import learning, paced, sweep
from duplistat.services.monitoring.learning import Found, ran, save_learned
from duplistat.services.monitoring.sweep import first_tick
from duplistat.store import jobs, runs
from duplistat.store.database import Database
from tests.support.bodies import duplicati, live
from tests.support.clock import ms
from tests.support.databases import at_once, statements_of
from tests.support.site import Site

NEXT = "2026-01-28T02:00:00Z"


def nights(site: Site, days: range, *, job: str = "Documents", **more: Any) -> None:
    """Reports of 02:00 of these days of January, ten minutes later; nothing is learned."""
    for day in days:
        site.now.set(f"2026-01-{day:02}T02:10:00Z")
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z", job=job, **more))


def rhythm(site: Site, job: str = "Documents") -> str:
    learned = site.job(job).learned
    return json.loads(learned)["schedule"] if learned else ""


def test_an_upload_only_notes_that_there_is_something_to_learn(site: Site) -> None:
    nights(site, range(20, 28))
    job = site.job()
    assert (job.learned, job.source, job.learn_since) == (None, "none", ms("2026-01-27T02:10:00Z"))
    assert site.learn() == 1
    job = site.job()
    assert (rhythm(site), job.source, job.learn_since) == ("daily 02:00", "learned", None)
    assert job.expected_at == ms(NEXT)


def test_what_is_learned_is_not_learned_again(site: Site) -> None:
    nights(site, range(20, 28))
    assert (site.learn(), site.learn()) == (1, 0)


def test_health_follows_what_was_learned_and_the_change_is_noted(site: Site) -> None:
    nights(site, range(20, 28))
    site.now.set("2026-01-29T12:00:00Z")
    site.learn()
    assert site.job().health == "overdue"
    assert site.states() == ["ok", "overdue"]
    assert site.why().startswith("Overdue by")
    site.sweep()
    assert site.states() == ["ok", "overdue"]


def test_a_report_that_came_meanwhile_wins(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    nights(site, range(20, 24))

    def interrupted(*args: Any) -> Any:
        monkeypatch.setattr(learning, "learn", learn_runs)
        nights(site, range(24, 28))
        return learn_runs(*args)

    monkeypatch.setattr(learning, "learn", interrupted)
    assert site.learn() == 0
    assert (site.job().learned, site.job().source) == (None, "none")
    assert site.learn() == 1
    assert json.loads(site.job().learned or "")["runs"] == 8


def test_so_does_one_within_the_same_millisecond(site: Site) -> None:
    nights(site, range(20, 28))
    seen = site.job().learn_since
    site.record(duplicati("2026-01-27T02:05:00Z"))
    found = [Found(job=site.job().id, since=seen or 0, learned=None, told_gap=None)]
    assert site.writes.run(save_learned, found=found, now=site.now()) == 0
    assert site.job().learn_since == (seen or 0) + 1


def test_two_clocks_save_it_once(site: Site, db: Database) -> None:
    nights(site, range(20, 28))
    job = site.job()
    found = [Found(job=job.id, since=job.learn_since or 0, learned=None, told_gap=None)]
    saved = at_once(db, 4, lambda _: site.writes.run(save_learned, found=found, now=site.now()))
    assert sorted(saved) == [0, 0, 0, 1]


def test_a_job_that_is_gone_meanwhile_is_passed_over(site: Site) -> None:
    assert (
        site.writes.run(
            save_learned, found=[Found(job=99, since=1, learned=None, told_gap=None)], now=site.now()
        )
        == 0
    )


def test_a_job_with_a_set_schedule_is_learned_and_nothing_of_its_state_changes(site: Site) -> None:
    nights(site, range(20, 28))
    site.set_job(site.job(), schedule="daily 05:00", schedule_zone=None)
    site.now.set("2026-01-29T12:00:00Z")
    site.sweep()
    before = site.job()
    assert (before.health, before.missed) == ("overdue", 3)
    site.learn()
    after = site.job()
    assert rhythm(site) == "daily 02:00"
    after.learned, after.learn_since = before.learned, before.learn_since
    assert after == before


def test_a_job_whose_client_tells_its_next_run_is_learned_too(site: Site) -> None:
    nights(site, range(20, 28), next_run="20260128T020000Z")
    site.learn()
    assert (rhythm(site), site.job().source) == ("daily 02:00", "told")


def test_without_its_schedule_what_was_learned_holds_at_once(site: Site) -> None:
    nights(site, range(20, 28))
    site.set_job(site.job(), schedule="sun 05:00", schedule_zone=None)
    site.learn()
    site.set_job(site.job(), schedule=None)
    assert (site.job().source, site.job().expected_at) == ("learned", ms(NEXT))


def test_it_is_learned_in_the_zone_of_the_schedule(site: Site) -> None:
    nights(site, range(20, 28))
    site.learn()
    site.set_job(site.job(), schedule="daily 03:00", schedule_zone="Europe/Berlin")
    site.learn()
    assert rhythm(site) == "daily 03:00"
    site.set_job(site.job(), schedule=None)
    site.learn()
    assert rhythm(site) == "daily 02:00"


@pytest.mark.parametrize("again", ["a report that is repeated", "a verification"])
def test_what_teaches_nothing_is_no_note(site: Site, again: str) -> None:
    nights(site, range(20, 28))
    site.learn()
    operation = "Test" if again == "a verification" else "Backup"
    site.record(duplicati("2026-01-27T02:00:00Z", operation=operation))
    assert site.job().learn_since is None


def test_what_was_learned_holds_until_it_is_learned_anew(site: Site) -> None:
    nights(site, range(20, 28))
    site.learn()
    site.now.set("2026-01-28T12:00:00Z")
    site.sweep()
    site.record(duplicati("2026-01-19T02:00:00Z"))
    site.sweep()
    assert site.states() == ["ok", "overdue"]


def test_learning_changes_nothing_of_a_run_at_work(site: Site) -> None:
    nights(site, range(20, 28))
    site.now.set("2026-01-28T02:00:30Z")
    site.post(live("Progress", "2026-01-28T02:00:00Z", share=0.1))
    site.learn()
    job = site.job()
    assert (job.health, job.live_state, job.source) == ("running", "ticking", "learned")


def test_the_time_in_which_we_were_away_stays_given_back(site: Site) -> None:
    nights(site, range(20, 28))
    site.learn()
    # It came a moment before we went, so that nobody has learned from it when we are back.
    nights(site, range(28, 29))
    site.writes.run(sweep.tick, **first_tick(site.config.overdue, "one", site.now()))
    site.now.set("2026-01-30T09:00:00Z")
    site.writes.run(sweep.tick, **first_tick(site.config.overdue, "one", site.now()))
    site.db.execute("UPDATE job SET learned = NULL")
    site.learn()
    site.sweep()
    assert (site.job().source, site.states()) == ("learned", ["ok"])
    site.now.forward(days=2, hours=3)
    site.sweep()
    assert site.states() == ["ok", "overdue"]


def test_only_the_latest_runs_are_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "RUNS", 5)
    nights(site, range(10, 28))
    site.learn()
    assert json.loads(site.job().learned or "")["runs"] == 5


def test_ten_thousand_jobs_are_saved_in_small_transactions(
    site: Site, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 3)
    for number in range(7):
        nights(site, range(24, 28), job=f"job {number}")
    saved: list[int] = []
    run = site.writes.run

    def counted(command: Any, **arguments: Any) -> Any:
        saved.append(len(arguments["found"]))
        return run(command, **arguments)

    monkeypatch.setattr(site.writes, "run", counted)
    assert site.learn() == 7
    assert saved == [3, 3, 1]


def test_the_jobs_to_learn_are_found_by_their_index(site: Site, db: Database) -> None:
    nights(site, range(27, 28))
    with statements_of(db) as ran_statements:
        jobs.to_learn(db)
    explain = "EXPLAIN QUERY PLAN" if db.on_sqlite else "EXPLAIN"
    if not db.on_sqlite:
        # A table of one row is read as a whole, whatever there is.
        db.execute("SET enable_seqscan = off")
    plan = str(db.rows(f"{explain} {ran_statements[0]}"))
    assert "job_learn_since" in plan


def test_the_runs_to_learn_from_are_read_by_their_index_newest_first(site: Site, db: Database) -> None:
    nights(site, range(10, 28))
    job = site.job().id
    with statements_of(db) as ran_statements:
        assert len(runs.times_of_backups(db, job, 4)) == 4
        runs.told_by_reports(db, job, 4)
    if not db.on_sqlite:
        # A table of a few rows is read as a whole, whatever there is.
        db.execute("SET enable_seqscan = off")
        db.execute("SET enable_bitmapscan = off")
    explain = "EXPLAIN QUERY PLAN" if db.on_sqlite else "EXPLAIN"
    for statement in ran_statements:
        plan = str(db.rows(f"{explain} {statement}", (job, 4)))
        assert "order_at" in plan
        # Nor are all the runs of the job sorted for it.
        assert "TEMP B-TREE" not in plan
        assert "'Sort" not in plan.replace("'  ->  ", "'")


def test_after_some_jobs_learning_pauses_for_as_long_as_they_took(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 1)
    for number in range(3):
        nights(site, range(24, 28), job=f"job {number}")
    clock = iter([100.0, 102.0, 110.0, 113.0, 120.0, 129.0])
    monkeypatch.setattr(paced, "monotonic", lambda: next(clock))
    pauses: list[float] = []
    done = learning.learn_noted(site.db, site.writes, site.schedule_defaults, site.now, pause=pauses.append)
    # Not after the last one.
    assert (done, pauses) == (3, [2.0, 3.0])


def test_learning_ends_between_two_transactions_when_the_server_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 1)
    for number in range(3):
        nights(site, range(24, 28), job=f"job {number}")
    turns = iter([True, False])
    done = learning.learn_noted(site.db, site.writes, site.schedule_defaults, site.now, lambda: next(turns))
    assert done == 1


def test_a_job_that_cannot_be_learned_does_not_keep_the_others_from_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nights(site, range(24, 28))
    nights(site, range(24, 28), job="Music")
    calls = []

    def broken(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise ArithmeticError("of this job")
        return learn_runs(*args)

    monkeypatch.setattr(learning, "learn", broken)
    assert site.learn() == 2
    assert sorted(bool(job.learned) for job in site.jobs()) == [False, True]
    assert "could not be learned" in caplog.text
    assert site.learn() == 0


def test_the_scheduler_learns_when_its_lease_is_its_own(site: Site) -> None:
    nights(site, range(24, 28))
    ours = Scheduler(site.config, site.db, site.writes, site.now, "one")
    assert ours.learn() == 0
    ours.tick()
    assert ours.learn() == 1
    assert site.job().source == Source.LEARNED


def test_runs_are_learned_by_the_clock_that_they_are_judged_by(site: Site) -> None:
    """Six hours ahead, and then right."""
    for day in range(20, 24):
        site.now.set(f"2026-01-{day}T02:10:00Z")
        site.record(duplicati(f"2026-01-{day}T08:00:00Z"))
    nights(site, range(24, 28))
    told = ran(site.job(), runs.times_of_backups(site.db, site.job().id, 400))
    assert [times.start for times in told] == [ms(f"2026-01-{day}T02:00:00Z") for day in range(20, 28)]
    assert {times.end - times.start for times in told if times.end is not None} == {600_000}


def test_so_are_those_of_a_clock_that_is_behind(site: Site) -> None:
    for day in range(19, 26):
        site.now.set(f"2026-01-{day}T08:10:00Z")
        site.record(duplicati(f"2026-01-{day}T02:00:00Z"))
    site.learn()
    assert rhythm(site) == "daily 08:00"
    assert site.job().expected_at == ms("2026-01-26T08:00:00Z")


def test_a_run_without_a_start_counts_from_when_it_was_told_of(site: Site) -> None:
    nights(site, range(27, 28))
    told = runs.Times(ms(NEXT), None, None, ms(NEXT), collected=False, behind=None)
    assert ran(site.job(), [told]) == [(ms(NEXT), None, None)]


def test_an_old_run_is_learned_from_as_any_other(site: Site) -> None:
    """History that is told of afterwards, oldest last."""
    nights(site, range(27, 28))
    for day in range(26, 20, -1):
        site.record(duplicati(f"2026-01-{day}T02:00:00Z"))
    site.learn()
    assert site.job().expected_at == ms(NEXT)


def test_a_job_that_runs_every_few_minutes_is_learned_from_its_hours_too(site: Site) -> None:
    """Its newest 400 runs are those of a day and a half."""
    site.now.set("2026-01-01T00:00:00Z")
    site.record(duplicati("2026-01-01T00:00:00Z", minutes=1))
    job = site.job().id
    begin = ms("2026-01-01T00:00:00Z")
    site.db.execute(
        "INSERT INTO run (job_id, account_id, key, operation, is_backup, status, order_at, started_at, ended_at,"
        " received_at, details, precision)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4800)"
        " SELECT job_id, account_id, 'n' || i, operation, is_backup, status, order_at + i * 300000,"
        " started_at + i * 300000, ended_at + i * 300000, received_at + i * 300000, details, precision"
        " FROM run, n WHERE job_id = ?",
        (job,),
    )
    site.now.at = begin + 4801 * 300_000
    site.record(duplicati(from_ms(site.now.at).isoformat(), minutes=1))
    site.learn()
    assert rhythm(site).startswith("every 5m from")
    assert site.job().expected_at == site.now.at + 300_000


def test_backups_are_counted_for_each_job(site: Site) -> None:
    nights(site, range(20, 23))
    site.record(duplicati("2026-01-22T03:00:00Z", operation="Test"))
    site.record(duplicati("2026-01-22T04:00:00Z", job="Pictures", operation="Restore"))
    documents, pictures = site.job().id, site.job("Pictures").id
    assert runs.numbers_of_backups(site.db, [documents, pictures]) == {documents: 3}
