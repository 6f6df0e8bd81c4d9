"""The addresses of channels that send mail: confirmed by their owners before they get alerts, and taken off by them.

An address counts as confirmed when it is the own e-mail of whoever adds it, or that of an administrator of the
account; and when the command line adds it, since whoever has that has the server.
"""

from typing import TypedDict

from duplistat.core.alerts.notice import Kind as NoticeKind
from duplistat.core.alerts.notice import Why
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later, stored
from duplistat.services import audit
from duplistat.services.alerts import broken, channel_config
from duplistat.services.alerts.facts import empty_facts
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.audit import COMMAND_LINE, Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, channels, notices, users
from duplistat.store.channels import Channel, Recipient
from duplistat.store.database import Database

# A request to confirm an address is sent again after this at the earliest, ms.
ASK_AGAIN_MS = 10 * 60_000
# In the details of a notice's facts: which recipient it asks to confirm.
ASKS = "asks"
NO_ADDRESS = later("no address of this channel is confirmed, or all were unsubscribed or refused")
ASK_SUBJECT = later("Confirm this address for backup alerts")
TAKEN_OFF_SUBJECT = later("Address unsubscribed from backup alerts")


class Active(TypedDict):
    """Where a message goes: an address, and the number that its links are signed with, 0 for none yet."""

    address: str
    recipient: int


def active(db: Database, channel: Channel) -> list[Active]:
    """The addresses that get the alerts of a channel: confirmed, not unsubscribed and not refused."""
    known = {recipient.address: recipient for recipient in channels.recipients(db, channel.id)}
    found = [
        address
        for address in channel_config.addresses_of(channel)
        if address in known and known[address].verified_at is not None
    ]
    if channel_config.mails_admins(channel):
        found += users.admin_emails(db, channel.account_id)
    return [
        {"address": address, "recipient": known[address].id if address in known else 0}
        for address in dict.fromkeys(found)
        if address not in known or known[address].wants
    ]


def follow(db: Database, channel: Channel, by: Actor, now: int, *, ask: bool = True) -> None:
    """Have the rows of a channel's addresses fit what it says, new ones asked, and refused ones tried again.

    Without `ask` the new ones are asked by `ask_new`, later.
    """
    if channel.kind != channel_config.MAIL:
        return
    named = channel_config.addresses_of(channel)
    kept = {
        *named,
        *(users.admin_emails(db, channel.account_id) if channel_config.mails_admins(channel) else ()),
    }
    known = {recipient.address: recipient for recipient in channels.recipients(db, channel.id)}
    for address, recipient in known.items():
        if recipient.refused_at is not None:
            channels.set_recipient(db, recipient.id, {"refused_at": None, "refused_why": ""})
        if address not in kept and recipient.unsubscribed_at is None:
            channels.drop_recipient(db, recipient.id)
    trusted = _trusted(db, channel.account_id, by)
    for address in named:
        if address in known:
            continue
        sure = trusted is None or address in trusted
        new = channels.add_recipient(db, channel.id, address, now if sure else None)
        if new is not None and not sure and ask:
            _ask(db, channel, new, now)


def ask_new(db: Database, channel: Channel, now: int) -> None:
    """Ask those addresses of a channel to confirm that were never asked."""
    for recipient in channels.recipients(db, channel.id):
        if recipient.verified_at is None and recipient.asked_at is None and recipient.wants:
            _ask(db, channel, recipient.id, now)


@command
def ask_again(tx: Tx, *, recipient: int, by: Actor, now: int) -> None:
    """Send the mail again with which an address is confirmed.

    Raises DuplistatError: not_found, or invalid when it is confirmed, or was asked a moment ago.
    """
    found, channel = _found(tx.db, recipient)
    if found.verified_at is not None:
        raise DuplistatError(Kind.INVALID, "this address is confirmed already")
    if found.asked_at is not None and now - found.asked_at < ASK_AGAIN_MS:
        raise DuplistatError(Kind.INVALID, "this address was asked a moment ago: wait some minutes")
    _ask(tx.db, channel, recipient, now)
    _note(tx.db, "channel.ask", found, channel, by, now)


@command
def verify_recipient(tx: Tx, *, recipient: int, by: Actor, now: int) -> None:
    """Note that the owner of an address wants what a channel sends. Raises DuplistatError (not_found)."""
    found, channel = _found(tx.db, recipient)
    if found.verified_at is not None:
        return
    channels.set_recipient(tx.db, recipient, {"verified_at": now, "refused_at": None, "refused_why": ""})
    _heal(tx.db, channel, now)
    _note(tx.db, "channel.verify_address", found, channel, by, now)


@command
def unsubscribe(tx: Tx, *, recipient: int, by: Actor, now: int) -> None:
    """Take an address off a channel; the administrators are told. Raises DuplistatError (not_found)."""
    found, channel = _found(tx.db, recipient)
    if found.unsubscribed_at is not None:
        return
    channels.set_recipient(tx.db, recipient, {"unsubscribed_at": now})
    _note(tx.db, "channel.unsubscribe", found, channel, by, now)
    _tell_admins(tx.db, channel, found.address, now)


@command
def resubscribe(tx: Tx, *, recipient: int, by: Actor, now: int) -> None:
    """Undo `unsubscribe`. Raises DuplistatError (not_found)."""
    found, channel = _found(tx.db, recipient)
    if found.unsubscribed_at is None:
        return
    channels.set_recipient(tx.db, recipient, {"unsubscribed_at": None})
    _heal(tx.db, channel, now)
    _note(tx.db, "channel.resubscribe", found, channel, by, now)


@command
def number_recipients(tx: Tx, *, channel: int, addresses: list[str], now: int) -> dict[str, int]:
    """{address: its number} of administrators that a channel is about to mail, so that each can be taken off."""
    if channels.get(tx.db, channel) is None:
        return {}
    for address in addresses:
        channels.add_recipient(tx.db, channel, address, now)
    return {one.address: one.id for one in channels.recipients(tx.db, channel) if one.address in addresses}


def _trusted(db: Database, account: int, by: Actor) -> set[str] | None:
    """Addresses that need not be confirmed; None when none has to be."""
    if by["user"] is None and by["who"] == COMMAND_LINE:
        return None
    person = users.by_id(db, by["user"]) if by["user"] is not None else None
    own = {person.email} if person is not None else set()
    return own | set(users.admin_emails(db, account))


def _ask(db: Database, channel: Channel, recipient: int, now: int) -> None:
    facts = empty_facts(NoticeKind.SYSTEM, Why.REQUEST, now, _account(db, channel))
    facts["details"] = {ASKS: recipient, "subject": stored(ASK_SUBJECT), "channel": channel.name}
    notices.add(db, new_notice(channel.account_id, channel, facts, now))
    channels.set_recipient(db, recipient, {"asked_at": now})


def _tell_admins(db: Database, channel: Channel, address: str, now: int) -> None:
    """Whoever has one of our mails can unsubscribe its address: they must not silence a channel in secret."""
    facts = empty_facts(NoticeKind.SYSTEM, Why.SYSTEM, now, _account(db, channel))
    text = Text(
        "{address} was unsubscribed from the channel {name} by the link in a mail. If it was not intended,"
        " subscribe it again on the page of the channel.",
        address=address,
        name=channel.name,
    )
    facts["details"] = {
        "subject": stored(TAKEN_OFF_SUBJECT),
        "text": stored(text),
        "channel": channel.name,
    }
    notices.add(db, new_notice(channel.account_id, None, facts, now))


def _heal(db: Database, channel: Channel, now: int) -> None:
    if channel.state == channels.BROKEN and channel.state_why == NO_ADDRESS:
        broken.heal(db, channel, now)


def _account(db: Database, channel: Channel) -> str:
    return accounts.name_of(db, channel.account_id)


def _found(db: Database, recipient: int) -> tuple[Recipient, Channel]:
    found = channels.recipient(db, recipient)
    channel = channels.get(db, found.channel_id) if found is not None else None
    if found is None or channel is None:
        raise DuplistatError(Kind.NOT_FOUND, "this address is no longer of any channel")
    return found, channel


def _note(db: Database, action: str, recipient: Recipient, channel: Channel, by: Actor, now: int) -> None:
    after = {"address": recipient.address}
    audit.note(db, by, action, account=channel.account_id, subject=channel.name, now=now, after=after)
