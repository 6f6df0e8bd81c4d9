"""After a form: where to go, and what to say there."""

from typing import cast

from flask import Response, g, redirect, request, url_for

from duplistat.http import cookies
from duplistat.web.formatting import to_type

# Carries one sentence to the next page. Only this server sets it, and it is escaped as all text is.
COOKIE = "duplistat_said"
MOST = 300
# Carries the address of the form that was saved, beside what is said of it.
SAVED_COOKIE = "duplistat_saved"


def to(target: str) -> Response:
    """To another page, with GET."""
    return cast(Response, redirect(target, 303))


def done(target: str, message: str) -> Response:
    """To another page, which says what was done."""
    response = to(target)
    cookies.give(response, COOKIE, message[:MOST], seconds=60)
    return response


def saved(target: str, message: str) -> Response:
    """To the page of a form that was saved, which says so and marks the form."""
    response = done(target, message)
    cookies.give(response, SAVED_COOKIE, _form_address(), seconds=60)
    return response


def is_saved(*addresses: str) -> bool:
    """Whether the form before this page was posted to one of these, and saved."""
    return request.cookies.get(SAVED_COOKIE, "") in addresses


def flash_message() -> str:
    """What the form before this page did; said once."""
    text = request.cookies.get(COOKIE, "")[:MOST]
    g.flashed = bool(text)
    return text


def forget_flash(response: Response) -> Response:
    """After each page: what was said is not said again, and no form is marked again."""
    if getattr(g, "flashed", False):
        cookies.take_back(response, COOKIE)
        if SAVED_COOKIE in request.cookies:
            cookies.take_back(response, SAVED_COOKIE)
    return response


def confirmed(name: str, field: str = "confirm") -> bool:
    """Whether the name of what is lost was typed into the form of a dangerous act (macro `confirm`). `Form.confirmed`
    also says it.
    """
    return " ".join(request.form.get(field, "").split()) == to_type(name) != ""


def _form_address() -> str:
    """The address that a form was posted to, as its page has it."""
    return url_for(request.endpoint or "", **(request.view_args or {}))
