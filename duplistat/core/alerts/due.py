"""What is to be told of a problem, to whom, and when to look again. Pure, and the same each time that it is asked.

Whoever asks knows by `said` what was put into notices already; so an answer that was lost is simply given again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from duplistat.core.alerts.notice import OF_RUNS, Kind, Why
from duplistat.core.alerts.pauses import HOUR, MINUTE, SECOND
from duplistat.core.alerts.problem import GRAVITY, Problem
from duplistat.core.alerts.rule import Rule

# A step that is later than this is left out: nobody looked for so long.
STEP_LATE = 6 * HOUR
# An unsteady problem that is bad for so long, without a good run, is told as what it is.
CALM = 24 * HOUR
# With these somebody first hears of a problem, or that it is graver; their number is its gravity.
_FIRST_WORDS = (Kind.PROBLEM, Kind.WORSE)
_STEADY = 9


@dataclass(frozen=True, slots=True)
class Listener:
    """A rule that is for a problem."""

    id: int
    name: str
    rule: Rule

    def gather_ms(self, usual: int) -> int:
        own = self.rule.gather_seconds
        return usual if own is None else own * SECOND


@dataclass(frozen=True, slots=True)
class Said:
    """What was put into a notice of a problem, and when that was made (ms)."""

    channel: int
    kind: Kind
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is due since `at` (ms), to one channel, with the rule that wants it told.

    `number`: which reminder, step or failure; `of` how many, 0 for no limit.
    """

    rule_id: int
    rule: str
    channel: int
    kind: Kind
    why: Why
    number: int
    of: int
    at: int

    def dedupe(self, problem: int) -> str:
        """What a channel is told once, whichever rules want it."""
        return f"{problem}:{self.channel}:{self.kind.value}:{self.number}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is due now, and when something else will be (ms); None when only a change brings more.

    `soon`: what only waits for others of the same cause, and can go out with what is due.
    """

    due: tuple[Due, ...]
    soon: tuple[Due, ...]
    next_at: int | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a rule wants told from `at` on (ms), `gather` later where nothing of the same cause goes out before."""

    kind: Kind
    why: Why
    number: int
    at: int
    channel: int
    of: int = 0
    gather: int = 0

    def due(self, by: Listener, at: int) -> Due:
        return Due(by.id, by.name, self.channel, self.kind, self.why, self.number, self.of, at)


def said_in(dedupe: str, at: int) -> Said | None:
    """What the `dedupe` of a notice's problem stands for; None for that it is over."""
    parts = dedupe.split(":")
    return Said(int(parts[1]), Kind(parts[2]), int(parts[3]), at) if len(parts) == 4 else None


def recovery_dedupe(problem: int, channel: int) -> str:
    """That it is over is said once to a channel."""
    return f"{problem}:{channel}:recovered"


def due_of(
    problem: Problem,
    listeners: Sequence[Listener],
    told: Mapping[int, int],
    said: Sequence[Said],
    now: int,
    gather_ms: int,
) -> Answer:
    """What of an open problem is to be told at `now`. `told`: {channel: when it first told of it}.

    `gather_ms` is how long a first word waits for others of the same cause where its rule says nothing.
    """
    known = {(item.channel, item.kind, item.number) for item in said}
    found: dict[tuple[int, Kind, int], Due] = {}
    soon: dict[tuple[int, Kind, int], Due] = {}
    times: list[int] = []
    for listener in listeners:
        for wanted in _wanted(problem, listener.rule, told, said, now, listener.gather_ms(gather_ms)):
            key = (wanted.channel, wanted.kind, wanted.number)
            if key in known or key in found:
                continue
            at = wanted.at + wanted.gather
            if at <= now:
                found[key] = wanted.due(listener, at)
                continue
            times.append(at)
            if wanted.at <= now:
                soon.setdefault(key, wanted.due(listener, wanted.at))
    if problem.acked_until is not None and problem.acked_until > now:
        times.append(problem.acked_until)
    waiting = tuple(due for key, due in soon.items() if key not in found)
    return Answer(tuple(found.values()), waiting, min(times, default=None))


def ready_at(problem: Problem, rule: Rule) -> int | None:
    """When a problem is worth telling by a rule, before gathering (ms); None when only more failures make it so."""
    of_runs = problem.kind in OF_RUNS
    by_fails = rule.after_fails if of_runs else 0
    times = []
    if by_fails and problem.fails >= by_fails:
        times.append(problem.opened_at if by_fails == 1 else problem.bad_at)
    if rule.after_minutes:
        times.append(problem.opened_at + rule.after_minutes * MINUTE)
    if not by_fails and not rule.after_minutes:
        times.append(problem.opened_at)
    return min(times, default=None)


def _wanted(
    problem: Problem, rule: Rule, told: Mapping[int, int], said: Sequence[Said], now: int, gather: int
) -> Iterator[_Wanted]:
    """What one rule wants told of a problem, by now or later."""
    if not rule.steps:
        return
    first, gravity = rule.steps[0].channels, GRAVITY.get(problem.kind, 0)
    begun: list[int] = []
    for channel in first:
        mine = [item for item in said if item.channel == channel and item.kind in _FIRST_WORDS]
        if mine:
            begun.append(told.get(channel, min(item.at for item in mine)))
            yield from _further(problem, rule, channel, mine, told, now, gather)
            continue
        ready = ready_at(problem, rule)
        # Who knows of it already is not told because a threshold is passed meanwhile.
        if ready is not None and not problem.acked(now):
            yield _Wanted(Kind.PROBLEM, _why(problem, rule), gravity, ready, channel, gather=gather)
    if not begun or problem.unsteady or problem.acked(now):
        return
    for number, step in enumerate(rule.steps[1:], start=1):
        at = min(begun) + step.minutes * MINUTE
        if now - max(at, problem.bad_at) <= STEP_LATE:
            for channel in step.channels:
                yield _Wanted(Kind.STEP, Why.STEP, number + 100 * gravity, at, channel, len(rule.steps) - 1)


def _further(
    problem: Problem,
    rule: Rule,
    channel: int,
    mine: Sequence[Said],
    told: Mapping[int, int],
    now: int,
    gather: int,
) -> Iterator[_Wanted]:
    """What a channel is told of a problem that it heard of."""
    gravity, begun = GRAVITY.get(problem.kind, 0), min(item.at for item in mine)
    if problem.unsteady:
        # It was told that it comes and goes: next is that it stays bad, or that it is over.
        yield _Wanted(Kind.WORSE, Why.STEADY, _STEADY, problem.bad_at + CALM, channel)
        return
    if gravity > max(item.number for item in mine):
        yield _Wanted(Kind.WORSE, Why.WORSE, gravity, problem.kind_at, channel, gather=gather)
    if problem.acked(now):
        return
    if problem.acked_until is not None:
        ended = problem.acked_until
        yield _Wanted(Kind.REMINDER, Why.ACKNOWLEDGEMENT_ENDED, ended // MINUTE, ended, channel)
    if rule.each and problem.fails > 1 and problem.bad_at > begun:
        yield _Wanted(Kind.EACH, Why.EACH, problem.fails + 1000 * gravity, problem.bad_at, channel)
    if not rule.remind_hours:
        return
    # The latest reminder that is due, whichever were missed, and the one after it. None soon after it was said that an
    # acknowledgement has ended.
    since, every = told.get(channel, begun), rule.remind_hours * HOUR
    for number in ((now - since) // every, (now - since) // every + 1):
        at = since + number * every
        soon = problem.acked_until is not None and at - problem.acked_until < every
        if number >= 1 and not soon and (not rule.remind_times or number <= rule.remind_times):
            yield _Wanted(Kind.REMINDER, Why.REMINDER, number, at, channel, rule.remind_times)


def _why(problem: Problem, rule: Rule) -> Why:
    if problem.unsteady:
        return Why.UNSTEADY
    if rule.after_fails > 1 and problem.fails >= rule.after_fails:
        return Why.FAILS
    return Why.MINUTES if rule.after_minutes else Why.FIRST
