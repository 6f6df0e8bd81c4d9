"""Parameters of a call: their names are matched without regard to case, hyphens and underscores."""

import re
from collections.abc import Iterable

from duplistat.core.text import clean

_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class CallError(Exception):
    """Why a call was not done: `code` is one of the protocol's words, `message` is for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def folded(name: str) -> str:
    """`agent-id`, `agent_id` and `AgentID` are one name."""
    return name.replace("-", "").replace("_", "").lower()


class Params:
    """What a form brings; of a name that comes twice the first counts."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            self._values.setdefault(folded(name), clean(value))

    def has(self, name: str) -> bool:
        return folded(name) in self._values

    def text(self, name: str, *, required: bool = False, most: int = 200) -> str:
        """Without blanks around it; "" for none. Raises CallError (invalid) without a required one."""
        value = self._values.get(folded(name), "").strip()
        if required and not value:
            raise CallError("invalid", f"{name} is required")
        if len(value) > most:
            raise CallError("invalid", f"{name} is longer than {most} characters")
        return value

    def secret(self, name: str) -> str:
        """As it came: blanks are part of a password."""
        return self._values.get(folded(name), "")

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """0 or 1. Raises CallError (invalid) for anything else."""
        value = self.text(name)
        if value not in ("", "0", "1"):
            raise CallError("invalid", f"{name} must be 0 or 1")
        return value == "1" if value else otherwise

    def number(self, name: str, least: int, most: int, *, required: bool = False) -> int | None:
        """A whole number; None for none. Raises CallError (invalid) for one that is not between the two."""
        value = self.text(name, required=required)
        if not value:
            return None
        if not _WHOLE.fullmatch(value):
            raise CallError("invalid", f"{name} must be a whole number")
        if not least <= int(value) <= most:
            raise CallError("invalid", f"{name} must be between {least} and {most}")
        return int(value)
