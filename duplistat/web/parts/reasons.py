"""Why a job is as it is, as a person would say it: with times that know their zone, and what the sender wrote."""

from collections.abc import Sequence
from datetime import time
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.config import zone_named
from duplistat.core import formatting
from duplistat.core.expectation import Expected, Rhythm, Source, expected_after
from duplistat.core.health import Live
from duplistat.core.learned import Learned
from duplistat.core.reason import load
from duplistat.core.reason_words import Piece, message_of, words
from duplistat.core.schedule import EVERY_DAY, Weekly
from duplistat.core.status import Health, Status
from duplistat.core.text import capital
from duplistat.core.times import to_ms
from duplistat.core.verdict import Proof
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import ended_badly, failure_of, pieces_of
from duplistat.services.jobs.state import counted_from, rhythm_of
from duplistat.services.jobs.verdicts import stands
from duplistat.store.jobs import Job
from duplistat.web import language
from duplistat.web.formatting import Reader, count, say, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.zones import why_zoned
from duplistat.web.timed import written

# A run that starts before or after is one of the night.
MORNING, EVENING = time(6), time(20)


def reason(job: Job, health: Health, defaults: ScheduleDefaults, now: int, *, quoted: bool = True) -> Markup:
    """What happened, how we know, and what there is to go back to: for one of the states that need attention.

    Times are in the job's zone.

    What the sender wrote is left out unless it is to be `quoted`: it may name paths and hosts.
    """
    reader = Reader(now, rhythm_of(job, defaults).zone)
    if health is Health.OVERDUE:
        return _besides(job, _overdue(job, defaults, reader), reader)
    if health is Health.OK:
        text = _(
            "Last backup %(when)s. No schedule is known, so duplistat cannot tell whether it is overdue."
        )
        return say(text, when=reader.ago(job.last_order))
    if health is Health.STUCK:
        return _besides(job, _stalled(job, reader), reader)
    if job.live_state == Live.FAILED:
        # Its report has not come yet: what the row knows as the latest run is the one before.
        failed = _ended(_("Failed %(when)s"), reader.ago(job.live_started), job.live_error if quoted else "")
        return Markup(" ").join([failed, _last_backup(job, reader)])
    lasted = formatting.since((job.last_duration or 0) / 1000, reader.say)
    message = job.last_message if quoted else ""
    ended = _ended(_how(job, health), reader.ago(job.last_order), message, lasted)
    if health is Health.FAILED:
        parts = _failing(job, reader, message)
        parts = parts or [ended, _last_backup(job, reader)]
        if job.verification_failed:
            found = failure(job, Proof.VERIFICATION, reader, quoted=quoted)
            parts = [found, *parts] if ended_badly(job) else [found]
        return Markup(" ").join(parts)
    if health is Health.WARNING and job.restore_failed:
        return failure(job, Proof.RESTORE, reader, quoted=quoted)
    return ended


def schedule(rhythm: Rhythm, source: Source, reader: Reader) -> str:
    """How we know when a job runs, as a sentence for `timed`, with the `clock` of the same."""
    text = why_zoned(rhythm, source, lambda moment: written(to_ms(moment), reader))
    return sentence(visible(capital(text)))


def clock(rhythm: Rhythm, source: Source) -> ZoneInfo:
    """By which clock the times of day of a schedule are: that of the job, unless it was learned by another one."""
    own = rhythm.learned.zone if source is Source.LEARNED and rhythm.learned else None
    return zone_named(own) if own else rhythm.zone


def standing(job: Job) -> list[Proof]:
    """What failed, and nobody dismissed: the verification first."""
    return [proof for proof in Proof if stands(job, proof)]


def failure(job: Job, proof: Proof, reader: Reader, *, quoted: bool = True, link: str = "") -> Markup:
    """What the latest verification or restore found, in a sentence; its time is a `link`, if one is given."""
    return _marked(words([failure_of(job, proof)], reader.now, reader.say, quoted=quoted), reader, link)


def lead(job: Job, health: Health, defaults: ScheduleDefaults, now: int, *, link: str = "") -> Markup:
    """What `services.jobs.reasons.reason_of` says, with times that know their zone; the first may be a `link`."""
    reader = Reader(now, rhythm_of(job, defaults).zone)
    return _marked(pieces_of(job, health, defaults, now, reader.say), reader, link)


def streak(job: Job, health: Health, reader: Reader) -> Markup:
    """For how long and how often in a row a job has failed, and what there is to go back to; empty for another one."""
    if health is not Health.FAILED or not ended_badly(job):
        return Markup("")
    return Markup(" ").join(_failing(job, reader, "") or [_last_backup(job, reader)])


def change(kept: str, at: int, reader: Reader, *, quoted: bool = True) -> Markup:
    """Why something changed at a time (ms), as it was kept then; `quoted` as in `reason`."""
    pieces = words(load(kept), at, reader.say, quoted=quoted)
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
    """Overdue since it was expected; how we know that it was; and what there is to go back to."""
    expected = expected_after(rhythm_of(job, defaults), *counted_from(job))
    parts = []
    if expected.at is None:
        parts.append(Markup.escape(_("Overdue.")))
    else:
        at = to_ms(expected.at)
        text = (
            _("Overdue for %(span)s (%(missed)s runs missed).")
            if job.missed > 1
            else _("Overdue for %(span)s.")
        )
        parts.append(say(text, span=reader.since(at), missed=count(job.missed)))
        parts.append(_last_backup(job, reader))
        runs = rhythm_of(job, defaults).learned
        parts.append(
            say(_expected(expected, runs), when=reader.moment(at), runs=str(runs.runs if runs else 0))
        )
    return Markup(" ").join(parts if expected.at is not None else [*parts, _last_backup(job, reader)])


def _failing(job: Job, reader: Reader, message: str) -> list[Markup]:
    """Of several runs in a row that failed: since when, how many, what there is to go back to, and the last message."""
    if job.failing_runs < 2 or job.failing_since is None:
        return []
    text = _("Failing for %(span)s, %(number)s runs in a row.")
    number = count(job.failing_runs)
    parts = [say(text, span=reader.since(job.failing_since), number=number), _last_backup(job, reader)]
    if message:
        told = formatting.quoted(visible(message_of(message, reader.say)), reader.say)
        parts.append(Markup.escape(sentence(told)))
    return parts


def _stalled(job: Job, reader: Reader) -> Markup:
    span = reader.since(job.live_at or reader.now)
    if job.live_started is None:
        return say(_("Stalled: no progress for %(span)s."), span=span)
    text = _("Stalled: started %(when)s, no progress for %(span)s.")
    return say(text, when=reader.moment(job.live_started), span=span)


def _last_backup(job: Job, reader: Reader) -> Markup:
    """What there is to go back to."""
    if job.last_success_at is None:
        return Markup.escape(_("Never backed up successfully."))
    return say(_("Last backup %(when)s."), when=reader.moment(job.last_success_at))


def _expected(expected: Expected, learned: Learned | None) -> str:
    if expected.source is Source.SET:
        return _("Expected %(when)s (schedule set by hand).")
    if expected.source is Source.COLLECTED:
        return _("Expected %(when)s (from Duplicati's schedule).")
    if expected.source is Source.TOLD:
        return _("Expected %(when)s (from Duplicati's schedule).")
    if learned is None:
        return _("Expected %(when)s.")
    match learned.schedule:
        case Weekly(days, (at,)) if days == EVERY_DAY and MORNING <= at < EVENING:
            return _("Expected %(when)s (learned from %(runs)s days).")
        case Weekly(days, (_at,)) if days == EVERY_DAY:
            return _("Expected %(when)s (learned from %(runs)s nights).")
        case _other:
            return _("Expected %(when)s (learned from %(runs)s runs).")


def _how(job: Job, health: Health) -> str:
    status = Status(job.last_status) if job.last_status else Status.FATAL
    if health is Health.WARNING and job.last_partial:
        return _("Incomplete (stopped) %(when)s")
    return {
        Status.ERROR: _("Failed %(when)s"),
        Status.FATAL: _("Failed %(when)s"),
        Status.INTERRUPTED: _("Interrupted %(when)s, after %(span)s")
        if job.last_duration
        else _("Interrupted %(when)s"),
        Status.WARNING: _("Ended with warnings %(when)s"),
        Status.UNKNOWN: _("Ended with unknown result %(when)s"),
        Status.OTHER: _("Ended with an unrecognised status %(when)s"),
    }.get(status, _("Ended %(when)s"))


def _ended(how: str, when: Markup, message: str, span: str = "") -> Markup:
    ended = say(how, when=when, span=span)
    if not message:
        return say(_("%(how)s."), how=ended)
    told = visible(message_of(message, language.say()))
    return sentence(say(_("%(how)s: “%(message)s”"), how=ended, message=told))
