"""What goes of a ping from the process that takes it in to the one that records it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict
from uuid import uuid4

from duplistat.core.encoding import charset_of
from duplistat.core.ping import Kind, Ping, as_query
from duplistat.core.times import from_ms
from duplistat.services.pings.find import Place
from duplistat.services.reports import intake, pings
from duplistat.services.reports.intake import Incoming
from duplistat.store import deliveries, ping_starts
from duplistat.store.database import Database
from duplistat.store.ping_starts import Start


class PackedPing(TypedDict):
    """`request` is in the order of `deliveries.REQUEST`. `job` is None for one that is to be made, of `server` and
    `name`. Of a ping that ends a run, `run` is in the order of `runs.VALUES`, and `ends` are the starts that it ends;
    `started` is when its own was (ms)."""

    request: list[Any]
    body: bytes
    job: int | None
    server: str
    name: str
    kind: str
    rid: str
    format: str
    run: list[Any]
    log: bytes
    ends: list[str]
    attached: list[int]
    started: int | None


def pack(
    db: Database, place: Place, ping: Ping, incoming: Incoming, *, by: str, max_log_lines: int
) -> PackedPing:
    """A ping with what is known of its run. Reads the database: what its log pings brought is read with its body."""
    at = incoming.received_at
    starts = ping_starts.of_job(db, place.job, at) if place.job is not None else []
    own = next((start for start in starts if start.rid == ping.rid), None) if ping.ends else None
    ended = _ended(ping, starts, own)
    logs = tuple(log for start in ended for log in start.logs)
    query = as_query(ping, by=by, id=uuid4().hex, started=own.at if own else None, logs=logs)
    packed: PackedPing = {
        "request": intake.request_of(replace(incoming, query=query)),
        "body": incoming.body,
        "job": place.job,
        "server": place.server,
        "name": place.name,
        "kind": ping.kind.value,
        "rid": ping.rid,
        "format": by,
        "run": [],
        "log": b"",
        "ends": [start.rid for start in ended],
        "attached": list(logs),
        "started": own.at if own else None,
    }
    if ping.ends:
        text = pings.whole([*deliveries.bodies(db, logs, place.account, pings.MOST_OF_LOGS), incoming.body])
        report = pings.read(
            text,
            names=intake.names_of(query),
            received=from_ms(at),
            charset=charset_of(incoming.content_type),
            max_log_lines=max_log_lines,
        )
        packed["run"] = intake.run_values(report, at, incoming.body)
        packed["log"] = intake.packed_log(report)
        packed["format"] = report.format
    return packed


def _ended(ping: Ping, starts: Sequence[Start], own: Start | None) -> list[Start]:
    """Which runs a ping ends, as Healthchecks has it: its own; without the id of a run, or by a failure, all of them. A
    success with an id that nobody knows leaves what runs."""
    if not ping.ends:
        return []
    if own is not None and ping.rid:
        return [own]
    return list(starts) if not ping.rid or ping.kind is Kind.FAIL else []
