"""Reasons in words, in any language. Times are left to whoever shows them: a page knows its reader's clock."""

from collections.abc import Callable, Iterable, Sequence

from duplistat.core import doubts, formatting
from duplistat.core.i18n import ENGLISH, Say, later
from duplistat.core.reason import Code, Reason
from duplistat.core.status import Status

# What a sentence is made of: words, and times in ms, which a page says by the clock of who reads it.
Piece = str | int

# What is noted of a run in place of a report that never came.
WENT_SILENT = later("It started, then went silent: no end was ever reported")
TOLD_ELSEWHERE = later("It started; the result that followed came under another time")
ENDED_UNSEEN = later("Duplicati said that this run ended, but its report with the result never came")
FAILED_UNSEEN = later("Duplicati said that this run failed")
_OURS = (WENT_SILENT, TOLD_ELSEWHERE, ENDED_UNSEEN, FAILED_UNSEEN)


def message_of(message: str, say: Say = ENGLISH) -> str:
    """The message of a run: as its sender wrote it, or ours in a language."""
    return say.gettext(message) if message in _OURS else doubts.in_language(message, say)


def words(reasons: Sequence[Reason], now: int, say: Say = ENGLISH, *, quoted: bool = True) -> list[Piece]:
    """Reasons as they were at `now` (ms). What senders wrote is left out unless it is to be `quoted`."""
    told = [_WORDS[reason.code](reason, now, say, quoted) for reason in reasons]
    return [piece for number, part in enumerate(told) for piece in ([". ", *part] if number else part)]


def _overdue(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    parts: list[list[Piece]] = [[say.gettext("Overdue")]]
    expected, missed, success = (reason.number(name) for name in ("expected_at", "missed", "last_success_at"))
    if expected is not None:
        late = formatting.since((now - expected) / 1000, say)
        parts = [_at(say.gettext("Overdue by {late}: expected {when}"), expected, say, late=late)]
    if (missed or 0) > 1:
        parts.append([say.gettext("{number} times missed").format(number=formatting.count(missed))])
    if success is not None:
        parts.append(_at(say.gettext("last good backup {when}"), success, say))
    else:
        parts.append([say.gettext("no good backup is known")])
    return _joined(parts)


def _live_failed(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    start = _at(say.gettext("The backup {when} failed"), reason.number("at"), say)
    return _with_message(start, reason.text("message") if quoted else "")


def _verification_failed(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    files = reason.number("files")
    if files:
        text = say.ngettext(
            "The verification {when} found {number} broken remote file",
            "The verification {when} found {number} broken remote files",
            files,
        )
        return _at(text, reason.number("at"), say, number=formatting.count(files))
    return _failed_proof(reason, say.gettext("The verification {when} failed"), say, quoted)


def _restore_failed(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    files = reason.number("files")
    if files:
        text = say.ngettext(
            "The restore {when} found {number} broken file",
            "The restore {when} found {number} broken files",
            files,
        )
        return _at(text, reason.number("at"), say, number=formatting.count(files))
    return _failed_proof(reason, say.gettext("The restore {when} failed"), say, quoted)


def _failed_proof(reason: Reason, text: str, say: Say, quoted: bool) -> list[Piece]:
    message = message_of(reason.text("message"), say) if quoted else ""
    return _with_message(_at(text, reason.number("at"), say), message)


def _ended(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    texts = {
        Status.ERROR: say.gettext("The backup {when} ended with errors"),
        Status.FATAL: say.gettext("The backup {when} failed"),
        Status.INTERRUPTED: say.gettext("The backup {when} was interrupted"),
        Status.WARNING: say.gettext("The backup {when} ended with warnings"),
        Status.UNKNOWN: say.gettext("The backup {when} ended without a known result"),
        Status.OTHER: say.gettext("The backup {when} ended in a word that says neither success nor failure"),
    }
    text = texts.get(Status(reason.text("status"))) or say.gettext("The backup {when} ended")
    message = message_of(reason.text("message"), say) if quoted else ""
    return _with_message(_at(text, reason.number("at"), say), message)


def _stopped(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return _at(say.gettext("The backup {when} was stopped before it was complete"), reason.number("at"), say)


def _stalled(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return _at(say.gettext("Said that it runs, then nothing since {when}"), reason.number("at"), say)


def _running(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    part = reason.values.get("part")
    if not isinstance(part, int | float):
        return _at(say.gettext("Running since {when}"), reason.number("at"), say)
    done = formatting.percent(part, say)
    return _at(say.gettext("Running since {when}, {part} done"), reason.number("at"), say, part=done)


def _never_reported(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return [say.gettext("No backup of this job has been reported yet")]


def _archived(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return [say.gettext("In the archive: nothing is expected of it")]


def _paused(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    until = reason.number("until")
    if until is None:
        return [say.gettext("Paused: nothing is expected of it")]
    return _at(say.gettext("Paused until {when}: nothing is expected of it"), until, say)


def _maintenance(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    until = reason.number("until")
    if until is None:
        return [say.gettext("In maintenance: nothing is expected of it")]
    return _at(say.gettext("In maintenance until {when}: nothing is expected of it"), until, say)


def _backed_up(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return _at(say.gettext("Backed up {when}"), reason.number("at"), say)


def _text(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    return [reason.text("text")]


_WORDS: dict[Code, Callable[[Reason, int, Say, bool], list[Piece]]] = {
    Code.OVERDUE: _overdue,
    Code.LIVE_FAILED: _live_failed,
    Code.VERIFICATION_FAILED: _verification_failed,
    Code.RESTORE_FAILED: _restore_failed,
    Code.ENDED: _ended,
    Code.STOPPED: _stopped,
    Code.STALLED: _stalled,
    Code.RUNNING: _running,
    Code.NEVER_REPORTED: _never_reported,
    Code.ARCHIVED: _archived,
    Code.PAUSED: _paused,
    Code.MAINTENANCE: _maintenance,
    Code.BACKED_UP: _backed_up,
    Code.TEXT: _text,
}


def _at(text: str, at: int | None, say: Say, **values: str) -> list[Piece]:
    """A text with a time in its place {when}."""
    before, _when, after = text.partition("{when}")
    when = say.gettext("at an unknown time") if at is None else at
    return [before.format(**values), when, after.format(**values)]


def _with_message(start: list[Piece], message: str) -> list[Piece]:
    return [*start, f": {message}"] if message else start


def _joined(parts: Iterable[list[Piece]]) -> list[Piece]:
    """Parts of a sentence with commas between them."""
    first, *rest = parts
    return first + [piece for part in rest for piece in (", ", *part)]
