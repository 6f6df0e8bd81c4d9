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


def exist(db: Database) -> bool:
    row = db.row(
        "SELECT 1 FROM service WHERE data_secret <> '' OR agent_secret <> ''"
        f" UNION ALL SELECT 1 FROM report_url UNION ALL SELECT 1 FROM channel WHERE {_OF_CHANNEL} LIMIT 1"
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
