"""Ping URLs: each job may have one, with a UUID (Healthchecks) and a token (Uptime Kuma) that name it.

Both are encrypted to be shown again, and matched by their hashes, as report URLs are.
"""

import secrets as random
import string
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import uuid4

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.pings import is_name, is_slug, slug_of, unique_key, uuid_of
from duplistat.core.text import clip_name
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.services.context import Tx
from duplistat.services.jobs.subject import subject_of
from duplistat.services.reports.identify import job_called, new_job
from duplistat.services.reports.intake import identity_of
from duplistat.services.writes import command
from duplistat.store import jobs, ping_urls, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.ping_urls import PingUrl

TOKEN_CHARS = 32
ALPHABET = string.ascii_letters + string.digits


class NewUrl(TypedDict):
    """What is stored of a URL: its UUID and token encrypted, with their hashes."""

    uuid: str
    uuid_hash: str
    unique_key: str
    token: str
    token_hash: str


class Made(TypedDict):
    """The job that a URL is of, and whether the URL was made now."""

    job: int
    made: bool


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a job is pinged: as Healthchecks has it, and as Uptime Kuma has it."""

    ping: str
    push: str
    uuid: str
    token: str


def fresh(config: Config, *, uuid: str = "", token: str = "") -> NewUrl:
    """A new URL, as arguments of the commands that store it; with the UUID and the token that clients use already, if
    there are any. Raises DuplistatError: invalid; unavailable without the key of secrets.
    """
    known = uuid_of(uuid) if uuid else str(uuid4())
    push = token or "".join(random.choice(ALPHABET) for _ in range(TOKEN_CHARS))
    if not known:
        raise DuplistatError(Kind.INVALID, Text("{uuid} is no UUID", uuid=repr(uuid[:50])))
    if not is_name(push):
        raise DuplistatError(
            Kind.INVALID, "a push token has letters, digits, dashes and underscores, at most 128"
        )
    return {
        "uuid": secrets.encrypt(config, known),
        "uuid_hash": digest(known),
        "unique_key": unique_key(known),
        "token": secrets.encrypt(config, push),
        "token_hash": digest(push),
    }


def addresses(config: Config, base: str, kept: PingUrl) -> Addresses:
    """What a URL is, to be shown. Raises DuplistatError (unavailable) without the key of secrets."""
    reader = secrets.decrypter(config)
    uuid, token = reader(kept.uuid), reader(kept.token)
    return Addresses(f"{base}/ping/{uuid}", f"{base}/api/push/{token}", uuid, token)


def shown(db: Database, job: int) -> PingUrl | None:
    """The URL of a job that is shown, if it has one."""
    return next((url for url in ping_urls.of_job(db, job) if url.until is None), None)


def give(db: Database, job: Job, url: NewUrl, slug: str, now: int) -> bool:
    """Give a job a URL, in the caller's transaction, and a slug: "" for that of its name. False when it has that URL.

    Raises DuplistatError (invalid) when another job has its UUID or its token.
    """
    ping_urls.add_slug(db, job.account_id, job.id, require_slug(slug) if slug else slug_of(job.name))
    made = ping_urls.add(db, account=job.account_id, job=job.id, now=now, **url)
    if made is not None:
        return True
    known = ping_urls.any_of(db, url["uuid_hash"], url["token_hash"])
    if any(item.job_id != job.id for item in known):
        raise DuplistatError(Kind.INVALID, "this UUID or push token belongs to another job")
    return False


def require_slug(slug: str) -> str:
    """The slug, if it is one. Raises DuplistatError (invalid)."""
    if not is_slug(slug):
        raise DuplistatError(
            Kind.INVALID, "a slug has lower-case letters, digits, dashes and underscores, at most 100"
        )
    return slug


def job_for(db: Database, account: int, server: str, job: str, now: int) -> Job:
    """The job of that name on the server of that name, both made when they are new; it is held."""
    server_name, job_name = clip_name(server), clip_name(job)
    if not server_name or not job_name:
        raise DuplistatError(Kind.INVALID, "a job and its server need a name")
    home = servers.by_identity(db, account, identity_of("", server_name, ""))
    if home is None:
        named = servers.called(db, (account,), server_name)
        if len(named) > 1:
            raise DuplistatError(
                Kind.INVALID, Text("there are several servers named {name}", name=repr(server_name))
            )
        home = named[0] if named else None
    if home is None:
        home = servers.add(db, account, identity_of("", server_name, ""), "", server_name, "{}", now)
    return job_called(db, home.id, job_name) or new_job(db, account, home.id, job_name, now)


@command
def make_ping_url(
    tx: Tx, *, account: int, server: str, job: str, url: NewUrl, slug: str, by: Actor, now: int
) -> Made:
    """Give the job of that name a URL, unless it has one; job and server are made when they are new.

    Raises DuplistatError (invalid).
    """
    db = tx.db
    row = job_for(db, account, server, job, now)
    return {"job": row.id, "made": _make(db, row, url, slug, by, now)}


@command
def make_ping_url_of(tx: Tx, *, job: int, url: NewUrl, slug: str, also: bool, by: Actor, now: int) -> Made:
    """Give a job a URL, unless it has one; with `also`, one more beside that, which is shown from now on.

    Raises DuplistatError (not_found, invalid).
    """
    row = _found(tx.db, job)
    return {"job": row.id, "made": _make(tx.db, row, url, slug, by, now, also=also)}


@command
def rotate_ping_url(tx: Tx, *, job: int, url: NewUrl, keep_ms: int, by: Actor, now: int) -> None:
    """Give a job another URL; those before stay valid for `keep_ms`. Raises DuplistatError (not_found, invalid)."""
    db, row = tx.db, _found(tx.db, job)
    until = now + keep_ms
    ping_urls.end_all(db, row.id, until)
    ping_urls.drop_ended(db, row.id, now)
    give(db, row, url, "", now)
    _note(db, row, "ping.rotate", by, now, after={"old until": iso_ms(from_ms(until))})


@command
def revoke_ping_url(tx: Tx, *, job: int, by: Actor, now: int) -> None:
    """Refuse the URLs of a job from now on. Raises DuplistatError (not_found) when it has none."""
    db, row = tx.db, _found(tx.db, job)
    if not ping_urls.drop_all(db, row.id):
        raise DuplistatError(Kind.NOT_FOUND, "this job has no ping URL")
    _note(db, row, "ping.revoke", by, now)


def _make(db: Database, job: Job, url: NewUrl, slug: str, by: Actor, now: int, *, also: bool = False) -> bool:
    """Give a job a URL, unless it has one, or `also`; whether that was so."""
    if slug:
        ping_urls.add_slug(db, job.account_id, job.id, require_slug(slug))
    if (shown(db, job.id) is not None and not also) or not give(db, job, url, slug, now):
        return False
    _note(db, job, "ping.create", by, now)
    return True


def _found(db: Database, job: int) -> Job:
    row = jobs.locked_by_id(db, job)
    if row is None or row.deleting or row.joining:
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    return row


def _note(db: Database, job: Job, action: str, by: Actor, now: int, **about: dict[str, Any]) -> None:
    audit.note(db, by, action, account=job.account_id, subject=subject_of(db, job), now=now, **about)
