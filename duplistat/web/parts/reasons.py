"""Why a job is as it is, as a person would say it: with times that know their zone, and what the sender wrote."""

from collections.abc import Sequence
from datetime import time

from markupsafe import Markup

from duplistat.core.expectation import Expected, Source, expected_after
from duplistat.core.health import Live
from duplistat.core.learn import Learned
from duplistat.core.reason import load
from duplistat.core.reason_words import Piece, message_of, words
from duplistat.core.schedule import EVERY_DAY, Weekly
from duplistat.core.status import Health, Status
from duplistat.core.times import to_ms
from duplistat.core.verdict import Proof
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import ended_badly, failure_of, pieces_of
from duplistat.services.jobs.state import counted_from, rhythm_of
from duplistat.services.jobs.verdicts import stands
from duplistat.store.jobs import Job
from duplistat.web import language
from duplistat.web.formatting import Reader, say, sentence, visible
from duplistat.web.language import gettext as _

# A run that starts before or after is one of the night.
MORNING, EVENING = time(6), time(20)


def reason(job: Job, health: Health, defaults: ScheduleDefaults, now: int, *, quoted: bool = True) -> Markup:
    """Two sentences at most, for one of the states that need attention. Times as in the job's zone.

    What the sender wrote is left out unless it is to be `quoted`: it may name paths and hosts.
    """
    reader = Reader(now, rhythm_of(job, defaults).zone)
    if health is Health.OVERDUE:
        return _besides(job, _overdue(job, defaults, reader), reader)
    if health is Health.OK:
        text = _(
            "Last run %(when)s. No schedule is known, so it is never overdue: set one, or say that none is planned."
        )
        return say(text, when=reader.ago(job.last_order))
    if health is Health.STUCK:
        stuck = _("Said that it runs, then nothing for %(span)s.")
        return _besides(job, say(stuck, span=reader.since(job.live_at or now)), reader)
    if job.live_state == Live.FAILED:
        # Its report has not come yet: what the row knows as the latest run is the one before.
        return _ended(_("Failed %(when)s"), reader.ago(job.live_started), job.live_error if quoted else "")
    ended = _ended(_how(job, health), reader.ago(job.last_order), job.last_message if quoted else "")
    if health is Health.FAILED and job.verification_failed:
        found = failure(job, Proof.VERIFICATION, reader, quoted=quoted)
        return Markup(" ").join([found, ended]) if ended_badly(job) else found
    if health is Health.WARNING and job.restore_failed:
        return failure(job, Proof.RESTORE, reader, quoted=quoted)
    return ended


def standing(job: Job) -> list[Proof]:
    """What failed, and nobody dismissed: the verification first."""
    return [proof for proof in Proof if stands(job, proof)]


def failure(job: Job, proof: Proof, reader: Reader, *, quoted: bool = True, link: str = "") -> Markup:
    """What the latest verification or restore found, in a sentence; its time is a `link`, if one is given."""
    return _marked(words([failure_of(job, proof)], reader.now, reader.say, quoted=quoted), reader, link)


def lead(job: Job, health: Health, defaults: ScheduleDefaults, now: int, *, link: str = "") -> Markup:
    """What `services.sentences.reason_of` says, with times that know their zone; the first may be a `link`."""
    reader = Reader(now, rhythm_of(job, defaults).zone)
    return _marked(pieces_of(job, health, defaults, now, reader.say), reader, link)


def change(kept: str, at: int, reader: Reader) -> Markup:
    """Why the health of a job changed at a time (ms), as it was kept then."""
    pieces = words(load(kept), at, reader.say)
    return _marked(pieces, reader) if pieces else Markup("")


def _marked(pieces: Sequence[Piece], reader: Reader, link: str = "") -> Markup:
    """The pieces of a sentence, with times that know their zone (the first may be a `link`), and a full stop."""
    links = iter([link])

    def when(at: int) -> Markup:
        to = next(links, "")
        return Markup('<a href="{}">{}</a>').format(to, reader.moment(at)) if to else reader.moment(at)

    *before, last = [piece for piece in pieces if piece != ""]
    parts = [*before, last, "."] if isinstance(last, int) else [*before, sentence(visible(last))]
    return Markup("").join(
        when(part) if isinstance(part, int) else Markup.escape(visible(part)) for part in parts
    )


def _besides(job: Job, first: Markup, reader: Reader) -> Markup:
    """What cannot wait, and then that the stored data is known to be broken as well."""
    if not job.verification_failed:
        return first
    return Markup(" ").join([first, failure(job, Proof.VERIFICATION, reader, quoted=False)])


def _overdue(job: Job, defaults: ScheduleDefaults, reader: Reader) -> Markup:
    """Silent since it was expected; how we know that it was; and what there is to go back to."""
    expected = expected_after(rhythm_of(job, defaults), *counted_from(job))
    parts = []
    if expected.at is None:
        parts.append(Markup.escape(_("Silent.")))
    else:
        at = to_ms(expected.at)
        parts.append(say(_("Silent for %(span)s."), span=reader.since(at)))
        runs = rhythm_of(job, defaults).learned
        parts.append(
            say(_expected(expected, runs), when=reader.moment(at), runs=str(runs.runs if runs else 0))
        )
    if job.last_success_at is not None:
        parts.append(say(_("Last good backup %(when)s."), when=reader.moment(job.last_success_at)))
    else:
        parts.append(Markup.escape(_("No good backup is known.")))
    return Markup(" ").join(parts)


def _expected(expected: Expected, learned: Learned | None) -> str:
    if expected.source is Source.SET:
        return _("Expected %(when)s, as was set.")
    if expected.source is Source.COLLECTED:
        return _("Expected %(when)s, as its agent says.")
    if expected.source is Source.TOLD:
        return _("Told by Duplicati: next run %(when)s.")
    if learned is None:
        return _("Expected %(when)s.")
    match learned.schedule:
        case Weekly(days, (at,)) if days == EVERY_DAY and MORNING <= at < EVENING:
            return _("Expected %(when)s, as on the last %(runs)s days.")
        case Weekly(days, (_at,)) if days == EVERY_DAY:
            return _("Expected %(when)s, as on the last %(runs)s nights.")
        case _other:
            return _("Expected %(when)s, as its last %(runs)s runs were.")


def _how(job: Job, health: Health) -> str:
    status = Status(job.last_status) if job.last_status else Status.FATAL
    if health is Health.WARNING and job.last_partial:
        return _("Stopped before it was complete %(when)s")
    return {
        Status.ERROR: _("Failed %(when)s"),
        Status.FATAL: _("Failed %(when)s"),
        Status.INTERRUPTED: _("Was interrupted %(when)s"),
        Status.WARNING: _("Ended with warnings %(when)s"),
        Status.UNKNOWN: _("Ended without a known result %(when)s"),
        Status.OTHER: _("Ended %(when)s in a word that says neither success nor failure"),
    }.get(status, _("Ended %(when)s"))


def _ended(how: str, when: Markup, message: str) -> Markup:
    if not message:
        return say(_("%(how)s."), how=say(how, when=when))
    told = visible(message_of(message, language.say()))
    return say(_("%(how)s: “%(message)s”"), how=say(how, when=when), message=told)
