"""GET /: is everything protected, and if not, what has to be done now?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request

from duplistat.core import words
from duplistat.core.status import NEEDS_ATTENTION, Health
from duplistat.http.context import Context, context
from duplistat.services.job_state import Clockwork
from duplistat.services.sentences import reason_of
from duplistat.store import accounts, clock, deliveries, jobs, servers, totals
from duplistat.store.clock import Away
from duplistat.web.jobs_table import RANK, Judged, groups, judge
from duplistat.web.labels import Label, labels_of
from duplistat.web.present import Reader, visible

# These cannot wait: a warning can.
URGENT = (Health.OVERDUE, Health.FAILED, Health.STUCK)
# More than this nobody reads one by one; the table below has them all.
MOST_NAMED = 50
AWAY_MS = 24 * 3_600_000
MOST_ABSENCES = 3

# Health, and its count in words.
_COUNTED = (
    (Health.OVERDUE, "overdue", "overdue"),
    (Health.FAILED, "failed", "failed"),
    (Health.STUCK, "stuck", "stuck"),
    (Health.WARNING, "warning", "warnings"),
    (Health.NEVER, "without a backup yet", "without a backup yet"),
    (Health.PAUSED, "paused", "paused"),
    (Health.OK, "fine", "fine"),
    (Health.RUNNING, "running now", "running now"),
)


class Case(NamedTuple):
    """A job that needs attention, and why."""

    id: int
    state: str
    server: Label | None
    name: str
    reason: str


def overview() -> str:
    """The page. Its queries are the same few for one job and for thousands."""
    ctx = context()
    now = ctx.now()
    sees = accounts.visible(ctx.db, ctx.main_account)
    known = servers.visible(ctx.db, sees)
    reader = Reader(now, ctx.clockwork.zone)
    unread = deliveries.unrecognised(ctx.db, sees)
    if not known:
        return render_template("empty.html", base=base_address(ctx), unread=unread, reader=reader)
    judged = judge(jobs.visible(ctx.db, sees), now)
    counts = Counter(health for _, health in judged)
    labels = labels_of(known)
    named, more = cases(judged, labels, ctx.clockwork, now)
    return render_template(
        "overview.html",
        headline=headline(counts),
        title=title(counts),
        counts=tally(counts),
        reported_at=totals.summary(ctx.db, sees, now).received_at or None,
        absences=absences(clock.away_since(ctx.db, now - AWAY_MS), reader),
        unread=unread,
        cases=named,
        more=more,
        groups=groups(labels, judged, ctx.clockwork, now),
        reader=reader,
    )


def headline(counts: Mapping[Health, int]) -> str:
    """The answer in one sentence, from how many jobs are how."""
    total = sum(counts.values())
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    fine = counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)
    if total == 0:
        return "No job is known yet."
    if fine == total:
        return "The only job is fine." if total == 1 else f"All {words.count(total)} jobs are fine."
    if urgent:
        return _of(urgent, total, "needs you", "need you")
    if warnings:
        return _of(warnings, total, "ended with warnings", "ended with warnings")
    if fine:
        return _of(fine, total, "is fine", "are fine")
    if counts.get(Health.PAUSED, 0) == total:
        return "The only job is paused." if total == 1 else f"All {words.count(total)} jobs are paused."
    return "Waiting for the first backup."


def title(counts: Mapping[Health, int]) -> str:
    """For a tab: what is wrong comes first, since the end is cut off."""
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    if urgent:
        return f"✖ {words.count(urgent)} of {words.count(sum(counts.values()))}"
    return f"▲ {words.plural(warnings, 'warning')}" if warnings else "● Overview"


def tally(counts: Mapping[Health, int]) -> list[tuple[str, str]]:
    """(state, "4 warnings") for each state that any job is in; what runs is counted as fine, too."""
    shown = dict(counts)
    shown[Health.OK] = counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)
    return [
        (health.value, words.plural(shown[health], one, many))
        for health, one, many in _COUNTED
        if shown.get(health)
    ]


def cases(
    judged: Sequence[Judged], labels: Mapping[int, Label], clockwork: Clockwork, now: int
) -> tuple[list[Case], int]:
    """What needs attention, worst first and then longest so; and how many more there are than are named."""
    found = [one for one in judged if one.health in NEEDS_ATTENTION]
    found.sort(key=lambda one: (RANK[one.health], one.job.health_at))
    named = [
        Case(
            job.id,
            health.value,
            labels.get(job.server_id),
            visible(job.name),
            visible(reason_of(job, health, clockwork, now)),
        )
        for job, health in found[:MOST_NAMED]
    ]
    return named, len(found) - len(named)


def absences(away: Sequence[Away], reader: Reader) -> list[str]:
    """When we were away, newest first: "from 14:02 to 14:31 (29 min)", "yesterday from 23:10 to 23:30 …"."""
    told = []
    for one in away[:MOST_ABSENCES]:
        start, end, today = reader.local(one.from_at), reader.local(one.to_at), reader.local(reader.now)
        long = words.span((one.to_at - one.from_at) / 1000)
        if start.date() == end.date():
            day = "" if end.date() == today.date() else f"{words.moment(end, today).rpartition(' ')[0]} "
            told.append(f"{day}from {start:%H:%M} to {end:%H:%M} ({long})")
        else:
            told.append(f"from {words.moment(start, today)} to {words.moment(end, today)} ({long})")
    if len(away) > MOST_ABSENCES:
        told.append(words.plural(len(away) - MOST_ABSENCES, "more time"))
    return told


def base_address(ctx: Context) -> str:
    """The address of this server as others reach it, without a slash at its end."""
    return (ctx.config.server.public_url or request.url_root).rstrip("/")


def _of(number: int, total: int, one: str, many: str) -> str:
    if total == 1:
        return f"The only job {one}."
    return f"{words.count(number)} of {words.count(total)} jobs {one if number == 1 else many}."
