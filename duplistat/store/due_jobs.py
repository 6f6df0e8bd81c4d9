"""Very many jobs at once, of which the clock needs no row: those that are due, and those that are given time back."""

from typing import NamedTuple

from duplistat.store.database import Database


class TimeBack(NamedTuple):
    """A time (ms) that jobs get back which were waited for in it: the first ones have it, so many of them changed."""

    id: int
    from_at: int
    to_at: int
    after_job: int
    jobs: int


def due_ids(db: Database, now: int) -> list[int]:
    """The ids of all jobs that the clock has to look at, longest due first."""
    rows = db.rows(
        "SELECT id FROM job WHERE due_at <= ? OR next_check_at <= ? ORDER BY due_at, id", (now, now)
    )
    return [job for (job,) in rows]


def note_time_back(db: Database, since: int, until: int) -> None:
    """Note that the jobs get the time back that were waited for in it; `give_back` gives it, after what was noted
    before."""
    db.execute("INSERT INTO time_back (from_at, to_at) VALUES (?, ?)", (since, until))


def time_back(db: Database) -> TimeBack | None:
    """What is to be given back first; None when every job has its time."""
    row = db.row("SELECT id, from_at, to_at, after_job, jobs FROM time_back ORDER BY id LIMIT 1")
    return TimeBack(*row) if row else None


def give_back(db: Database, item: TimeBack, limit: int) -> int | None:
    """Look at the next `limit` jobs. Those are due that much later that were expected, or at work, before `to_at`, and
    not due yet at `from_at`; of those that reported since, that was taken into account.

    How many got it so far, once every job was looked at; None before that, or when somebody else has done it.
    """
    looked_at = db.rows("SELECT id FROM job WHERE id > ? ORDER BY id LIMIT ?", (item.after_job, limit))
    last: int = looked_at[-1][0] if looked_at else item.after_job
    mine = db.change(
        "UPDATE time_back SET after_job = ? WHERE id = ? AND after_job = ?", (last, item.id, item.after_job)
    )
    if not mine:
        return None
    # By their ids, and not by the index of what is due, which is changed here.
    given = db.change(
        "UPDATE job SET due_at = due_at + ? WHERE id > ? AND id <= ? AND due_at + 0 > ?"
        " AND (expected_at < ? OR live_state <> '') AND COALESCE(last_received, 0) <= ?",
        (item.to_at - item.from_at, item.after_job, last, item.from_at, item.to_at, item.to_at),
    )
    if len(looked_at) < limit:
        db.execute("DELETE FROM time_back WHERE id = ?", (item.id,))
        return item.jobs + given
    db.execute("UPDATE time_back SET jobs = jobs + ? WHERE id = ?", (given, item.id))
    return None


def at_work(db: Database, account: int, name: str, ticks: int) -> list[int]:
    """The ids of the jobs of that name in an account of which a word is known that a run began, by its ticks."""
    rows = db.rows(
        "SELECT id FROM job WHERE account_id = ? AND live_ticks = ? AND name = ?", (account, ticks, name)
    )
    return [job for (job,) in rows]
