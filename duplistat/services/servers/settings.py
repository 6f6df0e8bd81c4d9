"""What a person sets on a server; and servers and jobs by what a person calls them."""

from collections.abc import Sequence
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.core.text import clean, clip_name
from duplistat.core.web_address import web_address_of
from duplistat.services import audit
from duplistat.services.accounts import names
from duplistat.services.audit import Actor
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.reports.identify import bring_back
from duplistat.services.servers import lookup
from duplistat.services.writes import command
from duplistat.store import job_aliases, jobs, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server

NOTE_CHARS = 10_000
NO_WEB_ADDRESS = later("enter an address such as https://10.0.0.5:8200, without a user name or password")


def find_server(db: Database, account: str, server: str) -> Server:
    """The one server of an account with this id, machine id, name or alias. Raises DuplistatError.

    Of several nobody guesses here which one is to be changed.
    """
    found = _servers(db, account, server)
    if len(found) > 1:
        raise _several(server, found)
    return found[0]


def find_job(db: Database, account: str, server: str, job: str) -> Job:
    """The job of that name, or alias, or with which one of that name was joined; of several servers of a name, on the
    one that has it.

    Raises DuplistatError.
    """
    homes = _servers(db, account, server)
    found = [(home, known) for home in homes if (known := _job_of(db, home, job)) is not None]
    if len(found) > 1:
        raise _several(server, [home for home, _ in found])
    if not found:
        raise DuplistatError(Kind.NOT_FOUND, f"server {homes[0].label!r} has no job named {job!r}")
    return found[0][1]


def _servers(db: Database, account: str, server: str) -> list[Server]:
    owner = names.named(db, account)
    found = lookup.servers_meant(db, (owner.id,), server)
    if not found:
        raise DuplistatError(Kind.NOT_FOUND, f"account {account!r} has no server called {server!r}")
    return found


def _several(called: str, found: Sequence[Server]) -> DuplistatError:
    ids = ", ".join(str(server.id) for server in found)
    return DuplistatError(
        Kind.INVALID, f"{len(found)} servers are called {called!r}: use one of the ids {ids}"
    )


def _job_of(db: Database, server: Server, job: str) -> Job | None:
    known = [j for j in jobs.of_server(db, server.id) if not j.deleting]
    named = next((j for j in known if j.name == job), None)
    named = named or next((j for j in known if j.alias == job), None)
    joined = job_aliases.job_of(db, server.id, job) if named is None else None
    return named or next((j for j in known if j.id == joined), None)


class ServerChanges(TypedDict, total=False):
    """What a person changes about a server; what is left out stays. `alias`, `group_name`, `web_url`: "" for none."""

    alias: str
    group_name: str
    notes: str
    web_url: str
    archived: bool


@command
def set_server(tx: Tx, *, server: int, changes: ServerChanges, by: Actor, now: int) -> None:
    """Change what `changes` holds of a server, and note it. What is archived is expected no more, with all its jobs.

    Raises DuplistatError: not_found, or invalid with what is wrong.
    """
    db, row = tx.db, servers.locked_by_id(tx.db, server)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "server not found: it was deleted or merged")
    values = words_of(changes)
    before = {name: getattr(row, name) for name in values}
    if "archived" in changes and changes["archived"] != (row.archived_at is not None):
        before["archived"], values["archived"] = not changes["archived"], changes["archived"]
        (archive if changes["archived"] else bring_back)(db, row, tx.defaults, now)
    servers.change(db, row.id, {name: values[name] for name in values if name != "archived"})
    audit.note(
        db,
        by,
        "server.set",
        account=row.account_id,
        subject=row.label,
        now=now,
        before=before,
        after=values,
    )


@command
def note_server_export(tx: Tx, *, server: int, by: Actor, now: int) -> None:
    """Note that all that a server has is handed out. Raises DuplistatError (not_found)."""
    row = servers.locked_by_id(tx.db, server)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "server not found: it was deleted or merged")
    audit.note(tx.db, by, "server.export", account=row.account_id, subject=row.label, now=now)


def words_of(changes: ServerChanges) -> dict[str, Any]:
    """{column: value} of the words that a person says about a server. Raises DuplistatError (invalid)."""
    values: dict[str, Any] = {}
    if "alias" in changes:
        values["alias"] = clip_name(" ".join(str(changes["alias"]).split())) or None
    if "group_name" in changes:
        values["group_name"] = clip_name(" ".join(str(changes["group_name"]).split()))
    if "web_url" in changes:
        values["web_url"] = web_address_of(changes["web_url"])
        if values["web_url"] is None:
            raise DuplistatError(Kind.INVALID, NO_WEB_ADDRESS, field="web_url")
    if "notes" in changes:
        values["notes"] = clean(str(changes["notes"]).replace("\r\n", "\n").strip())
        if len(values["notes"]) > NOTE_CHARS:
            raise DuplistatError(
                Kind.INVALID, Text("notes have at most {most} characters", most=NOTE_CHARS), field="notes"
            )
    return values


def archive(db: Database, server: Server, defaults: ScheduleDefaults, now: int) -> None:
    """Expect nothing more of a server: its jobs are put into the archive with it."""
    for listed in jobs.of_server(db, server.id):
        job = jobs.locked_by_id(db, listed.id)
        if job is not None and job.archived_at is None:
            job.archived_at = now
            update_job_health(db, job, defaults, now)
    servers.change(db, server.id, {"archived_at": now})
