"""/alerts: what is wrong now, who was told, and who knows of it; and the life of one problem."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core.alerts.notice import OF_JOBS
from duplistat.core.alerts.problem import Problem
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Health
from duplistat.http.context import context
from duplistat.services.alerts.acknowledge import HOUR_MS, LONGEST_WHY, MOST_HOURS, USUAL_HOURS, acknowledge
from duplistat.services.people.identity import Role
from duplistat.store import attempts, notices, problems, told
from duplistat.store.attempts import Attempt
from duplistat.store.notices import Notice
from duplistat.store.told import Told
from duplistat.web.access import local_target, needs, signature, viewer
from duplistat.web.alerts import words
from duplistat.web.alerts.frame import ROWS, missing, show
from duplistat.web.alerts.subjects import Subject, channel_names, rule_names, subjects, ways
from duplistat.web.form import Form
from duplistat.web.formatting import Reader
from duplistat.web.language import gettext as _
from duplistat.web.parts.acknowledging import hours as hours_to_choose
from duplistat.web.parts.health_counts import symbol_of
from duplistat.web.parts.reasons import change, lead
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.redirects import done

# More open problems than this are a matter for the overview.
MOST_OPEN = 200


class Row(NamedTuple):
    """A problem in a list: how it is marked, what it is about, why, and {channel: when it told last}."""

    problem: Problem
    mark: str
    kind: str
    subject: Subject
    why: Markup
    told: list[tuple[str, int]]


class Entry(NamedTuple):
    """A notice of a problem; without link and attempts where it is an account's above."""

    notice: Notice
    way: str
    rule: str
    state: tuple[str, str]
    link: str
    attempts: list[Attempt]


@needs(Role.VIEWER)
def page() -> Response:
    """Open problems, newest first, and below them those that ended; `?before=` goes on in those."""
    ctx, sees = context(), viewer().sees
    found = problems.open_in(ctx.db, sees, MOST_OPEN + 1)
    ended = problems.closed_in(ctx.db, sees, before=before(), limit=ROWS + 1)
    return show(
        "problems",
        missing=missing(below_banner=True) if viewer().may(Role.ADMIN) else [],
        open=rows(found[:MOST_OPEN]),
        more=len(found) > MOST_OPEN,
        ended=rows(ended[:ROWS]),
        older=url_for("web.alerts", before=ended[ROWS - 1].id) if len(ended) > ROWS else "",
        newer=url_for("web.alerts") if before() else "",
    )


@needs(Role.VIEWER)
def one(number: int) -> Response:
    """One problem. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return _one(_problem(number), Form({"hours": str(USUAL_HOURS)}))


@needs(Role.OPERATOR)
def acknowledge_problem(number: int) -> ResponseReturnValue:
    """Acknowledge it for some `hours`, with a reason; 0 takes that back."""
    problem, form, ctx = _problem(number), Form(), context()
    hours = form.number("hours", 0, MOST_HOURS)
    why = form.text("why", most=LONGEST_WHY)
    if not form.wrong:
        until = ctx.now() + hours * HOUR_MS if hours else None
        try:
            ctx.writes.run(acknowledge, problem=problem.id, until=until, why=why, **signature())
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return _one(problem, form, 400)
    here = url_for("web.problem", number=number)
    target = local_target(form.typed("next")) if form.typed("next") else here
    said = _("Acknowledged. Nobody is reminded until then.") if hours else _("No longer acknowledged.")
    return done(target, said)


def rows(found: Sequence[Problem]) -> list[Row]:
    """Problems as a list shows them. Some statements for all of them together."""
    kinds, about = words.problem_kinds(), subjects(found)
    heard = told.of(context().db, [problem.id for problem in found])
    names = channel_names([item.channel_id for items in heard.values() for item in items])
    at = reader()
    return [
        Row(
            problem,
            words.mark_of(problem.kind),
            kinds.get(problem.kind, problem.kind),
            about[problem.id],
            _why(problem, about[problem.id], at),
            [
                (names.get(item.channel_id, _("a deleted channel")), item.last_at)
                for item in heard[problem.id]
            ],
        )
        for problem in found
    ]


def _why(problem: Problem, subject: Subject, at: Reader) -> Markup:
    """Why it is one. A job that is overdue still has been for longer, and missed more runs, than was noted at first."""
    job = subject.job
    if problem.closed_at is None and job is not None and problem.kind == job.health == Health.OVERDUE:
        return lead(job, Health.OVERDUE, context().schedule_defaults, at.now)
    # What a receiver answered is for administrators.
    quoted = viewer().may(Role.ADMIN) or problem.channel_id is None
    return change(problem.reason, problem.bad_at, at, quoted=quoted)


def _problem(number: int) -> Problem:
    found = problems.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Problem not found")
    return found


def _one(problem: Problem, form: Form, status: int = 200) -> Response:
    db = context().db
    heard: list[Told] = told.of(db, [problem.id])[problem.id]
    names = channel_names([item.channel_id for item in heard])
    found = notices.of_problem(db, problem.id)
    return show(
        "problem",
        status,
        row=rows([problem])[0],
        problem=problem,
        symbol="" if problem.closed_at is not None else symbol_of(_shape(problem.kind)),
        form=form,
        choices=hours_to_choose(),
        longest=LONGEST_WHY,
        closing=words.closings(channel=problem.channel_id is not None).get(problem.closed_how, ""),
        heard=[(names.get(item.channel_id, _("a deleted channel")), item) for item in heard],
        entries=entries(found, notices.seen_of_problem(db, viewer().sees, problem.id)),
        kinds=words.notice_kinds(),
        whys=words.whys(),
        outcome=words.attempt_state,
        took=words.took,
        dropped=words.dropped(),
    )


def _shape(kind: str) -> str:
    """The state whose shape marks a problem: what is none of a job looks as a failure."""
    return kind if kind in OF_JOBS else Health.FAILED


def entries(found: Sequence[Notice], mine: Collection[int]) -> list[Entry]:
    """Notices with what became of each attempt, of those that are `mine`. Some statements for all of them."""
    now = context().now()
    by, names = ways(found), rule_names(found)
    tried = attempts.of_notices(context().db, list(mine))
    return [
        Entry(
            notice,
            by[notice.id],
            names[notice.id],
            words.notice_state(notice, now),
            url_for("web.notice", number=notice.id) if notice.id in mine else "",
            tried.get(notice.id, []),
        )
        for notice in found
    ]
