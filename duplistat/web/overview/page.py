"""GET /: is everything protected, and if not, what has to be done now?"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.health_words import COUNTED
from duplistat.http.context import Context, context
from duplistat.services.accounts.names import labels as apart
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.jobs.counted import is_test
from duplistat.services.jobs.state import day_of
from duplistat.services.monitoring.overview_version import overview_snapshot
from duplistat.services.people.identity import Role
from duplistat.store import accounts, archived_jobs, job_notes, jobs, scheduler_lease, servers
from duplistat.store.jobs import Job
from duplistat.store.runs import numbers_of_backups
from duplistat.store.scheduler_lease import Downtime
from duplistat.store.servers import Server
from duplistat.web.access import base_address, viewer, wants_key
from duplistat.web.formatting import Reader, count, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.overview.attention import cases, customers_of
from duplistat.web.overview.beside import beside
from duplistat.web.overview.bulk_acts import offered as offered_acts
from duplistat.web.overview.checklist import HIDDEN, PREFERENCE, checklist
from duplistat.web.overview.filters import ARCHIVED, NO_SCHEDULE, Choices, Finder, chosen, no_schedule
from duplistat.web.overview.saved import SAVED, home_view, saved_id, views_of
from duplistat.web.overview.since import since_last_look
from duplistat.web.parts.acknowledging import hours
from duplistat.web.parts.archived import jobs_archived, servers_archived
from duplistat.web.parts.health_counts import fine_together, headline, icon, tally, title
from duplistat.web.parts.job_columns import NAME, USUAL, heads
from duplistat.web.parts.jobs_table import Group, Table, groups
from duplistat.web.parts.judged import JudgedJob, awake, judge, without_tests
from duplistat.web.parts.labels import Label, labels_of, tags_of
from duplistat.web.parts.sorting import REVERSE
from duplistat.web.parts.streamed_page import streamed_page
from duplistat.web.parts.strip import legend
from duplistat.web.preferences import CHOICES, COLUMNS_FIELD, kept_preferences, offered
from duplistat.web.redirects import to

DOWNTIME_MS = 24 * 3_600_000
# Of those that a phone shows at first.
FIRST_CASES = 5
MOST_ABSENCES = 3
# Jobs from which on the page is sent in parts: rendering them takes longer than all that is above them.
MANY = 100
# Rows from which on a browser renders only those near the window.
LAZY = 100
# Of the address: whether jobs can be ticked.
SELECT = "select"


def overview() -> ResponseReturnValue:
    """The page, or the way to the saved view that who looks begins with, where the address says nothing.

    Its queries are the same few for one job and for thousands.

    Whoever is not signed in learns how the jobs are, and nothing that was written about them.
    """
    ctx = context()
    if home := home_view(ctx):
        return to(home)
    now = ctx.now()
    sees, signed = viewer().sees, viewer().signed is not None
    pulse = overview_snapshot(ctx.db, sees, now, ctx.schedule_defaults.zone)
    reader = Reader(now, ctx.schedule_defaults.zone)
    visible_servers = servers.visible(ctx.db, sees)
    known = [server for server in visible_servers if server.archived_at is None]
    common = {
        "base": base_address(ctx),
        "wants_key": wants_key(ctx),
        "unread": pulse.marks.unread if signed else 0,
        "reader": reader,
        "pulse": pulse.version,
    }
    looks_after = viewer().may(Role.ADMIN) and viewer().whole
    if not known:
        steps = checklist(ctx, [], 0) if looks_after else []
        archived = servers_archived(visible_servers)
        return render_template("empty.html", **common, checklist=steps, archived=archived)
    labels = labels_of(known)
    tests = [server for server in known if signed and is_test(server)]
    everything = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in labels), now)
    everything.sort(key=lambda one: one.job.label.casefold())
    own = without_tests(everything, known)
    open_counts = Counter(one.state for one in awake(own, now))
    choices = chosen()
    notes = job_notes.of_jobs(ctx.db, sees) if choices.query and signed else None
    finder = Finder(choices.query, known, notes)
    since = since_last_look(ctx, own, now)
    changed = set(since.jobs.get(choices.changed, ())) if since else set()

    def finds(one: JudgedJob) -> bool:
        return (
            finder.finds(one.job)
            and (not choices.tag or choices.tag in tags_of(one.job))
            and (not choices.changed or one.job.id in changed)
        )

    found = [one for one in everything if finds(one)]
    # Those that the table is about.
    pool = judge(archived_jobs.visible(ctx.db, sees), now) if choices.state == ARCHIVED else everything
    customers = customers_of(ctx, sees, everything) if signed else {}
    named, more = cases(
        awake(without_tests(found, known), now), labels, customers, ctx.schedule_defaults, now, quoted=signed
    )
    snoozed = [one for one in found if signed and one.job.snoozed(now)]
    asleep, _more = cases(snoozed, labels, customers, ctx.schedule_defaults, now, quoted=True)
    unscheduled = sum(map(no_schedule, found))
    shown = [one for one in pool if finds(one) and choices.chooses(one)]
    table = Table(
        ctx.schedule_defaults,
        now,
        choices.columns,
        beside(ctx, sees, known, choices),
        choices.sort,
        reverse=bool(choices.order),
        numbers=_runs_of(ctx, shown, choices),
        labelled=choices.view == "cards",
    )
    acts = offered_acts(archived=choices.state == ARCHIVED) if viewer().may(Role.OPERATOR) else []
    selected = selecting(bool(acts))
    unheard = len(uncovered(ctx.db, [one.job for one in own])) if viewer().may(Role.OPERATOR) else 0
    steps = checklist(ctx, own, unheard) if looks_after and not choices.narrow and not steps_hidden() else []
    # Whoever has many jobs sees whether they are protected before all of them are rendered.
    render = streamed_page if len(shown) >= MANY else render_template
    return render(
        "overview.html",
        **common,
        headline=headline(
            open_counts,
            len(own),
            tests=bool(everything),
            archived=not own and jobs_archived(ctx.db, sees, visible_servers),
        ),
        title=title(open_counts, len(own)),
        icon=icon(open_counts),
        counts=tally(Counter(one.state for one in own)),
        # The steps say the same.
        unheard=0 if steps else unheard,
        checklist=steps,
        tests=tests,
        filters=filters(found),
        unscheduled=unscheduled,
        since=since,
        reported_at=pulse.marks.received_at,
        absences=absences(scheduler_lease.downtimes_since(ctx.db, now - DOWNTIME_MS), reader),
        cases=named,
        asleep=asleep,
        more=more,
        first_cases=FIRST_CASES,
        heads=heads(_("Server / job"), choices.columns, choices.sort, reverse=bool(choices.order)),
        # The name and the columns after it.
        width=len(choices.columns) + 1,
        wide=len(choices.columns) > len(USUAL),
        # Rows that lay themselves out need columns whose widths are known.
        lazy=len(shown) >= LAZY and choices.view == "table" and choices.columns == USUAL,
        columns=[column.name for column in choices.columns],
        sorts=sorts(choices),
        home=home_of(choices.group) if signed else "",
        groups=grouped(ctx, shown, known, labels, choices, table),
        found=len(found),
        shown=len(shown),
        total=len(pool),
        archived=archived_jobs.count(ctx.db, sees) if signed else 0,
        acts=acts,
        selecting=selected,
        choices=choices,
        query=choices.query,
        offered=offered(len(sees) > 1, any(server.group_name for server in known), signed),
        tags=[(tag, visible(tag)) for tag in all_tags(everything)],
        arranged=arranged(),
        all_of_it=choices.address(),
        views=views_of(ctx, choices),
        spans=hours(),
        day_words=json.dumps(dict(legend())),
        legend=legend(),
        today=day_of(now, ctx.schedule_defaults.zone),
    )


def arranged() -> dict[str, str]:
    """How the jobs are arranged, as far as the address says that."""
    found = {name: request.args[name] for name in CHOICES if name in request.args}
    if saved := saved_id():
        found[SAVED] = saved
    if COLUMNS_FIELD in request.args:
        found[COLUMNS_FIELD] = ",".join(filter(None, request.args.getlist(COLUMNS_FIELD)))
    return found | selecting(viewer().may(Role.OPERATOR))


def sorts(choices: Choices) -> dict[str, str]:
    """{column, or "name": the address of this page sorted by it; the other way round where it is}."""
    here: dict[str, Any] = {k: v for k, v in arranged().items() if k != "order"} | choices.parameters()
    found = {}
    for name in (NAME, *(column.name for column in choices.columns if column.key)):
        again = {"order": REVERSE} if (name, "") == (choices.sort, choices.order) else {}
        found[name] = url_for("web.overview", **here | {"sort": name} | again, _anchor="jobs")
    return found


def selecting(can: bool) -> dict[str, str]:
    """What in the address says that jobs are selected: SELECT with "all" for all of them ticked; nothing where they
    are not."""
    wanted = request.args.get(SELECT, "")
    return {SELECT: "all" if wanted == "all" else "1"} if wanted and can else {}


def steps_hidden() -> bool:
    """Whether who looks has seen enough of the first steps."""
    return kept_preferences().get(PREFERENCE) == HIDDEN


def all_tags(judged: Sequence[JudgedJob]) -> list[str]:
    return sorted(
        {tag for item in judged if item.job.tags != "[]" for tag in tags_of(item.job)}, key=str.casefold
    )


def filters(found: Sequence[JudgedJob]) -> list[tuple[str, int]]:
    """(state, how many) of each state that one of these jobs is in; what runs is fine as well."""
    counts = fine_together(Counter(one.state for one in found))
    return [(str(state), counts[state]) for state in COUNTED if counts.get(state)]


def grouped(
    ctx: Context,
    shown: Sequence[JudgedJob],
    known: Sequence[Server],
    labels: Mapping[int, Label],
    choices: Choices,
    table: Table,
) -> Iterator[Group]:
    """The jobs as they are to be grouped; servers without any job as well, unless only some jobs are wanted."""
    homes = {server.id: server for server in known}
    if choices.group == "server":
        if choices.narrow:
            labels = {item.job.server_id: labels[item.job.server_id] for item in shown}
        return groups(_server_of, labels, shown, table)
    table = table._replace(servers=labels)
    if choices.group == "account":
        ids = {item.job.account_id for item in shown}
        called = {id: Label(visible(name), "") for id, name in apart(accounts.names(ctx.db, ids)).items()}
        return groups(lambda job: job.account_id, called, shown, table)
    if choices.group == "group":
        names = sorted({homes[item.job.server_id].group_name for item in shown}, key=str.casefold)
        places = {name: place for place, name in enumerate(names)}
        called = {place: Label(visible(name) or _("No group"), "") for name, place in places.items()}
        return groups(lambda job: places[homes[job.server_id].group_name], called, shown, table)
    return groups(lambda job: 0, {0: Label("", "")}, shown, table)


def _runs_of(ctx: Context, shown: Sequence[JudgedJob], choices: Choices) -> dict[int, int] | None:
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
        lines.append(say(ngettext("%(number)s more time", "%(number)s more times", more), number=count(more)))
    return lines
