"""Alerts: what is wrong, who was told, and who hears of what."""

from flask import Blueprint

from duplistat.web.alerts import (
    channel,
    channel_texts,
    channels,
    coverage,
    digest,
    digest_settings,
    evidence,
    notices,
    problems,
    rules,
    silences,
)
from duplistat.web.formatting import ID


def add_to(bp: Blueprint) -> None:
    """Give a blueprint all pages of alerts."""
    for rule, endpoint, view, methods in (
        ("/alerts", "alerts", problems.page, "GET"),
        (f"/alerts/problems/{ID}", "problem", problems.one, "GET"),
        (f"/alerts/problems/{ID}/acknowledge", "problem_acknowledge", problems.acknowledge_problem, "POST"),
        ("/alerts/notices", "notices", notices.page, "GET"),
        (f"/alerts/notices/{ID}", "notice", notices.one, "GET"),
        (f"/alerts/notices/{ID}/retry", "notice_retry", notices.retry, "POST"),
        (f"/alerts/notices/{ID}/drop", "notice_drop", notices.drop, "POST"),
        (f"/alerts/notices/{ID}/attempts", "notice_attempts", notices.tried, "GET"),
        ("/alerts/channels", "channels", channels.page, "GET"),
        ("/alerts/channels/new/<kind>", "channel_new", channels.new, "GET"),
        ("/alerts/channels/new/<kind>", "channel_create", channels.create, "POST"),
        (f"/alerts/channels/{ID}", "channel", channel.one, "GET"),
        (f"/alerts/channels/{ID}", "channel_save", channel.save, "POST"),
        (f"/alerts/channels/{ID}/test", "channel_test", channel.test, "POST"),
        (f"/alerts/channels/{ID}/confirm", "channel_confirm", channel.confirm, "POST"),
        (f"/alerts/channels/{ID}/switch", "channel_switch", channel.switch, "POST"),
        (f"/alerts/channels/{ID}/send", "channel_send", channel.send, "POST"),
        (f"/alerts/channels/{ID}/rotate", "channel_rotate", channel.rotate, "POST"),
        (f"/alerts/channels/{ID}/delete", "channel_delete", channel.delete, "POST"),
        (f"/alerts/channels/{ID}/texts", "channel_texts", channel_texts.page, "GET"),
        (f"/alerts/channels/{ID}/texts", "channel_texts_save", channel_texts.save, "POST"),
        (f"/alerts/recipients/{ID}", "recipient", channel.recipient, "POST"),
        ("/alerts/rules", "rules", rules.page, "GET"),
        ("/alerts/rules/new", "rule_new", rules.new, "GET"),
        ("/alerts/rules/new", "rule_create", rules.create, "POST"),
        (f"/alerts/rules/{ID}", "rule", rules.one, "GET"),
        (f"/alerts/rules/{ID}", "rule_save", rules.save, "POST"),
        (f"/alerts/rules/{ID}/switch", "rule_switch", rules.switch, "POST"),
        (f"/alerts/rules/{ID}/delete", "rule_delete", rules.delete, "POST"),
        ("/alerts/rules/coverage", "coverage", coverage.page, "GET"),
        ("/alerts/silences", "silences", silences.page, "GET"),
        ("/alerts/silences", "silence_add", silences.add, "POST"),
        (f"/alerts/silences/{ID}/end", "silence_end", silences.end, "POST"),
        ("/digest", "digest", digest.page, "GET"),
        ("/digest/<day>", "digest_of_day", digest.page, "GET"),
        ("/digest/settings", "digest_settings", digest_settings.page, "GET"),
        ("/digest/settings", "digest_add", digest_settings.add, "POST"),
        (f"/digest/settings/{ID}", "digest_edit", digest_settings.edit, "GET"),
        (f"/digest/settings/{ID}", "digest_save", digest_settings.save, "POST"),
        (f"/digest/settings/{ID}/send", "digest_send", digest_settings.send, "POST"),
        (f"/digest/settings/{ID}/delete", "digest_delete", digest_settings.delete, "POST"),
        ("/evidence", "evidence", evidence.page, "GET"),
        ("/evidence.<any(json, csv, html):kind>", "evidence_file", evidence.file, "GET"),
    ):
        bp.add_url_rule(rule, endpoint, view, methods=[methods])
