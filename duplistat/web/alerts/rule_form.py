"""What is typed into the form of a rule, and a rule as its form shows it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from duplistat.core.alerts.notice import OF_JOBS, SEVERITIES
from duplistat.core.alerts.quiet import DROP, EVERY_DAY, HOLD, MOST_WINDOWS
from duplistat.core.alerts.rule import (
    EVENT,
    KINDS,
    MOST_FAILS,
    MOST_GATHER,
    MOST_MINUTES,
    MOST_REMIND_HOURS,
    MOST_REMINDERS,
    MOST_STEPS,
    Rule,
)
from duplistat.http.context import context
from duplistat.store import channels
from duplistat.web.access import viewer
from duplistat.web.alerts import selection
from duplistat.web.alerts.selection import Names
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _

# Rows for further steps and windows that a form has at least.
SPARE_STEPS, SPARE_WINDOWS = 3, 2
EMPTY: dict[str, str | list[str]] = {
    "kinds": ["failed", "overdue", "stuck"],
    "recover": "1",
    "then": HOLD,
}


class Row(NamedTuple):
    """A step or a window of the form, by its number."""

    number: int
    chosen: list[str]


def read(form: Form, known: Names) -> dict[str, Any]:
    """The rule that was typed, as core.alerts.rule.parse_rule reads it; what is wrong is noted in the form."""
    kinds = form.some_of("kinds", KINDS, missing=_("Select at least one."))
    return {
        "match": {
            "kinds": kinds,
            **selection.read(form, known),
            "severities": _some(form, "severities", [item.value for item in SEVERITIES]),
            "event_types": selection.texts(form, "event_types"),
        },
        "steps": _steps(form),
        "after_fails": _number(form, "after_fails", MOST_FAILS),
        "after_minutes": _number(form, "after_minutes", MOST_MINUTES),
        "each": bool(form.typed("each")),
        "recover": _number(form, "recover", 10),
        "remind_hours": _number(form, "remind_hours", MOST_REMIND_HOURS),
        "remind_times": _number(form, "remind_times", MOST_REMINDERS),
        "gather_seconds": _gather(form),
        "quiet": _quiet(form),
    }


def fields(name: str, rule: Rule) -> dict[str, str | list[str]]:
    """What a form begins with that shows a rule."""
    found: dict[str, str | list[str]] = {
        "name": name,
        "kinds": list(rule.match.kinds),
        **selection.fields(rule.match),
        "severities": list(rule.match.severities),
        "event_types": ", ".join(rule.match.event_types),
        "after_fails": _shown(rule.after_fails),
        "after_minutes": _shown(rule.after_minutes),
        "each": "1" if rule.each else "",
        "recover": str(rule.recover),
        "remind_hours": _shown(rule.remind_hours),
        "remind_times": _shown(rule.remind_times),
        "gather_seconds": "" if rule.gather_seconds is None else str(rule.gather_seconds),
        "then": rule.quiet.then if rule.quiet is not None else HOLD,
    }
    for number, step in enumerate(rule.steps):
        found[f"step_minutes_{number}"] = str(step.minutes)
        found[f"step_channels_{number}"] = [str(channel) for channel in step.channels]
    if rule.quiet is not None:
        for number, window in enumerate(rule.quiet.windows):
            found[f"days_{number}"] = [str(day) for day in window.days]
            found[f"quiet_from_{number}"] = f"{window.start:%H:%M}"
            found[f"quiet_until_{number}"] = f"{window.end:%H:%M}"
        found["except_kinds"] = list(rule.quiet.except_kinds)
        found["except_severities"] = list(rule.quiet.except_severities)
        found["except_tags"] = ", ".join(rule.quiet.except_tags)
    return found


def steps(form: Form) -> list[Row]:
    """The rows of steps that the form has: those that are filled, and some more."""
    filled = [number for number in range(MOST_STEPS) if form.ticked(f"step_channels_{number}")]
    count = min(MOST_STEPS, max(filled, default=-1) + SPARE_STEPS)
    return [Row(number, form.ticked(f"step_channels_{number}")) for number in range(max(count, SPARE_STEPS))]


def windows(form: Form) -> list[Row]:
    """The rows of quiet hours that the form has; every day is ticked where none is."""
    filled = [number for number in range(MOST_WINDOWS) if form.typed(f"quiet_from_{number}")]
    count = min(MOST_WINDOWS, max(filled, default=-1) + SPARE_WINDOWS)
    every = [str(day) for day in EVERY_DAY]
    return [
        Row(number, form.ticked(f"days_{number}") or every) for number in range(max(count, SPARE_WINDOWS))
    ]


def channel_choices() -> list[tuple[str, str]]:
    """(id, name) of the channels that who looks may pick: never one of a parent account."""
    return [(str(row.id), visible(row.name)) for row in channels.of_accounts(context().db, viewer().sees)]


def _steps(form: Form) -> list[dict[str, Any]]:
    found = []
    for number in range(MOST_STEPS):
        chosen = sorted({number_in(value) for value in form.ticked(f"step_channels_{number}")} - {0})
        if not chosen:
            continue
        minutes = _number(form, f"step_minutes_{number}", MOST_MINUTES) if number else 0
        if number and not minutes:
            form.wrong[f"step_minutes_{number}"] = _("Enter after how many minutes.")
        found.append({"minutes": minutes, "channels": chosen})
    if not found or found[0]["minutes"]:
        form.wrong["steps"] = _("Select at least one channel to alert first.")
    return found


def _quiet(form: Form) -> dict[str, Any] | None:
    found = []
    for number in range(MOST_WINDOWS):
        begin, end = form.typed(f"quiet_from_{number}").strip(), form.typed(f"quiet_until_{number}").strip()
        if not begin and not end:
            continue
        if not begin or not end:
            form.wrong["quiet"] = _("Quiet hours have a beginning and an end.")
        days = [day for day in EVERY_DAY if str(day) in form.ticked(f"days_{number}")]
        found.append({"days": days or list(EVERY_DAY), "from": begin, "until": end})
    if not found:
        return None
    return {
        "windows": found,
        "then": form.one_of("then", (HOLD, DROP)),
        "except_kinds": _some(form, "except_kinds", [kind.value for kind in OF_JOBS]),
        "except_severities": _some(form, "except_severities", [item.value for item in SEVERITIES]),
        "except_tags": selection.texts(form, "except_tags"),
    }


def _some(form: Form, name: str, options: Iterable[str]) -> list[str]:
    ticked = form.ticked(name)
    return [option for option in options if option in ticked]


def _number(form: Form, name: str, most: int) -> int:
    """A number, 0 for an empty field."""
    return form.number(name, 0, most) if form.typed(name).strip() else 0


def _gather(form: Form) -> int | None:
    """How long to gather; None, for an empty field, as the server is set."""
    return form.number("gather_seconds", 0, MOST_GATHER) if form.typed("gather_seconds").strip() else None


def _shown(number: int) -> str:
    return str(number) if number else ""


# What a rule can be for, in the order of its form.
OPTIONS = (*KINDS[1:4], KINDS[0], EVENT)
