"""Whether alerts work: that changes are taken in, that messages leave, and that channels deliver."""

from dataclasses import dataclass

from duplistat.config import Overdue
from duplistat.core.i18n import Text
from duplistat.core.times import from_ms, iso_ms
from duplistat.services.monitoring.self_check import is_late, silence
from duplistat.store import alert_facts, scheduler_lease
from duplistat.store.database import Database

# A change that waits longer to be taken in, and a message that waits longer for a sender, are late (ms).
ROUTED_WITHIN = 2 * 60_000
SENT_WITHIN = 15 * 60_000


@dataclass(frozen=True, slots=True)
class AlertHealth:
    """How alerts are; times in ms, None for never or nothing.

    `late`: why nobody would hear of what goes wrong, as sentences; empty when all works. `broken`: the names of the
    channels that do not deliver; of these the others tell.
    """

    unrouted: int
    unrouted_since: int | None
    due_since: int | None
    sender_at: int | None
    broken: tuple[str, ...]
    late: tuple[str, ...]


def look(db: Database, now: int) -> AlertHealth:
    """How alerts are at `now` (ms). 4 statements, by index."""
    unrouted, since = alert_facts.unrouted(db)
    due = alert_facts.due_since(db, now)
    lease = scheduler_lease.lease(db, scheduler_lease.SENDER)
    return AlertHealth(
        unrouted=unrouted,
        unrouted_since=since,
        due_since=due,
        sender_at=lease.ticked_at if lease is not None and lease.ticked_at else None,
        broken=tuple(name for _, name, _, _ in alert_facts.broken_channels(db)),
        late=_late(since, due, now),
    )


def late(db: Database, overdue: Overdue, now: int) -> tuple[str, ...]:
    """What of `look` is late, or the scheduler, on which most of it waits. 1 statement, by index."""
    ticked_at, unrouted, due = alert_facts.waits(db, now)
    if ticked_at and is_late(overdue, ticked_at, now):
        return (silence(ticked_at), *_late(None, due, now))
    return _late(unrouted, due, now)


def _late(unrouted: int | None, due: int | None, now: int) -> tuple[str, ...]:
    """Why nobody would hear of what goes wrong: since when changes, and messages, wait (ms)."""
    found: list[str] = []
    if unrouted is not None and now - unrouted > ROUTED_WITHIN:
        found.append(
            Text("alerts have not processed status changes since {since}", since=iso_ms(from_ms(unrouted)))
        )
    if due is not None and now - due > SENT_WITHIN:
        found.append(Text("messages have waited for a sender since {since}", since=iso_ms(from_ms(due))))
    return tuple(found)
