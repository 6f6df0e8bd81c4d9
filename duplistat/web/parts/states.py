"""The words for states, in the reader's language."""

from collections.abc import Mapping
from functools import cache

from duplistat.web import language
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext


def state_words() -> Mapping[str, str]:
    """{state of a job or run, or severity of an event: its word}."""
    return _words(language.current())


@cache
def _words(_language: str) -> Mapping[str, str]:
    return {
        "ok": _("OK"),
        "warning": _("warning"),
        "failed": _("failed"),
        "overdue": _("overdue"),
        "stuck": _("stalled"),
        "running": _("running"),
        "paused": _("paused"),
        "never": _("no result yet"),
        "unscheduled": _("silent without schedule"),
        # Of an account.
        "silent": _("no reports yet"),
        "info": _("info"),
        "error": _("error"),
        "critical": _("critical"),
    }


def outcome_words() -> dict[str, str]:
    """{what became of a delivery: its word}."""
    return {
        "recorded": pgettext("a delivery", "recorded"),
        "refined": pgettext("a delivery", "details added"),
        "changed": pgettext("a delivery", "changed"),
        "repeat": pgettext("a delivery", "duplicate"),
        "live": pgettext("a delivery", "live status"),
        "progress": pgettext("a delivery", "progress"),
        "unrecognised": pgettext("a delivery", "not recognised"),
        "dismissed": pgettext("a delivery", "dismissed"),
    }


def role_words() -> dict[str, str]:
    """{role: its word}."""
    return {
        "admin": _("admin"),
        "operator": _("operator"),
        "viewer": _("viewer"),
        "contact": _("contact"),
    }
