"""Integrations of Healthchecks as channels: where it told of checks."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.i18n import later
from duplistat.formats.imports import destinations
from duplistat.formats.imports.destinations import DOWN, NO_DESTINATION, NOT_OURS, THEIR_ACCOUNT, Destination
from duplistat.formats.imports.records import ChannelRecord, LeftOut, RuleRecord
from duplistat.formats.imports.values import flag_in, json_in, name_in, text_in

ONLY_UP = later("an integration that tells only that a check came up: its channel has no rule")

# They go by a bot, an application or a telephone number of whoever runs Healthchecks.
_THEIR_ACCOUNT = frozenset(
    {"telegram", "po", "sms", "call", "whatsapp", "signal", "matrix", "github", "trello", "shell"}
)


def channel_of(row: Mapping[str, Any], checks: tuple[str, ...]) -> list[ChannelRecord | LeftOut]:
    """The channel of a row of `api_channel`, of which `checks` are told, and what of it does not come over."""
    kind, name = text_in(row["kind"])[:20], name_in(row["name"])
    shown = f"{name or 'unnamed'} ({kind})"
    if kind in _THEIR_ACCOUNT:
        return [LeftOut(THEIR_ACCOUNT, shown)]
    text = text_in(row.get("value"))
    told = json_in(text)
    value = told if isinstance(told, dict) else {}
    if kind == "webhook" and not _is_plain(value):
        return [LeftOut(destinations.NO_PLAIN_POST, shown)]
    if kind not in _KINDS:
        return [LeftOut(NOT_OURS, shown)]
    destination = _destination(kind, value, text)
    if destination is None:
        return [LeftOut(NO_DESTINATION, shown)]
    found: list[ChannelRecord | LeftOut] = []
    down, up = (flag_in(value.get(word, True)) for word in ("down", "up"))
    rules = (RuleRecord(checks, DOWN, recovered=up),) if checks and down else ()
    found.append(ChannelRecord(text_in(row["code"]), name or kind, *destination, rules))
    if kind == "webhook" and value.get("body_down"):
        found.append(LeftOut(destinations.OWN_TEXT, shown))
    if not down:
        found.append(LeftOut(ONLY_UP, shown))
    return found


_KINDS = frozenset(
    {
        "email",
        "webhook",
        "ntfy",
        "gotify",
        "slack",
        "discord",
        "mattermost",
        "pushbullet",
        "opsgenie",
        "apprise",
    }
)


def _destination(kind: str, value: Mapping[str, Any], text: str) -> Destination | None:
    match kind:
        case "email":
            return destinations.mail(value.get("value") if value else text)
        case "webhook":
            return destinations.webhook(value["url_down"], value.get("headers_down"))
        case "ntfy":
            return destinations.ntfy(value.get("url"), value.get("topic"), value.get("token"))
        case "gotify":
            return destinations.gotify(value.get("url"), value.get("token"))
        case "slack":
            return destinations.hook(_within(value, "incoming_webhook") if value else text)
        case "discord":
            return destinations.hook(_within(value, "webhook"))
        case "mattermost":
            return destinations.mattermost(text)
        case "pushbullet":
            return destinations.service("pbul", text)
        case "opsgenie":
            region = "?region=eu" if value.get("region") == "eu" else ""
            made = destinations.service("opsgenie", value.get("key") if value else text)
            return destinations.apprise(f"{made[1]['url']}{region}") if made else None
    return destinations.apprise(text)


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Whether a webhook posts to an address in which nothing is filled in, as ours do."""
    headers = value.get("headers_down") or {}
    texts = [value.get("url_down"), *(headers.values() if isinstance(headers, dict) else ())]
    return bool(
        value.get("url_down")
        and text_in(value.get("method_down")).upper() == "POST"
        and not any("$" in text_in(text) for text in texts)
    )


def _within(value: Mapping[str, Any], name: str) -> object:
    inner = value.get(name)
    return inner.get("url") if isinstance(inner, dict) else None
