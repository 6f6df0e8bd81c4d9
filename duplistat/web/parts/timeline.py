"""What happened on one server: its runs and its events, as one list."""

from collections.abc import Iterable
from typing import NamedTuple

from duplistat.web.parts.event_rows import EventRow
from duplistat.web.parts.history import Entry


class Happening(NamedTuple):
    """A run or an event; the other one is None."""

    run: Entry | None
    event: EventRow | None

    @property
    def at(self) -> int:
        """When, in ms."""
        return self.run.at if self.run else self.event.at if self.event else 0


def mixed(runs: Iterable[Entry], events: Iterable[EventRow], limit: int) -> list[Happening]:
    """The latest of both, newest first. Of two at the same time the run is first, since it says more."""
    both = [Happening(run, None) for run in runs] + [Happening(None, event) for event in events]
    return sorted(both, key=lambda one: -one.at)[:limit]
