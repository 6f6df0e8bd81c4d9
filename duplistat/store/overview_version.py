"""How all jobs of some accounts are, in two statements: cheap enough to be asked again and again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from duplistat.core.health import Facts, Live, health_of
from duplistat.core.status import Health, Status
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.deliveries import waiting
from duplistat.store.jobs import resting, stands


class JobGroup(NamedTuple):
    """Jobs that share the facts of their health: how many, and what changes when anything happens to one of them.

    `kept` is the health that their rows say: time may have changed it since. `tests` of the jobs are those of test
    reports.
    """

    facts: Facts
    kept: Health
    jobs: int
    tests: int
    snoozed: bool
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeMarkers:
    """What else the overview shows, or what a person changes: the newest report (ms, None before the first), how many
    requests could not be read, how many servers there are, how many of these tests told of, and the newest entry of
    the audit log."""

    received_at: int | None
    unread: int
    servers: int
    tests: int
    audited: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs are how, but for those in the archive; and how many are there."""

    healths: Mapping[Health, int]
    archived: int

    @property
    def jobs(self) -> int:
        return sum(self.healths.values()) + self.archived


def counts(db: Database, accounts: tuple[int, ...], now: int) -> Counts:
    """How jobs are at `now` (ms). Two statements.

    It is what their rows say, which an index has, and what time has changed since on a few of them: cheaper than
    `alike` where there are many jobs. To count each health by itself is cheaper than to group by it.
    """
    of_all = f"(SELECT count(*) FROM job WHERE account_id IN ({account_filter(accounts)})"
    parts = [f"{of_all} AND health = '{health.value}')" for health in Health]
    row = db.row(f"SELECT {', '.join(parts)}, {of_all} AND health = 'paused' AND archived_at IS NOT NULL)")
    assert row is not None  # noqa: S101  # a SELECT without FROM gives one row
    *kept, archived = row
    found = Counter(dict(zip(Health, kept, strict=True)))
    found[Health.PAUSED] -= archived
    for group in alike(db, accounts, now, only_moved=True):
        found[group.kept] -= group.jobs
        found[health_of(group.facts, now)] += group.jobs
    # What changes between the statements is in the later one alone: nothing becomes fewer than none.
    return Counts(+found, archived)


def alike(
    db: Database,
    accounts: tuple[int, ...],
    now: int,
    *,
    only_moved: bool = False,
    test_machine_id: str = "",
) -> list[JobGroup]:
    """All jobs but those in the archive, by their facts at `now` (ms); or only those that time may have changed.

    Which of them are those of test reports is told for the machine id under which these report.
    """
    rest, inside = resting(now), account_filter(accounts)
    # The + keeps SQLite from looking by account: few jobs have moved, and many may be of one account.
    these = (
        f"(due_at <= ? OR next_check_at <= ?) AND +account_id IN ({inside})"
        if only_moved
        else f"account_id IN ({inside})"
    )
    is_test = (
        f"CASE WHEN server_id IN (SELECT id {_of_machine(inside)}) THEN 1 ELSE 0 END"
        if test_machine_id
        else "0"
    )
    rows = db.rows(
        "SELECT health, rests, due, live_state, last_status, last_partial, late, snoozed, verify, restored, count(*),"
        " SUM(test), MAX(last_run), MAX(last_received), MAX(live_at), MAX(health_at), MAX(verify_at), MAX(restored_at)"
        f" FROM (SELECT health, {rest.text} AS rests, CASE WHEN due_at <= ? THEN 1 ELSE 0 END AS due, live_state,"
        " last_status, last_partial, CASE WHEN missed > 0 THEN 1 ELSE 0 END AS late, last_run, last_received,"
        " live_at, health_at, verify_at, restored_at,"
        f" {stands('verify')} AS verify, {stands('restored')} AS restored,"
        f" CASE WHEN snoozed_until > ? THEN 1 ELSE 0 END AS snoozed, {is_test} AS test"
        f" FROM job WHERE {these} AND archived_at IS NULL AND server_id NOT IN"
        f" (SELECT id FROM server WHERE account_id IN ({inside}) AND archived_at IS NOT NULL)) AS j"
        " GROUP BY health, rests, due, live_state, last_status, last_partial, late, snoozed, verify, restored",
        (
            *rest.parameters,
            now,
            now,
            *((f"machine:{test_machine_id}",) if test_machine_id else ()),
            *((now, now) if only_moved else ()),
        ),
    )
    return [
        JobGroup(
            Facts(
                paused=bool(rests),
                missed=late,
                due_at=now if due else None,
                live=Live(live),
                last_status=Status(status) if status else None,
                last_partial=bool(partial),
                verify_failed=bool(verify),
                restore_failed=bool(restored),
            ),
            Health(health),
            jobs,
            tests,
            bool(snoozed),
            tuple(int(value or 0) for value in stamp),
        )
        for health, rests, due, live, status, partial, late, snoozed, verify, restored, jobs, tests, *stamp in rows
    ]


def marks(db: Database, accounts: tuple[int, ...], test_machine_id: str) -> ChangeMarkers:
    """Tests report under the machine id that is given."""
    inside = account_filter(accounts)
    row = db.row(
        f"SELECT (SELECT MAX(received_at) FROM total WHERE account_id IN ({inside})),"
        f" (SELECT count(*) FROM {waiting(db)} WHERE outcome = 'unrecognised' AND account_id IN ({inside})),"
        f" (SELECT count(*) FROM server WHERE account_id IN ({inside}) AND archived_at IS NULL),"
        f" (SELECT count(*) {_of_machine(inside)}),"
        f" (SELECT MAX(id) FROM audit WHERE account_id IN ({inside}))",
        (f"machine:{test_machine_id}",),
    )
    assert row is not None  # noqa: S101  # a SELECT without FROM gives one row
    return ChangeMarkers(row[0] or None, row[1], row[2], row[3], row[4] or 0)


def _of_machine(inside: str) -> str:
    """Servers, by an index on what they are known by."""
    return f"FROM server WHERE account_id IN ({inside}) AND identity = ?"
