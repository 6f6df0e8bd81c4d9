"""Notifications of duplistatus as channels: its topic of ntfy and its address for mail, and what each job told them."""

from collections.abc import Iterator, Mapping
from typing import Any

from duplistat.core.i18n import later
from duplistat.formats.imports import destinations
from duplistat.formats.imports.destinations import NO_DESTINATION, Destination
from duplistat.formats.imports.records import ChannelRecord, LeftOut, RuleRecord
from duplistat.formats.imports.values import flag_in, json_in, text_in

ENCRYPTED = later(
    "the mail server of notifications, whose password is encrypted: set [mail] in the configuration"
)
EVERY_RUN = later("messages of each run that succeeded: a digest tells of these")
MORE_RECIPIENTS = later("further recipients of single jobs: set up channels under Alerts")

_HOURS = {"every_day": 24, "every_week": 7 * 24, "every_month": 30 * 24}
_FAILED, _WARNED = ("failed",), ("failed", "warning")
_KINDS = {"errors": _FAILED, "warnings": _WARNED, "all": _WARNED}
_ADDITIONAL = ("additionalEmails", "additionalNtfyTopic")


def channels_of(
    configurations: Mapping[str, Any], jobs: Mapping[str, tuple[str, Mapping[str, Any]]]
) -> Iterator[ChannelRecord | LeftOut]:
    """The channels that `configurations` (texts by key) name. `jobs`: by key their names, and what is set of each."""
    again = _HOURS.get(text_in(configurations.get("notification_frequency")).strip().strip('"'), 0)
    for key, name, switch, destination in _destinations(configurations):
        if destination is None:
            yield LeftOut(NO_DESTINATION, name)
            continue
        told = {job: own for job, (_, own) in jobs.items() if own and flag_in(own.get(switch, True))}
        yield ChannelRecord(key, name, *destination, tuple(_rules(told, again)))
    if configurations.get("smtp_config"):
        yield LeftOut(ENCRYPTED)
    for name, own in jobs.values():
        if own.get("notificationEvent") == "all":
            yield LeftOut(EVERY_RUN, name)
        if any(own.get(more) for more in _ADDITIONAL):
            yield LeftOut(MORE_RECIPIENTS, name)


def _destinations(configurations: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Destination | None]]:
    """Key, name, the switch of a job, and where it goes."""
    older = json_in(configurations.get("notifications"))
    place = json_in(configurations.get("ntfy_config")) or (
        older.get("ntfy") if isinstance(older, dict) else None
    )
    if isinstance(place, dict) and (place.get("topic") or place.get("url")):
        found = destinations.ntfy(place.get("url"), place.get("topic"), place.get("accessToken"))
        yield "ntfy", "ntfy", "ntfyEnabled", found
    mail = json_in(configurations.get("smtp_config"))
    if mail or configurations.get("smtp_config"):
        address = mail.get("mailto") if isinstance(mail, dict) else None
        yield "mail", "e-mail", "emailEnabled", destinations.mail(address)


def _rules(jobs: Mapping[str, Mapping[str, Any]], again: int) -> Iterator[RuleRecord]:
    """Of runs it told each time, and of good ones where all were wanted; of overdue ones as often as was set."""
    for event, kinds in _KINDS.items():
        told = tuple(job for job, own in jobs.items() if own.get("notificationEvent") == event)
        if told:
            yield RuleRecord(told, kinds, each=True, recovered=event == "all")
    overdue = tuple(job for job, own in jobs.items() if flag_in(own.get("overdueBackupCheckEnabled")))
    if overdue:
        yield RuleRecord(overdue, ("overdue", "stuck"), recovered=False, remind_hours=again)
