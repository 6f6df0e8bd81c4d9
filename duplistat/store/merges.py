"""Merges of servers: which one went into which, and every row that moved, so that it can move back."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.servers import MERGED

MOVING, DONE, UNDOING, CLOSED = "moving", "done", "undoing", "closed"
# What became one: two servers, or two jobs of one server.
OF_SERVERS, OF_JOBS = "server", "job"
# Kinds of rows that a merge moves or puts away …
JOB, RUN, EVENT, TRANSITION = "job", "run", "event", "transition"
# … deliveries of a job that told of no run; earlier merges into the server that went …
LIVE, MERGE = "live", "merge"
# … and what names a run or an event that was put away: deliveries, and changes of health.
OF_RUN, OF_EVENT, OF_CHANGE = "of run", "of event", "of change"


@dataclass(slots=True)
class Merge:
    """A row of `server_merge`. `at` is in ms, `plan` a JSON object.

    Of two jobs, `into_id` is their server, and `gone_id` and `gone_name` are those of the job that went.
    """

    id: int
    account_id: int
    into_id: int
    gone_id: int
    gone_name: str
    at: int
    state: str
    plan: str
    what: str = OF_SERVERS


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that hung on `was`; with `content` (its columns) it was put away, with the log of a run."""

    item: int
    was: int
    content: dict[str, Any] | None = None
    log: bytes | None = None


_COLUMNS = ", ".join(f.name for f in fields(Merge))


def add(
    db: Database,
    account: int,
    into: int,
    gone: int,
    gone_name: str,
    at: int,
    plan: str,
    what: str = OF_SERVERS,
) -> int:
    """A merge that begins; its id."""
    new = db.insert(
        "INSERT INTO server_merge (account_id, into_id, gone_id, gone_name, at, state, plan, what)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (account, into, gone, gone_name, at, MOVING, plan, what),
    )
    if new is None:
        raise LookupError("the database gave no id to a merge")
    return new


def locked(db: Database, merge: int) -> Merge | None:
    """The merge, held until the transaction ends."""
    row = db.row(f"SELECT {_COLUMNS} FROM server_merge WHERE id = ?{db.for_update}", (merge,))
    return Merge(*row) if row else None


def into(db: Database, server: int, what: str | None = None) -> list[Merge]:
    """What was merged into a server, latest first: servers, and jobs of it; or only one of these."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM server_merge WHERE into_id = ? ORDER BY id DESC", (server,))
    return [merge for merge in (Merge(*row) for row in rows) if what in (None, merge.what)]


def into_job(db: Database, server: int, job: int) -> list[Merge]:
    """What was joined with a job of a server, latest first."""
    return [merge for merge in into(db, server, OF_JOBS) if json.loads(merge.plan).get("into") == job]


def rename_job(db: Database, server: int, was: int, now: int) -> None:
    """Let what was joined with a job be what was joined with it under another id."""
    for merge in into_job(db, server, was):
        merge.plan = json.dumps(json.loads(merge.plan) | {"into": now})
        set_state(db, merge)


def forget_job(db: Database, server: int, job: int) -> None:
    """Nothing that was joined with a job comes back: the job is gone, and another one may have its id next."""
    for merge in into_job(db, server, job):
        delete(db, merge.id)


def job_after(db: Database, accounts: tuple[int, ...], gone: int) -> int | None:
    """The job that one was joined with that had this id; None when there is none."""
    row = db.row(
        f"SELECT plan FROM server_merge WHERE gone_id = ? AND what = ? AND state <> ?"
        f" AND account_id IN ({account_filter(accounts)}) ORDER BY id DESC LIMIT 1",
        (gone, OF_JOBS, UNDOING),
    )
    return json.loads(row[0]).get("into") if row else None


def successor(db: Database, accounts: tuple[int, ...], gone: int) -> int | None:
    """The server that one went into that had this id; None when there is none."""
    row = db.row(
        "SELECT into_id FROM server_merge WHERE gone_id = ? AND what = 'server' AND state <> ?"
        f" AND account_id IN ({account_filter(accounts)}) ORDER BY id DESC LIMIT 1",
        (gone, UNDOING),
    )
    return row[0] if row else None


def under_way(db: Database, server: int | None = None) -> list[Merge]:
    """Merges that have not come to their end, of one server or of all."""
    which, parameters = "", [MOVING, UNDOING]
    if server is not None:
        which = " AND (into_id = ? OR (gone_id = ? AND what = 'server'))"
        parameters = [MOVING, UNDOING, str(server), str(server)]
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM server_merge WHERE state IN (?, ?){which} ORDER BY id", parameters
    )
    return [Merge(*row) for row in rows]


def set_state(db: Database, merge: Merge) -> None:
    """Write the state and the plan of a merge, and which server it is that went."""
    db.change(
        "UPDATE server_merge SET state = ?, plan = ?, gone_id = ? WHERE id = ?",
        (merge.state, merge.plan, merge.gone_id, merge.id),
    )


def redirect(db: Database, merges: Collection[int], server: int) -> None:
    """Let these merges, and the identities that they brought, be those of another server."""
    if merges:
        which = account_filter(tuple(merges))
        db.change(f"UPDATE server_merge SET into_id = ? WHERE id IN ({which})", (server,))
        db.change(f"UPDATE server_identity SET server_id = ? WHERE merge_id IN ({which})", (server,))


def delete(db: Database, merge: int) -> None:
    """Forget a merge that was undone."""
    db.change("DELETE FROM server_merge WHERE id = ?", (merge,))


def hidden_identity(merge: int) -> str:
    """What a server that goes is known by until it is gone: nothing is reported under it."""
    return f"{MERGED}{merge}"


def add_identity(db: Database, account: int, identity: str, server: int, merge: int) -> None:
    """Let what is reported under an identity be a server's."""
    db.execute(
        "INSERT INTO server_identity (account_id, identity, server_id, merge_id) VALUES (?, ?, ?, ?)",
        (account, identity, server, merge),
    )


def drop_identities(db: Database, merge: int) -> None:
    db.change("DELETE FROM server_identity WHERE merge_id = ?", (merge,))


def drop_identities_of(db: Database, server: int) -> None:
    """Let nothing more be reported of a server under what was merged into it."""
    db.change("DELETE FROM server_identity WHERE server_id = ?", (server,))


def identities(db: Database, server: int) -> list[str]:
    """The other identities under which reports of a server come."""
    rows = db.rows("SELECT identity FROM server_identity WHERE server_id = ? ORDER BY identity", (server,))
    return [row[0] for row in rows]


def note(db: Database, merge: int, kind: str, rows: Iterable[Moved]) -> None:
    """Note what was moved or put away."""
    for row in rows:
        content = json.dumps(row.content, ensure_ascii=False) if row.content is not None else None
        db.execute(
            "INSERT INTO merge_row (merge_id, kind, item, was, content, log) VALUES (?, ?, ?, ?, ?, ?)",
            (merge, kind, row.item, row.was, content, row.log),
        )


def entries(
    db: Database, merge: int, kind: str, limit: int = 1_000_000, *, put_away: bool | None = None
) -> list[Moved]:
    """What was noted of a kind, by id; all, or only what was put away (True) or moved (False)."""
    which = {None: "", True: " AND content IS NOT NULL", False: " AND content IS NULL"}[put_away]
    rows = db.rows(
        f"SELECT item, was, content, log FROM merge_row WHERE merge_id = ? AND kind = ?{which}"
        " ORDER BY item LIMIT ?",
        (merge, kind, limit),
    )
    return [
        Moved(item, was, json.loads(content) if content else None, bytes(log) if log else None)
        for item, was, content, log in rows
    ]


def forget(db: Database, merge: int, kind: str, items: Sequence[int]) -> None:
    """What was noted has moved back."""
    if items:
        db.change(
            f"DELETE FROM merge_row WHERE merge_id = ? AND kind = ? AND item IN ({_marks(items)})",
            (merge, kind, *items),
        )


def forget_of(db: Database, merge: int, kinds: Sequence[str], was: int) -> None:
    """What hung on a row that does not come back stays where it is."""
    db.change(
        f"DELETE FROM merge_row WHERE merge_id = ? AND kind IN ({_marks(kinds)}) AND was = ?",
        (merge, *kinds, was),
    )


def forget_moved(db: Database, into: int, kind: str, items: Sequence[int]) -> None:
    """Rows that moved to a server are gone: other ones that have their ids since stay where they are."""
    if items:
        db.change(
            f"DELETE FROM merge_row WHERE kind = ? AND item IN ({_marks(items)}) AND content IS NULL"
            " AND merge_id IN (SELECT id FROM server_merge WHERE into_id = ?)",
            (kind, *items, into),
        )


def renumber(db: Database, merge: int, kinds: Sequence[str], was: int, now: int) -> None:
    """What hung on a row that came back under another id hangs on that one."""
    db.change(
        f"UPDATE merge_row SET was = ? WHERE merge_id = ? AND kind IN ({_marks(kinds)}) AND was = ?",
        (now, merge, *kinds, was),
    )


def prune(db: Database, before: int, limit: int) -> int:
    """Forget what merges moved that are too old to be undone; how many rows. Whose name the other one had stays."""
    left = limit
    old = "SELECT id FROM server_merge WHERE at < ? AND state = ? ORDER BY at LIMIT ?"
    for (merge,) in db.rows(old, (before, DONE, limit)):
        found = locked(db, merge)
        if found is None or found.state != DONE:
            # It is being undone since.
            continue
        left -= db.change(
            "DELETE FROM merge_row WHERE merge_id = ? AND (kind, item) IN"
            " (SELECT kind, item FROM merge_row WHERE merge_id = ? LIMIT ?)",
            (merge, merge, left),
        )
        if not left:
            break
        close = (
            "UPDATE server_merge SET state = ?, plan = CASE WHEN what = 'job' THEN plan ELSE '{}' END"
            " WHERE id = ? AND state = ?"
        )
        db.change(close, (CLOSED, merge, DONE))
    return limit - left


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
