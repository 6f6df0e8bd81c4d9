"""note_event(): what a device says besides the results of its runs."""

from collections.abc import Sequence
from typing import Any

from duplistat.services.job_state import Clockwork
from duplistat.services.recording import Outcome, note_seen, server_of
from duplistat.store import deliveries, events
from duplistat.store.database import Database
from duplistat.store.totals import Tally


def note_event(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Record an event, and its server when it is new. Answers {"event", "server", "duplicate"}.

    The same event twice has the same id. It makes no job, and changes nothing about one.
    """
    request = arguments["request"]
    event, server, outcome = put_event(db, arguments)
    deliveries.add(db, request, blobs[0], outcome=outcome.value, format=arguments["format"], event=event)
    tally.received(arguments["format"], outcome.value, server)
    return {"event": event, "server": server, "duplicate": outcome is Outcome.REPEAT}


def put_event(db: Database, arguments: dict[str, Any]) -> tuple[int, int, Outcome]:
    """Take an event in, unless it is known. Its id, its server's, and what became of it."""
    account, received_at = arguments["request"][0], arguments["request"][1]
    server, new = server_of(db, arguments)
    if not new:
        note_seen(db, server, received_at)
    event, is_new = events.add(db, account, server.id, arguments["event"])
    return event, server.id, Outcome.RECORDED if is_new else Outcome.REPEAT
