"""Servers: the machines that back something up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(slots=True)
class Server:
    id: int
    account_id: int
    identity: str
    machine_id: str
    name: str
    alias: str | None
    facts: str
    created_at: int
    seen_at: int
    may_be_id: int | None
    sender: str
    # The service that its reports were posted for.
    service_id: int | None = None
    notes: str = ""
    # What servers are grouped by on the overview; "" for none.
    group_name: str = ""
    archived_at: int | None = None
    # What its reports say with server= beside their machine id.
    said: str = ""
    # What is known of names that alternate under its id: see services.telling_apart.
    names_state: str = ""
    # Of its web interface, for people to open it; "" for none.
    web_url: str = ""

    @property
    def label(self) -> str:
        return self.alias or self.name


_COLUMNS = (
    "id, account_id, identity, machine_id, name, alias, facts, created_at, seen_at, may_be_id, sender"
    ", service_id, notes, group_name, archived_at, said, names_state, web_url"
)
# What the identity begins with of a server that goes: nothing is reported under it.
DELETED, MERGED = "deleted:", "merged:"
_NAMES = {f.name for f in fields(Server)}


def by_identity(db: Database, account: int, identity: str) -> Server | None:
    """The server that reports under an identity are of: the one that has it, or into which that one was merged."""
    row = db.row(f"SELECT {_COLUMNS} FROM server WHERE account_id = ? AND identity = ?", (account, identity))
    row = row or db.row(
        f"SELECT {_COLUMNS} FROM server WHERE id ="
        " (SELECT server_id FROM server_identity WHERE account_id = ? AND identity = ?)",
        (account, identity),
    )
    return Server(*row) if row else None


def locked(db: Database, accounts: tuple[int, ...], server: int) -> Server | None:
    """The server of that id, if it is one of these accounts', held until the transaction ends."""
    row = db.row(
        f"SELECT {_COLUMNS} FROM server WHERE id = ? AND account_id IN ({account_filter(accounts)}){db.for_update}",
        (server,),
    )
    return Server(*row) if row else None


def locked_by_id(db: Database, server: int) -> Server | None:
    """Whosever it is, held until the transaction ends."""
    row = db.row(f"SELECT {_COLUMNS} FROM server WHERE id = ?{db.for_update}", (server,))
    return Server(*row) if row else None


def add(
    db: Database,
    account: int,
    identity: str,
    machine_id: str,
    name: str,
    facts: str,
    now: int,
    sender: str = "",
    said: str = "",
) -> Server:
    """The server of that identity, made now unless another process was first."""
    new = db.insert(
        "INSERT INTO server (account_id, identity, machine_id, name, facts, created_at, seen_at, sender, said)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, identity) DO NOTHING RETURNING id",
        (account, identity, machine_id, name, facts, now, now, sender, said),
    )
    if new is not None:
        return Server(
            new, account, identity, machine_id, name, None, facts, now, now, None, sender, said=said
        )
    found = by_identity(db, account, identity)
    if found is None:
        raise LookupError(f"server {identity!r} was there and is gone")
    return found


def update(db: Database, server: int, *, name: str, facts: str, seen_at: int) -> None:
    db.change(
        "UPDATE server SET name = ?, facts = ?, seen_at = ? WHERE id = ?", (name, facts, seen_at, server)
    )


def note_seen(db: Database, server: int, seen_at: int) -> None:
    """Note when a server was heard of (ms), unless another transaction holds its row, which most likely notes the same.

    The jobs of one server report at once, and must not wait for each other's commits.
    """
    free = (
        f" AND id IN (SELECT id FROM server WHERE id = ?{db.for_own_use_of_free})"
        if db.for_own_use_of_free
        else ""
    )
    db.change(
        f"UPDATE server SET seen_at = ? WHERE id = ? AND seen_at < ?{free}",
        (seen_at, server, seen_at, server) if free else (seen_at, server, seen_at),
    )


def change(db: Database, server: int, values: Mapping[str, Any]) -> None:
    """Other values for some columns; the names of columns are ours, never a caller's."""
    if values:
        if not set(values) <= _NAMES:
            raise ValueError("a server has no such column")
        db.change(
            f"UPDATE server SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            (*values.values(), server),
        )


def pointing_at(db: Database, server: int) -> list[int]:
    """The ids of those servers that may be this one."""
    rows = db.rows("SELECT id FROM server WHERE may_be_id = ? AND may_be_id IS NOT NULL", (server,))
    return [row[0] for row in rows]


def point_at(db: Database, server: int, other: int | None, *, instead_of: int | None) -> None:
    """Note which one a server may be, if it says `instead_of` until now."""
    db.change(
        "UPDATE server SET may_be_id = ? WHERE id = ? AND COALESCE(may_be_id, 0) = ?",
        (other, server, instead_of or 0),
    )


def set_service(db: Database, server: int, service: int) -> None:
    db.change("UPDATE server SET service_id = ? WHERE id = ?", (service, server))


def set_identity(db: Database, server: int, identity: str, machine_id: str) -> None:
    db.change("UPDATE server SET identity = ?, machine_id = ? WHERE id = ?", (identity, machine_id, server))


def get(db: Database, server: int) -> Server | None:
    """Whosever it is: for what is done in the background."""
    row = db.row(f"SELECT {_COLUMNS} FROM server WHERE id = ?", (server,))
    return Server(*row) if row else None


def of_service(db: Database, account: int, service: int) -> list[Server]:
    """The servers that are a service's by its number."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM server WHERE service_id = ? AND account_id = ? AND sender = '' ORDER BY id",
        (service, account),
    )
    return [Server(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OfAgent:
    """A server that is a service's, one of its jobs and how the agent refers to that; the service's name and facts."""

    server: Server
    job: int
    ref: str
    called: str
    facts: str


def of_agents(db: Database, account: int, job: str, service: int | None, name: str) -> list[OfAgent]:
    """The servers of a service, or of any whose server or service is called `name`, that have a job of that name."""
    columns = ", ".join(f"v.{column}" for column in _COLUMNS.split(", "))
    parameters: tuple[object, ...] = (service,)
    which = "v.service_id = ?"
    if service is None:
        which, parameters = "(v.name = ? OR v.alias = ? OR s.name = ?)", (name,) * 3
    rows = db.rows(
        f"SELECT {columns}, j.id, j.ref, s.name, s.facts FROM server v JOIN service s ON s.id = v.service_id"
        " JOIN job j ON j.server_id = v.id AND j.name = ?"
        f" WHERE v.account_id = ? AND v.sender = '' AND {which} ORDER BY v.id",
        (job, account, *parameters),
    )
    return [OfAgent(Server(*row[:-4]), *row[-4:]) for row in rows]


def unowned(db: Database, account: int, name: str, job: str) -> list[tuple[Server, str]]:
    """Servers of that name that are no service's, with a job of that name and its reference."""
    columns = ", ".join(f"v.{column}" for column in _COLUMNS.split(", "))
    rows = db.rows(
        f"SELECT {columns}, j.ref FROM server v JOIN job j ON j.server_id = v.id AND j.name = ?"
        " WHERE v.account_id = ? AND v.service_id IS NULL AND v.sender = '' AND v.name = ? ORDER BY v.id",
        (job, account, name),
    )
    return [(Server(*row[:-1]), row[-1]) for row in rows]


def of_services(
    db: Database, accounts: tuple[int, ...], services: Collection[int], names: Collection[str]
) -> list[Server]:
    """The servers of some accounts that belong to one of these services: by its number, or by its name."""
    if not services:
        return []
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM server WHERE account_id IN ({account_filter(accounts)})"
        f" AND (service_id IN ({account_filter(tuple(services))}) OR (service_id IS NULL"
        f" AND (name IN ({', '.join('?' * len(names))}) OR alias IN ({', '.join('?' * len(names))}))))"
        " ORDER BY id",
        (*names, *names),
    )
    return [Server(*row) for row in rows]


def propose_merge(
    db: Database, server: int, name: str, account: int, job_name: str, *, nameless: str = ""
) -> None:
    """Note which one known server a new one may be: same name, and a job of the same name.

    Where none has the name, `nameless` is what it was called before it told one.
    """
    rows = db.rows(
        "SELECT s.id, s.name FROM server s JOIN job j ON j.server_id = s.id"
        " WHERE s.account_id = ? AND s.name IN (?, ?) AND s.id <> ? AND j.name = ? LIMIT 3",
        (account, name, nameless or name, server, job_name),
    )
    fitting = [number for number, its in rows if its == name] or [number for number, _ in rows]
    if len(fitting) == 1:
        db.change("UPDATE server SET may_be_id = ? WHERE id = ?", (fitting[0], server))


def by_id(db: Database, accounts: tuple[int, ...], server: int) -> Server | None:
    row = db.row(
        f"SELECT {_COLUMNS} FROM server WHERE id = ? AND account_id IN ({account_filter(accounts)})",
        (server,),
    )
    return Server(*row) if row else None


def called(db: Database, accounts: tuple[int, ...], text: str, *, by_machine_id: bool = True) -> list[Server]:
    """The servers with this exact machine id, name or alias, or what `server=` says; by machine id alone where there
    are any: of those that share one, the first.

    Where there are none, those into which one of that machine id or name was merged, or under which names alternate
    of which this is one. One that is being deleted, or
    that is becoming a part of another one, is called nothing any more.
    """
    machine_id = text if by_machine_id else None
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM server WHERE account_id IN ({account_filter(accounts)})"
        " AND (machine_id = ? OR name = ? OR alias = ? OR (said <> '' AND said = ?))"
        f" AND identity NOT LIKE '{DELETED}%' AND identity NOT LIKE '{MERGED}%' ORDER BY id",
        (machine_id, text, text, text),
    ) or db.rows(
        f"SELECT {_COLUMNS} FROM server WHERE account_id IN ({account_filter(accounts)}) AND id IN"
        f" (SELECT server_id FROM server_identity WHERE account_id IN ({account_filter(accounts)}) AND identity = ?"
        f" UNION SELECT into_id FROM server_merge WHERE account_id IN ({account_filter(accounts)}) AND gone_name = ?"
        " AND what = 'server' AND state <> 'undoing'"
        " UNION SELECT n.server_id FROM server_name n JOIN server s ON s.id = n.server_id"
        " WHERE n.name = ? AND s.names_state IN ('shared', 'dismissed')) ORDER BY id",
        (f"machine:{text}" if by_machine_id else None, text, text),
    )
    found = [Server(*row) for row in rows]
    of_id = [s for s in found if s.machine_id == machine_id]
    return [s for s in of_id if s.identity == f"machine:{text}"] or of_id or found


def page(
    db: Database, accounts: tuple[int, ...], *, names: Sequence[str] = (), after: int = 0, limit: int = 50
) -> tuple[list[Server], int | None]:
    """Servers by id, and the id to go on `after`, None at the end. One statement.

    `names` leaves those that have exactly one of these as their name, alias or machine id.
    """
    where, parameters = [f"account_id IN ({account_filter(accounts)})", "id > ?"], []
    if names:
        marks = ", ".join("?" * len(names))
        where.append(f"(name IN ({marks}) OR alias IN ({marks}) OR machine_id IN ({marks}))")
        parameters = [*names] * 3
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM server WHERE {' AND '.join(where)} ORDER BY id LIMIT ?",
        (after, *parameters, limit + 1),
    )
    return [Server(*row) for row in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None


def by_ids(db: Database, servers: Collection[int]) -> dict[int, Server]:
    if not servers:
        return {}
    rows = db.rows(f"SELECT {_COLUMNS} FROM server WHERE id IN ({', '.join('?' * len(servers))})", [*servers])
    return {row[0]: Server(*row) for row in rows}


def groups(db: Database, accounts: tuple[int, ...]) -> list[str]:
    """What servers are grouped by, in order."""
    rows = db.rows(
        f"SELECT DISTINCT group_name FROM server WHERE account_id IN ({account_filter(accounts)}) AND group_name <> ''"
    )
    return sorted((row[0] for row in rows), key=lambda name: (name.casefold(), name))


def all_facts(db: Database, accounts: tuple[int, ...]) -> list[str]:
    """What servers of these accounts told of themselves, as JSON: what several told alike, once."""
    rows = db.rows(f"SELECT DISTINCT facts FROM server WHERE account_id IN ({account_filter(accounts)})")
    return [facts for (facts,) in rows]


def visible(db: Database, accounts: tuple[int, ...]) -> list[Server]:
    """Every server, in order of what it is called."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM server WHERE account_id IN ({account_filter(accounts)})")
    # Sorted here: each database has an order of letters of its own.
    return sorted((Server(*row) for row in rows), key=lambda server: (server.label.casefold(), server.id))
