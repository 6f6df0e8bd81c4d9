"""The name of a run in /api.php, where tasks are known by a UUID: made of the run's id, so that it never changes."""

from uuid import UUID

# Version 8 of RFC 9562: a UUID whose digits mean what we like. The last 62 bits are the run's id.
_FIXED = UUID("d0b11ca7-0000-8000-8000-000000000000").int
_MOST = (1 << 62) - 1


def id_of(run: int) -> str:
    """The UUID of a run, as text."""
    return str(UUID(int=_FIXED | run & _MOST))


def run_of(text: str) -> int | None:
    """The run that a UUID means; None for one that means none."""
    try:
        number = UUID(text).int
    except ValueError:
        return None
    return number & _MOST if number & ~_MOST == _FIXED else None
