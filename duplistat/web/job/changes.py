"""POST /jobs/…: what a person changes about a job. A wrong form is shown again, with what is wrong beside its field."""

from collections.abc import Callable

from flask import Response, make_response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError
from duplistat.core.explanation import Explanation
from duplistat.http.context import context
from duplistat.services.accounts import export as exports
from duplistat.services.jobs import deletion as job_deletion
from duplistat.services.jobs.settings import JobChanges, note_job_export, preview, set_job
from duplistat.services.monitoring import explanations
from duplistat.services.people.identity import Role
from duplistat.store import job_rows
from duplistat.web import redirects
from duplistat.web.access import needs, signature
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, visible
from duplistat.web.job import forms as job_forms
from duplistat.web.job.forms import PAUSE, SCHEDULE, WINDOW, WORDS
from duplistat.web.job.page import Found, find, page, understood
from duplistat.web.language import gettext as _
from duplistat.web.timed import written

# Fields of forms that are called otherwise than what they change.
_FIELDS = {"paused_until": "until"}


@needs(Role.OPERATOR)
def set_schedule(number: int) -> ResponseReturnValue:
    """Save a schedule, its zone and the grace. Raises DuplistatError (not_found)."""
    found, form = find(number), Form()
    changes = job_forms.schedule(form, found.job, found.now)
    if form.wrong:
        return page(found, {SCHEDULE: form}, status=400)
    context().writes.run(set_job, job=found.job.id, changes=changes, **signature())
    if changes["schedule"]:
        return _saved(found, _("Schedule saved."))
    return _saved(found, _("Saved. The schedule is detected automatically."))


@needs(Role.OPERATOR)
def preview_schedule(number: int) -> ResponseReturnValue:
    """What was understood, and when it is expected by that; nothing is stored. With `part`, that alone."""
    found, form = find(number), Form()
    changes = job_forms.schedule(form, found.job, found.now)
    shown = None
    if not form.wrong:
        shown = understood(preview(found.job, changes, context().schedule_defaults, found.now), found.now)
    if request.form.get("part"):
        return render_template(
            "_understood.html",
            understood=shown,
            wrong=form.wrong,
            reader=shown.reader if shown else None,
        )
    return page(found, {SCHEDULE: form}, understood=shown, status=400 if form.wrong else 200)


@needs(Role.OPERATOR)
def take_over(number: int) -> ResponseReturnValue:
    """Set what was learned as the schedule, if it is still what the page showed. Raises DuplistatError (not_found)."""
    found = find(number)
    explanation = _explanation(found)
    changes = explanations.take_over(explanation, context().schedule_defaults)
    return _if_as_shown(found, explanation, changes, _("Schedule saved."))


@needs(Role.OPERATOR)
def keep_schedule(number: int) -> ResponseReturnValue:
    """Keep the schedule although the runs keep another one. Raises DuplistatError (not_found)."""
    found = find(number)
    explanation = _explanation(found)
    return _if_as_shown(found, explanation, explanations.keep(explanation), _("The schedule is kept."))


@needs(Role.OPERATOR)
def pause(number: int) -> ResponseReturnValue:
    found, form = find(number), Form()
    changes = job_forms.pause(form, found.zone)
    until = changes["paused_until"]
    if until is None:
        return _change(found, PAUSE, form, changes, lambda: _("Job paused indefinitely."))
    when = written(until, Reader(found.now, form.clock() or found.zone))
    return _change(found, PAUSE, form, changes, lambda: _("Job paused until %(when)s.") % {"when": when})


@needs(Role.OPERATOR)
def resume(number: int) -> ResponseReturnValue:
    found = find(number)
    return _change(found, PAUSE, Form(), {"paused": False}, lambda: _("Job resumed."))


@needs(Role.OPERATOR)
def set_window(number: int) -> ResponseReturnValue:
    """Set the maintenance window, or with `none` take it away."""
    found, form = find(number), Form({}) if request.form.get("none") else Form()
    changes = job_forms.window(form, found.zone)

    def message() -> str:
        return (
            _("Maintenance window saved.")
            if changes["maintenance_from"]
            else _("Maintenance window removed.")
        )

    return _change(found, WINDOW, form, changes, message)


@needs(Role.OPERATOR)
def set_words(number: int) -> ResponseReturnValue:
    found, form = find(number), Form()
    return _change(found, WORDS, form, job_forms.words(form), lambda: _("Saved."))


@needs(Role.ADMIN)
def archive(number: int) -> ResponseReturnValue:
    """Put a job into the archive, or with `archived` empty take it out."""
    found, archived = find(number), bool(request.form.get("archived"))
    message = _("Job archived. A new report restores it.") if archived else _("Job restored.")
    return _change(found, WORDS, Form({}), {"archived": archived}, lambda: message)


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """The page that says what is lost; and with the job's name typed, the end of it."""
    found, error = find(number), ""
    job = found.job
    if request.method == "POST":
        if redirects.confirmed(job.label):
            context().writes.run(job_deletion.delete_job, job=job.id, **signature())
            return redirects.done(
                url_for("web.server", number=job.server_id),
                _("%(job)s is being deleted.") % {"job": visible(job.label)},
            )
        error = _("The name does not match.")
    db = context().db
    runs, first = job_rows.counted(db, job.id)
    shown = render_template(
        "job_delete.html",
        job=job,
        name=visible(job.label),
        server=found.server,
        server_label=visible(found.server.label),
        runs=runs,
        first=first,
        asked=job_deletion.is_asked(db, job),
        error=error,
        reader=Reader(found.now, found.zone),
    )
    return make_response(shown, 400 if error else 200)


@needs(Role.ADMIN)
def export(number: int) -> Response:
    """All that a job has, as JSON lines; it is noted who took it. Raises DuplistatError (not_found)."""
    found = find(number)
    context().writes.run(note_job_export, job=found.job.id, **signature())
    lines = exports.lines_of_job(context().db, found.job.id, found.job.name, found.now)
    response = Response(stream_with_context(lines), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="job-{found.job.id}.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _change(
    found: Found, name: str, form: Form, changes: JobChanges, message: Callable[[], str]
) -> ResponseReturnValue:
    if not form.wrong:
        try:
            context().writes.run(set_job, job=found.job.id, changes=changes, **signature())
        except DuplistatError as e:
            form.refuse(e, fields=_FIELDS)
    return page(found, {name: form}, status=400) if form.wrong else _saved(found, message())


def _explanation(found: Found) -> Explanation:
    ctx = context()
    return explanations.explain_job(ctx.db, found.job, ctx.schedule_defaults, found.now).explanation


def _if_as_shown(
    found: Found, explanation: Explanation, changes: JobChanges | None, message: str
) -> ResponseReturnValue:
    """Save changes that follow from what was learned, if that is still what the page showed."""
    evidence, form = explanation.evidence, Form()
    shown = (form.typed("schedule"), form.typed("zone"))
    if changes is None or evidence is None or shown != (evidence.settable, evidence.zone.key):
        message = _("Not saved: the learned schedule has changed since. Review it again.")
        return redirects.done(url_for("web.job", number=found.job.id), message)
    context().writes.run(set_job, job=found.job.id, changes=changes, **signature())
    return _saved(found, message)


def _saved(found: Found, message: str) -> ResponseReturnValue:
    """Back to the page, which marks the form."""
    return redirects.saved(url_for("web.job", number=found.job.id), message)
