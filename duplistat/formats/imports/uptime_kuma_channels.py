"""Notifications of Uptime Kuma as channels: where it told of monitors."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.i18n import later
from duplistat.formats.imports import destinations
from duplistat.formats.imports.destinations import DOWN, NO_DESTINATION, NOT_OURS, Destination
from duplistat.formats.imports.records import ChannelRecord, LeftOut, RuleRecord
from duplistat.formats.imports.values import json_in, name_in, text_in

MAIL_SERVER = later("the mail server of a notification: here all mails go by that of [mail]")
NTFY_PASSWORD = later("a notification to ntfy with a user and a password: here it takes an access token")

_KINDS = frozenset(
    {"smtp", "webhook", "ntfy", "gotify", "slack", "discord", "mattermost", "telegram", "pushover"}
    | {"pushbullet", "apprise"}
)


def channel_of(row: Mapping[str, Any], monitors: tuple[str, ...]) -> list[ChannelRecord | LeftOut]:
    """The channel of a row of `notification`, of which `monitors` are told, and what of it does not come over."""
    told = json_in(row.get("config"))
    config = told if isinstance(told, dict) else {}
    kind, name = text_in(config.get("type"))[:30], name_in(row["name"])
    shown = f"{name or 'unnamed'} ({kind})"
    if kind not in _KINDS:
        return [LeftOut(NOT_OURS, shown)]
    if kind == "webhook" and text_in(config.get("httpMethod")).lower() == "get":
        return [LeftOut(destinations.NO_PLAIN_POST, shown)]
    if kind == "ntfy" and config.get("ntfyAuthenticationMethod") == "usernamePassword":
        return [LeftOut(NTFY_PASSWORD, shown)]
    destination = _destination(kind, config)
    if destination is None:
        return [LeftOut(NO_DESTINATION, shown)]
    rules = (RuleRecord(monitors, DOWN),) if monitors else ()
    found: list[ChannelRecord | LeftOut] = [
        ChannelRecord(text_in(row["id"]), name or kind, *destination, rules)
    ]
    if kind == "smtp":
        found.append(LeftOut(MAIL_SERVER, shown))
    if any(
        config.get(text) for text in ("customBody", "customSubject", "webhookCustomBody", "ntfyUseTemplate")
    ):
        found.append(LeftOut(destinations.OWN_TEXT, shown))
    return found


def _destination(kind: str, config: Mapping[str, Any]) -> Destination | None:
    match kind:
        case "smtp":
            every = (text_in(config.get(name)) for name in ("smtpTo", "smtpCC", "smtpBCC"))
            return destinations.mail(",".join(every))
        case "webhook":
            return destinations.webhook(
                config.get("webhookURL"), json_in(config.get("webhookAdditionalHeaders"))
            )
        case "ntfy":
            by_token = config.get("ntfyAuthenticationMethod") == "accessToken"
            token = config.get("ntfyaccesstoken") if by_token else ""
            return destinations.ntfy(config.get("ntfyserverurl"), config.get("ntfytopic"), token)
        case "gotify":
            return destinations.gotify(config.get("gotifyserverurl"), config.get("gotifyapplicationToken"))
        case "slack":
            return destinations.hook(config.get("slackwebhookURL"))
        case "discord":
            return destinations.hook(config.get("discordWebhookUrl"))
        case "mattermost":
            return destinations.mattermost(config.get("mattermostWebhookUrl"))
        case "telegram":
            thread = text_in(config.get("telegramMessageThreadID"))
            chat = f"{text_in(config.get('telegramChatID'))}{f':{thread}' if thread else ''}"
            return destinations.service("tgram", config.get("telegramBotToken"), chat)
        case "pushover":
            user, token = (text_in(config.get(name)) for name in ("pushoveruserkey", "pushoverapptoken"))
            return destinations.service("pover", f"{user}@{token}" if user and token else "")
        case "pushbullet":
            return destinations.service("pbul", config.get("pushbulletAccessToken"))
    return destinations.apprise(config.get("appriseURL"))
