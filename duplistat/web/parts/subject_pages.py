"""Pages of subjects beside each other, as alerts and settings have them: their links, their frame, and long lists."""

from collections.abc import Iterable
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for

from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.web.access import NEEDS, viewer
from duplistat.web.formatting import ID_MOST, Reader

Links = list[tuple[str, str]]


def allowed(subjects: Iterable[tuple[str, str]]) -> Links:
    """(address, name) of the subjects, each (endpoint, name), that who looks may see: what their views need says so."""
    found = []
    for endpoint, name in subjects:
        role, whole = getattr(current_app.view_functions[endpoint], NEEDS, (Role.VIEWER, False))
        if viewer().may(role) and (viewer().whole or not whole):
            found.append((url_for(endpoint), name))
    return found


def here(known: Links) -> str:
    """The address of the subject that this page belongs to; "" for none."""
    own = f"{request.script_root}{request.path}"
    return next((address for address, _ in known if f"{own}/".startswith(f"{address}/")), "")


def show(template: str, links: Links, subject: str, status: int, **values: Any) -> Response:
    """A page of the subject that has this address. One that is shown for a form may hold a secret: nobody keeps it."""
    if request.method == "POST":
        # Its own address may take forms alone: whoever changes the language on it goes on from the subject.
        values["here"] = subject
    page = render_template(template, links=links, subject_at=subject, reader=reader(), **values)
    response = make_response(page, status)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response


def reader() -> Reader:
    return Reader(context().now(), context().schedule_defaults.zone)


def before() -> int | None:
    """Below which id this page of a list begins; None for the first one."""
    typed = request.args.get("before", "")
    return min(int(typed), ID_MOST) if typed.isascii() and typed.isdecimal() and len(typed) < 20 else None
