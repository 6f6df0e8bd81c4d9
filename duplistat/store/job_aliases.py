"""Other names under which jobs are reported, and jobs of which a person said that they are not the same."""

from collections.abc import Collection

from duplistat.store.database import Database


def job_of(db: Database, server: int, name: str) -> int | None:
    """The job of a server that a name is another one of."""
    row = db.row(
        "SELECT a.job_id FROM job_alias a JOIN job j ON j.id = a.job_id"
        " WHERE j.server_id = ? AND a.name = ? ORDER BY a.job_id DESC LIMIT 1",
        (server, name),
    )
    return row[0] if row else None


def of_job(db: Database, job: int) -> list[str]:
    rows = db.rows("SELECT name FROM job_alias WHERE job_id = ? ORDER BY name", (job,))
    return [row[0] for row in rows]


def add(db: Database, job: int, names: Collection[str]) -> None:
    for name in names:
        db.execute(
            "INSERT INTO job_alias (job_id, name) VALUES (?, ?) ON CONFLICT (job_id, name) DO NOTHING",
            (job, name),
        )


def drop(db: Database, job: int, names: Collection[str]) -> None:
    for name in names:
        db.change("DELETE FROM job_alias WHERE job_id = ? AND name = ?", (job, name))


def note_distinct(db: Database, job: int, other: int) -> None:
    """Note that two jobs are not the same."""
    db.execute(
        "INSERT INTO job_distinct (job_id, other_id) VALUES (?, ?) ON CONFLICT (job_id, other_id) DO NOTHING",
        (min(job, other), max(job, other)),
    )


def distinct(db: Database, jobs: Collection[int]) -> set[tuple[int, int]]:
    """The pairs of jobs, the lower id first, that are not the same, of those that have one of these."""
    if not jobs:
        return set()
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(
        f"SELECT job_id, other_id FROM job_distinct WHERE job_id IN ({marks}) OR other_id IN ({marks})",
        [*jobs, *jobs],
    )
    return {(row[0], row[1]) for row in rows}
