"""How many backup runs each job has had: `job.runs`. Reports count them in the row that they write anyway."""

from collections.abc import Sequence

from duplistat.core.report import BACKUP
from duplistat.store.database import Database


def add(db: Database, job: int, by: int) -> None:
    """Count backup runs more (or, below zero, less) of a job that nobody has in memory to save it."""
    if by:
        db.execute("UPDATE job SET runs = runs + ? WHERE id = ?", (by, job))


def move(db: Database, runs: Sequence[int], off: int, to: int) -> None:
    """Count those of some runs that are backup runs of one job for another one, before they move there."""
    marks = ", ".join("?" * len(runs))
    row = db.row(
        f"SELECT count(*) FROM run WHERE id IN ({marks}) AND job_id = ? AND operation = ?",
        (*runs, off, BACKUP),
    )
    number = row[0] if row else 0
    add(db, off, -number)
    add(db, to, number)
