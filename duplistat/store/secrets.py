"""Encrypted values in the database, wherever they are. What they say is not known here."""

from typing import NamedTuple

from duplistat.store.database import Database


class Secrets(NamedTuple):
    """The encrypted values of one service, "" for none: two passwords, and the secret of its report URL."""

    service: int
    data: str
    agent: str
    report: str = ""


# Addresses of mail are kept as they are.
_OF_CHANNEL = "kind <> 'mail' AND config <> ''"
# Where ping URLs, ping keys and badges have theirs: table and column.
_OF_PINGS = (("ping_url", "uuid"), ("ping_url", "token"), ("ping_key", "secret"), ("badge", "code"))


class OfPings(NamedTuple):
    """An encrypted value of a ping URL, a ping key or a badge: in which table and column, of which row."""

    table: str
    column: str
    id: int
    secret: str


def exist(db: Database) -> bool:
    row = db.row(
        "SELECT 1 FROM service WHERE data_secret <> '' OR agent_secret <> ''"
        f" UNION ALL SELECT 1 FROM report_url UNION ALL SELECT 1 FROM channel WHERE {_OF_CHANNEL}"
        " UNION ALL SELECT 1 FROM ping_url UNION ALL SELECT 1 FROM ping_key UNION ALL SELECT 1 FROM badge LIMIT 1"
    )
    return row is not None


def every(db: Database, *, for_update: bool = False) -> list[Secrets]:
    """Those of all services that have any."""
    lock = db.for_update if for_update else ""
    found = {
        row[0]: Secrets(*row)
        for row in db.rows(
            "SELECT id, data_secret, agent_secret FROM service"
            f" WHERE data_secret <> '' OR agent_secret <> '' ORDER BY id{lock}"
        )
    }
    for service, secret in db.rows(f"SELECT service_id, secret FROM report_url ORDER BY service_id{lock}"):
        found[service] = found.get(service, Secrets(service, "", ""))._replace(report=secret)
    return [found[service] for service in sorted(found)]


def replace(db: Database, secrets: Secrets) -> None:
    db.change(
        "UPDATE service SET data_secret = ?, agent_secret = ? WHERE id = ?",
        (secrets.data, secrets.agent, secrets.service),
    )
    if secrets.report:
        db.change("UPDATE report_url SET secret = ? WHERE service_id = ?", (secrets.report, secrets.service))


def of_channels(db: Database, *, for_update: bool = False) -> list[tuple[int, str]]:
    """(channel, what is encrypted of it) of all channels that have something encrypted."""
    lock = db.for_update if for_update else ""
    rows = db.rows(f"SELECT id, config FROM channel WHERE {_OF_CHANNEL} ORDER BY id{lock}")
    return [(row[0], row[1]) for row in rows]


def replace_of_channel(db: Database, channel: int, config: str) -> None:
    db.change("UPDATE channel SET config = ? WHERE id = ?", (config, channel))


def of_pings(db: Database, *, for_update: bool = False) -> list[OfPings]:
    """Those of all ping URLs, ping keys and badges."""
    lock = db.for_update if for_update else ""
    return [
        OfPings(table, column, *row)
        for table, column in _OF_PINGS
        for row in db.rows(f"SELECT id, {column} FROM {table} ORDER BY id{lock}")
    ]


def replace_of_pings(db: Database, kept: OfPings, secret: str) -> None:
    if (kept.table, kept.column) not in _OF_PINGS:
        raise ValueError("nothing is encrypted there")
    db.change(f"UPDATE {kept.table} SET {kept.column} = ? WHERE id = ?", (secret, kept.id))
