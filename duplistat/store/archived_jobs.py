"""Jobs in the archive, of servers that are not."""

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.jobs import SELECT, Job


def visible(db: Database, accounts: tuple[int, ...]) -> list[Job]:
    """All of some accounts, in order of their names."""
    rows = db.rows(f"{SELECT} WHERE {_archived(accounts)}")
    return sorted((Job(*row) for row in rows), key=lambda job: (job.name.casefold(), job.id))


def count(db: Database, accounts: tuple[int, ...]) -> int:
    """How many `visible` gives."""
    ((number,),) = db.rows(f"SELECT count(*) FROM job WHERE {_archived(accounts)}")
    return int(number)


def _archived(accounts: tuple[int, ...]) -> str:
    return (
        f"account_id IN ({account_filter(accounts)}) AND archived_at IS NOT NULL AND deleting_at IS NULL AND"
        " joining_at IS NULL AND server_id IN (SELECT id FROM server WHERE archived_at IS NULL)"
    )
