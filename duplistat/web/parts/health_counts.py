"""How many jobs are how, in words: the answer of the overview, of a tab, and of a server's page."""

from collections.abc import Mapping

from duplistat.core import formatting
from duplistat.core.status import Health
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext

# These cannot wait: a warning can.
URGENT = (Health.OVERDUE, Health.FAILED, Health.STUCK)
# In the order in which they are counted. What runs is counted as fine, too.
COUNTED = (
    Health.OVERDUE,
    Health.FAILED,
    Health.STUCK,
    Health.WARNING,
    Health.NEVER,
    Health.PAUSED,
    Health.OK,
    Health.RUNNING,
)


def headline(counts: Mapping[Health, int], total: int | None = None) -> str:
    """The answer in one sentence, from how many jobs are how; of `total`, when not all of them are counted."""
    total = sum(counts.values()) if total is None else total
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    fine = counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)
    if total == 0:
        return _("No jobs yet")
    if total == 1:
        return _only(urgent, warnings, fine, counts.get(Health.PAUSED, 0), asleep=not counts)
    numbers = {"number": formatting.count(urgent or warnings or fine), "total": formatting.count(total)}
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
        return _("No open problems (%(number)s acknowledged)") % {"number": formatting.count(snoozed)}
    return _("Waiting for the first backup")


def _only(urgent: int, warnings: int, fine: int, paused: int, *, asleep: bool) -> str:
    if asleep:
        return _("The problem of your job is acknowledged")
    if fine:
        return _("Your job is protected")
    if urgent:
        return _("1 job needs attention")
    if warnings:
        return _("Your job ended with warnings")
    return _("Your job is paused") if paused else _("Waiting for the first backup")


def title(counts: Mapping[Health, int], total: int) -> str:
    """For a tab: what is wrong comes first, since the end is cut off."""
    urgent = sum(counts.get(health, 0) for health in URGENT)
    warnings = counts.get(Health.WARNING, 0)
    if urgent:
        return _("✖ %(number)s of %(total)s") % {
            "number": formatting.count(urgent),
            "total": formatting.count(total),
        }
    if warnings:
        return "▲ " + ngettext("%(number)s warning", "%(number)s warnings", warnings) % {
            "number": formatting.count(warnings)
        }
    return "● " + _("Overview")


def icon(counts: Mapping[Health, int]) -> str:
    """The file in static/ that shows the worst state in a tab."""
    for state, healths in (
        ("overdue", (Health.OVERDUE,)),
        ("failed", (Health.FAILED, Health.STUCK)),
        ("warning", (Health.WARNING,)),
    ):
        if any(counts.get(health) for health in healths):
            return f"icon-{state}.svg"
    return "icon.svg"


def tally(counts: Mapping[Health, int]) -> list[tuple[str, str]]:
    """(state, "4 warnings") for each state that any job is in."""
    shown = fine_together(counts)
    return [(health.value, _counted(health, shown[health])) for health in COUNTED if shown.get(health)]


def fine_together(counts: Mapping[Health, int]) -> dict[Health, int]:
    """The counts, with what runs counted as fine as well."""
    return dict(counts) | {Health.OK: counts.get(Health.OK, 0) + counts.get(Health.RUNNING, 0)}


def _counted(health: Health, number: int) -> str:
    texts = {
        Health.OVERDUE: _("%(number)s overdue"),
        Health.FAILED: _("%(number)s failed"),
        Health.STUCK: ngettext("%(number)s stalled", "%(number)s stalled", number),
        Health.WARNING: ngettext("%(number)s warning", "%(number)s warnings", number),
        Health.NEVER: _("%(number)s never backed up"),
        Health.PAUSED: _("%(number)s paused"),
        Health.OK: _("%(number)s OK"),
        Health.RUNNING: ngettext("%(number)s running now", "%(number)s running now", number),
    }
    return texts[health] % {"number": formatting.count(number)}
