"""One result."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One number, and how it stands to another of the same run.

    `wanted` is of the ratio where there is one, and else of the value. `met` is None where nothing is wanted.
    """

    group: str
    what: str
    value: float
    unit: str
    wanted: str = ""
    met: bool | None = None
    ratio: float | None = None
