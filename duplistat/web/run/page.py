"""GET /runs/…: how one run ended, what it counted, and its log."""

import json
from typing import Any, NamedTuple

from flask import render_template, request
from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.imports import PROGRAMS
from duplistat.core.known_failures import hint_of
from duplistat.core.reason_words import message_of
from duplistat.core.status import Status
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.services.jobs.state import rhythm_of
from duplistat.store import deliveries, jobs, log_text, runs, servers
from duplistat.store.log_text import LogText
from duplistat.store.runs import Run
from duplistat.web import language
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, duration, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.restore_points import points_of
from duplistat.web.parts.run_words import MARKS, ended, headline, long_word, operation
from duplistat.web.run import log, numbers
from duplistat.web.run.delivery import became
from duplistat.web.run.fact_labels import fact_labels

QUERY_KEPT = 200


class Step(NamedTuple):
    """The result of a step inside a run, ready to be shown."""

    state: str
    ended: Markup
    duration: str
    numbers: list[numbers.Number]
    problems: list[str]


def run(number: int) -> str:
    """The page; `?level=`, `?q=` and `?page=` choose from its log.

    Raises DuplistatError (not_found) for a run that is not there to be seen.
    """
    ctx = context()
    now = ctx.now()
    sees = viewer().sees
    found = runs.by_id(ctx.db, sees, number)
    job = jobs.by_id(ctx.db, sees, found.job_id) if found else None
    server = servers.by_id(ctx.db, sees, job.server_id) if job else None
    if found is None or job is None or server is None:
        raise DuplistatError(Kind.NOT_FOUND, "Run not found or deleted by retention")
    details: dict[str, Any] = json.loads(found.details)
    labels = fact_labels()
    before = runs.previous_good(ctx.db, found) if found.is_backup else None
    reader = Reader(now, rhythm_of(job, ctx.schedule_defaults).zone)
    state, broken = MARKS[Status(found.status)].value, Status(found.status).broken
    return render_template(
        "run.html",
        run=found,
        state="warning" if found.partial and state == "ok" else state,
        name=visible(job.label),
        job=job,
        server=server,
        server_label=visible(server.label),
        headline=headline(
            found, took(found), formatting.ago(from_ms(found.order_at), from_ms(now), language.say())
        ),
        ended=headline(found, took(found), reader.ago(found.order_at)),
        message=visible(message_of(found.message, language.say())),
        broken=broken,
        hint=language.translated(hint_of(found.message)) if broken else "",
        remarks=remarks(found),
        groups=numbers.groups(found, before),
        before=before,
        others=numbers.others(details.get("numbers", {}), _numbers_of(None if broken else before)),
        points=points_of(found, reader, ctx.schedule_defaults.zone),
        steps=[_step(step) for step in details.get("steps", [])],
        facts=[
            (labels.get(key, visible(key)), visible(str(value)))
            for key, value in details.get("facts", {}).items()
        ],
        next_run=details.get("next_run"),
        log=log.read(
            log_text.of_run(ctx.db, found.id) if found.log_lines else LogText(),
            request.args.get("level", ""),
            request.args.get("q", "").strip()[:QUERY_KEPT],
            request.args.get("page", 1, type=int),
        ),
        omitted=details.get("log_omitted", 0),
        became=became,
        deliveries=deliveries.of_run(ctx.db, found.id, deliveries.SHOWN),
        reader=reader,
    )


def took(run: Run) -> str:
    """How long it took; "" where that is not known, or makes no sense."""
    return duration(run.duration_ms)


def remarks(run: Run) -> list[str]:
    """What has to be known of this run beyond how it ended."""
    notes: list[str] = []
    if run.imported:
        notes.append(_("Imported from %(program)s.") % {"program": visible(PROGRAMS[run.imported])})
    if long_word(run):
        text = _("Full status from the client: “%(word)s”")
        notes.append(text % {"word": visible(run.status_text)})
    if run.partial:
        notes.append(_("Stopped before it was complete: not every file is in this backup."))
    if run.dry_run:
        notes.append(_("Dry run: nothing was changed."))
    skew = {"span": formatting.span(run.skew_ms / 1000, language.say())}
    if run.skew_ms > 0:
        notes.append(_("The client's clock is %(span)s ahead of this server's.") % skew)
    elif run.skew_ms < 0 and run.ended_at is not None:
        notes.append(
            _("Received %(span)s after it finished (sent late, or the client's clock is wrong).") % skew
        )
    if run.ended_at is not None and run.started_at is not None and run.ended_at < run.started_at:
        text = _(
            "Finished %(span)s before it started, by the client's clock: that clock was set back meanwhile."
        )
        notes.append(text % {"span": duration(run.started_at - run.ended_at)})
    if run.started_at is None:
        notes.append(_("Start time not reported: listed by when the report was received."))
    return notes


def _numbers_of(run: Run | None) -> dict[str, int]:
    numbers: dict[str, int] = json.loads(run.details).get("numbers", {}) if run else {}
    return numbers


def _step(step: dict[str, Any]) -> Step:
    status, problems = Status(step["status"]), step.get("problems", [])
    if problems and status is Status.SUCCESS:
        # As it was kept before a verification with problems counted as one that failed.
        status = Status.ERROR
    name = Markup("<bdi>{}</bdi>").format(operation(step["operation"]))
    return Step(
        state=MARKS[status].value,
        ended=say(ended(status), operation=name),
        duration=duration(step.get("duration_ms")),
        numbers=numbers.others(step.get("numbers", {})),
        problems=[visible(problem, lines=True) for problem in problems],
    )
