"""Which messages go out now, and when to look at each problem again: the same for the scheduler and for a trial.

Problems of one channel that are due together are told together; in quiet hours and in a storm they wait.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from duplistat.core.alerts.due import Due, Listener, Said, due_of, recovery_dedupe
from duplistat.core.alerts.grouping import (
    ENOUGH,
    STORM,
    Group,
    Member,
    Recent,
    divided,
    group,
    held_until,
    is_storm,
    recoveries_held_until,
)
from duplistat.core.alerts.notice import MOST_CAUSES, Cause, Dropped, Kind, Why, severity_of
from duplistat.core.alerts.problem import Closed, Problem
from duplistat.core.alerts.quiet import DROP, Quiet, exempt, quiet_until
from duplistat.core.times import from_ms, to_ms

# Only these are told together with others; what somebody asked for, or waits for, is a message of its own.
_GROUPED = (Kind.PROBLEM, Kind.WORSE)


@dataclass(frozen=True, slots=True)
class Case:
    """A problem at which it is time to look, or soon is, with all that decides about it.

    `listeners` are the rules that are for it. `told`: {channel: when it first told of it (ms)}; `recovering`: channels
    that are to hear that it is over. While the job is `resting`, or silenced until then (ms), nothing is told.
    """

    problem: Problem
    member: Member
    tags: Collection[str] = ()
    listeners: Sequence[Listener] = ()
    told: Mapping[int, int] = field(default_factory=dict)
    recovering: Sequence[int] = ()
    said: Sequence[Said] = ()
    resting: bool = False
    silenced_until: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a channel was told lately, its zone, and how many open problems it has told of."""

    zone: ZoneInfo
    recent: Sequence[Recent] = ()
    open_told: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be made: `members` are its problems, each with what is said once of it.

    `causes`: what they have in common, when that is not one thing for all of them.
    `held_since`: it waited for the end of quiet hours since then (ms). `dropped`: it is not to be sent after all.
    """

    channel: int
    rule_id: int | None
    rule: str
    kind: Kind
    why: Why
    number: int
    of: int
    members: tuple[tuple[int, str], ...]
    cause: Cause = Cause.NONE
    cause_name: str = ""
    causes: tuple[Group, ...] = ()
    held_since: int | None = None
    dropped: Dropped | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make now, and when to look at each of the problems again: {problem: ms or None}."""

    notices: tuple[Planned, ...]
    next_at: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class _Item:
    case: Case
    due: Due
    held_since: int | None = None


def plan(
    cases: Sequence[Case],
    channels: Mapping[int, ChannelState],
    now: int,
    *,
    gather_ms: int,
    storm_ms: int,
    jobs_of: Mapping[int, int],
    jobs: int,
) -> Plan:
    """What goes out at `now` (ms). `jobs_of`: {server: how many jobs}, `jobs`: of all that is watched.

    A channel that `channels` does not know is told nothing.
    """
    desk = _Desk(channels, now, gather_ms)
    for case in cases:
        desk.take(case)
    made = desk.made
    for channel, items in desk.ready.items():
        state = channels[channel]
        first = [item for item in items if item.due.kind in _GROUPED]
        others = [item for item in items if item.due.kind not in _GROUPED]
        made.extend(_alone(channel, item) for item in others)
        # What is told brings more: the next look says when.
        desk.wait((item.case for item in others), now + 1)
        if not first:
            continue
        # What would go out a little later goes with it.
        first += desk.soon[channel]
        until = held_until(state.recent, storm_ms, now)
        desk.wait((item.case for item in first), now + 1 if until is None else until)
        if until is None and is_storm(len(first), jobs, state.recent, now):
            made.append(_mixed(channel, first, jobs_of, Why.STORM))
        elif until is None:
            made.extend(_by_cause(channel, first, jobs_of))
    for channel, found in desk.over.items():
        state = channels[channel]
        until = recoveries_held_until(state.recent, storm_ms, now)
        if until is not None and state.open_told:
            desk.wait(found, until)
        else:
            made.extend(_recoveries(channel, found, storm=until is not None or len(found) > STORM))
    return Plan(tuple(made), desk.next_at)


class _Desk:
    """Sorts cases by channel into what is ready, what will be soon, and what is over."""

    def __init__(self, channels: Mapping[int, ChannelState], now: int, gather_ms: int) -> None:
        self._channels, self._now, self._gather_ms = channels, now, gather_ms
        self.next_at: dict[int, int | None] = {}
        self.made: list[Planned] = []
        self.ready: dict[int, list[_Item]] = defaultdict(list)
        self.soon: dict[int, list[_Item]] = defaultdict(list)
        self.over: dict[int, list[Case]] = defaultdict(list)

    def take(self, case: Case) -> None:
        problem = case.problem
        self.next_at[problem.id] = None
        if problem.closed_at is not None:
            if case.silenced_until is not None and case.recovering:
                self.wait([case], case.silenced_until)
                return
            for channel in case.recovering:
                if channel in self._channels:
                    self.over[channel].append(case)
            return
        if case.resting:
            # Its end is a change, which has it looked at.
            return
        if case.silenced_until is not None:
            self.wait([case], case.silenced_until)
            return
        answer = due_of(problem, case.listeners, case.told, case.said, self._now, self._gather_ms)
        if answer.next_at is not None:
            self.wait([case], answer.next_at)
        for due in answer.due:
            self._sort(case, due, self.ready)
        for due in answer.soon:
            self._sort(case, due, self.soon)

    def wait(self, cases: Iterable[Case], until: int) -> None:
        """Look at them again at that time, or before."""
        for case in cases:
            known = self.next_at[case.problem.id]
            self.next_at[case.problem.id] = until if known is None else min(known, until)

    def _sort(self, case: Case, due: Due, into: dict[int, list[_Item]]) -> None:
        state = self._channels.get(due.channel)
        if state is None:
            return
        quiet = _quiet_of(case, due)
        if quiet is None:
            into[due.channel].append(_Item(case, due))
            return
        until = _until(quiet, self._now, state.zone)
        if until is None:
            held = _until(quiet, due.at, state.zone) is not None
            into[due.channel].append(_Item(case, due, due.at if held else None))
        elif quiet.then == DROP:
            self.made.append(replace(_alone(due.channel, _Item(case, due)), dropped=Dropped.QUIET))
        else:
            self.wait([case], until)


def _quiet_of(case: Case, due: Due) -> Quiet | None:
    """The quiet hours that hold for a message; None when it goes out at any time."""
    quiet = next((item.rule.quiet for item in case.listeners if item.id == due.rule_id), None)
    kind = case.problem.kind
    return None if quiet is None or exempt(quiet, kind, severity_of(kind), case.tags) else quiet


def _until(quiet: Quiet, at: int, zone: ZoneInfo) -> int | None:
    end = quiet_until(quiet, from_ms(at), zone)
    return to_ms(end)


def _by_cause(channel: int, items: Sequence[_Item], jobs_of: Mapping[int, int]) -> Iterator[Planned]:
    by_problem = {item.case.problem.id: item for item in items}
    held = [item for item in items if item.held_since is not None]
    if len(held) > 1:
        # What was held back is told as it stands at the end, all of it at once.
        yield _mixed(channel, held, jobs_of, Why.QUIET_OVER)
        by_problem = {item.case.problem.id: item for item in items if item.held_since is None}
    for found in group([item.case.member for item in by_problem.values()], jobs_of):
        members = [by_problem[problem] for problem in found.members]
        if len(members) == 1:
            yield _alone(channel, members[0])
        else:
            yield _together(channel, members, found.cause, found.name, Why.GROUPED)


def _alone(channel: int, item: _Item) -> Planned:
    due, problem = item.due, item.case.problem.id
    return Planned(
        channel=channel,
        rule_id=due.rule_id,
        rule=due.rule,
        kind=due.kind,
        why=due.why,
        number=due.number,
        of=due.of,
        members=((problem, due.dedupe(problem)),),
        held_since=item.held_since,
    )


def _together(channel: int, items: Sequence[_Item], cause: Cause, name: str, why: Why) -> Planned:
    return Planned(
        channel=channel,
        rule_id=items[0].due.rule_id,
        rule=items[0].due.rule,
        kind=Kind.SUMMARY,
        why=why,
        number=0,
        of=0,
        members=tuple((item.case.problem.id, item.due.dedupe(item.case.problem.id)) for item in items),
        cause=cause,
        cause_name=name,
        held_since=min((item.held_since for item in items if item.held_since is not None), default=None),
    )


def _mixed(channel: int, items: Sequence[_Item], jobs_of: Mapping[int, int], why: Why) -> Planned:
    """One message of problems with several causes, which it names."""
    groups = group([item.case.member for item in items], jobs_of)
    if len(groups) == 1 and groups[0].cause:
        return _together(channel, items, groups[0].cause, groups[0].name, why)
    whole = _together(channel, items, Cause.MIXED, "", why)
    return replace(whole, causes=divided(groups, MOST_CAUSES))


def _recoveries(channel: int, cases: Sequence[Case], *, storm: bool) -> Iterator[Planned]:
    """That problems are over: each in a message of its own, or all in one when they are many."""
    parts = [cases] if storm or len(cases) >= ENOUGH else [[case] for case in cases]
    for part in parts:
        why = Why.STORM_OVER if storm else Why.RECOVERED
        if len(part) == 1 and part[0].problem.closed_how == Closed.STEADY:
            why = Why.STEADY
        yield Planned(
            channel=channel,
            rule_id=None,
            rule="",
            kind=Kind.RECOVERED,
            why=why,
            number=0,
            of=0,
            members=tuple((case.problem.id, recovery_dedupe(case.problem.id, channel)) for case in part),
        )
