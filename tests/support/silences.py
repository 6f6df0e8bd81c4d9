"""Silences as somebody sets them."""

from typing import Any

from duplistat.services.alerts.silences import add_silence
from duplistat.services.audit import BY_COMMAND
from duplistat.services.writes import Writes

HOUR_MS = 3_600_000


def set_silence(
    writes: Writes, now: int, *, account: int = 1, lasts_ms: int = HOUR_MS, why: str = "", **match: Any
) -> int:
    """The id of a new silence that begins `now` (ms): for all jobs of an account, or those that `match` names."""
    return writes.run(
        add_silence,
        account=account,
        match=match,
        from_at=now,
        until_at=now + lasts_ms,
        why=why,
        by=BY_COMMAND.plain(),
        now=now,
    )
