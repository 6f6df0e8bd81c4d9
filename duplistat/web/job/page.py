"""GET /jobs/…: how one job is and why, when it is expected next, what it did and what it measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core import days, formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.expectation import Expected, Rhythm, Source
from duplistat.core.health import Live, health_of, rests_until
from duplistat.core.schedule_text import describe_in_zone
from duplistat.core.status import UNSCHEDULED, Health
from duplistat.core.text import capital
from duplistat.core.times import to_ms
from duplistat.core.verdict import Proof
from duplistat.http.context import context
from duplistat.services.jobs import zone_hints
from duplistat.services.jobs.deletion import is_asked
from duplistat.services.jobs.settings import minutes_of
from duplistat.services.jobs.state import day_of, facts_of, rhythm_of
from duplistat.services.jobs.unscheduled import never_late, state_of
from duplistat.services.monitoring.explanations import explain_job, following, overdue_since
from duplistat.services.people.identity import Role
from duplistat.store import job_notes, jobs, runs, servers, transitions
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web import formatting as present
from duplistat.web import redirects
from duplistat.web.access import viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, visible
from duplistat.web.job import forms as job_forms
from duplistat.web.job import joined, series
from duplistat.web.job.day import part_of_day
from duplistat.web.job.explained import shown
from duplistat.web.job.header import header
from duplistat.web.job.hearing import heard
from duplistat.web.job.pinged import pinged
from duplistat.web.language import gettext as _
from duplistat.web.language import say
from duplistat.web.parts import reasons, run_history
from duplistat.web.parts.acknowledging import hours
from duplistat.web.parts.health_counts import icon_of, symbol_of
from duplistat.web.parts.reasons import lead
from duplistat.web.parts.restore_points import Points, points_of
from duplistat.web.parts.strip import blocks, label, legend
from duplistat.web.parts.zones import own_zone
from duplistat.web.timed import timed

DAYS = 90
CHANGES = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A job that who looks may see, its server, and the moment (ms) at which its page is made."""

    job: Job
    server: Server
    now: int

    @property
    def rhythm(self) -> Rhythm:
        return rhythm_of(self.job, context().schedule_defaults)

    @property
    def zone(self) -> ZoneInfo:
        return self.rhythm.zone


@dataclass(frozen=True, slots=True)
class Failure:
    """A verification or a restore that failed, ready to be shown; `at` (ms) says which. `link` is "" once its run is
    deleted. `sentence` is empty where the page has said it already."""

    proof: Proof
    at: int
    link: str
    sentence: Markup
    state: str

    @property
    def leads(self) -> bool:
        """Whether it is why the job is as it is."""
        return not self.sentence


@dataclass(frozen=True, slots=True)
class ZoneHint:
    """That runs keep coming hours off; `zone` is the one by whose clock they would not, or "", and `schedule` what to
    set with it."""

    words: str
    zone: str
    schedule: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a schedule that was typed means: in `words` for `timed`, with times of day by a `clock`; and (expected,
    overdue from) of its next times in ms.

    `rests`: nothing is expected because the job is paused. `overdue_since`: it would be overdue already (ms).
    """

    words: str
    clock: ZoneInfo
    expected: list[tuple[int, int]]
    grace: str
    reader: Reader
    rests: bool
    overdue_since: int | None


def job(number: int) -> ResponseReturnValue:
    """The page; one that was joined with another one leads there. `?status=`, `?operation=` and `?day=` choose from
    the history, `?before=` goes on in it, and `?range=` chooses how far back the charts go. `?part=day` is the part
    that says what ran on `?day=`.

    Raises DuplistatError: not_found for a job that is not there to be seen, invalid for what cannot be chosen.
    """
    try:
        found = find(number)
    except DuplistatError:
        after = joined.successor(number)
        if after is None:
            raise
        return redirects.to(url_for("web.job", number=after))
    if request.args.get("part") == "day":
        return part_of_day(found.job, request.args.get("day", ""), found.now)
    return page(found)


def find(number: int) -> Found:
    """Raises DuplistatError (not_found) for a job that is not there to be seen."""
    ctx, sees = context(), viewer().sees
    found = jobs.by_id(ctx.db, sees, number)
    server = servers.by_id(ctx.db, sees, found.server_id) if found else None
    if found is None or server is None:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    return Found(found, server, ctx.now())


def page(
    found: Found,
    typed: Mapping[str, Form] | None = None,
    *,
    understood: Understood | None = None,
    status: int = 200,
) -> Response:
    """The page of a job; `typed` are forms as they were sent, to be shown again."""
    ctx = context()
    server_zone = ctx.schedule_defaults.zone
    own, now, rhythm = found.job, found.now, found.rhythm
    reader = Reader(now, rhythm.zone)
    health = health_of(facts_of(own), now)
    state = state_of(own, health, now)
    today = day_of(now, server_zone)
    hint = zone_hint(own, rhythm)
    known = explain_job(ctx.db, own, ctx.schedule_defaults, now)
    explained = shown(known, own, reader, asked_already=hint is not None)
    letters = days.window(own.days, own.days_to, today, DAYS)
    note, failed = job_notes.get(ctx.db, own.id), failures(own, health, reader)
    how_pinged = pinged(own, found.server.label)
    history = run_history.read(ctx.db, viewer().sees, server_zone, request.args, job=own.id)
    text = render_template(
        "job.html",
        job=own,
        name=visible(own.label),
        points=points(found, reader),
        real_name=visible(own.name) if own.alias else "",
        tags=[visible(tag) for tag in json.loads(own.tags)],
        note=visible(note, lines=True),
        server=found.server,
        server_label=visible(found.server.label),
        state=state,
        symbol=symbol_of(state),
        icon=icon_of(state),
        header=header(own, health, reader),
        rests=health is Health.PAUSED,
        unscheduled=never_late(own) and own.last_order is not None and health is not Health.PAUSED,
        spans=hours(),
        legend=legend(),
        # "Backed up …" alone would sound as if all was well.
        sentence=reasons.reason(own, health, ctx.schedule_defaults, now)
        if state == UNSCHEDULED
        else lead(
            own,
            health,
            ctx.schedule_defaults,
            now,
            link=next((item.link for item in failed if item.leads), ""),
        ),
        failures=failed,
        strip_label=label(letters, today),
        strip_blocks=blocks(letters, today),
        next_sentence=next_sentence(own, health, reader, silent=explained.silent),
        why=timed(
            reasons.schedule(rhythm, Source(own.source), reader),
            reader,
            reasons.clock(rhythm, Source(own.source)),
        ),
        expected=in_ms(known.explanation.following),
        grace=grace(own, rhythm),
        zone_hint=hint,
        explained=explained,
        changes=[
            (item, reasons.change(item.reason, item.at, reader))
            for item in transitions.transitions(ctx.db, own.id, CHANGES)
        ],
        heard=heard(own, reader),
        history=history,
        charts=series.of_page(found.job.id, request.args.get("range", ""), reader),
        clock=clock_of(typed, rhythm.zone).key,
        forms=job_forms.initial(own, note, own_zone(rhythm.zone), own_zone(server_zone)) | dict(typed or {}),
        open=next(iter(typed)) if typed else asked_open(),
        understood=understood,
        server_zone=server_zone.key,
        server_grace=minutes_of(ctx.schedule_defaults.grace_ms),
        deleting=is_asked(ctx.db, own),
        pinged=how_pinged,
        renamed=joined.renamed(own),
        earlier=joined.joined_with(own) if viewer().may(Role.ADMIN) else [],
        reader=reader,
        server_reader=Reader(now, server_zone),
    )
    response = make_response(text, status)
    if how_pinged is not None and how_pinged.ping:
        # It shows a secret.
        response.headers["Cache-Control"] = "no-store"
    return response


def clock_of(typed: Mapping[str, Form] | None, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of times in forms: that in which they were filled in, else that of who looks."""
    forms = (typed or {}).values()
    return next((zone for form in forms if (zone := form.clock())), own_zone(otherwise))


def asked_open() -> str:
    """The form that a link wants to be open; "" for none."""
    wanted = request.args.get("open", "")
    return wanted if wanted in job_forms.NAMES else ""


def restore_points(number: int) -> str:
    """GET /jobs/…/restore-points: the part of the page that lists them. Raises DuplistatError (not_found)."""
    found = find(number)
    return render_template(
        "restore_points.html",
        name=visible(found.job.label),
        points=points(found, Reader(found.now, found.zone)),
    )


def points(found: Found, reader: Reader) -> Points | None:
    """What can be restored: what its latest good run told, a run that failed knows nothing of it. One statement."""
    ctx, own = context(), found.job
    run = own.last_success_run or own.last_run
    return points_of(runs.get(ctx.db, run) if run is not None else None, reader, ctx.schedule_defaults.zone)


def failures(own: Job, health: Health, reader: Reader) -> list[Failure]:
    """What failed of its verifications and restores, and nobody dismissed. At most one statement."""
    standing = reasons.standing(own)
    ids = {Proof.VERIFICATION: own.verify_run, Proof.RESTORE: own.restored_run}
    known = runs.by_ids(context().db, [id for proof in standing if (id := ids[proof]) is not None])
    found = []
    for proof in standing:
        verified, id = proof is Proof.VERIFICATION, ids[proof]
        at = (own.verify_at if verified else own.restored_at) or 0
        link = url_for("web.run", number=id) if id in known and known[id].job_id == own.id else ""
        state = Health.FAILED if verified else Health.WARNING
        said = health is state and own.live_state != Live.FAILED
        sentence = Markup("") if said else reasons.failure(own, proof, reader, link=link)
        found.append(Failure(proof, at, link, sentence, state.value))
    return found


def understood(own: Job, now: int) -> Understood:
    """What is expected of a job as it would be: see `services.job_settings.preview`."""
    rhythm, source = rhythm_of(own, context().schedule_defaults), Source(own.source)
    reader = Reader(now, rhythm.zone)
    if rhythm.set_schedule is not None and own.schedule:
        message = capital(describe_in_zone(rhythm.set_schedule, rhythm.zone, say()))
    else:
        message = reasons.schedule(rhythm, source, reader)
    times = in_ms(following(own, rhythm, now))
    rests = rests_until(facts_of(own), now) == inf
    since = overdue_since(own, now)
    return Understood(message, reasons.clock(rhythm, source), times, grace(own, rhythm), reader, rests, since)


def in_ms(expected: Sequence[Expected]) -> list[tuple[int, int]]:
    """(expected, overdue from) in ms of times at which a job is expected."""
    return [
        (to_ms(item.at), to_ms(item.due)) for item in expected if item.at is not None and item.due is not None
    ]


def zone_hint(own: Job, rhythm: Rhythm) -> ZoneHint | None:
    """What to say of runs that keep coming hours off their time; None when they do not."""
    hint = zone_hints.zone_hint(context().db, own, context().schedule_defaults)
    if hint is None:
        return None
    off = formatting.duration(round(hint.off.total_seconds() / 300) * 300, say()).removeprefix("−")
    late = hint.off > timedelta(0)
    message = _("Runs keep starting %(off)s late.") if late else _("Runs keep starting %(off)s early.")
    if hint.zone is not None:
        asked = _("In the time zone %(zone)s they are on time: is the schedule meant for that zone?")
        zone = hint.zone.key
    else:
        asked = _("The schedule uses the time zone %(zone)s: is it meant for another one?")
        zone = ""
    text = f"{message % {'off': off}} {asked % {'zone': zone or rhythm.zone.key}}"
    return ZoneHint(text, zone, own.schedule or own.agent_schedule or "")


def next_sentence(own: Job, health: Health, reader: Reader, *, silent: bool) -> str | Markup:
    """When the next run is expected, for a person."""
    if own.archived_at is not None:
        return _("No runs are expected while archived.")
    if health is Health.PAUSED:
        return _("No runs are expected while paused.")
    if own.expected_at is None:
        return _("No schedule")
    if silent:
        return _("No regular times")
    return present.say(
        _("%(moment)s, %(ago)s."), moment=reader.moment(own.expected_at), ago=reader.ago(own.expected_at)
    )


def grace(own: Job, rhythm: Rhythm) -> str:
    """How late a run may be, and where that comes from."""
    long = formatting.duration(rhythm.grace.total_seconds(), say())
    text = (_("%(grace)s (default)") if own.grace_ms is None else _("%(grace)s (set for this job)")) % {
        "grace": long
    }
    if own.source == Source.LEARNED and rhythm.learned is not None and rhythm.learned.late > timedelta(0):
        late = formatting.span(rhythm.learned.late.total_seconds(), say())
        text = _("%(grace)s + %(late)s for late reports") % {"grace": text, "late": late}
    return text
