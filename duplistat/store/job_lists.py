"""Jobs in lists: pages of them, the names of many, and how those of a server are."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from duplistat.core.health import Facts, Live
from duplistat.core.status import Status
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.jobs import SELECT, Job, resting, stands
from duplistat.store.pagination import Clause

# How many rows one page looks at for those that a filter wants which SQL cannot tell.
LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs; empty for all. `status` is that of the latest backup run, `paused` whether they are at `now` (ms)."""

    server: int | None = None
    status: str = ""
    paused: bool | None = None
    now: int = 0


def page(
    db: Database,
    accounts: tuple[int, ...],
    wanted: Filter,
    *,
    fits: Callable[[Job], bool] | None = None,
    after: int = 0,
    limit: int = 50,
) -> tuple[list[Job], int | None]:
    """Jobs by id, and the id to go on `after`, None at the end. One statement.

    Those that are being deleted are left out.

    `fits` says of a row whether it is wanted, where SQL cannot. Then LOOKED_AT rows are read at most, and there
    may be fewer jobs than were asked for.
    """
    which = Clause.all_of(
        ("server_id = ?", wanted.server),
        ("last_status = ?", wanted.status),
    )
    more, parameters = (f" AND {which.text}" if which.text else ""), list(which.parameters)
    if wanted.paused is not None:
        rest = resting(wanted.now)
        more += f" AND {rest.text} = ?"
        parameters += [*rest.parameters, int(wanted.paused)]
    most = limit + 1 if fits is None else max(limit + 1, LOOKED_AT)
    rows = db.rows(
        f"{SELECT} WHERE account_id IN ({account_filter(accounts)}) AND id > ? AND deleting_at IS NULL{more}"
        " ORDER BY id LIMIT ?",
        (after, *parameters, most),
    )
    found: list[Job] = []
    for place, row in enumerate(rows, 1):
        job = Job(*row)
        if fits is None or fits(job):
            found.append(job)
        if len(found) == limit:
            return found, job.id if place < len(rows) or len(rows) == most else None
    return found, rows[-1][0] if len(rows) == most else None


@dataclass(frozen=True, slots=True)
class Place:
    """A job by its name, and the server that it is on."""

    job: int
    name: str
    server: int
    server_name: str
    server_alias: str | None
    sender: str


def places(db: Database, jobs: Collection[int]) -> dict[int, Place]:
    """{id: its name and server} of some jobs; of one that is being deleted, what it was called."""
    if not jobs:
        return {}
    rows = db.rows(
        "SELECT j.id, CASE WHEN j.deleting_at IS NOT NULL THEN j.alias ELSE j.name END,"
        " s.id, s.name, s.alias, s.sender FROM job j JOIN server s ON s.id = j.server_id"
        f" WHERE j.id IN ({', '.join('?' * len(jobs))})",
        list(jobs),
    )
    return {row[0]: Place(*row) for row in rows}


def known(db: Database, names: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """{(server, name): id} of those jobs, given by server and name, that are known."""
    if not names:
        return {}
    rows = db.rows(
        "SELECT server_id, name, id FROM job WHERE (server_id, name) IN"
        f" (VALUES {', '.join(['(CAST(? AS BIGINT), ?)'] * len(names))})",
        [value for pair in names for value in pair],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def facts_by_server(
    db: Database, servers: Collection[int], now: int, *, archived: bool = True
) -> list[tuple[int, Facts, int]]:
    """(server, facts, how many of its jobs share them), for their health at `now` (ms); of all its jobs, or of those
    that are not in the archive."""
    if not servers:
        return []
    rest = resting(now)
    used = "" if archived else " AND archived_at IS NULL"
    rows = db.rows(
        "SELECT server_id, rests, due, live_state, last_status, last_partial, missed, verify, restored, count(*) FROM"
        f" (SELECT server_id, {rest.text} AS rests, CASE WHEN due_at <= ? THEN 1 ELSE 0 END AS due,"
        " live_state, last_status, last_partial, CASE WHEN missed > 0 THEN 1 ELSE 0 END AS missed,"
        f" {stands('verify')} AS verify, {stands('restored')} AS restored FROM job"
        f" WHERE server_id IN ({', '.join('?' * len(servers))}){used}) AS j"
        " GROUP BY server_id, rests, due, live_state, last_status, last_partial, missed, verify, restored",
        (*rest.parameters, now, *servers),
    )
    return [
        (
            server,
            Facts(
                paused=bool(rests),
                missed=missed,
                due_at=now if due else None,
                live=Live(live),
                last_status=Status(status) if status else None,
                last_partial=bool(partial),
                verify_failed=bool(verify),
                restore_failed=bool(restored),
            ),
            count,
        )
        for server, rests, due, live, status, partial, missed, verify, restored, count in rows
    ]


def counts_of_servers(db: Database, servers: Sequence[int]) -> dict[int, int]:
    """{server: how many jobs it has that are neither archived nor going}."""
    if not servers:
        return {}
    rows = db.rows(
        f"SELECT server_id, count(*) FROM job WHERE server_id IN ({', '.join('?' * len(servers))})"
        " AND archived_at IS NULL AND deleting_at IS NULL GROUP BY server_id",
        servers,
    )
    return dict(rows)
