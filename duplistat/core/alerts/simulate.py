"""What a rule would have told: the same life of problems and the same plan, played over changes that are stored.

Each message counts as taken at once. So a trial and the scheduler differ in nothing but the receiver.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from duplistat.core.alerts.due import Listener, Said, said_in
from duplistat.core.alerts.grouping import STORM_MS, Member, Recent, Trait
from duplistat.core.alerts.matching import JobSubject, fits
from duplistat.core.alerts.notice import Cause, Kind, Why, severity_of
from duplistat.core.alerts.plan import Case, ChannelState, Planned, plan
from duplistat.core.alerts.problem import AGAIN_MS, Change, Problem, follow, is_bad, is_overlay, opened
from duplistat.core.status import Health


@dataclass(frozen=True, slots=True)
class Watched:
    """A job as rules select it, and its server as people call it."""

    subject: JobSubject
    server: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel would have been told, and when (ms), of what began at `since`; `jobs` are ids."""

    at: int
    since: int
    channel: int
    kind: Kind
    why: Why
    jobs: tuple[int, ...]
    held: bool


@dataclass(slots=True)
class _Life:
    """A problem that is played, with what was said of it."""

    problem: Problem
    job: int
    said: list[Said] = field(default_factory=list)
    told: dict[int, int] = field(default_factory=dict)
    recovered: set[int] = field(default_factory=set)


def simulate(
    watched: Sequence[Watched],
    changes: Sequence[tuple[int, Change]],
    listener: Listener,
    zones: Mapping[int, ZoneInfo],
    until: int,
    *,
    gather_ms: int,
    storm_ms: int,
) -> Iterator[Message]:
    """The messages of a rule, up to a time (ms). `changes`: (job, change), oldest first; `zones` by channel."""
    return _Play(watched, listener, zones, gather_ms, storm_ms).messages(changes, until)


class _Play:
    def __init__(
        self,
        watched: Sequence[Watched],
        listener: Listener,
        zones: Mapping[int, ZoneInfo],
        gather_ms: int,
        storm_ms: int,
    ) -> None:
        self._jobs = {item.subject.id: item for item in watched}
        self._listener, self._zones = listener, zones
        self._gather_ms, self._storm_ms = gather_ms, storm_ms
        self._lives: dict[int, _Life] = {}
        self._open: dict[int, int] = {}
        self._earlier: dict[int, list[tuple[int, int | None]]] = {}
        self._resting: set[int] = set()
        self._recent: dict[int, list[Recent]] = {channel: [] for channel in zones}
        self._looks: list[tuple[int, int]] = []
        self._jobs_of = Counter(item.subject.server_id for item in watched)

    def messages(self, changes: Sequence[tuple[int, Change]], until: int) -> Iterator[Message]:
        place = 0
        while place < len(changes) or self._looks:
            now = min(
                changes[place][1].at if place < len(changes) else until + 1,
                self._looks[0][0] if self._looks else until + 1,
            )
            if now > until:
                return
            while place < len(changes) and changes[place][1].at <= now:
                self._take(*changes[place])
                place += 1
            yield from self._tell(now)

    def _take(self, job: int, change: Change) -> None:
        if change.after == Health.PAUSED:
            self._resting.add(job)
        elif not is_overlay(change.after):
            self._resting.discard(job)
        number = self._open.get(job)
        if number is None:
            if is_bad(change.after):
                self._begin(job, change)
            return
        life = self._lives[number]
        life.problem = follow(life.problem, change, self._listener.rule.recover if life.told else 1)
        if life.problem.closed_at is not None:
            del self._open[job]
            self._earlier[job][-1] = (life.problem.opened_at, life.problem.closed_at)
            life.problem = replace(life.problem, next_at=change.at if life.told else None)
        if life.problem.next_at is not None:
            heapq.heappush(self._looks, (life.problem.next_at, number))

    def _begin(self, job: int, change: Change) -> None:
        number = len(self._lives) + 1
        new = Problem(
            id=number,
            uid="",
            account_id=0,
            subject=str(job),
            family="",
            job_id=job,
            channel_id=None,
            kind=change.after,
            opened_at=change.at,
            kind_at=change.at,
            bad_at=change.at,
            run=change.run,
        )
        earlier = self._earlier.setdefault(job, [])
        recent = [item for item in earlier if item[1] is not None and item[1] >= change.at - AGAIN_MS]
        self._lives[number] = _Life(opened(new, recent), job)
        self._open[job] = number
        earlier.append((change.at, None))
        heapq.heappush(self._looks, (change.at, number))

    def _tell(self, now: int) -> Iterator[Message]:
        due: dict[int, None] = {}
        while self._looks and self._looks[0][0] <= now:
            due[heapq.heappop(self._looks)[1]] = None
        if not due:
            return
        soon = dict.fromkeys(number for at, number in sorted(self._looks) if at <= now + self._gather_ms)
        over = dict.fromkeys(number for _, number in sorted(self._looks) if self._is_over(number))
        if not any(self._is_over(number) for number in due):
            over = {}
        together = [self._lives[number] for number in {**due, **soon, **over}]
        planned = plan(
            [self._case(life) for life in together],
            self._states(now),
            now,
            gather_ms=self._gather_ms,
            storm_ms=self._storm_ms,
            jobs_of=self._jobs_of,
            jobs=len(self._jobs),
        )
        for item in planned.notices:
            if item.dropped is None:
                yield self._message(item, now)
        for number in due:
            at = planned.next_at.get(number)
            if at is not None:
                heapq.heappush(self._looks, (max(at, now + 1), number))

    def _is_over(self, number: int) -> bool:
        return self._lives[number].problem.closed_at is not None

    def _message(self, item: Planned, now: int) -> Message:
        recovery = item.kind is Kind.RECOVERED
        for number, dedupe in item.members:
            life = self._lives[number]
            said = said_in(dedupe, now)
            if recovery:
                life.recovered.add(item.channel)
            elif said is not None:
                life.said.append(said)
                life.told.setdefault(item.channel, now)
        counted = 0 if recovery else len(item.members)
        recent = Recent(now, counted, storm=item.why is Why.STORM, over=item.why is Why.STORM_OVER)
        self._recent[item.channel].append(recent)
        jobs = tuple(self._lives[number].job for number, _ in item.members)
        since = min(self._lives[number].problem.opened_at for number, _ in item.members)
        return Message(now, since, item.channel, item.kind, item.why, jobs, item.held_since is not None)

    def _case(self, life: _Life) -> Case:
        problem, item = life.problem, self._jobs[life.job]
        heard = fits(self._listener.rule.match, item.subject, problem.kind, severity_of(problem.kind))
        return Case(
            problem=problem,
            member=Member(
                problem.id,
                problem.kind,
                item.subject.server_id,
                (Trait(Cause.SERVER, str(item.subject.server_id), item.server),),
            ),
            tags=item.subject.tags,
            listeners=[self._listener] if heard else [],
            told=life.told,
            recovering=[
                channel
                for channel in life.told
                if channel not in life.recovered and self._listener.rule.recover
            ],
            said=life.said,
            resting=life.job in self._resting,
        )

    def _states(self, now: int) -> dict[int, ChannelState]:
        since = now - max(self._storm_ms, STORM_MS)
        states = {}
        for channel, zone in self._zones.items():
            self._recent[channel] = [item for item in self._recent[channel] if item.at >= since]
            told = sum(channel in self._lives[number].told for number in self._open.values())
            states[channel] = ChannelState(zone, self._recent[channel], told)
        return states
