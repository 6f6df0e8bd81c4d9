"""Rows that move when two servers become one: what hangs on what, what is the same, what is put away and put back."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from duplistat.store import run_counts
from duplistat.store.database import Database
from duplistat.store.merges import EVENT, JOB, LIVE, OF_CHANGE, OF_EVENT, OF_RUN, RUN, TRANSITION

# The table of a kind, and the column that says what a row hangs on.
PLACES = {
    JOB: ("job", "server_id"),
    RUN: ("run", "job_id"),
    EVENT: ("event", "server_id"),
    TRANSITION: ("transition", "job_id"),
    LIVE: ("delivery", "job"),
    OF_RUN: ("delivery", "run"),
    OF_EVENT: ("delivery", "event"),
    OF_CHANGE: ("transition", "run"),
}


def move(db: Database, kind: str, items: Sequence[int], to: int, *, off: int) -> None:
    """Hang rows on something else, those that still hang on `off`. Runs are counted by the job that they move to."""
    if items:
        table, column = PLACES[kind]
        if kind == RUN:
            run_counts.move(db, items, off, to)
        db.change(
            f"UPDATE {table} SET {column} = ? WHERE id IN ({_marks(items)}) AND {column} = ?",
            (to, *items, off),
        )


def name_again(db: Database, kind: str, item: int, named: int) -> None:
    """Let a delivery or a change of health name what it named."""
    table, column = PLACES[kind]
    db.change(f"UPDATE {table} SET {column} = ? WHERE id = ?", (named, item))
    if kind == OF_RUN:
        db.change(
            "UPDATE delivery SET job = (SELECT job_id FROM run WHERE id = ?) WHERE id = ?", (named, item)
        )


def there(db: Database, table: str, id: int | None) -> int | None:
    """The id, if a row has it; else None."""
    return id if id is not None and db.row(f"SELECT 1 FROM {table} WHERE id = ?", (id,)) else None


def hanging(db: Database, kind: str, owner: int, limit: int) -> list[int]:
    """The ids of some rows of a kind that hang on something."""
    table, column = PLACES[kind]
    also = " AND run IS NULL" if kind == LIVE else ""
    return [
        row[0] for row in db.rows(f"SELECT id FROM {table} WHERE {column} = ?{also} LIMIT ?", (owner, limit))
    ]


def twins(db: Database, kind: str, items: Sequence[int], owner: int) -> dict[int, int]:
    """{item: the row of `owner` that is the same run or event} of those rows that have one."""
    if not items or kind not in (RUN, EVENT):
        return {}
    table, column = PLACES[kind]
    same = "b.key = a.key" + (" AND b.operation = a.operation" if kind == RUN else "")
    rows = db.rows(
        f"SELECT a.id, b.id FROM {table} a JOIN {table} b ON b.{column} = ? AND b.id <> a.id AND {same}"
        f" WHERE a.id IN ({_marks(items)})",
        (owner, *items),
    )
    return {row[0]: row[1] for row in rows}


def same(db: Database, kind: str, owner: int, row: Mapping[str, Any]) -> int | None:
    """The id of the run of a job, or of the event of a server, that a row tells of, too."""
    table, column = PLACES[kind]
    names = ("key", "operation") if kind == RUN else ("key",)
    where = " AND ".join(f"{name} = ?" for name in names)
    found = db.row(
        f"SELECT id FROM {table} WHERE {column} = ? AND {where}", (owner, *(row[name] for name in names))
    )
    return found[0] if found else None


def runs_of_server(db: Database, server: int) -> dict[int, int]:
    """{job: how many runs it has} of the jobs of a server that have any."""
    return dict(
        db.rows(
            "SELECT job_id, count(*) FROM run WHERE job_id IN (SELECT id FROM job WHERE server_id = ?) GROUP BY job_id",
            (server,),
        )
    )


def doubles(db: Database, gone: int, kept: int) -> dict[int, int]:
    """{job of one server: how many of its runs the job of its name on the other one has, too}."""
    return dict(
        db.rows(
            "SELECT a.job_id, count(*) FROM job x JOIN job y ON y.server_id = ? AND y.name = x.name"
            " JOIN run a ON a.job_id = x.id"
            " JOIN run b ON b.job_id = y.id AND b.operation = a.operation AND b.key = a.key"
            " WHERE x.server_id = ? GROUP BY a.job_id",
            (kept, gone),
        )
    )


def events_of_server(db: Database, gone: int, kept: int) -> tuple[int, int]:
    """How many events one server has, and how many of those the other one has, too."""
    row = db.row(
        "SELECT count(*), count(b.id) FROM event a LEFT JOIN event b ON b.server_id = ? AND b.key = a.key"
        " WHERE a.server_id = ?",
        (kept, gone),
    )
    return (row[0], row[1]) if row else (0, 0)


def names_put_away(db: Database, merge: int, changes: Sequence[int]) -> list[tuple[int, int, int]]:
    """(change, run, its twin) of those changes of health that name a run that was put away."""
    if not changes:
        return []
    rows = db.rows(
        "SELECT t.id, t.run, m.content FROM transition t JOIN merge_row m"
        " ON m.merge_id = ? AND m.kind = ? AND m.item = t.run AND m.content IS NOT NULL"
        f" WHERE t.id IN ({_marks(changes)})",
        (merge, RUN, *changes),
    )
    return [(row[0], row[1], json.loads(row[2])["twin"]) for row in rows]


def tell_of_job(db: Database, runs: Sequence[int], job: int) -> None:
    """What told of these runs told of this job."""
    if runs:
        db.change(f"UPDATE delivery SET job = ? WHERE run IN ({_marks(runs)})", (job, *runs))


def log_of(db: Database, run: int) -> bytes | None:
    """The log of a run as it is stored."""
    row = db.row("SELECT lines FROM run_log WHERE run_id = ?", (run,))
    return bytes(row[0]) if row else None


def put_log_back(db: Database, run: int, log: bytes) -> None:
    db.execute("INSERT INTO run_log (run_id, lines) VALUES (?, ?)", (run, log))


def renumber_run(db: Database, job: int, was: int, now: int) -> None:
    """Let a job's row name a run that came back under another id."""
    for column in ("last_run", "last_success_run", "restore_run", "delete_run", "verify_run", "restored_run"):
        db.change(f"UPDATE job SET {column} = ? WHERE id = ? AND {column} = ?", (now, job, was))


def jobs_by_name(db: Database, server: int) -> dict[str, int]:
    """{name: id} of the jobs of a server."""
    return dict(db.rows("SELECT name, id FROM job WHERE server_id = ?", (server,)))


def name_of_job(db: Database, job: int) -> str | None:
    row = db.row("SELECT name FROM job WHERE id = ?", (job,))
    return row[0] if row else None


def latest_change(db: Database, job: int) -> int | None:
    """The id of the latest change of a job's health."""
    row = db.row("SELECT max(id) FROM transition WHERE job_id = ?", (job,))
    return row[0] if row else None


def whole(db: Database, table: str, id: int) -> dict[str, Any] | None:
    """A row with all its columns."""
    cursor = db.execute(f"SELECT * FROM {table} WHERE id = ?", (id,))
    names = [column[0] for column in cursor.description]
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def put_back(db: Database, table: str, columns: Mapping[str, Any]) -> int:
    """Insert a row as it was; its id, another one when that was given away meanwhile.

    A column that the table has no more since an upgrade is left out.
    """
    present = {column[0] for column in db.execute(f"SELECT * FROM {table} WHERE id IS NULL").description}
    values = {name: value for name, value in columns.items() if name in present}
    if db.row(f"SELECT 1 FROM {table} WHERE id = ?", (values["id"],)):
        del values["id"]
    new = db.insert(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({_marks(values)}) RETURNING id",
        (*values.values(),),
    )
    if new is None:
        raise LookupError(f"the database gave no id to a row of {table}")
    return new


def remove(db: Database, table: str, items: Sequence[int]) -> None:
    """Delete rows of a table."""
    if items:
        db.change(f"DELETE FROM {table} WHERE id IN ({_marks(items)})", items)


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
