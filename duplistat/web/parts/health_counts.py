"""How many jobs are how, in words: the answer of the overview, of a tab, and of a server's page."""

from collections.abc import Mapping

from duplistat.core.health_words import COUNTED, counted
from duplistat.core.status import UNSCHEDULED, Health
from duplistat.web import language
from duplistat.web.formatting import count
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext

# These cannot wait: a warning can.
URGENT = (Health.OVERDUE, Health.FAILED, Health.STUCK)
Counts = Mapping[str, int]


def headline(counts: Counts, total: int | None = None, *, tests: bool = False, archived: bool = False) -> str:
    """The answer in one sentence, from how many jobs are how; of `total`, when not all of them are counted. `tests`:
    there are jobs of test reports beside these; `archived`: and some in the archive."""
    total = sum(counts.values()) if total is None else total
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    fine = counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)
    if total == 0 and archived:
        return _("All jobs are archived")
    if total == 0 and tests:
        return _("Waiting for the first report")
    if total == 0:
        return _("No jobs yet")
    if total == 1:
        return _only(counts)
    numbers = {"number": count(urgent or warnings or fine), "total": count(total)}
    if fine == total:
        return _("All %(total)s jobs are protected") % numbers
    if urgent:
        return (
            ngettext(
                "%(number)s of %(total)s jobs needs attention",
                "%(number)s of %(total)s jobs need attention",
                urgent,
            )
            % numbers
        )
    if warnings:
        return (
            ngettext(
                "%(number)s of %(total)s jobs ended with warnings",
                "%(number)s of %(total)s jobs ended with warnings",
                warnings,
            )
            % numbers
        )
    if unscheduled := counts.get(UNSCHEDULED, 0):
        text = ngettext(
            "%(number)s of %(total)s jobs is silent and has no schedule",
            "%(number)s of %(total)s jobs are silent and have no schedule",
            unscheduled,
        )
        return text % (numbers | {"number": count(unscheduled)})
    if fine:
        return (
            ngettext(
                "%(number)s of %(total)s jobs is protected",
                "%(number)s of %(total)s jobs are protected",
                fine,
            )
            % numbers
        )
    if counts.get(Health.PAUSED, 0) == total:
        return _("All %(total)s jobs are paused") % numbers
    if (snoozed := total - sum(counts.values())) > 0:
        return _("No open problems (%(number)s acknowledged)") % {"number": count(snoozed)}
    return _("Waiting for the first backup")


def _only(counts: Counts) -> str:
    state = next((state for state, number in counts.items() if number), "")
    texts: dict[str, str] = {
        "": _("The problem of your job is acknowledged"),
        Health.OK: _("Your job is protected"),
        Health.RUNNING: _("Your job is protected"),
        Health.WARNING: _("Your job ended with warnings"),
        Health.PAUSED: _("Your job is paused"),
        Health.NEVER: _("Waiting for the first backup"),
        UNSCHEDULED: _("Your job is silent and has no schedule"),
    }
    return texts.get(state) or _("1 job needs attention")


def title(counts: Counts, total: int) -> str:
    """For a tab: what is wrong comes first, since the end is cut off."""
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    if urgent:
        return _("✖ %(number)s of %(total)s") % {
            "number": count(urgent),
            "total": count(total),
        }
    if warnings:
        return "▲ " + ngettext("%(number)s warning", "%(number)s warnings", warnings) % {
            "number": count(warnings)
        }
    return "● " + _("Overview")


def icon(counts: Counts) -> str:
    """The file in static/ that shows the worst state in a tab."""
    worst = next((state for state in (*URGENT, Health.WARNING) if counts.get(state)), Health.OK)
    return icon_of(worst)


def icon_of(state: str) -> str:
    """The file in static/ that shows a state in a tab."""
    files: dict[str, str] = {
        Health.OVERDUE: "icon-overdue.svg",
        Health.FAILED: "icon-failed.svg",
        Health.STUCK: "icon-failed.svg",
        Health.WARNING: "icon-warning.svg",
    }
    return files.get(state, "icon.svg")


def symbol_of(state: str) -> str:
    """A character for a state, with a blank behind it, for the title of a tab; "" for one that needs nobody."""
    symbols: dict[str, str] = {
        Health.OVERDUE: "◷ ",
        Health.FAILED: "✖ ",
        Health.STUCK: "✖ ",
        Health.WARNING: "▲ ",
        UNSCHEDULED: "◐ ",
    }
    return symbols.get(state, "")


def tally(counts: Counts) -> list[tuple[str, str]]:
    """(state, "4 warnings") for each state that any job is in."""
    shown = fine_together(counts)
    return [
        (str(state), counted(state, shown[state], language.say())) for state in COUNTED if shown.get(state)
    ]


def fine_together(counts: Counts) -> dict[str, int]:
    """The counts, with what runs counted as fine as well."""
    return dict(counts) | {Health.OK.value: counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)}
