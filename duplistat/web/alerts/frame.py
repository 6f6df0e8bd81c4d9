"""What the pages of alerts share: the subjects beside each other, their frame, and pages of long lists."""

from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for

from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.web.access import NEEDS, viewer
from duplistat.web.formatting import ID_MOST, Reader
from duplistat.web.language import gettext as _

ROWS = 50


def links() -> list[tuple[str, str]]:
    """(address, name) of each subject that who looks may see; what a view needs says who that is."""
    subjects = (
        ("web.alerts", _("Problems")),
        ("web.notices", _("Notices")),
        ("web.silences", _("Silences")),
        ("web.rules", _("Rules")),
        ("web.channels", _("Channels")),
        ("web.digest", _("Digest")),
        ("web.evidence", _("Evidence")),
    )
    found = []
    for endpoint, name in subjects:
        role, _whole = getattr(current_app.view_functions[endpoint], NEEDS, (Role.VIEWER, False))
        if viewer().may(role):
            found.append((url_for(endpoint), name))
    return found


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page of alerts. One that is shown for a form may hold a secret: nobody keeps it."""
    found = links()
    own = f"{request.script_root}{request.path}"
    # The first one is above all the others.
    at = next((address for address, _name in found[1:] if f"{own}/".startswith(f"{address}/")), found[0][0])
    if request.method == "POST":
        # Its own address may take forms alone: whoever changes the language on it goes on from the subject.
        values["here"] = at
    page = render_template(
        f"alerts/{template}.html", links=found, subject_at=at, **{"reader": reader()} | values
    )
    response = make_response(page, status)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response


def missing() -> list[str]:
    """What is missing for messages to go out, each as a sentence."""
    if context().config.mail.host:
        return []
    return [_("No mail server is set: set [mail] host in the configuration, or add another channel.")]


def reader() -> Reader:
    return Reader(context().now(), context().schedule_defaults.zone)


def before() -> int | None:
    """Below which id this page of a list begins; None for the first one."""
    typed = request.args.get("before", "")
    return min(int(typed), ID_MOST) if typed.isascii() and typed.isdecimal() and len(typed) < 20 else None
