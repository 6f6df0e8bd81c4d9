"""Report URLs: each service has one, with a secret, so that reports without a key reach its account.

The secret has 256 random bits. It is encrypted to be shown again, and matched by its hash.
"""

import hmac
import secrets as random
from typing import Any, TypedDict
from urllib.parse import urlencode

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.agents.registry import UNKNOWN, require_open
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import report_urls, services
from duplistat.store.database import Database
from duplistat.store.report_urls import ReportUrl
from duplistat.store.services import Service

PREFIX = "dr_"
PATH = "/api/upload"


class FreshSecret(TypedDict):
    """A secret, encrypted, and its hash."""

    secret: str
    hash: str


def fresh(config: Config) -> FreshSecret:
    """A new secret, as arguments of the command that stores it. Raises DuplistatError (unavailable)."""
    secret = PREFIX + random.token_urlsafe(32)
    return {"secret": secrets.encrypt(config, secret), "hash": digest(secret)}


def url(config: Config, base: str, service: Service, kept: ReportUrl) -> str:
    """Where a service's reports are posted to. Raises DuplistatError (unavailable) without the key of secrets."""
    query = urlencode({"service": service.number, "secret": secrets.decrypt(config, kept.secret)})
    return f"{base}{PATH}?{query}"


def service_with(db: Database, secret: str, now: int) -> int | None:
    """The id of the service whose report URL has this secret, or had it until a moment ago; None for none."""
    wanted = digest(secret)
    found = report_urls.by_hash(db, wanted)
    if found is None:
        return None
    current = hmac.compare_digest(found.hash, wanted)
    return found.service_id if current or (found.old_until or 0) > now else None


@command
def make_report_url(tx: Tx, *, service: int, secret: str, hash: str, by: Actor, now: int) -> None:
    """Give a service a report URL, unless it has one. Raises DuplistatError (not_found)."""
    found = _found(tx.db, service)
    if report_urls.add(tx.db, found.id, secret, hash, now):
        _note(tx.db, found, "service.report_url", by, now)


@command
def rotate_report_url(
    tx: Tx, *, service: int, secret: str, hash: str, keep_ms: int, held: bool, by: Actor, now: int
) -> None:
    """Give a service another report URL; the one before stays valid for `keep_ms`.

    With `held`, also while the service is held or cancelled. Raises DuplistatError: not_found, forbidden, invalid.
    """
    db, found = tx.db, _found(tx.db, service)
    if not held:
        require_open(found, now)
    old_until = now + keep_ms
    if not report_urls.add(db, found.id, secret, hash, now):
        report_urls.rotate(db, found.id, secret, hash, now, old_until=old_until)
    after = {"old until": iso_ms(from_ms(old_until))}
    _note(db, found, "service.rotate_report_url", by, now, after=after)


def _found(db: Database, service: int) -> Service:
    found = services.get(db, service)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, UNKNOWN)
    return found


def _note(db: Database, service: Service, action: str, by: Actor, now: int, **about: dict[str, Any]) -> None:
    subject = f"{service.number} {service.name}"
    audit.note(db, by, action, account=service.account_id, subject=subject, now=now, **about)
