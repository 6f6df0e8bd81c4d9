"""Alerts: what is wrong, who was told, and who hears of what."""

from flask import Blueprint

from duplistat.web.alerts import (
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
        ("", "alerts", problems.page, "GET"),
        (f"/problems/{ID}", "problem", problems.one, "GET"),
        (f"/problems/{ID}/acknowledge", "problem_acknowledge", problems.acknowledge_problem, "POST"),
        ("/notices", "notices", notices.page, "GET"),
        (f"/notices/{ID}", "notice", notices.one, "GET"),
        (f"/notices/{ID}/retry", "notice_retry", notices.retry, "POST"),
        (f"/notices/{ID}/drop", "notice_drop", notices.drop, "POST"),
        (f"/notices/{ID}/attempts", "notice_attempts", notices.tried, "GET"),
        ("/channels", "channels", channels.page, "GET"),
        ("/channels/new/<kind>", "channel_new", channels.new, "GET"),
        ("/channels/new/<kind>", "channel_create", channels.create, "POST"),
        (f"/channels/{ID}", "channel", channels.one, "GET"),
        (f"/channels/{ID}", "channel_save", channels.save, "POST"),
        (f"/channels/{ID}/test", "channel_test", channels.test, "POST"),
        (f"/channels/{ID}/confirm", "channel_confirm", channels.confirm, "POST"),
        (f"/channels/{ID}/switch", "channel_switch", channels.switch, "POST"),
        (f"/channels/{ID}/send", "channel_send", channels.send, "POST"),
        (f"/channels/{ID}/rotate", "channel_rotate", channels.rotate, "POST"),
        (f"/channels/{ID}/delete", "channel_delete", channels.delete, "POST"),
        (f"/channels/{ID}/texts", "channel_texts", channel_texts.page, "GET"),
        (f"/channels/{ID}/texts", "channel_texts_save", channel_texts.save, "POST"),
        (f"/recipients/{ID}", "recipient", channels.recipient, "POST"),
        ("/rules", "rules", rules.page, "GET"),
        ("/rules/new", "rule_new", rules.new, "GET"),
        ("/rules/new", "rule_create", rules.create, "POST"),
        (f"/rules/{ID}", "rule", rules.one, "GET"),
        (f"/rules/{ID}", "rule_save", rules.save, "POST"),
        (f"/rules/{ID}/switch", "rule_switch", rules.switch, "POST"),
        (f"/rules/{ID}/delete", "rule_delete", rules.delete, "POST"),
        ("/rules/coverage", "coverage", coverage.page, "GET"),
        ("/silences", "silences", silences.page, "GET"),
        ("/silences", "silence_add", silences.add, "POST"),
        (f"/silences/{ID}/end", "silence_end", silences.end, "POST"),
    ):
        bp.add_url_rule(f"/alerts{rule}", endpoint, view, methods=[methods])
    bp.add_url_rule("/digest", "digest", digest.page)
    bp.add_url_rule("/digest/<day>", "digest_of_day", digest.page)
    bp.add_url_rule("/evidence.<any(json, csv, html):kind>", "evidence_file", evidence.file)
    for rule, endpoint, view, methods in (
        ("/digest/settings", "digest_settings", digest_settings.page, "GET"),
        ("/digest/settings", "digest_add", digest_settings.add, "POST"),
        (f"/digest/settings/{ID}", "digest_edit", digest_settings.edit, "GET"),
        (f"/digest/settings/{ID}", "digest_save", digest_settings.save, "POST"),
        (f"/digest/settings/{ID}/send", "digest_send", digest_settings.send, "POST"),
        (f"/digest/settings/{ID}/delete", "digest_delete", digest_settings.delete, "POST"),
        ("/evidence", "evidence", evidence.page, "GET"),
    ):
        bp.add_url_rule(rule, endpoint, view, methods=[methods])
