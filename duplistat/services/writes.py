"""Where changes of the database go: this process, or the one that writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Writes(Protocol):
    """Where changes go."""

    def call(self, name: str, arguments: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> Any:
        """The result of a verb, once it is committed. Raises DuplistatError."""
