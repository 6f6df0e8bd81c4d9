"""What the pages of alerts share: the subjects beside each other, their frame, and what is missing."""

from typing import Any

from flask import Response

from duplistat.http.context import context
from duplistat.services.alerts.channel_config import MAIL
from duplistat.services.alerts.listeners import rule_in
from duplistat.store import channels, rules
from duplistat.web.access import viewer
from duplistat.web.language import gettext as _
from duplistat.web.parts import subject_pages
from duplistat.web.parts.subject_pages import allowed, here

ROWS = 50


def links() -> list[tuple[str, str]]:
    """(address, name) of each subject that who looks may see."""
    subjects = (
        ("web.alerts", _("Problems")),
        ("web.notices", _("Notices")),
        ("web.silences", _("Silences")),
        ("web.rules", _("Rules")),
        ("web.channels", _("Channels")),
        ("web.digest", _("Digest")),
        ("web.evidence", _("Evidence")),
    )
    return allowed(subjects)


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page of alerts."""
    found = links()
    first, *others = found
    # The address of the first one is above all the others.
    at = here(others) or first[0]
    return subject_pages.show(f"alerts/{template}.html", found, at, status, **values)


def no_mail_server() -> list[str]:
    """That a channel of mail cannot send, as a sentence."""
    if context().config.mail.host:
        return []
    return [_("No mail server is set: set [mail] host in the configuration, or add another channel.")]


def missing(*, below_banner: bool = False) -> list[str]:
    """What is missing for messages to go out, each as a sentence; nothing where no channel that is on wants it.

    On a page with the banner (`banner.alert_banner`) that is said there once a channel is found to be broken.
    """
    if context().config.mail.host:
        return []
    on = [row for row in channels.of_accounts(context().db, viewer().sees) if row.state != channels.OFF]
    if below_banner and any(row.state == channels.BROKEN for row in on):
        return []
    told = _("Nobody is alerted about problems at the moment.")
    mails = [row.kind == MAIL for row in on]
    if not all(mails):
        ready = {row.id for row in on if row.kind != MAIL}
        if viewer().whole and not any(
            ready & set(rule_in(row.spec).channels) for row in rules.enabled(context().db)
        ):
            text = _("No rule alerts through a channel that works without a mail server.")
            return [f"{told} {text}"]
        text = _("No mail server is set: set [mail] host in the configuration, or turn mail off.")
        return [text] if any(mails) else []
    if not viewer().whole:
        # Channels of the provider may tell of what is wrong.
        return no_mail_server() if on else []
    return [f"{told} {text}" for text in no_mail_server()]
