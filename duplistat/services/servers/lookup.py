"""Which server is meant by a text in an address or a command: an id, a machine id, a name or an alias."""

from collections.abc import Sequence

from duplistat.core.text import clean, clip_name
from duplistat.store import jobs, servers
from duplistat.store.database import Database
from duplistat.store.servers import Server

# What is behind it is a name, whatever it looks like.
BY_NAME = "name:"
# What fits an id column; a longer number is a name.
_MAX_ID_DIGITS = 18


def servers_meant(db: Database, sees: tuple[int, ...], text: str) -> list[Server]:
    """The servers of these accounts that a text may mean: none, one, or several of one name.

    A number is an id where there is one, else what a server is called. `name:1` is the server that is called 1. Names
    are stored without blanks around them and cut where they are long: as its sender spells it, one is found too.
    """
    text = clean(text)
    number = id_in(text)
    if number is not None and str(number) == text:
        by_id = servers.by_id(db, sees, number)
        if by_id is not None:
            return [by_id]
    if text.startswith(BY_NAME):
        for name in _stored(text.removeprefix(BY_NAME)):
            found = servers.called(db, sees, name, by_machine_id=False)
            if found:
                return found
    for name in _stored(text):
        found = servers.called(db, sees, name)
        if found:
            return found
    by_id = servers.by_id(db, sees, number) if number is not None else None
    return [by_id] if by_id is not None else []


def spellings(text: str) -> list[str]:
    """What a server may be called that a filter by name means: see `servers_meant`."""
    text = clean(text)
    return list(dict.fromkeys([*_stored(text), *_stored(text.removeprefix(BY_NAME))]))


def with_backups(db: Database, found: Sequence[Server]) -> list[Server]:
    """Those of some servers that have backup runs: a device that only sends notifications has none."""
    having = jobs.servers_that_ran(db, [server.id for server in found])
    return [server for server in found if server.id in having]


def id_in(text: str) -> int | None:
    """The id that a text can be; None for a text that is none."""
    fits = text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_DIGITS
    return int(text) if fits else None


def identity_label(server: Server) -> str:
    """Who tells of a server, for whoever has to tell two of one name apart."""
    if server.machine_id:
        said = f", server={server.said}" if server.said else ""
        return f"machine id {server.machine_id}{said}"
    return f"sender {server.sender}" if server.sender else "reports without a machine id"


def _stored(name: str) -> list[str]:
    """A name as it is, and as it is stored."""
    stored = clip_name(name)
    return [name] if stored in ("", name) else [name, stored]
