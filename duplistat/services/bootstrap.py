"""prepare(): a database that is ready for use, whoever opens it first."""

from duplistat.services.alerts.defaults import default_alerts
from duplistat.store import accounts
from duplistat.store.database import Database


def prepare(db: Database, now: int) -> int:
    """Bring the schema up to date and make sure of the account `main`; its id. A new one gets a first rule of alerts.

    Raises SchemaTooNew when a newer program has been here.
    """
    db.migrate()
    with db.transaction():
        made = accounts.create(db, accounts.MAIN, None, now)
        if made is not None:
            default_alerts(db, made.id, now)
    return main_account(db)


def main_account(db: Database) -> int:
    main = accounts.main(db)
    if main is None:
        raise LookupError(f"the account {accounts.MAIN!r} is gone")
    return main.id
