"""Dry runs back nothing up: they leave the sums and the numbers of runs of their jobs, in which they were counted."""

from collections import Counter
from typing import Any

DAY_MS = 86_400_000


def up(migrator: Any, db: Any) -> None:
    # Those that retention has deleted are not known any more.
    found = db.execute_sql(
        "SELECT job.account_id, job.id, CASE WHEN run.collected = 1 THEN run.order_at ELSE run.received_at END"
        " FROM run JOIN job ON job.id = run.job_id WHERE run.operation = 'backup' AND run.dry_run = 1"
    ).fetchall()
    for job, number in Counter(job for _account, job, _at in found).items():
        db.execute_sql(f"UPDATE job SET runs = runs - {number} WHERE id = {job}")
    # Shards are added up: any one will do.
    for account, number in Counter(account for account, _job, _at in found).items():
        db.execute_sql(
            f"UPDATE total SET other = other - {number} WHERE account_id = {account}"
            f" AND shard = (SELECT min(shard) FROM total WHERE account_id = {account})"
        )
    for (account, day), number in Counter((account, at // DAY_MS) for account, _job, at in found).items():
        here = f"account_id = {account} AND day = {day}"
        db.execute_sql(
            f"UPDATE account_day SET other = other - {number} WHERE {here}"
            f" AND shard = (SELECT min(shard) FROM account_day WHERE {here})"
        )
