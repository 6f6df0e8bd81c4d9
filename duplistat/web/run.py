"""GET /runs/…: how one run ended, what it counted, and its log."""

import json
from typing import Any, NamedTuple

from flask import render_template, request, url_for

from duplistat.core import words
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Status
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.services.job_state import rhythm_of
from duplistat.store import accounts, deliveries, jobs, runs, servers
from duplistat.store.runs import Run
from duplistat.web import log, numbers
from duplistat.web.history import counted, ended, long_word, operation
from duplistat.web.present import RUN_MARKS, Reader, duration, visible
from duplistat.web.server import FACTS

QUERY_KEPT = 200


class Step(NamedTuple):
    """The result of a step inside a run, ready to be shown."""

    name: str
    state: str
    word: str
    duration: str
    numbers: list[numbers.Number]
    problems: list[str]


def run(number: int) -> str:
    """The page; `?level=`, `?q=` and `?page=` choose from its log.

    Raises DuplistatError (not_found) for a run that is not there to be seen.
    """
    ctx = context()
    now = ctx.now()
    sees = accounts.visible(ctx.db, ctx.main_account)
    found = runs.by_id(ctx.db, sees, number)
    job = jobs.by_id(ctx.db, sees, found.job_id) if found else None
    server = servers.by_id(ctx.db, sees, job.server_id) if job else None
    if found is None or job is None or server is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such run, or it is past its days and deleted")
    details: dict[str, Any] = json.loads(found.details)
    before = runs.previous_good(ctx.db, found) if found.is_backup else None
    state, _ = ended(found)
    return render_template(
        "run.html",
        run=found,
        state="warning" if found.partial and state == "ok" else state,
        name=visible(job.name),
        job=job,
        server=server,
        server_label=visible(server.label),
        headline=headline(found, now),
        message=visible(found.message),
        remarks=remarks(found),
        groups=numbers.groups(found, before),
        before=before,
        others=numbers.others(details.get("numbers", {})),
        steps=[_step(step) for step in details.get("steps", [])],
        facts=[
            (FACTS.get(key, visible(key)), visible(str(value)))
            for key, value in details.get("facts", {}).items()
        ],
        next_run=details.get("next_run"),
        log=log.read(
            runs.log_of(ctx.db, found.id) if found.log_lines else [],
            request.args.get("level", ""),
            request.args.get("q", "").strip()[:QUERY_KEPT],
            request.args.get("page", 1, type=int),
        ),
        omitted=details.get("log_omitted", 0),
        here=url_for("web.run", number=found.id),
        deliveries=deliveries.of_run(ctx.db, found.id, deliveries.SHOWN),
        reader=Reader(now, rhythm_of(job, ctx.clockwork).zone),
    )


def headline(run: Run, now: int) -> str:
    """Backup succeeded with 2 warnings in 3 min 20 s, 6 h ago"""
    status = Status(run.status)
    _, word = ended(run)
    told = counted(run)
    if status is Status.WARNING and told:
        word = "succeeded"
    elif status is Status.ERROR and told:
        word = "ended"
    text = f"{operation(run)} {word}{f' with {told}' if told else ''}"
    if run.duration_ms is not None and run.duration_ms >= 0:
        text += (
            f" {'in' if status in (Status.SUCCESS, Status.WARNING) else 'after'} {duration(run.duration_ms)}"
        )
    return f"{text}, {words.ago(from_ms(run.order_at), from_ms(now))}"


def remarks(run: Run) -> list[str]:
    """What has to be known of this run beyond how it ended."""
    told = []
    if long_word(run):
        told.append(f"The sender's whole word for how it ended: “{visible(run.status_text)}”")
    if run.partial:
        told.append("It was stopped before it was complete: not every file is in this backup.")
    if run.dry_run:
        told.append("It was a dry run: it tried, and changed nothing.")
    if run.skew_ms > 0:
        told.append(f"The sender's clock is {words.span(run.skew_ms / 1000)} ahead of this server's.")
    elif run.skew_ms < 0 and run.ended_at is not None:
        told.append(
            f"It arrived {words.span(run.skew_ms / 1000)} after it ended:"
            " sent late, or the sender's clock is behind."
        )
    if run.duration_ms is not None and run.duration_ms < 0:
        told.append(
            f"It ended {words.duration(-run.duration_ms / 1000)} before it began, by the sender's clock:"
            " that clock was set back meanwhile."
        )
    if run.started_at is None:
        told.append("The report did not say when it began: it is listed by when it arrived.")
    return told


def _step(step: dict[str, Any]) -> Step:
    health, word = RUN_MARKS[Status(step["status"])]
    return Step(
        name=visible(step["operation"]),
        state=health.value,
        word=word,
        duration=duration(step.get("duration_ms")),
        numbers=numbers.others(step.get("numbers", {})),
        problems=[visible(problem, lines=True) for problem in step.get("problems", [])],
    )
