"""Reasons in words, in any language. Times are left to whoever shows them: a page knows its reader's clock."""

from collections.abc import Sequence

from duplistat.core import formatting
from duplistat.core.i18n import ENGLISH, Say, later, restored, translated
from duplistat.core.reason import Code, Reason, Value, dump, load_message
from duplistat.core.status import Status
from duplistat.core.text import capital

_MESSAGES = {
    Code.ERRORS_IN_LOG: later("Success, with {number} errors in the log"),
    Code.FILES_UNREADABLE: later("{number} files could not be read"),
    Code.SOURCE_EMPTIED: later("nothing examined, {number} files deleted: is the source mounted?"),
    Code.SOURCE_EMPTY: later(
        "nothing examined, where the run before examined {number} files: is the source mounted?"
    ),
    Code.WENT_SILENT: later("It started, then went silent: no end was ever reported"),
    Code.RESULT_ELSEWHERE: later("It started; the result that followed came under another time"),
    Code.ENDED_UNREPORTED: later(
        "Duplicati said that this run ended, but its report with the result never came"
    ),
    Code.FAILED_UNREPORTED: later("Duplicati said that this run failed"),
    Code.SUCCESS_DOUBTED: later("Reported as a success, but its output tells of a failure"),
}
_OF_ONE = {
    Code.ERRORS_IN_LOG: later("Success, with 1 error in the log"),
    Code.FILES_UNREADABLE: later("1 file could not be read"),
    Code.SOURCE_EMPTIED: later("nothing examined, 1 file deleted: is the source mounted?"),
    Code.SOURCE_EMPTY: later(
        "nothing examined, where the run before examined 1 file: is the source mounted?"
    ),
}

# What a sentence is made of: words, and times in ms, which a page says by the clock of who reads it.
Piece = str | int

# What is recorded as the message of a run whose report never came.
WENT_SILENT = dump([Reason(Code.WENT_SILENT, {})])
RESULT_ELSEWHERE = dump([Reason(Code.RESULT_ELSEWHERE, {})])
ENDED_UNREPORTED = dump([Reason(Code.ENDED_UNREPORTED, {})])
FAILED_UNREPORTED = dump([Reason(Code.FAILED_UNREPORTED, {})])


def message_of(message: str, say: Say = ENGLISH) -> str:
    """The message of a run, as it is kept, in words: as its sender wrote it, or ours in a language."""
    ours = load_message(message)
    return _sentence(ours, say) if ours else message


def words(reasons: Sequence[Reason], now: int, say: Say = ENGLISH, *, quoted: bool = True) -> list[Piece]:
    """Reasons as they were at `now` (ms). What senders wrote is left out unless it is to be `quoted`."""
    told = [_words(reason, now, say, quoted) for reason in reasons]
    return [piece for number, part in enumerate(told) for piece in ([". ", *part] if number else part)]


def _words(reason: Reason, now: int, say: Say, quoted: bool) -> list[Piece]:
    at, until, files = reason.number("at"), reason.number("until"), reason.number("files")
    message = reason.text("message") if quoted else ""
    match reason.code:
        case Code.OVERDUE:
            return _overdue(reason, now, say)
        case Code.LIVE_FAILED:
            return _with_message(_at(say.gettext("The backup {when} failed"), at, say), message, say)
        case Code.VERIFICATION_FAILED if files:
            text = say.ngettext(
                "The verification {when} found {number} broken remote file",
                "The verification {when} found {number} broken remote files",
                files,
            )
            return _at(text, at, say, number=formatting.count(files, say))
        case Code.VERIFICATION_FAILED:
            start = _at(say.gettext("The verification {when} failed"), at, say)
            return _with_message(start, message_of(message, say), say)
        case Code.RESTORE_FAILED if files:
            text = say.ngettext(
                "The restore {when} found {number} broken file",
                "The restore {when} found {number} broken files",
                files,
            )
            return _at(text, at, say, number=formatting.count(files, say))
        case Code.RESTORE_FAILED:
            start = _at(say.gettext("The restore {when} failed"), at, say)
            return _with_message(start, message_of(message, say), say)
        case Code.ENDED:
            start = _at(_ended(Status(reason.text("status")), say), at, say)
            return _with_message(start, message_of(message, say), say)
        case Code.STOPPED:
            return _at(say.gettext("The backup {when} was stopped before it was complete"), at, say)
        case Code.STALLED:
            return _at(say.gettext("No progress since {when}"), at, say)
        case Code.RUNNING:
            return _running(at, reason.values.get("part"), say)
        case Code.NEVER_REPORTED:
            return [say.gettext("No backup of this job has been reported yet")]
        case Code.ARCHIVED:
            return [say.gettext("Archived: no runs are expected")]
        case Code.PAUSED if until is None:
            return [say.gettext("Paused: no runs are expected")]
        case Code.PAUSED:
            return _at(say.gettext("Paused until {when}: no runs are expected"), until, say)
        case Code.MAINTENANCE if until is None:
            return [say.gettext("In maintenance: no runs are expected")]
        case Code.MAINTENANCE:
            return _at(say.gettext("In maintenance until {when}: no runs are expected"), until, say)
        case Code.BACKED_UP:
            return _at(say.gettext("Backed up {when}"), at, say)
        case Code.UNDELIVERED:
            return [capital(translated(restored(message), say)) or say.gettext("Messages are not delivered")]
        case Code.TEXT:
            return [reason.text("text")]
        case _:
            return [_sentence([reason], say)]


def _overdue(reason: Reason, now: int, say: Say) -> list[Piece]:
    expected, missed, success = (reason.number(name) for name in ("expected_at", "missed", "last_success_at"))
    found: list[Piece] = [say.gettext("Overdue")]
    if expected is not None:
        late = formatting.since((now - expected) / 1000, say)
        found = _at(say.gettext("Overdue by {late}: expected {when}"), expected, say, late=late)
    if (missed or 0) > 1:
        found += [", ", say.gettext("{number} times missed").format(number=formatting.count(missed, say))]
    if success is None:
        return [*found, ", ", say.gettext("no successful backup yet")]
    return [*found, ", ", *_at(say.gettext("last successful backup {when}"), success, say)]


def _ended(status: Status, say: Say) -> str:
    texts = {
        Status.ERROR: say.gettext("The backup {when} ended with errors"),
        Status.FATAL: say.gettext("The backup {when} failed"),
        Status.INTERRUPTED: say.gettext("The backup {when} was interrupted"),
        Status.WARNING: say.gettext("The backup {when} ended with warnings"),
        Status.UNKNOWN: say.gettext("The backup {when} ended without a known result"),
        Status.OTHER: say.gettext("The backup {when} ended with an unrecognised status"),
    }
    return texts.get(status) or say.gettext("The backup {when} ended")


def _running(since: int | None, part: Value, say: Say) -> list[Piece]:
    if not isinstance(part, int | float):
        return _at(say.gettext("Running since {when}"), since, say)
    done = formatting.percent(part, say)
    return _at(say.gettext("Running since {when}, {part} done"), since, say, part=done)


def _at(text: str, at: int | None, say: Say, **values: str) -> list[Piece]:
    """A text with a time in its place {when}."""
    before, _when, after = text.partition("{when}")
    when = say.gettext("at an unknown time") if at is None else at
    return [before.format(**values), when, after.format(**values)]


def _with_message(start: list[Piece], message: str, say: Say) -> list[Piece]:
    return [*start, f"{say.formats.colon}{message}"] if message else start


def _sentence(reasons: Sequence[Reason], say: Say) -> str:
    texts = (_message(item.code, item.number("number") or 0, say) for item in reasons)
    return capital(formatting.listed(texts, say))


def _message(code: Code, number: int, say: Say) -> str:
    texts = _OF_ONE if number == 1 and code in _OF_ONE else _MESSAGES
    text = say.gettext(texts[code])
    return text.format(number=formatting.count(number, say))
