"""What people write about jobs. It stands apart: a job's row is written with each run, and this can be long."""

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


def get(db: Database, job: int) -> str:
    """The note on a job; "" for none."""
    row = db.row("SELECT text FROM job_note WHERE job_id = ?", (job,))
    return str(row[0]) if row else ""


def of_jobs(db: Database, accounts: tuple[int, ...]) -> dict[int, str]:
    """{job: its note} of all jobs of some accounts that have one."""
    rows = db.rows(
        "SELECT n.job_id, n.text FROM job_note n JOIN job j ON j.id = n.job_id"
        f" WHERE j.account_id IN ({account_filter(accounts)})"
    )
    return {row[0]: row[1] for row in rows}


def put(db: Database, job: int, text: str) -> None:
    """Write a note in place of the one before; an empty one takes it away."""
    if not text:
        db.execute("DELETE FROM job_note WHERE job_id = ?", (job,))
        return
    db.execute(
        "INSERT INTO job_note (job_id, text) VALUES (?, ?) ON CONFLICT (job_id) DO UPDATE SET text = excluded.text",
        (job, text),
    )
