"""Channels of an import: made turned off, so that nobody hears of anything before a person has tested them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypedDict

from duplistat.config import Config
from duplistat.core.alerts.reading import MOST_ITEMS
from duplistat.core.errors import DuplistatError
from duplistat.core.i18n import later
from duplistat.formats.imports.records import ChannelRecord, RuleRecord
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channels import MOST_CHANNELS, add_channel
from duplistat.services.alerts.rules import MOST_RULES, add_rule
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import channels, rules
from duplistat.store.database import Database

NOT_A_CHANNEL = later("a notification that cannot be a channel here")
TOO_MANY = later("a notification above the maximum number of channels or rules of an account")
WIDE_RULE = later("recipients for more than 500 jobs of several servers: set up a rule under Alerts")


class NewChannel(TypedDict):
    """A channel to be made: `source` names it for good, `config` and `shown` are as channel_config.prepared has them,
    and `rules` are as core.alerts.rule.parse_rule reads them, without their steps."""

    source: str
    name: str
    kind: str
    config: str
    shown: str
    rules: list[dict[str, Any]]


class Made(TypedDict):
    """Whether a channel was made now, with how many rules, and why it or one of these was not."""

    new: bool
    rules: int
    problem: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A channel as it can be made, and what is wrong with it or its rules: (why, what)."""

    channel: NewChannel | None
    problems: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Room:
    """How many channels and rules an account has, while an import adds to them."""

    channels: int
    rules: int

    def take(self, channel: NewChannel) -> bool:
        """Whether there was room for a channel with its rules; then it is taken."""
        if self.channels >= MOST_CHANNELS or self.rules + len(channel["rules"]) > MOST_RULES:
            return False
        self.channels += 1
        self.rules += len(channel["rules"])
        return True


def room_of(db: Database, account: int) -> Room:
    return Room(len(channels.of_accounts(db, (account,))), len(rules.of_accounts(db, (account,))))


@command
def import_channels(tx: Tx, *, account: int, chosen: list[NewChannel], by: Actor, now: int) -> list[Made]:
    """Make channels that are turned off, and the rules that name them, in order. One that was imported before stays
    as it is, whatever became of its rules."""
    room = room_of(tx.db, account)
    return [_channel(tx, account, channel, room, by, now) for channel in chosen]


def prepared(
    config: Config, program: str, record: ChannelRecord, jobs: Mapping[str, tuple[int, int]]
) -> Prepared:
    """What is to be made of a record. `jobs`: by the keys of the source our ids of a job and its server."""
    try:
        made = channel_config.prepared(config, record.kind, record.given)
    except DuplistatError as e:
        return Prepared(None, ((NOT_A_CHANNEL, f"{record.name}: {e}"),))
    matches = [(rule, _match(rule, jobs)) for rule in record.rules]
    channel: NewChannel = {
        "source": f"{program}:{record.key}",
        "name": record.name,
        "kind": record.kind,
        "config": made.config,
        "shown": made.shown,
        "rules": [_plain(rule, match) for rule, match in matches if match],
    }
    wide = tuple((WIDE_RULE, record.name) for _, match in matches if match is None)
    return Prepared(channel, wide)


def _match(rule: RuleRecord, jobs: Mapping[str, tuple[int, int]]) -> dict[str, Any] | None:
    """Servers, where all of their jobs that the source knows are meant: then new ones are, too. Else the jobs. Empty
    where there are none, None where there are too many."""
    meant = {jobs[key] for key in rule.jobs if key in jobs}
    homes = {server for _, server in meant}
    whole = meant == {place for place in jobs.values() if place[1] in homes}
    ids = sorted(homes if whole else {job for job, _ in meant})
    if len(ids) > MOST_ITEMS:
        return None
    return {"servers" if whole else "jobs": ids} if ids else {}


def _plain(rule: RuleRecord, match: dict[str, Any]) -> dict[str, Any]:
    return {
        "match": {"kinds": list(rule.kinds), **match},
        "each": rule.each,
        "recover": int(rule.recovered),
        "remind_hours": rule.remind_hours,
    }


def to_make(db: Database, account: int, channel: NewChannel, room: Room) -> Made:
    """What becomes of a channel, of which the room is taken when it is to be made."""
    if channels.by_source(db, account, channel["source"]) is not None:
        return {"new": False, "rules": 0, "problem": ""}
    if not room.take(channel):
        return {"new": False, "rules": 0, "problem": TOO_MANY}
    return {"new": True, "rules": len(channel["rules"]), "problem": ""}


def _channel(tx: Tx, account: int, channel: NewChannel, room: Room, by: Actor, now: int) -> Made:
    made = to_make(tx.db, account, channel, room)
    if not made["new"]:
        return made
    new = add_channel(
        tx,
        account=account,
        kind=channel["kind"],
        config=channel["config"],
        shown=channel["shown"],
        settings={
            "name": _free(channel["name"], lambda name: channels.by_name(tx.db, account, name) is not None)
        },
        source=channel["source"],
        by=by,
        now=now,
    )
    for rule in channel["rules"]:
        add_rule(
            tx,
            account=account,
            name=_free(channel["name"], lambda name: rules.by_name(tx.db, account, name) is not None),
            rule={**rule, "steps": [{"minutes": 0, "channels": [new]}]},
            by=by,
            now=now,
        )
    return made


def _free(name: str, is_taken: Callable[[str], bool]) -> str:
    """A name that is not taken: this one, or with a number behind it."""
    return next(
        given for number in count(1) if not is_taken(given := name if number == 1 else f"{name} {number}")
    )
