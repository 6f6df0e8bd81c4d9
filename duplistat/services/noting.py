"""note_event(): what a device says besides the results of its runs."""

from collections.abc import Sequence
from typing import Any

from duplistat.services.job_state import Clockwork
from duplistat.services.recording import Outcome, note_seen, server_of
from duplistat.store import deliveries, events
from duplistat.store.database import Database
from duplistat.store.servers import Server
from duplistat.store.totals import Tally


def note_event(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Record an event, and its server when it is new. Answers {"event", "server", "duplicate"}.

    The same event twice has the same id. It makes no job, and changes nothing about one.
    """
    event, server, outcome = put_event(db, arguments)
    request = [server.account_id, *arguments["request"][1:]]
    deliveries.add(db, request, blobs[0], outcome=outcome.value, format=arguments["format"], event=event)
    tally.received(arguments["format"], outcome.value, server.id)
    return {"event": event, "server": server.id, "duplicate": outcome is Outcome.REPEAT}


def put_event(db: Database, arguments: dict[str, Any]) -> tuple[int, Server, Outcome]:
    """Take an event in, unless it is known. Its id, its server, and what became of it."""
    server, new = server_of(db, arguments)
    if not new:
        note_seen(db, server, arguments["request"][1])
    event, is_new = events.add(db, server.account_id, server.id, arguments["event"])
    return event, server, Outcome.RECORDED if is_new else Outcome.REPEAT
