"""Customers as rows of a table: how the jobs of each are, since when, and how much they hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from duplistat.core.status import UNSCHEDULED, Health
from duplistat.services.accounts.names import labels
from duplistat.services.jobs.state import health_since
from duplistat.store.accounts import Account
from duplistat.store.servers import Server
from duplistat.web.formatting import count, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.health_counts import URGENT, tally
from duplistat.web.parts.judged import RANK, TO_LOOK_AT, JudgedJob, awake, worst

# Nothing ever came from it: unlike a job that waits for its first backup, nobody knows that anything is backed up.
SILENT = "silent"
# What customers are counted as, worst first; the rest are well, or somebody knows.
_KINDS = (URGENT, (SILENT,), (Health.WARNING,), (UNSCHEDULED,))
_REST = len(_KINDS)


class Customer(NamedTuple):
    """An account, ready to be shown; `state` is its worst job's, or SILENT. `trouble` is the worst of the states that
    somebody should look at, but for jobs that are acknowledged, which `acknowledged` counts; "" for none. `problems`
    counts jobs in such states, and `since` (ms) is when the oldest of the worst kind of problem began. Sizes in bytes,
    None where no job told of any; `seen_at` (ms) None for never."""

    id: int
    name: str
    state: str
    trouble: str
    counts: list[tuple[str, str]]
    problems: int
    acknowledged: int
    since: int | None
    seen_at: int | None
    jobs: int
    size: int | None
    storage: int | None

    @property
    def kind(self) -> int:
        """What it is counted as: a place in _KINDS, or _REST."""
        return next((place for place, states in enumerate(_KINDS) if self.trouble in states), _REST)


def customers(
    of: Sequence[Account],
    judged: Iterable[JudgedJob],
    servers: Iterable[Server],
    hidden: frozenset[int],
    now: int,
) -> list[Customer]:
    """The accounts as customers, the worst first; those `hidden` only where they have jobs."""
    own: dict[int, list[JudgedJob]] = {account.id: [] for account in of}
    for one in judged:
        own[one.job.account_id].append(one)
    seen: dict[int, int] = {}
    for server in servers:
        seen[server.account_id] = max(server.seen_at, seen.get(server.account_id, 0))
    called = labels({account.id: account.name for account in of})
    made = [
        _customer(id, visible(called[id]), jobs, seen.get(id), now)
        for id, jobs in own.items()
        if jobs or id not in hidden
    ]
    return sorted(
        made, key=lambda one: (one.kind, RANK.get(one.state, 0), -one.problems, one.name.casefold())
    )


def headline(known: Sequence[Customer]) -> str:
    """The answer in one sentence: what needs attention is what the overview calls so. A customer without a report is
    none that is well."""
    counts = Counter(one.kind for one in known)
    acknowledged = sum(one.acknowledged for one in known)
    if all(one.state == SILENT for one in known):
        return _("No customer has a job yet")
    kinds = [kind for kind in range(_REST) if counts[kind]]
    if kinds:
        first, *others = kinds
        words = [_first(first, counts[first], len(known)), *(_beside(kind, counts[kind]) for kind in others)]
        return ", ".join(words)
    if acknowledged:
        return _("No open problems (%(number)s acknowledged)") % {"number": count(acknowledged)}
    text = ngettext("%(total)s customer, all jobs OK", "%(total)s customers, all jobs OK", len(known))
    return text % {"total": count(len(known))}


def _first(kind: int, number: int, total: int) -> str:
    """So many customers of all are of a kind."""
    texts = (
        ngettext(
            "%(number)s of %(total)s customers needs attention",
            "%(number)s of %(total)s customers need attention",
            number,
        ),
        ngettext(
            "%(number)s of %(total)s customers has not reported yet",
            "%(number)s of %(total)s customers have not reported yet",
            number,
        ),
        ngettext(
            "%(number)s of %(total)s customers has warnings",
            "%(number)s of %(total)s customers have warnings",
            number,
        ),
        ngettext(
            "%(number)s of %(total)s customers has silent jobs without schedule",
            "%(number)s of %(total)s customers have silent jobs without schedule",
            number,
        ),
    )
    return texts[kind] % {"number": count(number), "total": count(total)}


def _beside(kind: int, number: int) -> str:
    """So many more are of another kind."""
    texts = (
        "",
        ngettext("%(number)s without reports", "%(number)s without reports", number),
        ngettext("%(number)s with warnings", "%(number)s with warnings", number),
        ngettext(
            "%(number)s with silent jobs without schedule",
            "%(number)s with silent jobs without schedule",
            number,
        ),
    )
    return texts[kind] % {"number": count(number)}


def matching(known: Sequence[Customer], query: str) -> list[Customer]:
    """Those whose name has each of the words."""
    words = query.casefold().split()
    return [one for one in known if all(word in one.name.casefold() for word in words)]


def _customer(id: int, name: str, jobs: Sequence[JudgedJob], seen_at: int | None, now: int) -> Customer:
    to_look_at = [one for one in jobs if one.state in TO_LOOK_AT]
    trouble = awake(to_look_at, now)
    state = worst(trouble) if trouble else "" if jobs else SILENT
    kind = URGENT if state in URGENT else (Health.WARNING,)
    counts: Mapping[str, int] = Counter(one.state for one in jobs)
    return Customer(
        id=id,
        name=name,
        state=worst(jobs) if jobs else SILENT,
        trouble=state,
        counts=tally(counts),
        problems=len(trouble),
        acknowledged=len(to_look_at) - len(trouble),
        since=min(
            (health_since(one.job, one.health, now) for one in trouble if one.state in kind), default=None
        ),
        seen_at=seen_at,
        jobs=len(jobs),
        size=_sum(one.job.size for one in jobs),
        storage=_sum(one.job.storage for one in jobs),
    )


def _sum(sizes: Iterable[int | None]) -> int | None:
    told = [size for size in sizes if size is not None]
    return sum(told) if told else None
