"""GET /: is everything protected, and if not, what has to be done now?"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request, url_for
from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.status import NEEDS_ATTENTION, Health
from duplistat.http.context import Context, context
from duplistat.services.accounts.names import labels as apart
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import day_of
from duplistat.services.monitoring.overview_version import overview_snapshot
from duplistat.services.people.identity import Role
from duplistat.store import accounts, job_notes, jobs, scheduler_lease, servers
from duplistat.store.jobs import Job
from duplistat.store.runs import numbers_of_backups
from duplistat.store.scheduler_lease import Downtime
from duplistat.store.servers import Server
from duplistat.web.access import base_address, viewer
from duplistat.web.formatting import Reader, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.overview.filters import NO_SCHEDULE, Choices, Finder, chosen, no_schedule
from duplistat.web.parts.acknowledging import hours
from duplistat.web.parts.health_counts import COUNTED, fine_together, headline, icon, tally, title
from duplistat.web.parts.jobs_table import COLUMNS, RANK, Group, JobWithHealth, groups, heads, judge
from duplistat.web.parts.labels import Label, labels_of, tags_of
from duplistat.web.parts.reasons import reason
from duplistat.web.parts.strip import day_words
from duplistat.web.preferences import CHOICES, offered

# More than this nobody reads one by one; the table below has them all.
MOST_NAMED = 50
DOWNTIME_MS = 24 * 3_600_000
FORGOTTEN_MS = 14 * 24 * 3_600_000
MOST_ABSENCES = 3


class Case(NamedTuple):
    """A job that needs attention, and why."""

    id: int
    state: str
    server: Label
    name: str
    reason: Markup
    acknowledged_until: int | None


def overview() -> str:
    """The page. Its queries are the same few for one job and for thousands.

    Whoever is not signed in learns how the jobs are, and nothing that was written about them.
    """
    ctx = context()
    now = ctx.now()
    sees, signed = viewer().sees, viewer().signed is not None
    pulse = overview_snapshot(ctx.db, sees, now, ctx.schedule_defaults.zone)
    reader = Reader(now, ctx.schedule_defaults.zone)
    known = [server for server in servers.visible(ctx.db, sees) if server.archived_at is None]
    common = {
        "base": base_address(ctx),
        "unread": pulse.marks.unread if signed else 0,
        "reader": reader,
        "pulse": pulse.version,
    }
    if not known:
        return render_template("empty.html", **common)
    labels = labels_of(known)
    everything = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in labels), now)
    everything.sort(key=lambda one: one.job.label.casefold())
    counts = Counter(health for _job, health in everything)
    awake = Counter(health for job, health in everything if not job.snoozed(now))
    choices = chosen()
    notes = job_notes.of_jobs(ctx.db, sees) if choices.query and signed else None
    finder = Finder(choices.query, known, notes)
    found = [
        one
        for one in everything
        if finder.finds(one.job) and (not choices.tag or choices.tag in tags_of(one.job))
    ]
    awake_ones = [one for one in found if not one.job.snoozed(now)]
    named, more = cases(awake_ones, labels, ctx.schedule_defaults, now, quoted=signed)
    snoozed = [one for one in found if signed and one.job.snoozed(now)]
    asleep, _more = cases(snoozed, labels, ctx.schedule_defaults, now, quoted=True)
    unscheduled = sum(no_schedule(one.job, one.health) for one in found)
    shown = [one for one in found if choices.chooses(one.job, one.health)]
    return render_template(
        "overview.html",
        **common,
        headline=headline(awake, len(everything)),
        title=title(awake, len(everything)),
        icon=icon(awake),
        counts=tally(counts),
        unheard=len(uncovered(ctx.db, [one.job for one in everything])) if viewer().may(Role.OPERATOR) else 0,
        filters=filters(found),
        unscheduled=unscheduled,
        reported_at=pulse.marks.received_at,
        absences=absences(scheduler_lease.downtimes_since(ctx.db, now - DOWNTIME_MS), reader),
        cases=named,
        asleep=asleep,
        more=more,
        heads=heads(),
        # The name and the columns after it.
        width=len(COLUMNS) + 1,
        home=home_of(choices.group) if signed else "",
        groups=grouped(ctx, shown, known, labels, choices, now, _runs_of(ctx, shown, choices)),
        found=len(found),
        shown=len(shown),
        total=len(everything),
        choices=choices,
        query=choices.query,
        offered=offered(len(sees) > 1, any(server.group_name for server in known)),
        tags=[(tag, visible(tag)) for tag in all_tags(everything)],
        arranged={name: request.args[name] for name in CHOICES if name in request.args},
        spans=hours(),
        day_words=json.dumps(day_words()),
        today=day_of(now, ctx.schedule_defaults.zone),
    )


def all_tags(with_health: Sequence[JobWithHealth]) -> list[str]:
    return sorted(
        {tag for item in with_health if item.job.tags != "[]" for tag in tags_of(item.job)}, key=str.casefold
    )


def filters(found: Sequence[JobWithHealth]) -> list[tuple[str, int]]:
    """(state, how many) of each state that one of these jobs is in; what runs is fine as well."""
    counts = fine_together(Counter(health for _job, health in found))
    return [(health.value, counts[health]) for health in COUNTED if counts.get(health)]


def grouped(
    ctx: Context,
    shown: Sequence[JobWithHealth],
    known: Sequence[Server],
    labels: Mapping[int, Label],
    choices: Choices,
    now: int,
    numbers: Mapping[int, int] | None = None,
) -> list[Group]:
    """The jobs as they are to be grouped; servers without any job as well, unless only some jobs are wanted.

    With `numbers` of their runs, jobs without a schedule say how many are missing.
    """
    homes = {server.id: server for server in known}
    defaults, sort = ctx.schedule_defaults, choices.sort
    if choices.group == "server":
        if choices.narrow:
            labels = {item.job.server_id: labels[item.job.server_id] for item in shown}
        return groups(_server_of, labels, shown, sort, defaults, now, numbers=numbers)
    if choices.group == "account":
        ids = {item.job.account_id for item in shown}
        called = {id: Label(visible(name), "") for id, name in apart(accounts.names(ctx.db, ids)).items()}
        return groups(lambda job: job.account_id, called, shown, sort, defaults, now, labels, numbers)
    if choices.group == "group":
        names = sorted({homes[item.job.server_id].group_name for item in shown}, key=str.casefold)
        places = {name: place for place, name in enumerate(names)}
        called = {place: Label(visible(name) or _("No group"), "") for name, place in places.items()}
        return groups(
            lambda job: places[homes[job.server_id].group_name],
            called,
            shown,
            sort,
            defaults,
            now,
            labels,
            numbers,
        )
    return groups(lambda job: 0, {0: Label("", "")}, shown, sort, defaults, now, labels, numbers)


def _runs_of(ctx: Context, shown: Sequence[JobWithHealth], choices: Choices) -> dict[int, int] | None:
    """How many backup runs each job has, where those without a schedule are looked at."""
    if choices.state != NO_SCHEDULE:
        return None
    return numbers_of_backups(ctx.db, [one.job.id for one in shown])


def home_of(group: str) -> str:
    """The address of the pages of what jobs are grouped by, to be followed by an id; "" for what has none."""
    pages = {"server": "web.server", "account": "web.partners"}
    return url_for(pages[group], number=0).removesuffix("0") if group in pages else ""


def _server_of(job: Job) -> int:
    return job.server_id


def cases(
    with_health: Sequence[JobWithHealth],
    labels: Mapping[int, Label],
    defaults: ScheduleDefaults,
    now: int,
    *,
    quoted: bool,
) -> tuple[list[Case], int]:
    """What needs attention, worst first and then longest so; and how many more there are than are named."""
    found = [one for one in with_health if one.health in NEEDS_ATTENTION or forgotten(one, now)]
    found.sort(key=lambda one: (RANK[one.health], one.job.health_at))
    named = [
        Case(
            job.id,
            health.value,
            labels[job.server_id],
            visible(job.label),
            reason(job, health, defaults, now, quoted=quoted),
            job.snoozed_until,
        )
        for job, health in found[:MOST_NAMED]
    ]
    return named, len(found) - len(named)


def forgotten(one: JobWithHealth, now: int) -> bool:
    """Whether a job has long been silent, and is never overdue: nobody knows when it runs, or said that it need not."""
    job = one.job
    return (
        one.health is Health.OK
        and job.expected_at is None
        and job.schedule is None
        and job.last_order is not None
        and job.last_order < now - FORGOTTEN_MS
    )


def absences(downtimes: Sequence[Downtime], reader: Reader) -> list[Markup]:
    """When we were away, newest first: "today 14:02 to 14:31 (29 min)", and how often before that."""
    lines = []
    for item in downtimes[:MOST_ABSENCES]:
        same_day = reader.local(item.from_at).date() == reader.local(item.to_at).date()
        lines.append(
            say(
                _("%(start)s to %(end)s (%(span)s)"),
                start=reader.moment(item.from_at),
                end=reader.minute(item.to_at) if same_day else reader.moment(item.to_at),
                span=formatting.span((item.to_at - item.from_at) / 1000, reader.say),
            )
        )
    if (more := len(downtimes) - MOST_ABSENCES) > 0:
        lines.append(
            say(
                ngettext("%(number)s more time", "%(number)s more times", more), number=formatting.count(more)
            )
        )
    return lines
