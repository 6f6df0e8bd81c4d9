"""What changed since who looks looked last: which jobs are another way than they were then, and which are new."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import request, url_for

from duplistat.core.status import NEEDS_ATTENTION, Health
from duplistat.http.context import Context
from duplistat.services.people.looks import looked
from duplistat.store import looks
from duplistat.web.access import viewer
from duplistat.web.formatting import count
from duplistat.web.language import ngettext
from duplistat.web.overview.filters import CHANGES, FAILED, NEW, OVERDUE, RECOVERED, STALLED, WARNED
from duplistat.web.parts.judged import JudgedJob

# The oldest change that is looked for: what is older than this is no news, and may be deleted by retention.
OLDEST_MS = 30 * 24 * 3_600_000
# What a job is now, and the change that this is when it was not so then.
_BECAME = {
    Health.FAILED: FAILED,
    Health.OVERDUE: OVERDUE,
    Health.STUCK: STALLED,
    Health.WARNING: WARNED,
}


class Change(NamedTuple):
    """So many jobs changed in the same way, in words, and where they are."""

    words: str
    address: str


class Since(NamedTuple):
    """`at` is when who looks looked last (ms); {a word of CHANGES: ids of jobs} in `jobs`."""

    at: int
    jobs: Mapping[str, Sequence[int]]

    @property
    def changes(self) -> list[Change]:
        return [_change(kind, self.jobs[kind]) for kind in CHANGES if self.jobs.get(kind)]


def since_last_look(ctx: Context, judged: Sequence[JudgedJob], now: int) -> Since | None:
    """What of these jobs changed; None for whoever is not signed in or looks for the first time.

    Two statements, and none where no health changed; that who looks looks is noted, now and then.
    """
    signed = viewer().signed
    if signed is None:
        return None
    # What a page that is open asks for by itself is no visit.
    visits = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    at = looked(ctx.db, ctx.writes, signed.user, viewer().account, now, visits=visits)
    if at is None or at < now - OLDEST_MS:
        return None
    changed = [one.job.id for one in judged if one.job.health_at > at]
    then = looks.health_then(ctx.db, changed, at) if changed else {}
    jobs: dict[str, list[int]] = {}
    for one in judged:
        if one.job.created_at > at:
            jobs.setdefault(NEW, []).append(one.job.id)
        if kind := kind_of(one, then.get(one.job.id, one.job.health), at):
            jobs.setdefault(kind, []).append(one.job.id)
    return Since(at, jobs)


def kind_of(one: JudgedJob, then: str, at: int) -> str:
    """How a job changed whose health was `then` at a time (ms), one of CHANGES; "" for not at all."""
    if one.health is Health.OK and then in NEEDS_ATTENTION:
        return RECOVERED
    became = _BECAME.get(one.health, "")
    failing = one.job.failing_since
    # A run that was on its way and failed as those before it.
    same = then == Health.RUNNING and failing is not None and failing <= at
    return "" if then == one.health or (became == FAILED and same) else became


def _change(kind: str, jobs: Sequence[int]) -> Change:
    number = len(jobs)
    texts = {
        FAILED: ngettext("%(num)s failed", "%(num)s failed", number),
        OVERDUE: ngettext("%(num)s overdue now", "%(num)s overdue now", number),
        STALLED: ngettext("%(num)s stalled", "%(num)s stalled", number),
        WARNED: ngettext("%(num)s with warnings", "%(num)s with warnings", number),
        RECOVERED: ngettext("%(num)s recovered", "%(num)s recovered", number),
        NEW: ngettext("%(num)s new job", "%(num)s new jobs", number),
    }
    words = texts[kind] % {"num": count(number)}
    if number == 1:
        return Change(words, url_for("web.job", number=jobs[0]))
    return Change(words, url_for("web.overview", changed=kind, _anchor="jobs"))
