"""Addresses that take mails in. Each has a secret in it, which is shown once: nothing else proves who may write."""

import secrets
import string
from typing import TypedDict

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, mail_intake
from duplistat.store.database import Database
from duplistat.store.mail_intake import MailAddress

# Servers of mail may make small letters of an address: it has no others. 24 of 32 are 120 bits.
ALPHABET = string.ascii_lowercase + "234567"
CHARS = 24
HINT = 4
MOST = 1000


class MadeAddress(TypedDict):
    """A new address: its number, and what stands before its @."""

    id: int
    local_part: str


@command
def make_mail_address(
    tx: Tx, *, account: int, name: str, server: str, job: str, by: Actor, now: int
) -> MadeAddress:
    """Make an address for mails of an account; `server` and `job` are whose its mails are, "" for what they say.

    Raises DuplistatError: not_found; invalid.
    """
    db, name = tx.db, clip_name(name)
    if accounts.by_id(db, account) is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    if not name:
        raise DuplistatError(Kind.INVALID, "a mail address needs a name")
    if len(mail_intake.addresses(db, (account,))) >= MOST:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} mail addresses", most=MOST))
    local_part = "".join(secrets.choice(ALPHABET) for _ in range(CHARS))
    made = mail_intake.add_address(
        db, account, name, clip_name(server), clip_name(job), digest(local_part), local_part[:HINT], now
    )
    if made is None:
        raise DuplistatError(
            Kind.INVALID, Text("there is a mail address named {name} already", name=repr(name))
        )
    audit.note(db, by, "mail_address.create", account=account, subject=name, now=now)
    return {"id": made, "local_part": local_part}


@command
def revoke_mail_address(tx: Tx, *, account: int, name: str, by: Actor, now: int) -> None:
    """Take in no more mails by an address. Raises DuplistatError (not_found)."""
    found = mail_intake.address_by_name(tx.db, account, name)
    if found is None:
        raise DuplistatError(
            Kind.NOT_FOUND, Text("there is no mail address named {name} in this account", name=repr(name))
        )
    mail_intake.drop_address(tx.db, found.id)
    audit.note(tx.db, by, "mail_address.revoke", account=account, subject=found.name, now=now)


def written(config: Config, local_part: str) -> str:
    """An address as a person writes it; what stands behind its @ does not matter."""
    return f"{local_part}@{config.intake.smtp_domain or 'HOST'}"


def find(db: Database, address: str) -> MailAddress | None:
    """Whose address that is, whatever stands behind its @; None for no address of ours, or of a suspended account."""
    local_part = address.rpartition("@")[0].strip().lower()
    if len(local_part) != CHARS or not set(local_part) <= set(ALPHABET):
        return None
    found = mail_intake.address_by_hash(db, digest(local_part))
    return found if found is not None and found.suspended_at is None else None
