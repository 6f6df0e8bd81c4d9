"""What a run was and how it ended, in the reader's language."""

from markupsafe import Markup

from duplistat.core.status import Health, Status
from duplistat.store.runs import Run
from duplistat.web.formatting import count, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, pgettext

# More than this of a sender's own word for how a run ended is a text, which the page of the run has.
WORD = 60

# How a run ended, as one of the marks that health has.
MARKS = {
    Status.SUCCESS: Health.OK,
    Status.WARNING: Health.WARNING,
    Status.ERROR: Health.FAILED,
    Status.FATAL: Health.FAILED,
    Status.RUNNING: Health.RUNNING,
    Status.INTERRUPTED: Health.FAILED,
    Status.OTHER: Health.WARNING,
    Status.UNKNOWN: Health.NEVER,
}


def operation(name: str) -> str:
    """Backup, Restore, Test …"""
    known = {
        "backup": pgettext("an operation", "Backup"),
        "restore": pgettext("an operation", "Restore"),
        "test": pgettext("an operation", "Verification"),
        "verify": pgettext("an operation", "Verification"),
        "prune": pgettext("an operation", "Prune"),
        "delete": pgettext("an operation", "Delete"),
        "compact": pgettext("an operation", "Compact"),
        "vacuum": pgettext("an operation", "Vacuum"),
        "repair": pgettext("an operation", "Repair"),
        "other": pgettext("an operation", "Other operation"),
        "unknown": pgettext("an operation", "Unknown"),
    }
    name = visible(name)
    return known.get(name.lower()) or name[:1].upper() + name[1:] or _("Run")


def ended(status: Status) -> str:
    """How it ended, of %(operation)s."""
    texts = {
        Status.SUCCESS: _("%(operation)s succeeded"),
        Status.WARNING: _("%(operation)s ended with warnings"),
        Status.ERROR: _("%(operation)s ended with errors"),
        Status.FATAL: _("%(operation)s failed"),
        Status.RUNNING: _("%(operation)s is running"),
        Status.INTERRUPTED: _("%(operation)s was interrupted"),
        Status.OTHER: _("%(operation)s ended with an unrecognised status"),
        Status.UNKNOWN: _("%(operation)s ended with unknown result"),
    }
    return texts[status]


def ending(run: Run) -> str:
    """Backup succeeded; where it has a word of its own for how it ended, that."""
    what = {"operation": operation(run.operation)}
    if Status(run.status) is Status.OTHER and run.status_text:
        text = run.status_text if not long_word(run) else f"{run.status_text[:WORD].rstrip()}…"
        return _("%(operation)s ended with status “%(word)s”") % (what | {"word": visible(text)})
    return ended(Status(run.status)) % what


def long_word(run: Run) -> bool:
    """Whether its own word for how it ended is too long to be a part of a sentence."""
    return len(run.status_text) > WORD


def counted(run: Run) -> str:
    """1 error and 35 warnings; "" for none, or none told."""
    errors = ngettext("%(number)s error", "%(number)s errors", run.errors or 0)
    errors %= {"number": count(run.errors)}
    warnings = ngettext("%(number)s warning", "%(number)s warnings", run.warnings or 0)
    warnings %= {"number": count(run.warnings)}
    if run.errors and run.warnings:
        return _("%(errors)s and %(warnings)s") % {"errors": errors, "warnings": warnings}
    return errors if run.errors else warnings if run.warnings else ""


def short(run: Run) -> str:
    """What a row of a table says: Backup, Backup with 2 warnings, Backup failed."""
    status, counts = Status(run.status), counted(run)
    if status in (Status.WARNING, Status.ERROR) and counts:
        what = {"operation": operation(run.operation), "counted": counts}
        return _("%(operation)s with %(counted)s") % what
    # The mark says that it succeeded; a column of that word hides what did not.
    return operation(run.operation) if status is Status.SUCCESS else ending(run)


def headline(run: Run, took: str, ago: str) -> Markup:
    """Backup succeeded with 2 warnings in 3 min 20 s, 6 h ago; `took` is "" where that is not known."""
    status, counts = Status(run.status), counted(run)
    text = ending(run)
    if counts:
        what = {"operation": operation(run.operation)}
        if status is Status.WARNING:
            text = _("%(operation)s succeeded") % what
        elif status is Status.ERROR:
            text = _("%(operation)s ended") % what
        text = _("%(ended)s with %(counted)s") % {"ended": text, "counted": counts}
    if took:
        good = status in (Status.SUCCESS, Status.WARNING)
        pattern = _("%(ended)s in %(took)s") if good else _("%(ended)s after %(took)s")
        text = pattern % {"ended": text, "took": took}
    return say(_("%(what)s, %(when)s"), what=text, when=ago)
