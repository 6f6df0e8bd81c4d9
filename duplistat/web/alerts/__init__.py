"""Alerts: what is wrong, who was told, and who hears of what."""

from flask import Blueprint

from duplistat.web.alerts import notices, problems, silences
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
        ("/silences", "silences", silences.page, "GET"),
        ("/silences", "silence_add", silences.add, "POST"),
        (f"/silences/{ID}/end", "silence_end", silences.end, "POST"),
    ):
        bp.add_url_rule(f"/alerts{rule}", endpoint, view, methods=[methods])
