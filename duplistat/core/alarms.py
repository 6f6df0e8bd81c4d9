"""The times in which a job was overdue, and what ended each: read from the changes of its health."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from duplistat.core.reason import Code, load
from duplistat.core.status import Health


class EndedBy(StrEnum):
    """What ended an alarm."""

    RUN = "run"
    STARTED = "started"
    PAUSED = "paused"
    # Its schedule was set, or learned anew.
    SCHEDULE = "schedule"


class Change(Protocol):
    """A change of health: when (ms), from and to which, why, and the run that brought it."""

    @property
    def at(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def run(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """Overdue since `at`, as a run was expected; times in ms.

    `expected_at` is None where that is not known any more; `health` is what came after it, and `run` the run that
    ended it. `ongoing`: it still is. Of one that is neither that nor ended nobody noted the end.
    """

    at: int
    expected_at: int | None
    ended_at: int | None = None
    ended_by: EndedBy | None = None
    health: str | None = None
    run: int | None = None
    ongoing: bool = False


def alarms(changes: Sequence[Change], count: int, *, overdue: bool) -> list[Alarm]:
    """The latest `count` alarms, newest first, from changes to overdue and away from it, newest first.

    `overdue`: whether the job is so now.
    """
    found: list[Alarm] = []
    end: Change | None = None
    for change in changes:
        if change.before == Health.OVERDUE:
            end = change
        if change.after == Health.OVERDUE:
            found.append(_alarm(change, end, ongoing=overdue and end is None and not found))
            end = None
    return found[:count]


def _alarm(begin: Change, end: Change | None, *, ongoing: bool) -> Alarm:
    expected = next(
        (item.number("expected_at") for item in load(begin.reason) if item.code is Code.OVERDUE), None
    )
    if end is None:
        return Alarm(begin.at, expected, ongoing=ongoing)
    return Alarm(begin.at, expected, end.at, _ended_by(end), end.after, end.run)


def _ended_by(end: Change) -> EndedBy:
    if end.run is not None:
        return EndedBy.RUN
    if end.after == Health.PAUSED:
        return EndedBy.PAUSED
    return EndedBy.STARTED if end.after == Health.RUNNING else EndedBy.SCHEDULE
