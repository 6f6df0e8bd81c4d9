"""Where changes of the database go: this process, or the one that writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from duplistat.store.write_health import Failing, WriteHealth


class Writes(Protocol):
    """Where changes go."""

    health: WriteHealth

    def call(self, name: str, arguments: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> Any:
        """The result of a verb, once it is committed. Raises DuplistatError."""

    def failing(self) -> Failing | None:
        """Why writes fail, and since when; None while they succeed."""
