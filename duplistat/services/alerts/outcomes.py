"""What an attempt makes of its notice and its channel."""

import json
import logging
import time
from collections.abc import Sequence
from typing import TypedDict

from duplistat.core.alerts.notice import Dropped, Kind
from duplistat.core.alerts.pauses import MOST_RETRY_AFTER, given_up_at, pause_after
from duplistat.notify.outcome import Outcome, Result
from duplistat.services.alerts import broken, channel_problem
from duplistat.services.alerts.channel_config import WEBPUSH
from duplistat.store import attempts, channels, notices, outbox, problems, push_devices, told
from duplistat.store.channels import Channel
from duplistat.store.database import Database
from duplistat.store.notices import Notice

log = logging.getLogger(__name__)

WAITING = "waiting"
# When another sender may try what one had at its end, ms.
SOON_MS = 10_000
# A receiver that forbids it once may be in a hurry; one that does so again and again means it.
FORBIDDEN, MOST_FORBIDDEN, FORBIDDEN_MS = "403", 3, 3_600_000
# In the details of a notice's facts: which of its problems were over when it went out, and since when (ms).
OVER = "over"


class Finished(TypedDict):
    """What became of an attempt: `result` and the rest as notify.outcome.Outcome has them, `ms` how long it took."""

    result: str
    code: str
    answer: str
    retry_after_ms: int | None
    delivered: list[str]
    refused: dict[str, str]
    ms: int


def finished(outcome: Outcome, begun: float) -> Finished:
    """What became of an attempt that began at a time of the monotonic clock, in seconds, and ends now."""
    return {
        "result": outcome.result.value,
        "code": outcome.code,
        "answer": outcome.answer,
        "retry_after_ms": outcome.retry_after_ms,
        "delivered": list(outcome.delivered),
        "refused": dict(outcome.refused),
        "ms": round((time.monotonic() - begun) * 1000),
    }


def apply(
    db: Database, notice: Notice, members: Sequence[int], outcome: Finished, now: int, chance: float
) -> str:
    """Carry out what follows from an attempt, in the caller's transaction; what the notice is now.

    `members` are the problems that it tells of, which nobody else changes meanwhile.
    """
    channel = channels.get(db, notice.channel_id) if notice.channel_id is not None else None
    if channel is None and notice.channel:
        outbox.end(db, notice.id, notices.DROPPED, Dropped.CHANNEL_DELETED, now)
        return notices.DROPPED
    _note_recipients(db, notice, outcome, now)
    if channel is not None and channel.kind == WEBPUSH:
        push_devices.delivered(db, [int(device) for device in outcome["delivered"]], now)
        push_devices.delete(db, [int(device) for device in outcome["refused"]])
    result = outcome["result"]
    if result == Result.TEMPORARY and channel is not None and _forbidden(db, channel, outcome, now):
        result = Result.CHANNEL
    if result == Result.SENT:
        if channel is not None:
            channels.update(
                db, channel.id, {"last_ok_at": now, "last_ms": outcome["ms"], "paused_until": None}
            )
            broken.heal(db, channel, now)
        return _sent(db, notice, channel, members, "", now)
    if result == Result.TEXT:
        if notice.plain:
            return _fail(db, notice, channel, members, Dropped.REFUSED, outcome["answer"], now)
        outbox.put_back(db, notice.id, now, plain=True)
        return WAITING
    if result == Result.CHANNEL and channel is not None:
        return _channel_failed(db, notice, channel, members, outcome, now)
    return _again(db, notice, channel, members, outcome, now, chance)


def over_of(notice: Notice) -> dict[int, int]:
    """{problem: since when (ms)} of those that were over before a notice went out."""
    return {int(id): at for id, at in json.loads(notice.facts)["details"].get(OVER, {}).items()}


def _sent(
    db: Database, notice: Notice, channel: Channel | None, members: Sequence[int], why: str, now: int
) -> str:
    """It is told. `why` says what is missing, when some recipients did not get it."""
    outbox.end(db, notice.id, notices.SENT, why, now)
    if channel is None:
        return notices.SENT
    # Of several recipients those who got it at first did not read that it is over.
    over = {} if json.loads(notice.sent_to) else over_of(notice)
    for id in members:
        if notice.kind == Kind.RECOVERED:
            told.recovered(db, id, channel.id, now)
            continue
        told.tell(db, id, channel.id, notice.rule_id, notice.kind, now)
        if id in over:
            told.recovered(db, id, channel.id, now)
        elif problems.wake_closed(db, id, now):
            # It ended while it was being told: whoever heard of it hears that, too.
            channel_problem.told_late(db, id, channel, now)
    return notices.SENT


def _channel_failed(
    db: Database,
    notice: Notice,
    channel: Channel,
    members: Sequence[int],
    outcome: Finished,
    now: int,
) -> str:
    """The channel keeps what waits for it; a test of it has found what it was to find."""
    if notice.kind == Kind.SYSTEM and outcome["refused"]:
        # It was for one recipient, who takes no mail: that says nothing about the others.
        return _fail(db, notice, channel, members, Dropped.REFUSED, outcome["answer"], now)
    if channel.state != channels.OFF:
        changes: dict[str, object] = {"state": channels.BROKEN, "state_why": outcome["answer"]}
        if channel.state == channels.ON:
            changes["state_at"] = now
            log.warning("channel %s is broken: %s", channel.id, outcome["answer"])
        channels.update(db, channel.id, changes)
    if notice.kind == Kind.TEST:
        outbox.end(db, notice.id, notices.FAILED, Dropped.CHANNEL, now)
        return notices.FAILED
    outbox.put_back(db, notice.id, now)
    return WAITING


def _again(
    db: Database,
    notice: Notice,
    channel: Channel | None,
    members: Sequence[int],
    outcome: Finished,
    now: int,
    chance: float,
) -> str:
    asked = outcome["retry_after_ms"]
    at = now + pause_after(notice.attempts, chance, asked)
    if asked and channel is not None:
        channels.update(db, channel.id, {"paused_until": now + min(asked, MOST_RETRY_AFTER)})
    begun = attempts.first_at(db, notice.id) or now
    if at >= given_up_at(notice.kind, begun):
        return _fail(db, notice, channel, members, Dropped.EXPIRED, outcome["answer"], now)
    outbox.put_back(db, notice.id, at)
    return WAITING


def _fail(
    db: Database,
    notice: Notice,
    channel: Channel | None,
    members: Sequence[int],
    why: Dropped,
    answer: str,
    now: int,
) -> str:
    log.error("notice %s by channel %s was given up (%s): %s", notice.uid, notice.channel, why.value, answer)
    known = notices.get(db, notice.id) or notice
    if json.loads(known.sent_to):
        # Somebody got it: they are told when it is over.
        return _sent(db, known, channel, members, why.value, now)
    outbox.end(db, notice.id, notices.FAILED, why, now)
    return notices.FAILED


def _note_recipients(db: Database, notice: Notice, outcome: Finished, now: int) -> None:
    """Which addresses have it already, and which will never take any."""
    if outcome["delivered"]:
        have = dict.fromkeys([*json.loads(notice.sent_to), *outcome["delivered"]])
        outbox.set_sent_to(db, notice.id, json.dumps(list(have)))
    if not outcome["refused"] or notice.channel_id is None:
        return
    for recipient in channels.recipients(db, notice.channel_id):
        why = outcome["refused"].get(recipient.address)
        if why is not None:
            channels.set_recipient(db, recipient.id, {"refused_at": now, "refused_why": why})


def _forbidden(db: Database, channel: Channel, outcome: Finished, now: int) -> bool:
    return (
        outcome["code"] == FORBIDDEN
        and attempts.with_code(db, channel.id, FORBIDDEN, now - FORBIDDEN_MS) >= MOST_FORBIDDEN
    )
