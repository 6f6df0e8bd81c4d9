"""Runs that come many at once, from the database of another program."""

from collections.abc import Sequence
from typing import Any

from duplistat.store.database import Database
from duplistat.store.runs import VALUES

_COLUMNS = f"account_id, job_id, {', '.join(VALUES)}"
_ROW = f"(?, ?{', ?' * len(VALUES)})"
_INSERT = (
    f"INSERT INTO run ({_COLUMNS}) VALUES {_ROW} ON CONFLICT (job_id, operation, key) DO NOTHING RETURNING id"
)


def add_runs(db: Database, account: int, job: int, values: Sequence[Sequence[Any]]) -> list[int]:
    """New runs of a job that is held, none of which it has; their ids, in order. Values in the order of runs.VALUES."""
    if db.on_sqlite:
        ids = [db.insert(_INSERT, (account, job, *row)) for row in values]
        if None in ids:
            raise LookupError("a run was not there and is")
        return [id for id in ids if id is not None]
    # One trip for all of them; the ids of one statement are given in the order of its rows.
    rows = db.rows(
        f"INSERT INTO run ({_COLUMNS}) VALUES {', '.join([_ROW] * len(values))} RETURNING id",
        [value for row in values for value in (account, job, *row)],
    )
    return [row[0] for row in rows]


def add_logs(db: Database, logs: Sequence[tuple[int, bytes]]) -> None:
    """(run, what `store.packing.pack` made of its log) of runs that have none yet."""
    if logs:
        marks = ", ".join(["(?, ?)"] * len(logs))
        db.execute(
            f"INSERT INTO run_log (run_id, lines) VALUES {marks}", [value for log in logs for value in log]
        )


def known_between(db: Database, job: int, since: int, until: int) -> list[tuple[Any, ...]]:
    """(operation, id, key, precision, started_at, status, received_at) of the runs of a job from one time to another
    (ms); behind the operation as `runs.near` has it."""
    return db.rows(
        "SELECT operation, id, key, precision, started_at, status, received_at FROM run"
        " WHERE job_id = ? AND order_at BETWEEN ? AND ?",
        (job, since, until),
    )
