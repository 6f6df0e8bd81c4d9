"""Encrypted values in the database, wherever they are. What they say is not known here."""

from typing import NamedTuple

from duplistat.store.database import Database


class Secrets(NamedTuple):
    """The encrypted values of one service, "" for none."""

    service: int
    data: str
    agent: str


def exist(db: Database) -> bool:
    return db.row("SELECT 1 FROM service WHERE data_secret <> '' OR agent_secret <> '' LIMIT 1") is not None


def every(db: Database, *, for_update: bool = False) -> list[Secrets]:
    """Those of all services that have any."""
    lock = db.for_update if for_update else ""
    return [
        Secrets(*row)
        for row in db.rows(
            "SELECT id, data_secret, agent_secret FROM service"
            f" WHERE data_secret <> '' OR agent_secret <> '' ORDER BY id{lock}"
        )
    ]


def replace(db: Database, secrets: Secrets) -> None:
    db.change(
        "UPDATE service SET data_secret = ?, agent_secret = ? WHERE id = ?",
        (secrets.data, secrets.agent, secrets.service),
    )
