"""GET /jobs/…: how one job is and why, when it is expected next, and what it did."""

from dataclasses import replace
from datetime import timedelta

from flask import render_template, request

from duplistat.core import days, words
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.expectation import Expected, Rhythm, Source, next_expected, why
from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.core.times import from_ms, to_ms
from duplistat.http.context import context
from duplistat.services.job_state import day_of, facts_of, rhythm_of
from duplistat.services.sentences import reason_of
from duplistat.store import accounts, clock, jobs, runs, servers
from duplistat.store.jobs import Job
from duplistat.web.history import cursor, entries
from duplistat.web.present import Reader, visible
from duplistat.web.strip import blocks, label

DAYS = 90
PAGE = 50
NEXT = 5
CHANGES = 8


def job(number: int) -> str:
    """The page; `?before=` goes on in its history.

    Raises DuplistatError: not_found for a job that is not there to be seen, invalid for a wrong cursor.
    """
    ctx = context()
    now = ctx.now()
    sees = accounts.visible(ctx.db, ctx.main_account)
    found = jobs.by_id(ctx.db, sees, number)
    server = servers.by_id(ctx.db, sees, found.server_id) if found else None
    if found is None or server is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such job")
    before = cursor(request.args.get("before", ""))
    history = runs.history(ctx.db, found.id, before=before, limit=PAGE + 1)
    last = history[PAGE - 1] if len(history) > PAGE else None
    health = health_of(facts_of(found), now)
    rhythm = rhythm_of(found, ctx.clockwork)
    today = day_of(now, ctx.clockwork.zone)
    letters = days.window(found.days, found.days_to, today, DAYS)
    return render_template(
        "job.html",
        job=found,
        name=visible(found.name),
        server=server,
        server_label=visible(server.label),
        state=health.value,
        sentence=visible(reason_of(found, health, ctx.clockwork, now)),
        strip_label=label(letters, today),
        strip_blocks=blocks(letters, today),
        next_sentence=next_sentence(found, health, Reader(now, rhythm.zone)),
        why=visible(why(rhythm, Source(found.source))),
        expected=[(to_ms(one.at), to_ms(one.due)) for one in expected(found, rhythm)],
        grace=grace(found, rhythm),
        changes=clock.transitions(ctx.db, found.id, CHANGES),
        history=entries(history[:PAGE]),
        before=before,
        older=f"{last.order_at}-{last.id}" if last else "",
        reader=Reader(now, rhythm.zone),
    )


def expected(found: Job, rhythm: Rhythm) -> list[Expected]:
    """The next times at which this job is expected, and when each would alarm."""
    if found.paused or found.expected_at is None:
        return []
    following = next_expected(rhythm, from_ms(found.expected_at), NEXT)
    if following and found.due_at is not None and not found.live_state:
        # Time in which we were away is given back to the one that was waited for.
        following[0] = replace(following[0], due=from_ms(found.due_at))
    return following


def next_sentence(found: Job, health: Health, reader: Reader) -> str:
    """When the next run is expected, for a person."""
    if health is Health.PAUSED:
        return "Nothing is expected while it is paused."
    if found.expected_at is None:
        return "It is not known when the next run is due."
    at = from_ms(found.expected_at)
    moment = words.moment(reader.local(found.expected_at), reader.local(reader.now))
    return f"{moment[:1].upper()}{moment[1:]}, {words.ago(at, from_ms(reader.now))}."


def grace(found: Job, rhythm: Rhythm) -> str:
    """How late a run may be, and where that comes from."""
    source = "as for every job" if found.grace_ms is None else "set for this job"
    text = f"{words.duration(rhythm.grace.total_seconds())}, {source}"
    if found.source == Source.LEARNED and rhythm.learned is not None and rhythm.learned.spread > timedelta(0):
        spread = words.span(rhythm.learned.spread.total_seconds())
        text += f"; and {spread}, as its start varies by that"
    return text
