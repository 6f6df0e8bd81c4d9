"""Whose a ping is: the job that its address names, or the one that it makes."""

from dataclasses import dataclass

from duplistat.config import Limits
from duplistat.core.bucket import Limit
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.pings import gatus_key, uuid_of
from duplistat.core.text import clip_name
from duplistat.services.access.api_keys import digest
from duplistat.services.access.rate_limits import Bucket
from duplistat.store import ping_urls
from duplistat.store.database import Database
from duplistat.store.ping_urls import Target

# The server of a job that a ping makes, where none is named.
PINGS = "pings"
# Jobs that one key makes a minute, and at once.
NEW_JOBS = Limit(60, 60)
NOT_FOUND = later("No job is pinged at this address")


class AmbiguousSlug(DuplistatError):
    """Two jobs of an account have one slug, and their server is not named."""

    def __init__(self) -> None:
        super().__init__(Kind.INVALID, "Several jobs have this slug: name the server with ?server=")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ping goes: a job that is known, or (None) names of the server and the job that it makes.

    `bucket` is where it takes its token from.
    """

    job: int | None
    account: int
    server: str
    name: str
    bucket: Bucket | None


def by_uuid(db: Database, limits: Limits, text: str, now: int) -> Place:
    """The job whose ping URL has this UUID. Raises DuplistatError (not_found)."""
    return _place(ping_urls.target(db, "uuid_hash", digest(uuid_of(text)), now), limits)


def by_token(db: Database, limits: Limits, token: str, now: int) -> Place:
    """The job with this push token. Raises DuplistatError (not_found)."""
    return _place(ping_urls.target(db, "token_hash", digest(token), now), limits)


def by_slug(
    db: Database, limits: Limits, account: int, slug: str, *, server: str = "", create: bool = False
) -> Place:
    """The job of an account with this slug, on this server if it is named; with `create` one is made if there is none.

    Raises DuplistatError: not_found, AmbiguousSlug.
    """
    found = ping_urls.targets_of_slug(db, account, slug)
    server = clip_name(server)
    if server:
        found = [target for target in found if server in (target.server_name, target.server_alias)]
    if len(found) > 1:
        raise AmbiguousSlug
    if not found and create:
        return Place(None, account, server or PINGS, slug, Bucket(f"ping:new:{account}", NEW_JOBS))
    return _place(found[0] if found else None, limits)


def by_gatus_key(db: Database, limits: Limits, account: int, key: str) -> Place:
    """The job of an account whose server and name make this key. Raises DuplistatError: not_found, AmbiguousSlug.

    Reads the names of all jobs of the account.
    """
    wanted = key.lower()
    found = [
        target
        for target, alias in ping_urls.targets_of_account(db, account)
        for server in {target.server_name, target.server_alias or target.server_name}
        for name in {target.job_name, alias or target.job_name}
        if gatus_key(server, name) == wanted
    ]
    if len({target.job_id for target in found}) > 1:
        raise AmbiguousSlug
    return _place(found[0] if found else None, limits)


def of_names(db: Database, limits: Limits, account: int, server: str, name: str) -> Place:
    """The job of these names, made when it is new."""
    found = ping_urls.target_named(db, account, server, name)
    return Place(
        found.job_id if found else None, account, server, name, _bucket(limits, f"ping:named:{account}")
    )


def _place(target: Target | None, limits: Limits) -> Place:
    if target is None or target.suspended_at is not None:
        raise DuplistatError(Kind.NOT_FOUND, NOT_FOUND)
    bucket = _bucket(limits, f"ping:job:{target.job_id}")
    return Place(target.job_id, target.account_id, target.server_name, target.job_name, bucket)


def _bucket(limits: Limits, name: str) -> Bucket | None:
    """Each job may be pinged as often as a key may send to /api/ingest; None without a limit."""
    if not limits.ingest_per_minute:
        return None
    return Bucket(name, Limit(limits.ingest_per_minute, limits.ingest_burst))
