"""GET /schedules: when each job is expected, when it would be overdue, and who would hear of it; set in place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.expectation import Source
from duplistat.core.times import to_ms
from duplistat.http.context import context
from duplistat.services.alerts.silences import require_span
from duplistat.services.jobs.settings import JobChanges, minutes_of, preview
from duplistat.services.jobs.state import is_paused
from duplistat.services.monitoring.schedule_changes import SilenceTo, set_schedule
from duplistat.services.monitoring.schedule_table import (
    ScheduleRow,
    alerts_of,
    schedule_rows,
    silenced,
    watched,
)
from duplistat.services.people.identity import Role
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web import redirects
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, number_in, visible
from duplistat.web.job import forms as job_forms
from duplistat.web.job.page import Understood, clock_of, understood
from duplistat.web.language import gettext as _
from duplistat.web.overview.filters import Finder, searched
from duplistat.web.parts import reasons
from duplistat.web.parts.judged import judge
from duplistat.web.parts.labels import Label, full_name, labels_of
from duplistat.web.parts.zones import own_zone
from duplistat.web.timed import timed, written

ROWS = 50
_SILENCED = "silenced"
_SET = (Source.SET.value,)
_DETECTED = (Source.COLLECTED.value, Source.TOLD.value, Source.LEARNED.value)


class Line(NamedTuple):
    """A job, ready to be shown: `form` holds what is set, or what was typed. `rules` are (address, name).

    `shown` is the end of its own silence as the field had it, `silenced_until` that end, and `others` are the ends of
    silences that are not changed in its row, with their addresses ("" for those of a parent account).
    """

    id: int
    state: str
    server: Label
    name: str
    form: Form
    paused: bool
    words: str
    next: int | None
    due: int | None
    zone: str
    reader: Reader
    alerts: str
    heard: bool
    shown: str
    silenced_until: int | None
    others: list[tuple[str, int]]
    rules: list[tuple[str, str]]
    understood: Understood | None


@dataclass(frozen=True, slots=True)
class Choices:
    """Which jobs are shown: words that they are searched for, one of `shows`, and the page of them, from 1 on."""

    query: str
    show: str
    page: int

    def address(self, **others: int) -> str:
        return url_for("web.schedules", **self.parameters(**others))

    def parameters(self, **others: int) -> dict[str, Any]:
        page = others.get("page", self.page)
        values = {"find": self.query, "show": self.show, "page": page if page > 1 else ""}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Typed:
    """The row of a job as it was sent, to be shown again; with what was understood of it, where that was asked for."""

    job: int
    form: Form
    understood: Understood | None = None


def schedules() -> Response:
    """The page; `?find=` and `?show=` narrow the jobs, `?page=` goes on."""
    return show()


def show(typed: Typed | None = None, status: int = 200) -> Response:
    """Its statements are the same few for one job and for thousands."""
    ctx, now, sees = context(), context().now(), viewer().sees
    homes, known = watched(ctx.db, sees)
    choices = chosen()
    finder = Finder(choices.query, homes.values(), None)
    silent = silenced(ctx.db, known, now) if choices.show == _SILENCED else set[int]()
    shows = _shows(now, silent)
    fits = shows[choices.show][1] if choices.show else None
    clock = clock_of({"": typed.form} if typed else None, ctx.schedule_defaults.zone)
    found = [job for job in known if finder.finds(job) and (fits is None or fits(job))]
    pages = max(1, -(-len(found) // ROWS))
    at = min(choices.page, pages)
    some = found[(at - 1) * ROWS : at * ROWS]
    rows = schedule_rows(ctx.db, homes, some, ctx.schedule_defaults, now)
    text = render_template(
        "schedules.html",
        lines=_lines(rows, homes, typed, clock, now),
        clock=clock.key,
        choices=choices,
        shows=[("", _("all jobs")), *((name, words) for name, (words, _fits) in shows.items())],
        number=len(found),
        total=len(known),
        at=at,
        pages=pages,
        may_set=viewer().may(Role.OPERATOR),
        server_grace=minutes_of(ctx.schedule_defaults.grace_ms),
        server_zone=ctx.schedule_defaults.zone.key,
        wrong=typed.form.wrong if typed else {},
        reader=Reader(now, ctx.schedule_defaults.zone),
    )
    return make_response(text, status)


@needs(Role.OPERATOR)
def save(number: int) -> ResponseReturnValue:
    """Set what stands in the row of a job, or with `preview` say what it means. Raises DuplistatError (not_found)."""
    ctx, form = context(), Form()
    homes, known = watched(ctx.db, viewer().sees)
    job = next((job for job in known if job.id == number), None)
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    now = ctx.now()
    changes, silence = _changes(form, job, now), _silence(form, now)
    if form.wrong:
        return show(Typed(number, form), 400)
    would = preview(job, changes, ctx.schedule_defaults, now)
    means = understood(would, now)
    if request.form.get("preview"):
        return show(Typed(number, form, means))
    ctx.writes.run(
        set_schedule, job=number, changes=changes, silence=silence, sees=[*viewer().sees], **signature()
    )
    said = _said(homes[job.server_id], would, means)
    if silence is not None:
        said = f"{said} {_silenced(silence['until'], means.reader)}"
    return redirects.done(f"{chosen().address()}#job-{number}", said)


def chosen() -> Choices:
    """What this request asks for; what makes no sense asks for all."""
    show = request.args.get("show", "")
    return Choices(
        searched("find"),
        show if show in _shows(0, ()) else "",
        max(1, number_in(request.args.get("page", ""))),
    )


def _shows(now: int, silent: Collection[int]) -> Mapping[str, tuple[str, Callable[[Job], bool]]]:
    """{name: (its words, which jobs these are)}; `silent` are those that are silenced."""
    return {
        "set": (_("schedule set by hand"), lambda job: job.source in _SET),
        "detected": (_("schedule detected"), lambda job: job.source in _DETECTED),
        "none": (_("without schedule"), lambda job: job.source == Source.NONE),
        "paused": (_("paused"), lambda job: is_paused(job, now)),
        _SILENCED: (_("silenced"), lambda job: job.id in silent),
    }


def _changes(form: Form, job: Job, now: int) -> JobChanges:
    changes = job_forms.schedule(form, job, now)
    wanted = bool(form.typed("paused"))
    if wanted != is_paused(job, now):
        changes["paused"] = wanted
    return changes


def _silence(form: Form, now: int) -> SilenceTo | None:
    """What becomes of the job's own silence; None where its field is as it was shown."""
    if form.typed("silenced").strip() == form.typed("shown"):
        return None
    zone = clock_of({"": form}, context().schedule_defaults.zone)
    until = job_forms.moment(form, "silenced", zone)
    if until is not None:
        try:
            require_span(now, until, now)
        except DuplistatError as e:
            form.refuse(e, fields={"until": "silenced"})
    return {"until": until}


def _silenced(until: int | None, reader: Reader) -> str:
    """What was saved of a silence."""
    if until is None:
        return _("Silence ended.")
    return _("Silenced until %(when)s.") % {"when": written(until, reader)}


def _said(home: Server, would: Job, means: Understood) -> str:
    """What was saved, as it was understood."""
    name = full_name(home, would)
    if is_paused(would, means.reader.now):
        return _("%(job)s: saved, paused indefinitely.") % {"job": name}
    if not means.expected:
        return _("%(job)s: saved. %(schedule)s") % {"job": name, "schedule": means.words}
    at, due = (written(when, means.reader) for when in means.expected[0])
    if means.overdue_since is not None:
        due = written(means.overdue_since, means.reader)
        text = _("%(job)s: saved. %(schedule)s; overdue since %(due)s.")
        if means.expected[0][0] > means.reader.now:
            text = _("%(job)s: saved. %(schedule)s; overdue since %(due)s, next run %(when)s.")
        return text % {"job": name, "schedule": means.words.rstrip("."), "when": at, "due": due}
    text = _("%(job)s: saved. %(schedule)s; next run %(when)s, overdue after %(due)s.")
    return text % {"job": name, "schedule": means.words.rstrip("."), "when": at, "due": due}


def _lines(
    rows: list[ScheduleRow], homes: Mapping[int, Server], typed: Typed | None, clock: ZoneInfo, now: int
) -> list[Line]:
    labels, readers = labels_of([*homes.values()]), dict[ZoneInfo, Reader]()
    scheduled, sees = own_zone(context().schedule_defaults.zone), viewer().sees
    states = {one.job.id: one.state for one in judge((row.job for row in rows), now)}
    lines = []
    for row in rows:
        job, expected = row.job, row.next
        own = typed if typed is not None and typed.job == job.id else None
        end = row.own_end(sees)
        silenced = job_forms.wall(end, clock)
        reader = readers.setdefault(row.rhythm.zone, Reader(now, row.rhythm.zone))
        lines.append(
            Line(
                job.id,
                states[job.id],
                labels[job.server_id],
                visible(job.label),
                own.form if own else _form(job, scheduled, silenced),
                bool(own.form.typed("paused")) if own else is_paused(job, now),
                timed(
                    reasons.schedule(row.rhythm, Source(job.source), reader).rstrip("."),
                    reader,
                    reasons.clock(row.rhythm, Source(job.source)),
                ),
                to_ms(expected.at) if expected is not None and expected.at is not None else None,
                to_ms(expected.due) if expected is not None and expected.due is not None else None,
                row.rhythm.zone.key,
                reader,
                alerts_of(row, now),
                row.heard,
                own.form.typed("shown") if own else silenced,
                end,
                _others(row),
                _rules(row),
                own.understood if own else None,
            )
        )
    return lines


def _form(job: Job, scheduled: ZoneInfo, silenced: str) -> Form:
    """What is set of a job; a first schedule is in the zone `scheduled`, as on its own page."""
    return Form(
        {
            "schedule": job.schedule or "",
            "zone": (job.schedule_zone or "") if job.schedule else scheduled.key,
            "grace": minutes_of(job.grace_ms),
            "silenced": silenced,
        }
    )


def _others(row: ScheduleRow) -> list[tuple[str, int]]:
    """(address, until when) of the silences that are not changed in the row; of a parent account no address."""
    sees, page = viewer().sees, url_for("web.silences")
    return [
        (f"{page}#silence-{silence.id}" if silence.account_id in sees else "", silence.until_at)
        for silence in row.others(sees)
    ]


def _rules(row: ScheduleRow) -> list[tuple[str, str]]:
    """(address, name) of the rules that select a job; of a parent account no name."""
    sees, may = viewer().sees, viewer().may(Role.ADMIN)
    return [
        (url_for("web.rule", number=rule.id) if may else "", visible(rule.name))
        if rule.account_id in sees
        else ("", _("the provider"))
        for rule in row.rules
    ]
