"""Why a job is as it is, in a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf

from duplistat.core import doubts, formatting
from duplistat.core.expectation import expected_after
from duplistat.core.health import Live, rests_until
from duplistat.core.i18n import ENGLISH, Say, later
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms, to_ms
from duplistat.core.verdict import Proof
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import counted_from, facts_of, rhythm_of
from duplistat.store.jobs import Job

# What is noted of a run in place of a report that never came.
WENT_SILENT = later("It started, then went silent: no end was ever reported")
TOLD_ELSEWHERE = later("It started; the result that followed came under another time")
ENDED_UNSEEN = later("Duplicati said that this run ended, but its report with the result never came")
FAILED_UNSEEN = later("Duplicati said that this run failed")
_OURS = (WENT_SILENT, TOLD_ELSEWHERE, ENDED_UNSEEN, FAILED_UNSEEN)


def message_of(message: str, say: Say = ENGLISH) -> str:
    """The message of a run: as its sender wrote it, or ours in a language."""
    return say.gettext(message) if message in _OURS else doubts.in_language(message, say)


def first_missed(job: Job, defaults: ScheduleDefaults) -> datetime | None:
    """The first expected time that no run came for, UTC; what `expected_at` says while none was missed."""
    return expected_after(rhythm_of(job, defaults), *counted_from(job)).at


def awaited(job: Job, health: Health, defaults: ScheduleDefaults) -> datetime | None:
    """When a backup run is expected, or the first missed one was, UTC; None where none is, as in a pause."""
    waits = job.expected_at is not None and health is not Health.PAUSED
    return first_missed(job, defaults) if waits else None


# What a sentence is made of: words, and times in ms, which a page says by the clock of who reads it.
Piece = str | int


def reason_of(job: Job, health: Health, defaults: ScheduleDefaults, now: int, say: Say = ENGLISH) -> str:
    """What is behind a job's health, for a person who reads it at `now` (ms). Times in the job's zone."""
    zone, read = rhythm_of(job, defaults).zone, from_ms(now)

    def moment(at: int) -> str:
        return formatting.moment(from_ms(at).astimezone(zone), read.astimezone(zone), say)

    return "".join(
        moment(piece) if isinstance(piece, int) else piece
        for piece in pieces_of(job, health, defaults, now, say)
    )


def lasting_reason(job: Job, health: Health, defaults: ScheduleDefaults, now: int) -> str:
    """The same to be kept, in English: read on any later day, its times have their date and their zone."""
    zone = rhythm_of(job, defaults).zone
    return "".join(
        formatting.dated(from_ms(piece).astimezone(zone)) if isinstance(piece, int) else piece
        for piece in pieces_of(job, health, defaults, now)
    )


def pieces_of(
    job: Job, health: Health, defaults: ScheduleDefaults, now: int, say: Say = ENGLISH
) -> list[Piece]:
    """What is behind a job's health at `now` (ms), with its times still to be said."""
    tell = _Teller(job, now, say)
    if health is Health.OVERDUE:
        return tell.overdue(first_missed(job, defaults))
    if health is Health.FAILED and job.live_state == Live.FAILED:
        # Its report has not come: what the row knows as the latest run is the one before.
        return tell.failed_live()
    if health is Health.FAILED and job.verification_failed:
        found = failure_of(job, Proof.VERIFICATION, say)
        return [*found, ". ", *tell.ended()] if ended_badly(job) else found
    if health is Health.FAILED:
        return tell.ended()
    if health is Health.WARNING and job.restore_failed:
        return failure_of(job, Proof.RESTORE, say)
    if health is Health.WARNING:
        return tell.partial() if job.last_partial else tell.ended()
    if health is Health.STUCK:
        return tell.at(say.gettext("Said that it runs, then nothing since {when}"), job.live_at)
    if health is Health.RUNNING:
        return tell.running()
    if health is Health.NEVER:
        return [say.gettext("No backup of this job has been reported yet")]
    if health is Health.PAUSED:
        return tell.rests()
    return tell.at(say.gettext("Backed up {when}"), job.last_order)


def ended_badly(job: Job) -> bool:
    """Whether its latest backup run failed, as against a verification."""
    status = Status(job.last_status) if job.last_status else Status.UNKNOWN
    return status.failed or status is Status.INTERRUPTED


def failure_of(job: Job, proof: Proof, say: Say = ENGLISH, *, quoted: bool = True) -> list[Piece]:
    """What the latest verification or restore found, that failed. What its sender wrote is left out unless `quoted`."""
    tell = _Teller(job, 0, say)
    verified = proof is Proof.VERIFICATION
    at, files = (job.verify_at, job.verify_broken) if verified else (job.restored_at, job.restored_broken)
    if files:
        texts = (
            say.ngettext(
                "The verification {when} found {number} broken remote file",
                "The verification {when} found {number} broken remote files",
                files,
            )
            if verified
            else say.ngettext(
                "The restore {when} found {number} broken file",
                "The restore {when} found {number} broken files",
                files,
            )
        )
        return tell.at(texts, at, number=formatting.count(files))
    message = message_of(job.verify_message if verified else job.restored_message, say) if quoted else ""
    start = tell.at(
        say.gettext("The verification {when} failed")
        if verified
        else say.gettext("The restore {when} failed"),
        at,
    )
    return [*start, f": {message}"] if message else start


@dataclass(frozen=True, slots=True)
class _Teller:
    """Sentences about one job at `now` (ms), in one language."""

    job: Job
    now: int
    say: Say

    def at(self, text: str, at: int | None, **values: str) -> list[Piece]:
        """A text with a time in its place {when}."""
        before, _when, after = text.partition("{when}")
        when = self.say.gettext("at an unknown time") if at is None else at
        return [before.format(**values), when, after.format(**values)]

    def overdue(self, expected: datetime | None) -> list[Piece]:
        say, job = self.say, self.job
        parts: list[list[Piece]] = [[say.gettext("Overdue")]]
        if expected:
            late = formatting.since(self.now / 1000 - expected.timestamp(), say)
            text = say.gettext("Overdue by {late}: expected {when}")
            parts = [self.at(text, to_ms(expected), late=late)]
        if job.missed > 1:
            parts.append([say.gettext("{number} times missed").format(number=formatting.count(job.missed))])
        if job.last_success_at is not None:
            parts.append(self.at(say.gettext("last good backup {when}"), job.last_success_at))
        else:
            parts.append([say.gettext("no good backup is known")])
        return _joined(parts)

    def failed_live(self) -> list[Piece]:
        start = self.at(self.say.gettext("The backup {when} failed"), self.job.live_started)
        return [*start, f": {self.job.live_error}"] if self.job.live_error else start

    def ended(self) -> list[Piece]:
        job = self.job
        start = self._ended(Status(job.last_status) if job.last_status else Status.FATAL)
        message = message_of(job.last_message, self.say)
        return [*start, f": {message}"] if message else start

    def partial(self) -> list[Piece]:
        text = self.say.gettext("The backup {when} was stopped before it was complete")
        return self.at(text, self.job.last_order)

    def running(self) -> list[Piece]:
        since, part = self.job.live_started, self.job.live_progress
        if part is None:
            return self.at(self.say.gettext("Running since {when}"), since)
        text = self.say.gettext("Running since {when}, {part} done")
        return self.at(text, since, part=formatting.percent(part, self.say))

    def rests(self) -> list[Piece]:
        say, job = self.say, self.job
        if job.archived_at is not None:
            return [say.gettext("In the archive: nothing is expected of it")]
        end = rests_until(facts_of(job), self.now)
        if job.paused and (job.paused_until is None or self.now < job.paused_until):
            open_end = say.gettext("Paused: nothing is expected of it")
            text = say.gettext("Paused until {when}: nothing is expected of it")
        else:
            open_end = say.gettext("In maintenance: nothing is expected of it")
            text = say.gettext("In maintenance until {when}: nothing is expected of it")
        return [open_end] if end is None or end == inf else self.at(text, int(end))

    def _ended(self, status: Status) -> list[Piece]:
        say = self.say
        texts = {
            Status.ERROR: say.gettext("The backup {when} ended with errors"),
            Status.FATAL: say.gettext("The backup {when} failed"),
            Status.INTERRUPTED: say.gettext("The backup {when} was interrupted"),
            Status.WARNING: say.gettext("The backup {when} ended with warnings"),
            Status.UNKNOWN: say.gettext("The backup {when} ended without a known result"),
            Status.OTHER: say.gettext(
                "The backup {when} ended in a word that says neither success nor failure"
            ),
        }
        return self.at(texts.get(status) or say.gettext("The backup {when} ended"), self.job.last_order)


def _joined(parts: Iterable[list[Piece]]) -> list[Piece]:
    """Parts of a sentence with commas between them."""
    first, *rest = parts
    return first + [piece for part in rest for piece in (", ", *part)]
