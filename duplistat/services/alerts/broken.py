"""Channels that do not deliver: detection, the alert by other channels, and waiting messages afterwards."""

import json
import logging
from collections.abc import Sequence

from duplistat.core.alerts.merged import merged
from duplistat.core.alerts.notice import Dropped, Kind
from duplistat.core.i18n import later
from duplistat.services.alerts import channel_problem
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import channels, notices, outbox, problems
from duplistat.store.channels import Channel
from duplistat.store.database import Database
from duplistat.store.notices import Notice

log = logging.getLogger(__name__)

# What waits for longer than this does not get through.
LATE_MS = 15 * 60_000
# A message that was given up is told of for so long.
LOST_MS = 24 * 3_600_000
# Nobody is told more often that a channel is broken.
TELL_AGAIN_MS = 24 * 3_600_000
# What waited for longer than this goes out in one message.
RECENT_MS = 3_600_000
NO_MAIL_SERVER = later("no mail server is set")
WAITS = later("messages wait for more than 15 minutes")
LOST = later("a message could not be delivered")
REFUSES = later("its receiver refuses messages")
# Notices that one summary can stand for.
_SUMMED = (*(kind.value for kind in Kind if kind not in (Kind.TEST, Kind.SYSTEM, Kind.DIGEST)),)


@command
def check_channels(tx: Tx, *, mail: bool, now: int) -> list[int]:
    """Look which channels do not deliver, and tell of those by other ways; which they are.

    `mail` says whether a mail server is set.
    """
    db = tx.db
    db.queue_for("channels")
    late, lost = outbox.late(db, now - LATE_MS), outbox.lost(db, now - LOST_MS)
    found = []
    for known in channels.all_channels(db):
        channel = _by_mail_server(db, known, mail, now)
        if channel.state == channels.OFF:
            continue
        why = _why(channel, channel.id in late, channel.id in lost)
        if not why:
            channel_problem.closed(db, channel, now)
            continue
        found.append(channel.id)
        problem = channel_problem.opened(db, channel, why, now)
        last = outbox.last_about(db, problem.subject)
        if last is None or now - last >= TELL_AGAIN_MS:
            channel_problem.tell(db, channel, problem, why, mail, now)
    return found


def _why(channel: Channel, late: bool, lost: bool) -> str:
    """Why a channel does not deliver; "" when it does."""
    if channel.state == channels.BROKEN:
        return channel.state_why or REFUSES
    return WAITS if late else LOST if lost else ""


def heal(db: Database, channel: Channel, now: int) -> None:
    """A channel delivers, or may do so again: whoever was told hears that, and what waited goes out."""
    was_broken = channel.state == channels.BROKEN
    if was_broken:
        channels.update(db, channel.id, {"state": channels.ON, "state_at": now, "state_why": ""})
        log.info("channel %s works again", channel.id)
    if channel_problem.closed(db, channel, now) or was_broken:
        _let_go(db, channel, now)


def _by_mail_server(db: Database, channel: Channel, mail: bool, now: int) -> Channel:
    """The channel, broken if it sends mail and there is no server for that, and healed by one."""
    if channel.kind != "mail":
        return channel
    if not mail and channel.state == channels.ON:
        changes = {"state": channels.BROKEN, "state_at": now, "state_why": NO_MAIL_SERVER}
        channels.update(db, channel.id, changes)
    elif mail and channel.state == channels.BROKEN and channel.state_why == NO_MAIL_SERVER:
        heal(db, channel, now)
    return channels.get(db, channel.id) or channel


def _let_go(db: Database, channel: Channel, now: int) -> None:
    """Have what waited for a channel go out: of the last hour as it is, what is older as one summary."""
    old = []
    for notice in outbox.waiting_for(db, channel.id):
        if (notice.claimed_until or 0) > now or (notice.not_before > now and not notice.attempts):
            continue
        outbox.put_back(db, notice.id, now)
        if notice.kind in _SUMMED and notice.created_at < now - RECENT_MS:
            old.append(notice)
    if len(old) > 1:
        _sum_up(db, channel, old, now)


def _sum_up(db: Database, channel: Channel, old: Sequence[Notice], now: int) -> None:
    members: dict[int, int | None] = {}
    for notice in old:
        for id, problem in problems.by_ids(db, notices.members(db, notice.id)).items():
            members[id] = problem.closed_at
        notices.drop(db, notice.id, Dropped.REPLACED, now)
    if not members and not any(json.loads(notice.facts)["events"] for notice in old):
        return
    facts = merged([json.loads(notice.facts) for notice in old], members, now)
    values = {**new_notice(old[-1].account_id, channel, facts, now), "rule_id": old[-1].rule_id}
    said = [(id, f"{id}:{channel.id}:summary:healed:{now}") for id in sorted(members)]
    notices.add(db, values, said)
