"""Many jobs at once, as rows: a report for each would take a test minutes."""

from duplistat.store.database import Database

DAY_MS = 86_400_000
PER_SERVER = 6


def add_jobs(
    db: Database, number: int, at: int, *, account: int = 1, health: str = "ok", status: str = "success"
) -> None:
    """Jobs on a sixth as many servers, run last at `at` (ms), whose days now and then were not good."""
    with db.transaction():
        servers = [
            db.insert(
                "INSERT INTO server (account_id, identity, name, created_at, seen_at) VALUES (?, ?, ?, 0, 0)"
                " RETURNING id",
                (account, f"name:{server}", f"server-{server:03}"),
            )
            for server in range(1 + (number - 1) // PER_SERVER)
        ]
        for job in range(number):
            days = (
                "".join("wfl"[job % 3] if (job * 13 + day * 7) % 50 == 0 else "s" for day in range(89)) + "s"
            )
            db.execute(
                "INSERT INTO job (account_id, server_id, name, created_at, health, health_at, last_run, last_order,"
                " last_status, last_duration, size, size_before, days, days_to, expected_at, due_at)"
                " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, 200000, 48300000000, 48200000000, ?, ?, ?, ?)",
                (
                    account,
                    servers[job // PER_SERVER],
                    f"documents-{job}",
                    health,
                    at,
                    job,
                    at,
                    status,
                    days,
                    at // DAY_MS,
                    at + DAY_MS,
                    at + DAY_MS + 3_600_000,
                ),
            )
