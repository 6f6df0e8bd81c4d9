"""However many rows there are, no transaction of the clock changes or looks at more than some: reports wait for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from duplistat.jobs import alerts
from duplistat.services.alerts import routing, self_test, telling
from duplistat.services.maintenance import retention
from duplistat.services.maintenance.retention import prune_all
from duplistat.services.monitoring import learning, sweep
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import give_time_back, sweep_due, tick_arguments
from duplistat.services.reports.unread import prune_all_unread
from duplistat.store import channels, due_jobs, jobs, problems, runs, unread
from duplistat.store.totals import DAY_MS
from duplistat.store.unread import Bounds
from tests.support.alerting import Alerting
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.outgoing import Outgoing
from tests.support.site import Site

MANY = 1300
DUE = "2026-01-29T04:00:00Z"
# Instructions of SQLite's machine in a transaction, in thousands: ten thousand are a millisecond or two.
MOST_STEPS = 150


@pytest.fixture
def both_databases() -> str:
    """SQLite alone: one writes at a time there, and it counts its instructions."""
    return "sqlite"


@contextmanager
def transactions(site: Site) -> Iterator[list[tuple[str, int, int]]]:
    """Each transaction inside: the name of its command, rows changed, thousands of instructions."""
    done: list[tuple[str, int, int]] = []
    connection, steps, run = site.db._peewee.connection(), [0], site.writes.run

    def step() -> int:
        steps[0] += 1
        return 0

    def counted(command: Callable[..., Any], **arguments: Any) -> Any:
        rows, steps[0] = connection.total_changes, 0
        answer = run(command, **arguments)
        done.append((command.__name__, connection.total_changes - rows, steps[0]))
        return answer

    connection.set_progress_handler(step, 1000)
    site.writes.run = counted  # type: ignore[method-assign, assignment]  # on purpose
    try:
        yield done
    finally:
        site.writes.run = run  # type: ignore[method-assign]
        connection.set_progress_handler(None, 0)


def multiply(site: Site, **columns: object) -> None:
    """So many jobs as the one that reported, with something else in some columns."""
    site.record(duplicati("2026-01-28T02:00:00Z", next_run="20260129T020000Z"))
    names = [name for name in jobs.COLUMNS if name not in ("id", "name")]
    values = [f":{name}" if name in columns else name for name in names]
    for number in range(1, MANY):
        site.db.execute(
            f"INSERT INTO job (name, {', '.join(names)}) SELECT 'job {number}', {', '.join(values)} FROM job"
            " WHERE id = 1",
            columns,  # type: ignore[arg-type]  # by name, as SQLite takes them
        )


def most_of(done: list[tuple[str, int, int]], name: str) -> int:
    """The most rows that a transaction of this command changed; several were needed, and none did too much."""
    of_it = [(rows, steps) for command, rows, steps in done if command == name]
    assert len(of_it) > 1, done
    assert max(steps for _, steps in of_it) <= MOST_STEPS, done
    return max(rows for rows, _ in of_it)


def test_time_that_we_were_away_is_given_back_to_some_jobs_at_a_time(site: Site) -> None:
    multiply(site)
    site.writes.run(sweep.tick, **tick_arguments(site.config.overdue, "one", site.now()))
    site.now.set("2026-01-31T12:00:00Z")
    with transactions(site) as done:
        site.writes.run(sweep.tick, **tick_arguments(site.config.overdue, "one", site.now()))
        # Who reports meanwhile had it taken into account.
        site.db.execute("UPDATE job SET last_received = ? WHERE id = ?", (site.now() + 1, MANY))
        assert give_time_back(site.db, site.writes)
    # The lease and the absence are noted with the first ones.
    assert max(rows for _, rows, _ in done) <= sweep.GIVEN_AT_ONCE + 6
    assert most_of(done, "give_some_back") <= sweep.GIVEN_AT_ONCE + 2
    away = 3 * DAY_MS
    due = site.db.rows("SELECT due_at, count(*) FROM job GROUP BY 1 ORDER BY 1")
    assert due == [(ms(DUE), 1), (ms(DUE) + away, MANY - 1)]
    assert due_jobs.time_back(site.db) is None


def test_who_ends_half_way_goes_on_with_the_next_tick_and_gives_nothing_twice(site: Site) -> None:
    multiply(site)
    for time in ("02:30", "08:00", "10:00"):
        # The last absence begins before all have the time back of the one before.
        assert give_time_back(site.db, site.writes, go_on=lambda: False) == (time != "10:00")
        site.now.set(f"2026-01-29T{time}:00Z")
        site.writes.run(sweep.tick, **tick_arguments(site.config.overdue, "one", site.now()))
    assert give_time_back(site.db, site.writes)
    away = ms("2026-01-29T10:00:00Z") - ms("2026-01-29T02:30:00Z")
    assert site.db.rows("SELECT DISTINCT due_at FROM job") == [(ms(DUE) + away,)]


def test_sweeping_and_learning_take_some_jobs_at_a_time(site: Site) -> None:
    multiply(site, learn_since=1)
    site.now.set(DUE)
    with transactions(site) as done:
        sweep_due(site.db, site.writes, site.schedule_defaults, site.now)
        learn_noted(site.db, site.writes, site.schedule_defaults, site.now)
    # A job and its change of health.
    assert most_of(done, "sweep") <= 2 * sweep.COUNTED_AT_ONCE
    assert most_of(done, "save_learned") <= 2 * learning.AT_ONCE


def test_changes_are_taken_in_told_and_closed_some_at_a_time(site: Site) -> None:
    alerting = Alerting(site)
    alerting.rule(alerting.channel())
    multiply(site)
    site.now.set(DUE)
    sweep_due(site.db, site.writes, site.schedule_defaults, site.now)
    with transactions(site) as done:
        alerts.route_and_tell(alerting.context)
        while problems.due(site.db, site.now(), 1):
            alerts.route_and_tell(alerting.context)
        site.db.execute("UPDATE job SET archived_at = 1")
        alerting.close_gone()
    assert most_of(done, "route") <= 3 * routing.AT_ONCE
    (told,) = [rows for name, rows, _ in done if name == "put_notices" and rows > telling.LOOKS_AT_ONCE]
    assert told <= telling.AT_ONCE + 1
    assert most_of(done, "close_gone") <= routing.GONE_AT_ONCE
    assert alerting.problems(open_only=True) == []


def test_channels_are_tested_some_at_a_time(site: Site) -> None:
    outgoing = Outgoing(site)
    wanting = [outgoing.channel(f"channel {number}") for number in range(45)]
    for channel in wanting:
        channels.update(site.db, channel, {"self_test": 1})
    context = Alerting(site).context
    with transactions(site) as done:
        assert alerts.test_channels(context) == 45
        assert alerts.test_channels(context) == 0
    assert [rows for _, rows, _ in done[:3]] == [self_test.AT_ONCE, self_test.AT_ONCE, 5]


def test_retention_deletes_some_rows_at_a_time_and_looks_once_at_what_stays(site: Site) -> None:
    multiply(site)
    columns = [name for name in runs.COLUMNS if name not in ("id", "job_id")]
    site.db.execute(
        f"INSERT INTO run (job_id, account_id, {', '.join(columns)}) SELECT j.id, r.account_id,"
        f" {', '.join('j.id' if name == 'key' else f'r.{name}' for name in columns)}"
        " FROM job j JOIN run r ON r.id = 1 WHERE j.id > 1"
    )
    site.db.execute("UPDATE job SET last_run = (SELECT id FROM run WHERE job_id = job.id)")
    for day in range(1, 25):
        for _ in range(10):
            site.now.forward(minutes=1)
            site.record(duplicati(f"2026-01-{day:02}T02:{site.now() // 60_000 % 60:02}:00Z", job="many"))
    site.now.forward(days=1000)
    with transactions(site) as done:
        deleted = prune_all(site.writes, site.config.retention, site.now())
    assert deleted["runs"] > 2 * retention.AT_ONCE
    # Each of the silent jobs has its run.
    assert site.db.rows("SELECT count(*) FROM run WHERE job_id <= ?", (MANY,)) == [(MANY,)]
    assert most_of(done, "prune_runs") <= 6 * retention.AT_ONCE


def test_what_nobody_could_read_goes_by_its_bytes(site: Site) -> None:
    for number in range(6):
        site.now.forward(seconds=1)
        site.post(f"{number}" * 10, kind="text/plain")
    site.db.execute("UPDATE unread SET stored = ?", (unread.BYTES_AT_ONCE // 2,))
    site.db.execute("UPDATE unread_share SET bytes = bodies * ?", (unread.BYTES_AT_ONCE // 2,))
    kept = site.db.rows("SELECT count(*) FROM unread")[0][0]
    with transactions(site) as done:
        prune_all_unread(site.db, site.writes, Bounds(unread.BYTES_AT_ONCE // 2, 0), site.now())
    left = site.db.rows("SELECT count(*) FROM unread")[0][0]
    assert left <= 1
    assert len(done) >= (kept - left) / 2
