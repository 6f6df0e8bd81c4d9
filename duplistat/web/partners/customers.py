"""Customers as rows of a table: how the jobs of each are, since when, and how much they hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from duplistat.core.status import Health
from duplistat.services.accounts.names import labels
from duplistat.store.accounts import Account
from duplistat.store.servers import Server
from duplistat.web.formatting import count, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.health_counts import tally
from duplistat.web.parts.judged import RANK, TO_LOOK_AT, JudgedJob, awake, worst


class Customer(NamedTuple):
    """An account, ready to be shown; `state` is its worst job's. `problems` counts jobs to look at, but for those
    `acknowledged`, and `since` (ms) is when the first of them became so. Sizes in bytes, None where no job told of any;
    `seen_at` (ms) None for never."""

    id: int
    name: str
    state: str
    counts: list[tuple[str, str]]
    problems: int
    acknowledged: int
    since: int | None
    seen_at: int | None
    jobs: int
    size: int | None
    storage: int | None


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
        made, key=lambda one: (not one.problems, RANK[one.state], -one.problems, one.name.casefold())
    )


def headline(known: Sequence[Customer]) -> str:
    """The answer in one sentence. A customer without a report is none that is well."""
    troubled = sum(one.problems > 0 for one in known)
    silent = sum(one.jobs == 0 for one in known)
    acknowledged = sum(one.acknowledged for one in known)
    numbers = {"number": count(troubled or silent), "total": count(len(known))}
    if silent == len(known):
        return _("No customer has a job yet")
    if troubled and len(known) == 1:
        return _("1 customer needs attention")
    if troubled:
        text = ngettext(
            "%(number)s of %(total)s customers needs attention",
            "%(number)s of %(total)s customers need attention",
            troubled,
        )
    elif silent:
        text = ngettext(
            "%(number)s of %(total)s customers has not reported yet",
            "%(number)s of %(total)s customers have not reported yet",
            silent,
        )
    elif acknowledged:
        return _("No open problems (%(number)s acknowledged)") % {"number": count(acknowledged)}
    else:
        text = ngettext("%(total)s customer, all jobs OK", "%(total)s customers, all jobs OK", len(known))
    return text % numbers


def matching(known: Sequence[Customer], query: str) -> list[Customer]:
    """Those whose name has each of the words."""
    words = query.casefold().split()
    return [one for one in known if all(word in one.name.casefold() for word in words)]


def _customer(id: int, name: str, jobs: Sequence[JudgedJob], seen_at: int | None, now: int) -> Customer:
    to_look_at = [one for one in jobs if one.state in TO_LOOK_AT]
    trouble = awake(to_look_at, now)
    counts: Mapping[str, int] = Counter(one.state for one in jobs)
    return Customer(
        id=id,
        name=name,
        state=worst(jobs) if jobs else Health.NEVER.value,
        counts=tally(counts),
        problems=len(trouble),
        acknowledged=len(to_look_at) - len(trouble),
        since=min((one.job.health_at for one in trouble), default=None),
        seen_at=seen_at,
        jobs=len(jobs),
        size=_sum(one.job.size for one in jobs),
        storage=_sum(one.job.storage for one in jobs),
    )


def _sum(sizes: Iterable[int | None]) -> int | None:
    told = [size for size in sizes if size is not None]
    return sum(told) if told else None
