"""The inbox: what came and could not be read. It is put away, or read again with what is known by now."""

from collections.abc import Sequence
from typing import Any

from duplistat.services import audit, background
from duplistat.services.context import ScheduleDefaults
from duplistat.store import deliveries
from duplistat.store.database import Database
from duplistat.store.totals import Tally

# The kind of chore that reads all again.
REPLAY = "replay_unread"


def put_away(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Put `deliveries` of the accounts `sees` away, or (`back`) into the inbox again. Answers {"changed"}."""
    ids, back = arguments["deliveries"], arguments["back"]
    changed = deliveries.put_away(db, tuple(arguments["sees"]), ids, back=back)
    if changed:
        _note(db, arguments, "delivery.put_back" if back else "delivery.dismiss", ids)
    return {"changed": changed}


def note_replay(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note that a delivery is read again."""
    _note(db, arguments, "delivery.replay", arguments["deliveries"])
    return {}


def replay_unread(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have all read again that `account` and those below it got. Answers {"chore"}. Raises DuplistatError."""
    account = arguments["account"]
    state = {"after": 0, "became": {}}
    chore = background.ask(db, REPLAY, arguments, account=account, subject=str(account), state=state)
    audit.note(
        db, arguments["by"], "delivery.replay", account=account, subject="unrecognised", now=arguments["now"]
    )
    return {"chore": chore}


def _note(db: Database, arguments: dict[str, Any], action: str, ids: Sequence[int]) -> None:
    account, subject = arguments["account"], ", ".join(map(str, ids))
    audit.note(db, arguments["by"], action, account=account, subject=subject, now=arguments["now"])
