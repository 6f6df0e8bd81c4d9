"""What several problems have in common, so that one message tells of all of them; and storms."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duplistat.core.alerts.notice import Cause, ProblemKind
from duplistat.core.alerts.pauses import MINUTE

# So many problems of one cause are one message.
ENOUGH = 3
# More problems than this in STORM_MS, for one channel, are a storm; as is a fifth of all jobs, if that are LEAST.
STORM = 10
STORM_MS = 10 * MINUTE
LEAST_SHARE = 5


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that problems may have in common; `key` tells one from another, `name` is for people."""

    cause: Cause
    key: str
    name: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A problem to be told: the kind of it, its server, and what it may have in common with others."""

    problem: int
    kind: str
    server: int | None
    traits: tuple[Trait, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Problems that go into one message; a single one has no cause."""

    cause: Cause
    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recent:
    """A message that a channel was given lately: when (ms), of how many new problems, and whether it told of a storm,
    or that many are over."""

    at: int
    problems: int
    storm: bool = False
    over: bool = False


def is_storm(news: int, jobs: int, recent: Sequence[Recent], now: int) -> bool:
    """Whether so many new problems, of an account with so many jobs, are told as one message of a storm."""
    lately = sum(item.problems for item in recent if now - item.at < STORM_MS)
    return news + lately > STORM or (news >= STORM and news * LEAST_SHARE > jobs)


def held_until(recent: Sequence[Recent], storm_ms: int, now: int) -> int | None:
    """Until when a channel that was told of a storm is told of no other problem (ms); None when it may be."""
    last = max((item.at for item in recent if item.storm), default=0)
    over = any(item.over and item.at > last for item in recent)
    return last + storm_ms if last and not over and now < last + storm_ms else None


def recoveries_held_until(recent: Sequence[Recent], storm_ms: int, now: int) -> int | None:
    """The same for what is over, as long as more of it is to come."""
    last = max((item.at for item in recent if item.storm or item.over), default=0)
    return last + storm_ms if last and now < last + storm_ms else None


def group(members: Sequence[Member], jobs_of: Mapping[int, int]) -> list[Group]:
    """Members by what they have in common; the first trait that enough of them share counts.

    `jobs_of`: {server: how many jobs it has}. A server of which all jobs are overdue, two at least, is silent.
    """
    left = {member.problem: member for member in members}
    groups: list[Group] = []
    by_server: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        if member.kind == ProblemKind.OVERDUE and member.server is not None:
            by_server[member.server].append(member)
    for server, found in by_server.items():
        if len(found) >= 2 and len(found) >= jobs_of.get(server, 0):
            name = next((item.name for item in found[0].traits if item.cause is Cause.SERVER), "")
            groups.append(Group(Cause.SILENT_SERVER, name, _taken(left, found)))
    rank = {cause: number for number, cause in enumerate(Cause)}
    while True:
        by_trait: dict[Trait, list[Member]] = defaultdict(list)
        for member in left.values():
            for trait in member.traits:
                by_trait[trait].append(member)
        shared = [(trait, found) for trait, found in by_trait.items() if len(found) >= ENOUGH]
        if not shared:
            break
        trait, found = min(shared, key=lambda item: (rank[item[0].cause], -len(item[1]), item[0].key))
        groups.append(Group(trait.cause, trait.name, _taken(left, found)))
    groups.extend(Group(Cause.NONE, "", (problem,)) for problem in left)
    return groups


def divided(groups: Sequence[Group], most: int) -> tuple[Group, ...]:
    """The largest groups that have a cause, at most `most`, and last what is left as one without; () if none has."""
    shared = sorted((item for item in groups if item.cause), key=lambda item: -len(item.members))[:most]
    named = {problem for item in shared for problem in item.members}
    rest = tuple(problem for item in groups for problem in item.members if problem not in named)
    return (*shared, *([Group(Cause.NONE, "", rest)] if rest else [])) if shared else ()


def _taken(left: dict[int, Member], found: Sequence[Member]) -> tuple[int, ...]:
    """Take members out of those that are left."""
    return tuple(left.pop(member.problem).problem for member in found)
