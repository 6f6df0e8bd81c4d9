"""/schedules.csv, and the same file edited: what it would change, line by line, and only then for good."""

import hashlib
import io
from collections.abc import Sequence
from typing import NamedTuple

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.spreadsheet import as_csv
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.alerts.job_silences import own_ends
from duplistat.services.jobs.settings import minutes_of
from duplistat.services.jobs.state import is_paused
from duplistat.services.monitoring.schedule_changes import apply_schedules, to_set
from duplistat.services.monitoring.schedule_import import (
    GRACE,
    ID,
    MOST_BYTES,
    MOST_ROWS,
    NO,
    PAUSED,
    SCHEDULE,
    SILENCED,
    YES,
    ZONE,
    Planned,
    plan,
    read_lines,
    silenced_cell,
)
from duplistat.services.monitoring.schedule_table import schedule_rows, schedules_csv, watched
from duplistat.services.people.identity import Role
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web import redirects
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, visible
from duplistat.web.job.page import Understood, understood
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated
from duplistat.web.parts.labels import full_name

# Lines that are shown of each kind; all of them are set.
SHOWN = 200
# Bytes of lines that change something, which a form carries from what was looked at to what is set.
MOST_AGAIN = 200_000
# The columns that are set of the job itself.
_OF_JOB = (SCHEDULE, ZONE, GRACE, PAUSED)


class Change(NamedTuple):
    """A line that changes a job: (what, before, after) of each, and what the schedule means then."""

    line: int
    job: int
    name: str
    values: list[tuple[str, str, str]]
    understood: Understood


class Wrong(NamedTuple):
    line: int
    name: str
    problem: str


def schedules_file() -> Response:
    """All schedules as CSV, to be edited and brought back."""
    ctx, sees, now = context(), viewer().sees, context().now()
    homes, known = watched(ctx.db, sees)
    rows = schedule_rows(ctx.db, homes, known, ctx.schedule_defaults, now)
    response = Response(schedules_csv(rows, sees, now), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="schedules.csv"'
    return response


@needs(Role.OPERATOR)
def look() -> ResponseReturnValue:
    """What a file that was sent would change; nothing is stored."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(wrong=_("Choose a file."), status=400)
    body = upload.read(MOST_BYTES + 1)
    upload.close()
    try:
        planned, homes = _planned(body)
    except DuplistatError as e:
        return _page(wrong=_sentence(e), status=400)
    if len(_again(planned).encode()) > MOST_AGAIN:
        return _page(wrong=_("These are too many changes at once. Split the file."), status=400)
    return _page(planned, homes)


@needs(Role.OPERATOR)
def go() -> ResponseReturnValue:
    """Set what the page before showed; if it would be something else by now, that is shown first."""
    form = Form()
    try:
        planned, homes = _planned(form.typed("lines").encode())
    except DuplistatError as e:
        return _page(wrong=_sentence(e), status=400)
    if form.typed("seen") != _digest(planned):
        return _page(
            planned, homes, wrong=_("Jobs were changed meanwhile. Review the changes again."), status=400
        )
    applied = apply_schedules(context().writes, to_set(planned), viewer().sees, signature())
    text = ngettext("%(num)s job was set.", "%(num)s jobs were set.", applied.done) % {"num": applied.done}
    if applied.left:
        left = ngettext(
            "%(num)s job changed meanwhile and was left as it is.",
            "%(num)s jobs changed meanwhile and were left as they are.",
            len(applied.left),
        ) % {"num": len(applied.left)}
        text = f"{text} {left}"
    return redirects.done(url_for("web.schedules"), text)


def _planned(body: bytes) -> tuple[list[Planned], dict[int, Server]]:
    """What a file comes to, of the jobs that who looks may see. Raises DuplistatError: invalid or too_large."""
    ctx, sees, now = context(), viewer().sees, context().now()
    lines = read_lines(body)
    homes, known = watched(ctx.db, sees)
    ends = own_ends(ctx.db, known, sees, now)
    return plan(lines, {job.id: job for job in known}, ends, ctx.schedule_defaults, now), homes


def _page(
    planned: Sequence[Planned] = (),
    homes: dict[int, Server] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    changing = [one for one in planned if one.would is not None]
    problems = [one for one in planned if one.problem]
    number = len(changing)
    text = render_template(
        "schedules_import.html",
        wrong=wrong,
        changes=[_change(one, homes or {}) for one in changing[:SHOWN]],
        more=max(0, number - SHOWN),
        number=number,
        problems=[_wrong(one, homes or {}) for one in problems[:SHOWN]],
        more_problems=max(0, len(problems) - SHOWN),
        unchanged=len(planned) - number - len(problems),
        lines=_again(planned) if number else "",
        seen=_digest(planned),
        read=bool(planned),
        most=MOST_BYTES,
        most_rows=MOST_ROWS,
    )
    return make_response(text, status)


def _change(one: Planned, homes: dict[int, Server]) -> Change:
    if one.job is None or one.would is None:
        raise DuplistatError(Kind.INTERNAL, "a line without a job changes none")
    ctx, now = context(), context().now()
    before, after = _cells(one.job, now), _cells(one.would, now)
    heads = {
        SCHEDULE: _("Schedule"),
        ZONE: _("Time zone"),
        GRACE: _("Grace period (minutes)"),
        PAUSED: _("Paused"),
    }
    values = [
        (heads[name], visible(before[name]), visible(after[name]))
        for name in _OF_JOB
        if before[name] != after[name]
    ]
    if _silences(one):
        moment = Reader(now, ctx.schedule_defaults.zone).moment
        values.append((_("Silence until"), moment(one.silenced), moment(one.silence)))
    name = full_name(homes.get(one.job.server_id), one.job)
    return Change(one.line, one.job.id, name, values, understood(one.would, now))


def _wrong(one: Planned, homes: dict[int, Server]) -> Wrong:
    name = full_name(homes.get(one.job.server_id), one.job) if one.job is not None else ""
    return Wrong(one.line, name, visible(capital(translated(one.problem))))


def _cells(job: Job, now: int) -> dict[str, str]:
    """What stands in these columns."""
    return {
        SCHEDULE: job.schedule or "",
        ZONE: (job.schedule_zone or "") if job.schedule else "",
        GRACE: minutes_of(job.grace_ms),
        PAUSED: YES if is_paused(job, now) else NO,
    }


def _again(planned: Sequence[Planned]) -> str:
    """The lines that change something, as a file of their own."""
    now = context().now()
    changing = [(one, one.would) for one in planned if one.would is not None]
    # Where no line is about silences, one that ends meanwhile by the clock is no change.
    with_silences = any(_silences(one) for one, _would in changing)
    heads = (ID, *_OF_JOB, SILENCED) if with_silences else (ID, *_OF_JOB)
    rows = ((would.id, *_cells(would, now).values(), silenced_cell(one.silence)) for one, would in changing)
    text = io.StringIO()
    for piece in as_csv(heads, (row[: len(heads)] for row in rows)):
        text.write(piece)
    return text.getvalue()


def _silences(one: Planned) -> bool:
    return one.silence != one.silenced


def _digest(planned: Sequence[Planned]) -> str:
    """What tells whether a plan is the one that was looked at."""
    now = context().now()
    seen = [
        (
            *(one.job.id, *_cells(one.job, now).values(), *_cells(one.would, now).values()),
            *((one.silenced, one.silence) if _silences(one) else ()),
        )
        for one in planned
        if one.job is not None and one.would is not None
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _sentence(error: DuplistatError) -> str:
    if error.kind not in (Kind.INVALID, Kind.TOO_LARGE):
        raise error
    return visible(f"{translated(error.text)}.")
