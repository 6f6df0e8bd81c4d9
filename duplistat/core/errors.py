"""Errors are values with a kind; each protocol says them in its own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    INVALID = "invalid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CHANGED = "changed"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: `field` is a dotted path such as backup.startTime."""

    field: str
    problem: str


class DuplistatError(Exception):
    """Something went wrong in a way that a caller may be told of."""

    def __init__(
        self,
        kind: Kind,
        message: str,
        problems: Sequence[Problem] = (),
        *,
        field: str = "",
        retry_after: int | None = None,
    ) -> None:
        """`field` is the argument or column that is wrong, "" for none; `retry_after` is in seconds: when another try
        may do better.

        `message` is in English; one that is a core.i18n.Text can be told in another language.
        """
        super().__init__(message)
        self.kind = kind
        self.message = str(message)
        self.text = message
        self.problems = tuple(problems)
        self.field = field
        self.retry_after = retry_after


class WriteFailed(DuplistatError):
    """The database did not take a write in, for whatever reason but a mistake of ours. The log tells of it already."""

    def __init__(self, message: str) -> None:
        super().__init__(Kind.UNAVAILABLE, message)


class CannotStart(Exception):
    """Why a process cannot start, in one line."""


class Unrecognised(DuplistatError):
    """A body that no format can read. Its bytes are kept all the same."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(Kind.INVALID, message, problems)
