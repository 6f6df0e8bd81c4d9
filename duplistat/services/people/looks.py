"""Since when somebody has not looked at the overview: a visit ends with half an hour in which they do not."""

import contextlib

from duplistat.core.errors import WriteFailed
from duplistat.services.context import Tx
from duplistat.services.writes import Writes, repeatable_command
from duplistat.store import looks
from duplistat.store.database import Database
from duplistat.store.looks import Look

ABSENCE_MS = 30 * 60_000
# "Last looked" is as exact as this: so pages that follow each other cost no write.
NOTED_EVERY_MS = 5 * 60_000


def looked(db: Database, writes: Writes, user: int, account: int, now: int, *, visits: bool) -> int | None:
    """Somebody looks at the overview of an account at `now` (ms): when their visit before this one ended, None before
    the second one. Without `visits` it is a page that is open and asks by itself: nothing is noted.
    """
    known = looks.of(db, user, account)
    look = _next(known, now)
    if visits and (known is None or look.last_at - known.last_at >= NOTED_EVERY_MS):
        # What cannot be written now can be read all the same.
        with contextlib.suppress(WriteFailed):
            writes.run(note_look, user=user, account=account, last_at=look.last_at, since_at=look.since_at)
    return look.since_at if visits or known is None else known.since_at


@repeatable_command
def note_look(tx: Tx, *, user: int, account: int, last_at: int, since_at: int | None) -> None:
    """Note that somebody looks (ms), and when their visit before ended."""
    looks.note(tx.db, user, account, Look(last_at, since_at))


def _next(known: Look | None, now: int) -> Look:
    if known is None:
        return Look(now, None)
    return Look(now, known.last_at if now - known.last_at >= ABSENCE_MS else known.since_at)
