"""Channels as people set them: where messages go. What each sends to is made ready by `channel_config`."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, TypedDict

from duplistat.config import zone_named
from duplistat.core.alerts import template
from duplistat.core.alerts.notice import Dropped, Why
from duplistat.core.alerts.notice import Kind as NoticeKind
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.alerts import broken, channel_problem, devices, recipients
from duplistat.services.alerts.channel_config import WEBPUSH
from duplistat.services.alerts.facts import empty_facts
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.alerts.rules import without_channel
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.languages import LANGUAGES
from duplistat.services.writes import command
from duplistat.store import accounts, channels, notices
from duplistat.store.channels import Channel
from duplistat.store.database import Database

MOST_CHANNELS = 100
# A code that somebody types belongs to a test that went out within this, ms.
TEST_MS = 7 * 24 * 3_600_000


class ChannelSettings(TypedDict, total=False):
    """What is set of any channel; what is left out stays.

    `zone`: an IANA zone, "" for the account's. `language`: "" for English. `templates`: texts of its own by
    core.alerts.template.KEYS. `self_test`: a test each week.
    """

    name: str
    zone: str
    language: str
    templates: dict[str, str]
    self_test: bool


@command
def add_channel(
    tx: Tx,
    *,
    account: int,
    kind: str,
    config: str,
    shown: str,
    settings: ChannelSettings,
    source: str = "",
    by: Actor,
    now: int,
) -> int:
    """The id of a new channel; `config` and `shown` as channel_config.prepared makes them.

    One that an import found (`source`) is turned off, and nobody is asked to confirm an address before it is on.

    Raises DuplistatError (invalid) with the field that is wrong.
    """
    columns = _columns(settings)
    if not columns.get("name"):
        raise DuplistatError(Kind.INVALID, "a channel needs a name", field="name")
    if len(channels.of_accounts(tx.db, (account,))) >= MOST_CHANNELS:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} channels", most=MOST_CHANNELS))
    if kind == WEBPUSH and devices.channel_of(tx.db, account) is not None:
        # A browser subscribes once, to one of them.
        raise DuplistatError(Kind.INVALID, "this account has a channel for web push already")
    usual = {"account_id": account, "kind": kind, "state_at": now, "created_at": now, "source": source}
    if source:
        usual["state"] = channels.OFF
    new = channels.add(tx.db, {**usual, "config": config, "shown": shown, **columns})
    if new is None:
        raise _taken(columns["name"])
    channel = _found(tx.db, new)
    recipients.follow(tx.db, channel, by, now, ask=not source)
    after = {"kind": kind, "to": shown, **{name: value for name, value in columns.items() if name != "name"}}
    audit.note(tx.db, by, "channel.add", account=account, subject=channel.name, now=now, after=after)
    return new


@command
def set_channel(
    tx: Tx,
    *,
    channel: int,
    settings: ChannelSettings,
    config: str | None = None,
    shown: str = "",
    by: Actor,
    now: int,
) -> None:
    """Change a channel, and with `config` where it sends to; then it counts as mended.

    Raises DuplistatError: not_found, or invalid with the field that is wrong.
    """
    found, changes = _found(tx.db, channel), _columns(settings)
    name = changes.get("name", found.name)
    if name != found.name and channels.by_name(tx.db, found.account_id, name) is not None:
        raise _taken(name)
    before = {name: getattr(found, name) for name in changes}
    noted: dict[str, Any] = dict(changes)
    if config is not None:
        changes |= {"config": config, "shown": shown, "paused_until": None}
        before["to"], noted["to"] = found.shown, shown
        noted["configuration"] = audit.HIDDEN
        if config != found.config:
            changes["verified_at"] = None
    if not changes:
        return
    channels.update(tx.db, channel, changes)
    if config is not None:
        after = _found(tx.db, channel)
        recipients.follow(tx.db, after, by, now)
        if found.state == channels.BROKEN:
            broken.heal(tx.db, after, now)
    audit.note(
        tx.db,
        by,
        "channel.set",
        account=found.account_id,
        subject=found.name,
        now=now,
        before=before,
        after=noted,
    )


@command
def rotate_channel_secret(tx: Tx, *, channel: int, config: str, by: Actor, now: int) -> None:
    """Store a webhook with another secret, as channel_config.rotated makes it. Raises DuplistatError (not_found)."""
    found = _found(tx.db, channel)
    channels.update(tx.db, channel, {"config": config})
    audit.note(tx.db, by, "channel.rotate", account=found.account_id, subject=found.name, now=now)


@command
def switch_channel(tx: Tx, *, channel: int, on: bool, by: Actor, now: int) -> None:
    """Turn a channel on, which also mends a broken one, or off; then what waits for it is dropped.

    Raises DuplistatError (not_found).
    """
    found = _found(tx.db, channel)
    if on and found.state == channels.BROKEN:
        broken.heal(tx.db, found, now)
    elif found.state != (state := channels.ON if on else channels.OFF):
        channels.update(tx.db, channel, {"state": state, "state_at": now, "state_why": ""})
    if on:
        recipients.ask_new(tx.db, found, now)
    else:
        notices.drop_all(tx.db, channel, Dropped.CHANNEL_OFF, now, claimed=False)
        channel_problem.forgotten(tx.db, channel, now)
    before, after = {"state": found.state}, {"state": channels.ON if on else channels.OFF}
    audit.note(
        tx.db,
        by,
        "channel.on" if on else "channel.off",
        account=found.account_id,
        subject=found.name,
        now=now,
        before=before,
        after=after,
    )


@command
def delete_channel(tx: Tx, *, channel: int, by: Actor, now: int) -> None:
    """Delete a channel: what waits for it is dropped, rules and digests name it no more.

    Raises DuplistatError (not_found).
    """
    found = _found(tx.db, channel)
    notices.drop_all(tx.db, channel, Dropped.CHANNEL_DELETED, now, claimed=True)
    channel_problem.forgotten(tx.db, channel, now)
    rules = without_channel(tx.db, channel)
    channels.forget_in_digests(tx.db, channel)
    channels.delete(tx.db, channel)
    before = {"kind": found.kind, "to": found.shown, "rules": rules}
    audit.note(
        tx.db, by, "channel.delete", account=found.account_id, subject=found.name, now=now, before=before
    )


@command
def test_channel(tx: Tx, *, channel: int, by: Actor, now: int) -> int:
    """Have a test sent, whatever the state of a channel; its notice, whose attempts tell what became of it.

    Raises DuplistatError (not_found).
    """
    found = _found(tx.db, channel)
    new = put_test(tx.db, found, Why.REQUEST, now)
    audit.note(tx.db, by, "channel.test", account=found.account_id, subject=found.name, now=now)
    return new


@command
def confirm_channel(tx: Tx, *, channel: int, code: str, by: Actor, now: int) -> None:
    """Note that a test arrived, by the code in it. Raises DuplistatError: not_found, or invalid for a wrong code."""
    found = _found(tx.db, channel)
    sent = notices.tests_of(tx.db, channel, now - TEST_MS)
    if code.strip() not in {json.loads(test.facts)["details"].get("code") for test in sent}:
        raise DuplistatError(
            Kind.INVALID, "this is not the code of a test that was sent lately", field="code"
        )
    channels.update(tx.db, channel, {"verified_at": now})
    audit.note(tx.db, by, "channel.verified", account=found.account_id, subject=found.name, now=now)


def put_test(db: Database, channel: Channel, why: Why, now: int) -> int:
    """Put a test of a channel into the outbox; its notice. In the caller's transaction."""
    account = accounts.name_of(db, channel.account_id)
    facts = empty_facts(NoticeKind.TEST, why, now, account)
    facts["details"] = {"code": f"{secrets.randbelow(10_000):04d}", "channel": channel.name}
    new = notices.add(db, new_notice(channel.account_id, channel, facts, now))
    if new is None:
        raise LookupError("a test was not stored")
    return new


def _columns(settings: ChannelSettings) -> dict[str, Any]:
    """Columns of a channel, checked. Raises DuplistatError (invalid)."""
    columns: dict[str, Any] = {}
    if "name" in settings:
        columns["name"] = clip_name(settings["name"])
        if not columns["name"]:
            raise DuplistatError(Kind.INVALID, "a channel needs a name", field="name")
    if "zone" in settings:
        columns["zone"] = _zone(settings["zone"])
    if "language" in settings:
        if settings["language"] not in ("", *LANGUAGES):
            raise DuplistatError(
                Kind.INVALID,
                Text("one of {list} is expected", list=", ".join(LANGUAGES)),
                field="language",
            )
        columns["language"] = settings["language"]
    if "templates" in settings:
        columns["templates"] = json.dumps(_templates(settings["templates"]), ensure_ascii=False)
    if "self_test" in settings:
        columns["self_test"] = int(settings["self_test"])
    return columns


def _zone(name: str) -> str:
    try:
        if name:
            zone_named(name)
    except ValueError:
        text = Text("{name} is not a time zone such as Europe/Berlin", name=repr(name))
        raise DuplistatError(Kind.INVALID, text, field="zone") from None
    return name


def _templates(given: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for key, text in given.items():
        if key not in template.KEYS or not isinstance(text, str):
            raise DuplistatError(
                Kind.INVALID,
                Text("one of {list} is expected", list=", ".join(template.KEYS)),
                field="templates",
            )
        if not text.strip():
            continue
        wrong = template.check(text, key)
        if wrong is not None:
            raise DuplistatError(Kind.INVALID, wrong, field=f"templates.{key}")
        kept[key] = text
    return kept


def _found(db: Database, channel: int) -> Channel:
    found = channels.get(db, channel)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "channel not found: it was deleted")
    return found


def _taken(name: str) -> DuplistatError:
    return DuplistatError(
        Kind.INVALID, Text("there is a channel named {name} already", name=repr(name)), field="name"
    )
