"""Names that alternate under one machine id: two machines seem to share it. Nothing is done about it unasked.

A machine that was renamed has one name, and then another. Where a name comes back after another one, an event says so,
once, and the page of the server proposes to keep the two apart. Until a person decides, the server keeps one name.
"""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.event import Severity
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.reports.shared_ids import APART, DISMISSED, SHARED, is_apart
from duplistat.services.writes import command
from duplistat.store import events, server_names, servers
from duplistat.store.database import Database
from duplistat.store.server_names import Told
from duplistat.store.servers import Server
from duplistat.store.totals import DAY_MS

# The type and the words of the event; the names follow after the colon.
EVENT = "shared machine id"
SHARE = "Two machines seem to report under one machine id"
# A name that nobody told for so long is given up for one that is told.
GIVEN_UP_MS = 30 * DAY_MS
NOTED_EVERY_MS = 3_600_000
# Names that are kept of one server.
MOST = 20


def name_of(
    db: Database, server: Server, name: str, said: str, at: int, now: int, *, latest: int | None
) -> str:
    """What to call a server of which a run that began `at` (ms) tells under `name`; notes that names alternate.

    `latest` is when the latest run of its job began that is known. Costs nothing for a server that only ever had one
    name.
    """
    newest = latest is None or at >= latest
    if said and name == said:
        # A person's word.
        return name if newest else server.name
    if server.names_state == APART:
        return name if said and newest else server.name
    if server.names_state:
        return _kept(db, server, name, at)
    if name == server.name:
        return name
    known = server_names.of_server(db, server.id)
    shown, told = known.get(server.name), known.get(name)
    if shown is None:
        shown = Told(server.name, 0, server_names.newest_run(db, server.id) or 0)
        server_names.note(db, server.id, shown)
    if told is not None or len(known) < MOST:
        server_names.note(db, server.id, Told(name, at, at))
    if not newest or at < shown.first:
        # Told late, of a time when it was called so.
        return server.name
    by_person = server.said == server.name
    if told is None:
        return server.name if by_person else name
    if at == latest:
        # The same run again.
        return server.name
    if server_names.set_state(db, server.id, SHARED, instead_of=""):
        _note_event(db, server, sorted({server.name, name}), now)
    server.names_state = SHARED
    return server.name if by_person else name


def _kept(db: Database, server: Server, name: str, at: int) -> str:
    """One name, whichever is told, unless it was not told for long."""
    known = server_names.of_server(db, server.id)
    shown, told = known.get(server.name), known.get(name)
    if (told is None and len(known) < MOST) or (told is not None and at - told.last > NOTED_EVERY_MS):
        server_names.note(db, server.id, Told(name, at, at))
    given_up = shown is not None and at - shown.last > GIVEN_UP_MS
    return name if given_up else server.name


def _note_event(db: Database, server: Server, names: Sequence[str], now: int) -> None:
    values = {
        "key": f"{EVENT} {now}",
        "at": now,
        "order_at": now,
        "received_at": now,
        "severity": Severity.WARNING.value,
        "type": EVENT,
        "job_name": "",
        "message": f"{SHARE}: {', '.join(names)}",
    }
    events.add(db, server.account_id, server.id, [values.get(name) for name in events.VALUES])


@command
def keep_servers_apart(tx: Tx, *, server: int, dismiss: bool, by: Actor, now: int) -> None:
    """Tell machines of one id apart by their names from now on, or (`dismiss`) leave them one.

    What was recorded stays. Raises DuplistatError: not_found, or invalid for a server whose names do not alternate.
    """
    db, row = tx.db, servers.locked_by_id(tx.db, server)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "server not found: it was deleted or merged")
    if not can_be_kept_apart(row) and not (dismiss and row.names_state == SHARED):
        raise DuplistatError(Kind.INVALID, "this server's reports do not alternate between names")
    state = DISMISSED if dismiss else APART
    if row.names_state == state:
        return
    values: dict[str, Any] = {"names_state": state}
    if state == APART:
        # Its reports are those under the name that it has; the others are of servers that they make.
        values["said"] = row.name
        server_names.forget(db, row.id)
    servers.change(db, row.id, values)
    audit.note(
        db,
        by,
        "server.keep_apart" if state == APART else "server.keep_one",
        account=row.account_id,
        subject=row.label,
        now=now,
        after={"machine id": row.machine_id, "name": clip_name(row.name)},
    )


def can_be_kept_apart(server: Server) -> bool:
    """Whether names alternate under a server's id, and nothing tells its machines apart so far."""
    return server.names_state in (SHARED, DISMISSED) and not server.said and not is_apart(server)
