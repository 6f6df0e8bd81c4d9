"""What the backup runs of some days came to, by job: a look at history, for who asks for it."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many backups succeeded (also with warnings) and failed, and what they added, bytes."""

    good: int
    failed: int
    added: int


def outcomes(db: Database, accounts: tuple[int, ...], since: int) -> dict[int, Outcomes]:
    """{job: what its backup runs since a time (ms) came to}. One statement, by an index of these runs."""
    rows = db.rows(
        "SELECT job_id, SUM(CASE WHEN status IN ('success', 'warning') THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN status IN ('error', 'fatal', 'interrupted') THEN 1 ELSE 0 END),"
        f" SUM(COALESCE(uploaded, 0)) FROM run WHERE account_id IN ({account_filter(accounts)})"
        " AND order_at >= ? AND is_backup = 1 GROUP BY job_id",
        (since,),
    )
    return {row[0]: Outcomes(int(row[1]), int(row[2]), int(row[3])) for row in rows}
