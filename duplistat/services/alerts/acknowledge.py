"""acknowledge(): somebody knows of a problem, and nobody is reminded of it until then."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import first_line
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs.settings import snooze
from duplistat.services.jobs.subject import subject_of
from duplistat.services.writes import command
from duplistat.store import problems

HOUR_MS = 3_600_000
# How long somebody may say that they know, and for how long it is unless they say otherwise.
MOST_HOURS = 7 * 24
USUAL_HOURS = 24
# Letters of a reason that a person gives, here and of a silence.
LONGEST_WHY = 300


@command
def acknowledge_all(tx: Tx, *, numbers: list[int], until: int, by: Actor, now: int) -> int:
    """Acknowledge those problems of some that are open until then, as `acknowledge` does; how many."""
    found = [one for one in problems.by_ids(tx.db, numbers).values() if one.closed_at is None]
    for problem in found:
        acknowledge(tx, problem=problem.id, until=until, by=by, now=now)
    return len(found)


@command
def acknowledge(tx: Tx, *, problem: int, until: int | None, why: str = "", by: Actor, now: int) -> int | None:
    """Acknowledge an open problem until then (ms, at most MOST_HOURS from now), or take that back (None).

    It ends by itself at that time, when it becomes graver, and when it is over. For a job it is what its page and the
    overview call acknowledged, too. Until when it is. Raises DuplistatError: not_found, or invalid when it is over or
    the time is wrong.
    """
    found = problems.get(tx.db, problem)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "problem not found")
    if found.closed_at is not None:
        raise DuplistatError(Kind.INVALID, "this problem is over")
    if until is not None and not now < until <= now + MOST_HOURS * HOUR_MS:
        raise DuplistatError(
            Kind.INVALID,
            Text("a problem is acknowledged for at most {most} hours", most=MOST_HOURS),
            field="hours",
        )
    subject = found.subject
    if found.job_id is not None:
        subject = subject_of(tx.db, snooze(tx.db, found.job_id, until, now))
    reason = first_line(why, LONGEST_WHY)
    problems.acknowledge(tx.db, problem, until, by=by["who"], why=reason, now=now)
    audit.note(
        tx.db,
        by,
        "problem.acknowledge",
        account=found.account_id,
        subject=subject,
        now=now,
        before={"until": _iso(found.acked_until)},
        after={"until": _iso(until), "why": reason},
    )
    return until


def _iso(at: int | None) -> str | None:
    return None if at is None else iso_ms(from_ms(at))
