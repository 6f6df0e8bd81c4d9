"""Links to the wall display: whoever has one sees how the jobs of its account are, without signing in."""

import secrets

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import Writes, command, repeatable_command
from duplistat.store import wall_links
from duplistat.store.database import Database
from duplistat.store.wall_links import WallLink

# Links of one account.
MOST = 50
# "Last used" is as exact as this.
TOUCH_EVERY_MS = 3_600_000


def fresh() -> str:
    """A new token for a link: 256 bits. Only its hash is stored, so it is shown for the only time."""
    return secrets.token_urlsafe(32)


def find(db: Database, token: str) -> WallLink:
    """The link of a token. Raises DuplistatError (not_found) for one that was revoked or whose account is suspended."""
    found = wall_links.by_hash(db, digest(token))
    if found is None or found.suspended_at is not None:
        raise DuplistatError(Kind.NOT_FOUND, "This link was revoked, or there never was one")
    return found


def note_use(writes: Writes, link: WallLink, now: int) -> None:
    """Note that a link is used, once an hour."""
    if link.used_at is None or now - link.used_at >= TOUCH_EVERY_MS:
        writes.run(touch_wall_link, link=link.id, now=now)


@repeatable_command
def touch_wall_link(tx: Tx, *, link: int, now: int) -> None:
    """Note when a link was last used."""
    wall_links.touch(tx.db, link, now)


@command
def create_wall_link(tx: Tx, *, account: int, name: str, hash: str, by: Actor, now: int) -> int:
    """Make a link of an account, known by the hash of its token; its id. Raises DuplistatError (invalid) over MOST."""
    if wall_links.count(tx.db, account) >= MOST:
        raise DuplistatError(Kind.INVALID, "This account has the maximum number of links: revoke one first")
    made = wall_links.add(tx.db, account, name, hash, now)
    audit.note(tx.db, by, "wall.create", account=account, subject=name, now=now)
    return made


@command
def revoke_wall_link(tx: Tx, *, link: int, account: int, name: str, by: Actor, now: int) -> None:
    """Revoke a link of an account: it shows nothing any more. Raises DuplistatError (not_found)."""
    if not wall_links.delete(tx.db, link):
        raise DuplistatError(Kind.NOT_FOUND, "This link was revoked, or there never was one")
    audit.note(tx.db, by, "wall.revoke", account=account, subject=name, now=now)
