"""note_event(): what a device says besides the results of its runs."""

from collections.abc import Sequence
from typing import Any

from duplistat.services.context import ScheduleDefaults
from duplistat.services.reports.identify import note_seen, server_of, unarchive_server
from duplistat.services.reports.record import Outcome
from duplistat.store import deliveries, events
from duplistat.store.database import Database
from duplistat.store.servers import Server
from duplistat.store.totals import Tally


def note_event(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Record an event, and its server when it is new. Answers {"event", "server", "duplicate"}.

    The same event twice has the same id. It makes no job, and changes nothing about one.
    """
    event, server, outcome = put_event(db, arguments, defaults)
    request = [server.account_id, *arguments["request"][1:]]
    deliveries.add(db, request, blobs[0], outcome=outcome.value, format=arguments["format"], event=event)
    tally.received(arguments["format"], outcome.value, server.id)
    return {"event": event, "server": server.id, "duplicate": outcome is Outcome.REPEAT}


def put_event(
    db: Database, arguments: dict[str, Any], defaults: ScheduleDefaults
) -> tuple[int, Server, Outcome]:
    """Take an event in, unless it is known. Its id, its server, and what became of it."""
    server, new = server_of(db, arguments)
    received_at = arguments["request"][1]
    if not new:
        note_seen(db, server, received_at)
    if server.archived_at is not None:
        at = arguments["event"][events.VALUES.index("order_at")]
        unarchive_server(db, server, at, defaults, received_at)
    event, is_new = events.add(db, server.account_id, server.id, arguments["event"])
    return event, server, Outcome.RECORDED if is_new else Outcome.REPEAT
