"""Digests: what people set, and those whose time has come, each made once whoever looks at the clock."""

import json
from collections.abc import Collection, Sequence
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from duplistat.core.alerts.digest_facts import DigestFacts, Period, begin_of, next_time
from duplistat.core.alerts.notice import Kind, Why
from duplistat.core.errors import DuplistatError
from duplistat.core.errors import Kind as Wrong
from duplistat.core.i18n import Text
from duplistat.core.text import clip_name
from duplistat.core.times import from_ms, to_ms
from duplistat.services import audit
from duplistat.services.alerts.digest_rows import read_digest, rhythms_of, state_of
from duplistat.services.alerts.facts import empty_facts
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.alerts.zones import zone_of
from duplistat.services.audit import Actor
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.writes import Writes, command
from duplistat.store import accounts, channels, digests, notices
from duplistat.store.channels import OFF, Channel
from duplistat.store.database import Database
from duplistat.store.digests import Digest

MOST_DIGESTS = 50
MOST_CHANNELS = 50
# Digests that are made in one round of the clock.
AT_ONCE = 50
LAST_DAY = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}


class DigestChanges(TypedDict, total=False):
    """What can be set: `day` counts for weeks (1 is Monday) and months (31 is the last day), `hour` is 0 to 23."""

    name: str
    period: str
    hour: int
    day: int
    channels: list[int]
    skip_unchanged: bool
    enabled: bool


class Made(TypedDict):
    """What a digest that goes out says: its facts, what tells it from another one, and the rhythms that it knew."""

    facts: DigestFacts
    state: str


@command
def add_digest(tx: Tx, *, account: int, changes: DigestChanges, by: Actor, now: int) -> int:
    """A new digest of an account and all below it; its id. It goes out at the next hour that was set.

    Raises DuplistatError: invalid with what is wrong.
    """
    usual: DigestChanges = {"period": Period.DAY.value, "hour": 7, "day": 1, "enabled": True, "channels": []}
    columns = _checked(tx, account, {**usual, **changes})
    if "name" not in columns:
        raise DuplistatError(Wrong.INVALID, "a name is needed", field="name")
    if len(digests.of_accounts(tx.db, (account,))) >= MOST_DIGESTS:
        raise DuplistatError(Wrong.INVALID, Text("an account has at most {most} digests", most=MOST_DIGESTS))
    columns["next_at"] = _next(columns, zone_of(tx.db, account, tx.defaults.zone), now)
    new = digests.add(tx.db, {**columns, "account_id": account, "created_at": now})
    if new is None:
        raise _taken(columns["name"])
    _note(tx.db, "digest.create", account, columns["name"], by, now, after=_noted(columns))
    return new


@command
def set_digest(tx: Tx, *, digest: int, changes: DigestChanges, by: Actor, now: int) -> None:
    """Change what `changes` holds. When it goes out next is counted anew. Raises DuplistatError: not_found, invalid."""
    row = _found(tx.db, digest)
    columns = _checked(tx, row.account_id, changes)
    if not columns:
        return
    other = digests.by_name(tx.db, row.account_id, columns.get("name", row.name))
    if other is not None and other.id != row.id:
        raise _taken(columns["name"])
    values = {name: columns.get(name, getattr(row, name)) for name in ("period", "hour", "day")}
    if values["day"] > LAST_DAY[Period(values["period"])]:
        values["day"] = columns["day"] = 1
    columns["next_at"] = _next(values, zone_of(tx.db, row.account_id, tx.defaults.zone), now)
    digests.update(tx.db, row.id, columns)
    before = _noted({name: getattr(row, name) for name in columns})
    _note(tx.db, "digest.set", row.account_id, row.name, by, now, before=before, after=_noted(columns))


@command
def delete_digest(tx: Tx, *, digest: int, by: Actor, now: int) -> None:
    """Delete a digest; what it sent stays. Raises DuplistatError (not_found)."""
    row = _found(tx.db, digest)
    digests.delete(tx.db, row.id)
    before = _noted({name: getattr(row, name) for name in ("period", "hour", "day", "channels")})
    _note(tx.db, "digest.delete", row.account_id, row.name, by, now, before=before)


@command
def put_digest(tx: Tx, *, digest: int, seen: int, made: Made, now: int) -> int:
    """Hand out a digest whose time `seen` (ms) has come, by each of its channels; how many messages that are.

    It goes on to its next time after `now` at once, however many were missed: this one makes up for them. 0 when
    somebody else did so, or when nothing changed and it is to be skipped then.
    """
    row = digests.get(tx.db, digest)
    if row is None:
        return 0
    zone = zone_of(tx.db, row.account_id, tx.defaults.zone)
    next_at = to_ms(next_time(row.period, row.hour, row.day, zone, from_ms(now)))
    if not digests.advance(tx.db, row.id, seen, next_at):
        return 0
    if (
        row.skip_unchanged
        and json.loads(row.last_state or "{}").get("state") == json.loads(made["state"])["state"]
    ):
        return 0
    digests.update(tx.db, row.id, {"last_at": now, "last_state": made["state"]})
    return _hand_out(tx.db, row, made["facts"], Why.SCHEDULE, str(seen), now)


@command
def send_digest(tx: Tx, *, digest: int, facts: DigestFacts, by: Actor, now: int) -> int:
    """Hand a digest out now, beside those that go by the clock; how many messages that are.

    Raises DuplistatError: not_found, or invalid without a channel that is on.
    """
    row = _found(tx.db, digest)
    made = _hand_out(tx.db, row, facts, Why.REQUEST, f"now:{now}", now)
    if not made:
        raise DuplistatError(Wrong.INVALID, "none of the channels of this digest is on", field="channels")
    _note(tx.db, "digest.send", row.account_id, row.name, by, now)
    return made


def send_due(db: Database, writes: Writes, defaults: ScheduleDefaults, now: int) -> int:
    """Hand out the digests whose time has come; how many messages were made."""
    made = 0
    for row in digests.due(db, now, AT_ONCE):
        facts, state = digest_now(db, row, defaults, now)
        made += writes.run(
            put_digest, digest=row.id, seen=row.next_at, made={"facts": facts, "state": state}, now=now
        )
    return made


def digest_now(db: Database, row: Digest, defaults: ScheduleDefaults, now: int) -> tuple[DigestFacts, str]:
    """What a digest says at `now` (ms), and what is kept of that as `last_state`."""
    sees = accounts.visible(db, row.account_id)
    known = json.loads(row.last_state).get("rhythms") if row.last_state else None
    facts = read_digest(
        db,
        sees,
        defaults,
        name=row.name,
        account=accounts.name_of(db, row.account_id),
        period=row.period,
        from_at=begin_of(row.period, row.last_at, now),
        until_at=now,
        now=now,
        rhythms=known,
    )
    state = {"state": state_of(facts), "rhythms": rhythms_of(db, sees)}
    return facts, json.dumps(state, separators=(",", ":"))


def channels_of(db: Database, row: Digest) -> list[Channel]:
    """The channels by which a digest goes out, those too that are off."""
    known = channels.by_ids(db, json.loads(row.channels))
    return [known[id] for id in json.loads(row.channels) if id in known]


def _hand_out(db: Database, row: Digest, facts: DigestFacts, why: Why, once: str, now: int) -> int:
    content = empty_facts(Kind.DIGEST, why, now, facts["account"])
    content["details"] = {**facts}
    made = 0
    for channel in channels_of(db, row):
        if channel.state == OFF:
            continue
        values = new_notice(row.account_id, channel, content, now)
        values["dedupe"] = f"digest:{row.id}:{once}:{channel.id}"
        made += notices.add(db, values) is not None
    return made


def _checked(tx: Tx, account: int, changes: DigestChanges) -> dict[str, Any]:
    """The columns that changes are."""
    columns: dict[str, Any] = {}
    if "name" in changes:
        columns["name"] = clip_name(changes["name"])
        if not columns["name"]:
            raise DuplistatError(Wrong.INVALID, "a name is needed", field="name")
    if "period" in changes:
        if changes["period"] not in list(Period):
            raise _wrong("period", Text("one of {list} is expected", list=", ".join(Period)))
        columns["period"] = changes["period"]
    last = LAST_DAY[Period(columns["period"])] if "period" in columns else 31
    for name, least, most in (("hour", 0, 23), ("day", 1, last)):
        value = changes.get(name)
        if value is None:
            continue
        if type(value) is not int or not least <= value <= most:
            raise _wrong(
                name, Text("a whole number from {least} to {most} is expected", least=least, most=most)
            )
        columns[name] = value
    if "channels" in changes:
        columns["channels"] = json.dumps(_known(tx.db, account, changes["channels"]))
    if "skip_unchanged" in changes:
        columns["skip_unchanged"] = int(changes["skip_unchanged"])
    if "enabled" in changes:
        columns["enabled"] = int(changes["enabled"])
    return columns


def _known(db: Database, account: int, wanted: Sequence[int]) -> list[int]:
    """Channels of the account or of one below it, at least one."""
    ids = list(dict.fromkeys(wanted))
    if not 0 < len(ids) <= MOST_CHANNELS:
        raise _wrong("channels", Text("a digest has 1 to {most} channels", most=MOST_CHANNELS))
    mine: Collection[int] = accounts.visible(db, account)
    known = channels.by_ids(db, ids)
    for channel in ids:
        if channel not in known or known[channel].account_id not in mine:
            raise _wrong("channels", Text("there is no channel {number}", number=channel))
    return ids


def _next(values: dict[str, Any], zone: ZoneInfo, now: int) -> int:
    return to_ms(next_time(values["period"], values["hour"], values["day"], zone, from_ms(now)))


def _found(db: Database, digest: int) -> Digest:
    row = digests.get(db, digest)
    if row is None:
        raise DuplistatError(Wrong.NOT_FOUND, "digest not found")
    return row


def _wrong(field: str, text: str) -> DuplistatError:
    return DuplistatError(Wrong.INVALID, text, field=field)


def _taken(name: str) -> DuplistatError:
    return _wrong("name", Text("there is a digest named {name} already", name=repr(name)))


def _noted(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if name not in ("next_at", "last_state")}


def _note(db: Database, action: str, account: int, name: str, by: Actor, now: int, **about: Any) -> None:
    audit.note(db, by, action, account=account, subject=name, now=now, **about)
