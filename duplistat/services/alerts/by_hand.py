"""What a person does with a single notice: sends it again, or takes it back."""

from duplistat.core.alerts.notice import Dropped
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import channels, notices, outbox
from duplistat.store.database import Database
from duplistat.store.notices import Notice


@command
def retry_notice(tx: Tx, *, notice: int, by: Actor, now: int) -> None:
    """Have a notice go out at once: one that waits, or once more one that failed or was dropped.

    Raises DuplistatError: not_found; invalid for one that was sent, is being sent, or whose channel is gone.
    """
    found = _waiting_or_ended(tx.db, notice, now)
    if found.result == notices.SENT:
        raise DuplistatError(Kind.INVALID, "this notice was sent already")
    if found.channel_id is None and found.channel:
        raise DuplistatError(Kind.INVALID, "the channel of this notice was deleted")
    outbox.reopen(tx.db, found.id, now)
    _note(tx.db, "notice.retry", found, by, now)


@command
def drop_notice(tx: Tx, *, notice: int, by: Actor, now: int) -> None:
    """Take back a notice that waits. Raises DuplistatError: not_found; invalid for one that waits no more."""
    found = _waiting_or_ended(tx.db, notice, now)
    if not notices.drop(tx.db, found.id, Dropped.BY_HAND, now):
        raise DuplistatError(Kind.INVALID, "this notice does not wait any more")
    _note(tx.db, "notice.drop", found, by, now)


@command
def send_waiting(tx: Tx, *, channel: int, by: Actor, now: int) -> int:
    """Have what waits for a channel go out at once, also when its receiver asked to wait; how many notices.

    Raises DuplistatError (not_found).
    """
    found = channels.get(tx.db, channel)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "channel not found: it was deleted")
    count = outbox.hurry(tx.db, channel, now)
    channels.update(tx.db, channel, {"paused_until": None})
    audit.note(
        tx.db,
        by,
        "channel.send",
        account=found.account_id,
        subject=found.name,
        now=now,
        after={"notices": count},
    )
    return count


def _waiting_or_ended(db: Database, notice: int, now: int) -> Notice:
    found = notices.get(db, notice)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "notice not found: it was deleted")
    if found.result == notices.WAITING and (found.claimed_until or 0) > now:
        raise DuplistatError(Kind.INVALID, "this notice is being sent at the moment")
    return found


def _note(db: Database, action: str, notice: Notice, by: Actor, now: int) -> None:
    subject = f"{notice.kind} {notice.uid}"
    before = {"state": notice.result or "waiting", "why": notice.result_why}
    after = {"channel": notice.channel}
    audit.note(
        db, by, action, account=notice.account_id, subject=subject, now=now, before=before, after=after
    )
