"""The options that say what a rule is, and the rule that they say."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from duplistat.cli.alert_parts import find_channel
from duplistat.cli.common import Opened
from duplistat.cli.jobs_options import OF_JOBS, jobs_from, jobs_options
from duplistat.core.alerts import rule as limits
from duplistat.core.alerts.notice import SEVERITIES
from duplistat.store.accounts import Account

F = TypeVar("F", bound=Callable[..., Any])
# Options that are fields of a rule; and {option: field of its match}.
SCALARS = (
    "after_fails",
    "after_minutes",
    "each",
    "recover",
    "remind_hours",
    "remind_times",
    "gather_seconds",
)
IN_MATCH = {
    "kinds": "kinds",
    "severities": "severities",
    "server_names": "servers",
    "groups": "groups",
    "job_names": "jobs",
    "tags": "tags",
}
A_WINDOW = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


def rule_options(*, channels_required: bool = False, changes: bool = False) -> Callable[[F], F]:
    """Which jobs, whom, and when; for `changes` of a rule what is not given is None, or empty."""
    none = [""] if changes else []

    def number(name: str, most: int, text: str) -> Callable[[F], F]:
        kind, default = click.IntRange(0, most), None if changes else 0
        return click.option(name, type=kind, default=default, show_default=not changes, help=text)

    options = (
        click.option(
            "--channel",
            "channels",
            multiple=True,
            required=channels_required,
            help="Channel to alert, by name; can be given repeatedly.",
        ),
        click.option(
            "--kind",
            "kinds",
            multiple=True,
            type=click.Choice(limits.KINDS),
            help="What to alert about; can be given repeatedly."
            + ("" if changes else " Without it: failed, overdue and stuck (stalled)."),
        ),
        jobs_options,
        click.option(
            "--severity",
            "severities",
            multiple=True,
            type=click.Choice([*none, *(severity.value for severity in SEVERITIES)]),
            help="Only problems and events of this severity; can be given repeatedly.",
        ),
        number("--after-fails", limits.MOST_FAILS, "Only after so many failures in a row."),
        number(
            "--after-minutes",
            limits.MOST_MINUTES,
            "Only when it has lasted so many minutes; with --after-fails, whichever comes first.",
        ),
        number("--remind-hours", limits.MOST_REMIND_HOURS, "Hours between reminders; 0 for none."),
        number("--remind-times", limits.MOST_REMINDERS, "How many reminders; 0: as long as it lasts."),
        click.option(
            "--gather-seconds",
            type=click.IntRange(0, limits.MOST_GATHER),
            help="Seconds to wait for problems of the same cause, which go out as one message"
            + ("." if changes else "; defaults to the setting of the server."),
        ),
        click.option(
            "--each/--no-each" if changes else "--each",
            is_flag=True,
            default=None if changes else False,
            help="Also alert about each further failure.",
        ),
        click.option(
            "--recover",
            type=click.IntRange(1, 10),
            default=None if changes else 1,
            show_default=not changes,
            help="Send a recovery message after so many successful runs.",
        ),
        click.option("--no-recovery", is_flag=True, help="Send no recovery message."),
        click.option(
            "--quiet",
            "windows",
            multiple=True,
            metavar="FROM-UNTIL",
            help='Quiet hours in the time zone of the channel, such as "22:00-06:00": alerts are held back until'
            " their end.",
        ),
        click.option(
            "--step",
            "steps",
            multiple=True,
            metavar="MINUTES:CHANNEL",
            help="Escalation: another channel, so many minutes later, unless acknowledged; can be given repeatedly.",
        ),
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def rule_from(o: Opened, owner: Account, options: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that the options say, as core.alerts.rule.parse_rule reads it. Raises DuplistatError."""
    windows = [_window(text) for text in options["windows"]]
    first = [find_channel(o, owner, name).id for name in options["channels"]]
    return {
        "match": {
            "kinds": list(options["kinds"]),
            "severities": list(options["severities"]),
            **jobs_from(o, owner, options),
        },
        "steps": [{"minutes": 0, "channels": first}, *_steps(o, owner, options["steps"])],
        "after_fails": options["after_fails"],
        "after_minutes": options["after_minutes"],
        "each": options["each"],
        "recover": 0 if options["no_recovery"] else options["recover"],
        "remind_hours": options["remind_hours"],
        "remind_times": options["remind_times"],
        "gather_seconds": options["gather_seconds"],
        "quiet": {"windows": windows} if windows else None,
    }


def given_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those options for changes that were given; lists without empty texts."""
    return {
        name: [text for text in value if text] if isinstance(value, tuple) else value
        for name, value in options.items()
        if not (value is None or value == () or (name == "no_recovery" and not value))
    }


def rule_changed(
    o: Opened, owner: Account, before: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """A rule, as core.alerts.rule.plain_rule has it, with what was given (`given_of`) changed. Raises DuplistatError.

    A list that is given takes the place of the one before.
    """
    lists = {name: given.get(name, []) for name in (*OF_JOBS, "kinds", "severities")}
    match = {**lists, **jobs_from(o, owner, lists)}
    changed: dict[str, Any] = {
        **before,
        **{name: given[name] for name in SCALARS if name in given},
        "match": {
            **before["match"],
            **{field: match[field] for name, field in IN_MATCH.items() if name in given},
        },
    }
    if "no_recovery" in given:
        changed["recover"] = 0
    # Of a rule whose channels were deleted there is no step.
    first, *later = before["steps"] or [{"minutes": 0, "channels": []}]
    if "channels" in given:
        first = {**first, "channels": [find_channel(o, owner, name).id for name in given["channels"]]}
    if "steps" in given:
        later = _steps(o, owner, given["steps"])
    windows = [_window(text) for text in given.get("windows", [])]
    if "windows" in given:
        changed["quiet"] = {**(before.get("quiet") or {}), "windows": windows} if windows else None
    return {**changed, "steps": [first, *later]}


def _steps(o: Opened, owner: Account, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Channels that are told after the same time are one step."""
    found: dict[int, list[int]] = {}
    for text in texts:
        minutes, _, name = text.partition(":")
        if not (re.fullmatch(r"[1-9]\d{0,5}", minutes) and name):
            raise click.BadParameter(
                f"{text!r} is not minutes and a channel, such as 60:boss", param_hint="--step"
            )
        found.setdefault(int(minutes), []).append(find_channel(o, owner, name).id)
    return [{"minutes": minutes, "channels": ids} for minutes, ids in found.items()]


def _window(text: str) -> dict[str, str]:
    found = A_WINDOW.fullmatch(text.replace(" ", ""))
    if found is None:
        raise click.BadParameter(f"{text!r} is not a time such as 22:00-06:00", param_hint="--quiet")
    return {"from": found[1], "until": found[2]}
