"""The outbox: a sender claims notices, and says of each what became of it. At least once, under the same id.

A claim runs out by itself, so that what a sender took with it when it was killed goes out by another. On PostgreSQL
whoever needs rows for itself takes them in this order: the channel, the notice, its problems.
"""

import json
from collections.abc import Mapping, Sequence

from duplistat.core.alerts.notice import Dropped, Kind
from duplistat.core.alerts.pauses import given_up_at
from duplistat.core.alerts.still import Waited, dropped
from duplistat.services.alerts import outcomes
from duplistat.services.alerts.outcomes import OVER, Finished
from duplistat.services.context import Tx
from duplistat.services.writes import command, repeatable_command
from duplistat.store import attempts, channels, notices, outbox, problems, scheduler_lease, told
from duplistat.store.database import Database
from duplistat.store.notices import Notice

# A send takes 45 s at most: nobody is still sending what another may claim.
CLAIM_MS = 120_000
# In one go so many notices that have no sense any more are dropped before one is claimed.
MOST_LOOKED_AT = 200
# What waits longer than it is tried is given up; it has to have had its chance, such as one that was held back.
CHANCE_MS = 15 * 60_000
SOONEST_GIVEN_UP_MS = 12 * 3_600_000
# What is said of an attempt that ended with its sender.
ENDED = "the sender was ended meanwhile"


@command
def claim(tx: Tx, *, holder: str, now: int, limit: int, busy: Sequence[int]) -> list[int]:
    """Have some notices to send them, at most one of each channel and none of those in `busy`; their ids.

    What has no sense any more is dropped instead. The attempt is noted; one before it that nobody ended is `unknown`.
    """
    taken: list[int] = []
    passed = list(busy)
    while len(taken) < limit:
        channel, notice = _claim_next(tx.db, holder, now, passed)
        if channel is None:
            break
        passed.append(channel)
        if notice is not None:
            taken.append(notice)
    return taken


def _claim_next(
    db: Database, holder: str, now: int, busy: Sequence[int], only: int | None = None
) -> tuple[int | None, int | None]:
    """The channel that is next, and the notice of it that is claimed; None where there is none."""
    for _ in range(MOST_LOOKED_AT):
        following = outbox.due(db, now, 1, busy, only=only)
        if not following:
            break
        channel = following[0].channel
        if not outbox.take_channel(db, channel) or outbox.in_use(db, channel, now):
            return channel, None
        notice = outbox.take(db, following[0].notice, now)
        if notice is None or _drop(db, notice, now):
            continue
        if not outbox.claim(db, notice, holder, now, now + CLAIM_MS):
            return channel, None
        attempts.begin(db, notice.id, notice.attempts + 1, holder, now)
        return channel, notice.id
    return None, None


@command
def finish(
    tx: Tx, *, notice: int, number: int, holder: str, outcome: Finished, now: int, chance: float
) -> str:
    """Note what became of an attempt; what the notice is now: waiting, sent, failed, dropped, or lost.

    It is `lost` when another sender has the notice by now, or nobody needs it any more; then only the attempt is
    noted. `chance`, from 0 to 1, spreads the pauses.
    """
    db = tx.db
    attempts.end(
        db,
        notice,
        number,
        holder,
        ms=outcome["ms"],
        outcome=outcome["result"],
        code=outcome["code"],
        answer=outcome["answer"],
    )
    known = notices.get(db, notice)
    if known is not None and known.channel_id is not None:
        outbox.hold_channel(db, known.channel_id)
    held = outbox.held(db, notice, number, holder)
    if held is None:
        return "lost"
    members = problems.hold(db, notices.members(db, notice))
    return outcomes.apply(db, held, list(members), outcome, now, chance)


@command
def finish_and_claim(
    tx: Tx, *, notice: int, number: int, holder: str, outcome: Finished, now: int, chance: float
) -> int | None:
    """As `finish`, and have the next notice of the same channel: its id, None when none waits.

    One commit for both, since of one channel notices go out one after the other.
    """
    known = notices.get(tx.db, notice)
    finish(tx, notice=notice, number=number, holder=holder, outcome=outcome, now=now, chance=chance)
    if known is None or (known.channel_id is None and known.channel):
        return None
    return _claim_next(tx.db, holder, now, (), known.channel_id or outbox.DIRECT)[1]


@command
def release(tx: Tx, *, holder: str, now: int) -> int:
    """Let go of what a sender has, at its end: it may have arrived or not, and goes out again soon; how many."""
    held = outbox.claimed_by(tx.db, holder)
    for notice in held:
        attempts.end(
            tx.db,
            notice.id,
            notice.attempts,
            holder,
            ms=None,
            outcome=attempts.UNKNOWN,
            code="",
            answer=ENDED,
        )
        outbox.put_back(tx.db, notice.id, now + outcomes.SOON_MS)
    return len(held)


@repeatable_command
def beat(tx: Tx, *, holder: str, now: int) -> None:
    """Note that a sender is at work."""
    scheduler_lease.beat(tx.db, scheduler_lease.SENDER, holder, now)


@command
def give_up(tx: Tx, *, now: int) -> int:
    """Fail what waits longer than it is tried, such as for a channel that is broken; how many."""
    db, count = tx.db, 0
    for notice in outbox.old(db, now - SOONEST_GIVEN_UP_MS, now - CHANCE_MS, MOST_LOOKED_AT):
        if given_up_at(notice.kind, began(db, notice)) <= now:
            outbox.end(db, notice.id, notices.FAILED, Dropped.EXPIRED, now)
            count += 1
    for gone in outbox.of_no_channel(db):
        outbox.end(db, gone, notices.DROPPED, Dropped.CHANNEL_DELETED, now)
    return count


def began(db: Database, notice: Notice) -> int:
    """Since when a notice is tried, or should have been (ms)."""
    return attempts.first_at(db, notice.id) or notice.not_before


def _drop(db: Database, notice: Notice, now: int) -> bool:
    """Drop a notice that has no sense any more; whether it did. In the others is noted what ended meanwhile."""
    if notice.channel_id is not None and notice.kind != Kind.TEST:
        channel = channels.get(db, notice.channel_id)
        if channel is not None and channel.state == channels.OFF:
            return notices.drop(db, notice.id, Dropped.CHANNEL_OFF, now)
    members = problems.hold(db, notices.members(db, notice.id))
    known = told.of(db, list(members)) if members else {}
    by_this = {id for id, all_told in known.items() for t in all_told if t.channel_id == notice.channel_id}
    waited = Waited(notice.kind, notice.why, notice.attempts, notice.not_before)
    why = dropped(waited, list(members.values()), by_this, now)
    if why is not None:
        return notices.drop(db, notice.id, why, now)
    closed = {id: found.closed_at for id, found in members.items() if found.closed_at is not None}
    if closed and notice.kind != Kind.RECOVERED:
        _note_over(db, notice, closed)
    return False


def _note_over(db: Database, notice: Notice, closed: Mapping[int, int]) -> None:
    """Let a notice say of its problems that they are over, which an alarm is not made to do."""
    facts = json.loads(notice.facts)
    facts["details"] = {**facts["details"], OVER: {str(id): at for id, at in closed.items()}}
    outbox.set_facts(db, notice.id, json.dumps(facts, ensure_ascii=False))
