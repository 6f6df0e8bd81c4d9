"""Very many jobs at once, of which the clock needs no row: those that are due, and those that are given time back."""

from duplistat.store.database import Database


def due_ids(db: Database, now: int) -> list[int]:
    """The ids of all jobs that the clock has to look at, longest due first."""
    rows = db.rows(
        "SELECT id FROM job WHERE due_at <= ? OR next_check_at <= ? ORDER BY due_at, id", (now, now)
    )
    return [job for (job,) in rows]


def extend_waited_for(db: Database, since: int, until: int) -> int:
    """Let the jobs be due that much later that were expected, or at work, before `until`, and not due yet at `since`;
    how many."""
    return db.change(
        "UPDATE job SET due_at = due_at + ? WHERE due_at > ? AND (expected_at < ? OR live_state <> '')",
        (until - since, since, until),
    )


def at_work(db: Database, account: int, name: str, ticks: int) -> list[int]:
    """The ids of the jobs of that name in an account of which a word is known that a run began, by its ticks."""
    rows = db.rows(
        "SELECT id FROM job WHERE account_id = ? AND live_ticks = ? AND name = ?", (account, ticks, name)
    )
    return [job for (job,) in rows]
