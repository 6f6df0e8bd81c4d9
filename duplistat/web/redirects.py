"""After a form: where to go, and what to say there."""

from typing import cast

from flask import Response, g, redirect, request

from duplistat.http import cookies
from duplistat.web.formatting import to_type

# Carries one sentence to the next page. Only this server sets it, and it is escaped as all text is.
COOKIE = "duplistat_said"
MOST = 300


def to(target: str) -> Response:
    """To another page, with GET."""
    return cast(Response, redirect(target, 303))


def done(target: str, message: str) -> Response:
    """To another page, which says what was done."""
    response = to(target)
    cookies.give(response, COOKIE, message[:MOST], seconds=60)
    return response


def flash_message() -> str:
    """What the form before this page did; said once."""
    text = request.cookies.get(COOKIE, "")[:MOST]
    g.flashed = bool(text)
    return text


def forget_flash(response: Response) -> Response:
    """After each page: what was said is not said again."""
    if getattr(g, "flashed", False):
        cookies.take_back(response, COOKIE)
    return response


def confirmed(name: str) -> bool:
    """Whether the name of what is lost was typed into the form of a dangerous act (macro `confirm`)."""
    return " ".join(request.form.get("confirm", "").split()) == to_type(name) != ""
