"""The inbox: what came and could not be read. It is put away, or read again with what is known by now."""

from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import deliveries as store

# The kind of background task that reads all again.
REPLAY = "replay_unread"


@command
def dismiss_unread(
    tx: Tx, *, account: int, deliveries: list[int], sees: list[int], back: bool, by: Actor, now: int
) -> int:
    """Dismiss deliveries of the accounts `sees`, or (`back`) put them into the inbox again; how many changed."""
    changed = store.put_away(tx.db, tuple(sees), deliveries, back=back)
    if changed:
        action = "delivery.put_back" if back else "delivery.dismiss"
        audit.note(tx.db, by, action, account=account, subject=_listed(deliveries), now=now)
    return changed


@command
def note_replay(tx: Tx, *, account: int, deliveries: list[int], by: Actor, now: int) -> None:
    """Note that deliveries are read again."""
    audit.note(tx.db, by, "delivery.replay", account=account, subject=_listed(deliveries), now=now)


@command
def replay_unread(tx: Tx, *, account: int, by: Actor, now: int) -> int:
    """Have all read again that `account` and those below it got; the id of the task. Raises DuplistatError."""
    state = {"after": 0, "became": {}}
    task = background.ask(tx.db, REPLAY, account=account, subject=str(account), state=state, by=by, now=now)
    audit.note(tx.db, by, "delivery.replay", account=account, subject="unrecognised", now=now)
    return task


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))
