"""What a server was called, with the times of the runs that were told under each name."""

from dataclasses import dataclass

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Told:
    """A name, and when the first and the last run began that was told under it (ms)."""

    name: str
    first: int
    last: int


def of_server(db: Database, server: int) -> dict[str, Told]:
    """The names of a server by themselves, the one that was told of last first; none while it only ever had one."""
    rows = db.rows(
        "SELECT name, first_at, last_at FROM server_name WHERE server_id = ? ORDER BY last_at DESC, name",
        (server,),
    )
    return {row[0]: Told(*row) for row in rows}


def note(db: Database, server: int, told: Told) -> None:
    """Note a name, or that it was told for longer."""
    db.execute(
        "INSERT INTO server_name (server_id, name, first_at, last_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (server_id, name) DO UPDATE SET"
        " first_at = CASE WHEN excluded.first_at < server_name.first_at THEN excluded.first_at"
        " ELSE server_name.first_at END,"
        " last_at = CASE WHEN excluded.last_at > server_name.last_at THEN excluded.last_at"
        " ELSE server_name.last_at END",
        (server, told.name, told.first, told.last),
    )


def forget(db: Database, server: int) -> None:
    db.change("DELETE FROM server_name WHERE server_id = ?", (server,))


def newest_run(db: Database, server: int) -> int | None:
    """When the newest backup run of a server began (ms)."""
    row = db.row("SELECT max(last_order) FROM job WHERE server_id = ?", (server,))
    return row[0] if row else None


def claim(db: Database, server: int, said: str) -> bool:
    """Let a server be the one of which this is said, unless something else is said of it already."""
    return db.change("UPDATE server SET said = ? WHERE id = ? AND said = ''", (said, server)) == 1


def set_state(db: Database, server: int, state: str, *, instead_of: str) -> bool:
    """Note what is known of a server's names, unless that is something else by now."""
    changed = db.change(
        "UPDATE server SET names_state = ? WHERE id = ? AND names_state = ?", (state, server, instead_of)
    )
    return changed == 1


def apart_called(db: Database, account: int, machine_id: str, name: str, apart: str) -> list[int]:
    """The ids of those servers of a machine id that are known by more than it, and have this name.

    `apart` is what their identities begin with.
    """
    rows = db.rows(
        "SELECT id FROM server WHERE account_id = ? AND machine_id = ? AND name = ? AND identity LIKE ? LIMIT 2",
        (account, machine_id, name, f"{apart}%"),
    )
    return [row[0] for row in rows]
