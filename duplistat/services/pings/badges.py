"""Badges: how a job, a server, a tag or an account is, for whoever has an address that nobody can guess.

It tells how many jobs there are and how they are, and nothing else; and gives no ping URL away.
"""

import json
from dataclasses import dataclass
from typing import TypedDict
from uuid import uuid4

from duplistat.config import Config
from duplistat.core.badges import Tally, tally_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.pings import uuid_of
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.services.context import Tx
from duplistat.services.pings.standing import standing_of
from duplistat.services.writes import command
from duplistat.store import accounts, badges, jobs, servers
from duplistat.store.badges import ACCOUNT, JOB, SERVER, TAG, Badge
from duplistat.store.database import Database
from duplistat.store.jobs import Job

MOST = 1000


class NewBadge(TypedDict):
    """The code in its address, encrypted, and the hash of it."""

    code: str
    hash: str


class Of(TypedDict):
    """What a badge is of: a job or a server by its id, a tag by its name; an account has neither."""

    kind: str
    job: int | None
    server: int | None
    tag: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a badge is, without what follows: in two states (up, down), and in three (late besides)."""

    two: str
    three: str


def of_job(job: int) -> Of:
    return {"kind": JOB, "job": job, "server": None, "tag": ""}


def of_server(server: int) -> Of:
    return {"kind": SERVER, "job": None, "server": server, "tag": ""}


def of_tag(tag: str) -> Of:
    return {"kind": TAG, "job": None, "server": None, "tag": tag}


def of_account() -> Of:
    return {"kind": ACCOUNT, "job": None, "server": None, "tag": ""}


def fresh(config: Config) -> NewBadge:
    """A new code, as arguments of the command that stores it. Raises DuplistatError (unavailable)."""
    code = str(uuid4())
    return {"code": secrets.encrypt(config, code), "hash": digest(code)}


def addresses(config: Config, base: str, badge: Badge) -> Addresses:
    """Where a badge is. Raises DuplistatError (unavailable) without the key of secrets."""
    code = secrets.decrypt(config, badge.code)
    return Addresses(f"{base}/b/2/{code}", f"{base}/b/3/{code}")


def find(db: Database, code: str) -> Badge | None:
    """The badge with this code; none of an account that is suspended."""
    known = uuid_of(code)
    found = badges.by_hash(db, digest(known)) if known else None
    return found if found is not None and found.suspended_at is None else None


def jobs_of(db: Database, badge: Badge) -> list[Job]:
    """The jobs that a badge is of, without those in the archive."""
    if badge.kind == JOB and badge.job_id is not None:
        found = [*jobs.by_ids(db, [badge.job_id]).values()]
    elif badge.kind == SERVER and badge.server_id is not None:
        found = jobs.of_server(db, badge.server_id)
    else:
        found = jobs.visible(db, accounts.visible(db, badge.account_id))
    if badge.kind == TAG:
        found = [job for job in found if badge.tag in json.loads(job.tags)]
    return [job for job in found if job.archived_at is None and not job.deleting]


def tally(db: Database, badge: Badge, now: int) -> Tally:
    """How the jobs of a badge are at `now` (ms)."""
    return tally_of(standing_of(job, now) for job in jobs_of(db, badge))


@command
def make_badge(tx: Tx, *, account: int, of: Of, badge: NewBadge, by: Actor, now: int) -> None:
    """Make a badge of something of an account, unless there is one. Raises DuplistatError (not_found, invalid)."""
    db = tx.db
    subject = _subject(db, account, of)
    if len(badges.of_accounts(db, (account,))) >= MOST:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} badges", most=MOST))
    made = badges.add(
        db,
        account,
        of["kind"],
        job=of["job"],
        server=of["server"],
        tag=of["tag"],
        code=badge["code"],
        hash=badge["hash"],
        now=now,
    )
    if made is not None:
        audit.note(db, by, "badge.create", account=account, subject=subject, now=now)


@command
def revoke_badge(tx: Tx, *, account: int, badge: int, by: Actor, now: int) -> None:
    """Show a badge to nobody from now on. Raises DuplistatError (not_found)."""
    found = badges.by_id(tx.db, (account,), badge)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such badge")
    badges.drop(tx.db, found.id)
    audit.note(tx.db, by, "badge.revoke", account=account, subject=found.label, now=now)


def _subject(db: Database, account: int, of: Of) -> str:
    """What a badge is of, as people call it. Raises DuplistatError: not_found, or invalid for a tag without a name."""
    owner = accounts.by_id(db, account)
    job = jobs.by_id(db, (account,), of["job"]) if of["job"] is not None else None
    server = servers.by_id(db, (account,), of["server"]) if of["server"] is not None else None
    if owner is None or (of["kind"] == JOB and job is None) or (of["kind"] == SERVER and server is None):
        raise DuplistatError(Kind.NOT_FOUND, "there is nothing to make a badge of")
    if of["kind"] == TAG and (not of["tag"] or clip_name(of["tag"]) != of["tag"]):
        raise DuplistatError(Kind.INVALID, "a badge of a tag needs the name of the tag")
    return of["tag"] or (job.label if job else server.label if server else owner.name)
