"""Where other monitors sent notifications: what becomes a channel of which kind, and what does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.alerts.rule import KINDS, parse_rule
from duplistat.formats.imports import destinations, duplistatus_channels, healthchecks_channels
from duplistat.formats.imports import uptime_kuma_channels as kuma
from duplistat.formats.imports.records import ChannelRecord, LeftOut, RuleRecord
from duplistat.notify.apprise import check_url
from tests.formats.imports.test_readers import read
from tests.support.foreign import made

DOWN = ("failed", "overdue", "stuck")
SLACK = "https://hooks.slack.com/services/T01/B02/abcDEF"
DISCORD = "https://discord.com/api/webhooks/123456/abc-DEF_1"
WEBHOOK = {
    "method_down": "POST",
    "url_down": "https://example.org/hook",
    "body_down": "",
    "headers_down": {"Authorization": "Bearer x", "Content-Type": "text/plain"},
}


def healthchecks(kind: str, value: object) -> list[ChannelRecord | LeftOut]:
    text = value if isinstance(value, str) else json.dumps(value)
    return healthchecks_channels.channel_of(
        {"code": "c0de", "name": "Ops", "kind": kind, "value": text}, ("1", "2")
    )


def uptime_kuma(kind: str, **config: object) -> list[ChannelRecord | LeftOut]:
    told = json.dumps({"type": kind, "name": "Ops", **config})
    return kuma.channel_of({"id": 7, "name": "Ops", "config": told}, ("1",))


@pytest.mark.parametrize(
    ("kind", "value", "ours", "given"),
    [
        ("email", "ops@example.org", "mail", {"to": ["ops@example.org"]}),
        ("email", {"value": "ops@example.org", "up": True, "down": True}, "mail", {"to": ["ops@example.org"]}),
        ("webhook", WEBHOOK, "webhook", {"url": "https://example.org/hook", "headers": {"Authorization": "Bearer x"}}),
        ("ntfy", {"topic": "t", "url": "https://ntfy.sh", "priority": 3}, "ntfy",
         {"url": "https://ntfy.sh/t", "token": ""}),
        ("gotify", {"url": "https://push.example.org/g/", "token": "AbC"}, "apprise",
         {"url": "gotifys://push.example.org/g/AbC"}),
        ("slack", SLACK, "apprise", {"url": "slack://T01/B02/abcDEF"}),
        ("slack", {"incoming_webhook": {"url": SLACK}}, "apprise", {"url": "slack://T01/B02/abcDEF"}),
        ("discord", {"webhook": {"url": DISCORD}}, "apprise", {"url": "discord://123456/abc-DEF_1"}),
        ("mattermost", "https://chat.example.org/hooks/abc123", "apprise", {"url": "mmosts://chat.example.org:443/abc123"}),
        ("mattermost", "http://chat.example.org:8065/in/hooks/abc", "apprise", {"url": "mmost://chat.example.org:8065/in/abc"}),
        ("pushbullet", "o.abc", "apprise", {"url": "pbul://o.abc"}),
        ("opsgenie", {"key": "abc", "region": "eu"}, "apprise", {"url": "opsgenie://abc?region=eu"}),
        ("apprise", "pover://user@token", "apprise", {"url": "pover://user@token"}),
    ],
)  # fmt: skip
def test_an_integration_of_healthchecks_is_a_channel(
    kind: str, value: object, ours: str, given: dict[str, Any]
) -> None:
    assert healthchecks(kind, value) == [
        ChannelRecord("c0de", "Ops", ours, given, (RuleRecord(("1", "2"), DOWN),))
    ]


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("telegram", {"id": 1, "type": "group", "name": "x"}, destinations.THEIR_ACCOUNT),
        ("sms", {"value": "+123"}, destinations.THEIR_ACCOUNT),
        ("zulip", {"bot_email": "b@x"}, destinations.NOT_OURS),
        ("email", "nobody", destinations.NO_DESTINATION),
        ("ntfy", {"topic": "", "url": "https://ntfy.sh"}, destinations.NO_DESTINATION),
        ("slack", "not json {", destinations.NO_DESTINATION),
        ("discord", {"webhook": []}, destinations.NO_DESTINATION),
        ("gotify", {"url": "ftp://x", "token": "t"}, destinations.NO_DESTINATION),
        ("webhook", {**WEBHOOK, "method_down": "GET"}, destinations.NO_PLAIN_POST),
        ("webhook", {**WEBHOOK, "url_down": "https://example.org/$CODE"}, destinations.NO_PLAIN_POST),
        ("webhook", {**WEBHOOK, "headers_down": {"X-Name": "$NAME"}}, destinations.NO_PLAIN_POST),
        ("webhook", {"url_up": "https://example.org"}, destinations.NO_PLAIN_POST),
    ],
)
def test_what_of_healthchecks_has_no_channel_is_said(kind: str, value: object, why: str) -> None:
    assert healthchecks(kind, value) == [LeftOut(why, f"Ops ({kind})")]


def test_what_an_integration_told_of_is_its_rule() -> None:
    (quiet,) = healthchecks("email", {"value": "a@example.org", "up": False, "down": True})
    assert isinstance(quiet, ChannelRecord)
    assert quiet.rules == (RuleRecord(("1", "2"), DOWN, recovered=False),)
    glad, why = healthchecks("email", {"value": "a@example.org", "up": True, "down": False})
    assert isinstance(glad, ChannelRecord)
    assert (glad.rules, why) == ((), LeftOut(healthchecks_channels.ONLY_UP, "Ops (email)"))
    _, text = healthchecks("webhook", {**WEBHOOK, "body_down": "$NAME is down"})
    assert text == LeftOut(destinations.OWN_TEXT, "Ops (webhook)")


@pytest.mark.parametrize(
    ("kind", "config", "ours", "given"),
    [
        ("webhook", {"webhookURL": "https://example.org/h", "webhookAdditionalHeaders": '{"X-A": "b"}'}, "webhook",
         {"url": "https://example.org/h", "headers": {"X-A": "b"}}),
        ("ntfy", {"ntfyserverurl": "https://ntfy.sh/", "ntfytopic": "t", "ntfyAuthenticationMethod": "accessToken",
                  "ntfyaccesstoken": "tk_1"}, "ntfy", {"url": "https://ntfy.sh/t", "token": "tk_1"}),
        ("gotify", {"gotifyserverurl": "http://10.0.0.1:8080", "gotifyapplicationToken": "AbC"}, "apprise",
         {"url": "gotify://10.0.0.1:8080/AbC"}),
        ("telegram", {"telegramBotToken": "123456789:abcdefghijklmnopqrstuvwxyzabcdefghi", "telegramChatID": "-100",
                      "telegramMessageThreadID": "5"}, "apprise",
         {"url": "tgram://123456789:abcdefghijklmnopqrstuvwxyzabcdefghi/-100:5"}),
        ("pushover", {"pushoveruserkey": "user", "pushoverapptoken": "token"}, "apprise", {"url": "pover://user@token"}),
        ("slack", {"slackwebhookURL": SLACK}, "apprise", {"url": "slack://T01/B02/abcDEF"}),
        ("discord", {"discordWebhookUrl": DISCORD}, "apprise", {"url": "discord://123456/abc-DEF_1"}),
        ("mattermost", {"mattermostWebhookUrl": "https://c.example.org/hooks/a"}, "apprise",
         {"url": "mmosts://c.example.org:443/a"}),
        ("pushbullet", {"pushbulletAccessToken": "o.abc"}, "apprise", {"url": "pbul://o.abc"}),
        ("apprise", {"appriseURL": "pover://user@token"}, "apprise", {"url": "pover://user@token"}),
    ],
)  # fmt: skip
def test_a_notification_of_uptime_kuma_is_a_channel(kind: str, config: Any, ours: str, given: Any) -> None:
    assert uptime_kuma(kind, **config) == [
        ChannelRecord("7", "Ops", ours, given, (RuleRecord(("1",), DOWN),))
    ]
    if ours == "apprise":
        check_url(given["url"])


def test_mails_of_uptime_kuma_go_to_all_that_they_went_to() -> None:
    channel, server = uptime_kuma(
        "smtp", smtpTo="Ops <ops@example.org>, a@example.org", smtpBCC="b@example.org"
    )
    assert isinstance(channel, ChannelRecord)
    assert channel.given == {"to": ["ops@example.org", "a@example.org", "b@example.org"]}
    assert server == LeftOut(kuma.MAIL_SERVER, "Ops (smtp)")


@pytest.mark.parametrize(
    ("kind", "config", "why"),
    [
        ("signal", {}, destinations.NOT_OURS),
        ("webhook", {"webhookURL": "https://example.org", "httpMethod": "get"}, destinations.NO_PLAIN_POST),
        ("ntfy", {"ntfytopic": "t", "ntfyAuthenticationMethod": "usernamePassword"}, kuma.NTFY_PASSWORD),
        ("telegram", {"telegramBotToken": "", "telegramChatID": "1"}, destinations.NO_DESTINATION),
        ("pushover", {"pushoveruserkey": "user"}, destinations.NO_DESTINATION),
        ("smtp", {}, destinations.NO_DESTINATION),
    ],
)
def test_what_of_uptime_kuma_has_no_channel_is_said(kind: str, config: Any, why: str) -> None:
    assert uptime_kuma(kind, **config) == [LeftOut(why, f"Ops ({kind})")]


def test_jobs_of_duplistatus_tell_the_channels_that_they_are_set_to(tmp_path: Path) -> None:
    key = "fa767f034cb523b80bf39cc29de32ea5:Files"
    settings = {key: {"notificationEvent": "all", "overdueBackupCheckEnabled": True, "emailEnabled": False,
                      "additionalEmails": "x@example.org"}}  # fmt: skip
    rows = (
        ("ntfy_config", {"url": "https://ntfy.sh", "topic": "backups", "accessToken": "tk_1"}),
        ("smtp_config", {"host": "mail", "username": "x", "password": "0123", "mailto": "ops@example.org"}),
    )
    places, _ = read(
        made(
            tmp_path,
            "duplistatus_3.1",
            "INSERT INTO configurations VALUES ('notification_frequency', 'every_day')",
            f"UPDATE configurations SET value = '{json.dumps(settings)}' WHERE key = 'backup_settings'",
            *(f"INSERT INTO configurations VALUES ('{name}', '{json.dumps(value)}')" for name, value in rows),
        )
    )
    ntfy, mail = (place for place in places if isinstance(place, ChannelRecord))
    assert (ntfy.kind, ntfy.given) == ("ntfy", {"url": "https://ntfy.sh/backups", "token": "tk_1"})
    assert ntfy.rules == (
        RuleRecord((key,), ("failed", "warning"), each=True),
        RuleRecord((key,), ("overdue", "stuck"), recovered=False, remind_hours=24),
    )
    assert (mail.kind, mail.given, mail.rules) == ("mail", {"to": ["ops@example.org"]}, ())
    assert {place.why for place in places if isinstance(place, LeftOut)} == {
        duplistatus_channels.ENCRYPTED,
        duplistatus_channels.EVERY_RUN,
        duplistatus_channels.MORE_RECIPIENTS,
    }


def test_an_older_duplistatus_has_its_topic_elsewhere(tmp_path: Path) -> None:
    told = {"ntfy": {"url": "https://ntfy.sh", "topic": "t"}, "backupSettings": {}}
    places, _ = read(
        made(
            tmp_path,
            "duplistatus_3.1",
            f"INSERT INTO configurations VALUES ('notifications', '{json.dumps(told)}')",
            "INSERT INTO configurations VALUES ('smtp_config', 'encrypted as a whole')",
        )
    )
    (channel,) = (place for place in places if isinstance(place, ChannelRecord))
    assert channel.given == {"url": "https://ntfy.sh/t", "token": ""}
    assert [(place.why, place.what) for place in places if isinstance(place, LeftOut)] == [
        (destinations.NO_DESTINATION, "e-mail"),
        (duplistatus_channels.ENCRYPTED, ""),
    ]


def test_rules_are_told_in_our_words() -> None:
    told = {*DOWN, *(kind for kinds in duplistatus_channels._KINDS.values() for kind in kinds)}
    assert told <= {*KINDS}
    parse_rule({"match": {"kinds": [*told]}})
