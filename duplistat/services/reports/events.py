"""record_event(): what a device says besides the results of its runs."""

from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.reports.identify import note_seen, server_of, unarchive_server
from duplistat.services.reports.packed import PackedEvent
from duplistat.services.reports.record import Outcome, Recorded
from duplistat.services.writes import report_command
from duplistat.store import deliveries, events
from duplistat.store.database import Database
from duplistat.store.servers import Server


@report_command
def record_event(tx: Tx, *, event: PackedEvent) -> Recorded:
    """Record an event, and its server when it is new.

    The same event twice has the same id. It makes no job, and changes nothing about one.
    """
    number, server, outcome = put_event(tx.db, event, tx.defaults)
    request = [server.account_id, *event["request"][1:]]
    deliveries.add(tx.db, request, event["body"], outcome=outcome.value, format=event["format"], event=number)
    tx.tally.received(event["format"], outcome.value, server.id)
    repeat = outcome is Outcome.REPEAT
    return {"server": server.id, "job": None, "run": None, "event": number, "duplicate": repeat}


def put_event(db: Database, packed: PackedEvent, defaults: ScheduleDefaults) -> tuple[int, Server, Outcome]:
    """Take an event in, unless it is known. Its id, its server, and what became of it."""
    server, new = server_of(db, packed)
    received_at = packed["request"][1]
    if not new:
        note_seen(db, server, received_at)
    if server.archived_at is not None:
        at = packed["event"][events.VALUES.index("order_at")]
        unarchive_server(db, server, at, defaults, received_at)
    event, is_new = events.add(db, server.account_id, server.id, packed["event"])
    return event, server, Outcome.RECORDED if is_new else Outcome.REPEAT
