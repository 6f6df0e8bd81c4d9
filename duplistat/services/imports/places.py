"""Servers and jobs of an import: found again, or made; and what is set of them, where nothing is set here."""

import json
from typing import TypedDict

from duplistat.core.errors import DuplistatError
from duplistat.core.i18n import later
from duplistat.core.status import Health
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs.settings import GRACE_MOST_MS, MOST_TAGS
from duplistat.services.jobs.state import note_to_learn
from duplistat.services.pings import keys, urls
from duplistat.services.pings.keys import NewKey
from duplistat.services.pings.urls import NewUrl
from duplistat.services.reports import shared_ids
from duplistat.services.reports.identify import job_called, server_of
from duplistat.services.reports.intake import identity_of
from duplistat.services.reports.packed import Named
from duplistat.services.writes import command
from duplistat.store import job_notes, jobs, ping_keys, ping_urls, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job

NOT_ITS_URL = later("a ping URL or push token that another job has already: its job has none")
NOT_ITS_KEY = later("a ping key that another account has already")
# Keys that differ in the number behind their name alone.
MOST_OF_A_NAME = 100


class NewServer(TypedDict):
    """A server to be found or made; "" where the source says nothing."""

    name: str
    machine_id: str
    alias: str
    notes: str


class NewJob(TypedDict):
    """A job to be found or made on a server, by its id; as `formats.imports.records.JobRecord` otherwise."""

    server: int
    name: str
    ref: str
    schedule: str | None
    zone: str
    grace_ms: int | None
    tags: list[str]
    notes: str
    paused: bool
    # Where its clients ping it, None where they do not.
    url: NewUrl | None
    slug: str


class NamedKey(TypedDict):
    """A ping key and its name."""

    name: str
    key: NewKey


class Found(TypedDict):
    """The id of a server or job, whether it was made now, whether something was set of it, and what could not be
    taken over."""

    id: int
    new: bool
    changed: bool
    problem: str


@command
def import_servers(tx: Tx, *, account: int, chosen: list[NewServer], now: int) -> list[Found]:
    """Find or make servers of an account, in order."""
    return [_server(tx.db, account, server, now) for server in chosen]


@command
def import_jobs(tx: Tx, *, account: int, chosen: list[NewJob], now: int) -> list[Found]:
    """Find or make jobs of servers of an account, in order. What is set of one here stays."""
    return [_job(tx.db, account, job, now) for job in chosen]


@command
def import_ping_keys(tx: Tx, *, account: int, chosen: list[NamedKey], now: int) -> list[str]:
    """Give an account ping keys; for each why it did not get it, "" for one that it has now."""
    return [_key(tx.db, account, item, now) for item in chosen]


@command
def note_import(tx: Tx, *, account: int, program: str, counts: dict[str, int], by: Actor, now: int) -> None:
    """Note that data of another program were imported."""
    audit.note(tx.db, by, "import.end", account=account, subject=program, now=now, after=counts)


def known_server(db: Database, account: int, server: NewServer) -> int | None:
    """The server that an import would find; None for one that it would make."""
    machine_id, name = server["machine_id"], server["name"]
    found, _ = shared_ids.find(db, account, identity_of(machine_id, name, ""), machine_id, "", name)
    return found.id if found is not None else None


def known_job(db: Database, account: int, job: NewJob) -> int | None:
    """The same of a job."""
    row = _pinged(db, account, job["url"]) or (
        job_called(db, job["server"], job["name"]) if job["server"] > 0 else None
    )
    return row.id if row is not None else None


def _named(account: int, server: NewServer, now: int) -> Named:
    machine_id, name = server["machine_id"], server["name"]
    return {
        "request": [account, now],
        "format": "",
        "server": [identity_of(machine_id, name, ""), machine_id, name, ""],
        "facts": {},
        "body": b"",
    }


def _server(db: Database, account: int, server: NewServer, now: int) -> Found:
    found, new = server_of(db, _named(account, server, now), collected=True)
    changes = {}
    if server["alias"] and found.alias is None:
        changes["alias"] = server["alias"]
    if server["notes"] and not found.notes:
        changes["notes"] = server["notes"]
    servers.change(db, found.id, changes)
    return {"id": found.id, "new": new, "changed": new or bool(changes), "problem": ""}


def _job(db: Database, account: int, job: NewJob, now: int) -> Found:
    row, new = _pinged(db, account, job["url"]) or job_called(db, job["server"], job["name"]), False
    if row is None:
        home = servers.get(db, job["server"])
        if home is None or home.account_id != account:
            raise LookupError("a server was there and is gone")
        row, new = jobs.add(db, account, home.id, job["name"], job["ref"], now), True
        if home.machine_id:
            servers.propose_merge(db, home.id, home.name, account, job["name"])
    before = jobs.values_of(row)
    _set(db, row, job, now, new=new)
    changed = jobs.values_of(row) != before
    if changed:
        jobs.save(db, row)
    changed |= new or _is_unsettled(row)
    return {"id": row.id, "new": new, "changed": changed, "problem": _give_url(db, row, job, now)}


def _is_unsettled(row: Job) -> bool:
    """Whether an import of it was cut off: its latest run is known, and not what follows from it."""
    if row.last_run is None or row.paused or row.archived_at is not None:
        return False
    return row.health == Health.NEVER or (row.due_at is None and row.expected_at is not None)


def _pinged(db: Database, account: int, url: NewUrl | None) -> Job | None:
    """The job of an account that has a URL already: under whatever name."""
    known = ping_urls.any_of(db, url["uuid_hash"], url["token_hash"]) if url is not None else []
    mine = next((item for item in known if item.account_id == account), None)
    return jobs.locked_by_id(db, mine.job_id) if mine is not None else None


def _give_url(db: Database, row: Job, job: NewJob, now: int) -> str:
    """Let a job be pinged as before; why that cannot be, "" if it can."""
    if job["url"] is None:
        return ""
    try:
        urls.give(db, row, job["url"], job["slug"], now)
    except DuplistatError:
        return NOT_ITS_URL
    return ""


def _key(db: Database, account: int, item: NamedKey, now: int) -> str:
    name = item["name"]
    for number in range(2, MOST_OF_A_NAME):
        known = ping_keys.by_name(db, account, name)
        if known is None or known.hash == item["key"]["hash"]:
            break
        name = f"{item['name']} {number}"
    try:
        keys.give(db, account, name, item["key"], now)
    except DuplistatError:
        return NOT_ITS_KEY
    return ""


def _set(db: Database, row: Job, job: NewJob, now: int, *, new: bool) -> None:
    """Lay what the source has set over what is not set here; what a person set here stays."""
    if job["schedule"] is not None and row.schedule is None:
        # It counts from now on: what did not come before is no matter of ours.
        row.schedule, row.schedule_zone, row.schedule_set_at = job["schedule"], job["zone"], now
        note_to_learn(row, now)
    if job["grace_ms"] is not None and row.grace_ms is None:
        row.grace_ms = min(job["grace_ms"], GRACE_MOST_MS)
    if job["tags"] and row.tags == "[]":
        tags = list(dict.fromkeys(job["tags"]))[:MOST_TAGS]
        row.tags = json.dumps(tags, ensure_ascii=False)
    if job["notes"] and not job_notes.get(db, row.id):
        job_notes.put(db, row.id, job["notes"])
    if job["ref"] and not row.ref:
        row.ref = job["ref"]
    if job["paused"] and new:
        row.paused, row.paused_from = 1, now
