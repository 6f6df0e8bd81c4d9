"""/set-up: the first person comes in, by the link that the server prints at its start."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError
from duplistat.http import sign_in_limits
from duplistat.http.context import context
from duplistat.http.session_cookie import visitor_of
from duplistat.services.people import first_admin as services
from duplistat.web.access import OVERVIEW
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.sign_in.credentials import email, new_password
from duplistat.web.sign_in.page import come_in


def set_up() -> ResponseReturnValue:
    """Make the first admin of `main` for a code, and sign in. As soon as there is one, this leads to the sign-in."""
    ctx, code = context(), request.values.get("code", "")
    if not services.is_good(ctx.db, code):
        # Asked second: the code of somebody who was faster is gone in the moment in which there is an admin.
        if not services.is_needed(ctx.db):
            return redirect(url_for("web.sign_in"), 303)
        return _page(Form(), code, good=False, status=403 if code else 200)
    if request.method != "POST":
        return _page(Form(), code)
    form = Form()
    person: services.Person = {
        "email": email(form),
        "name": form.text("name", missing=_("Enter your name.")),
        "password": new_password(form),
    }
    if not form.wrong:
        sign_in_limits.take_token(request, ctx)
        visitor = visitor_of(request, ctx, remember=False)
        try:
            opened = services.set_up(ctx.db, ctx.writes, code, person, visitor, ctx.now())
        except DuplistatError as e:
            form.refuse(e)
        else:
            # Somebody else was faster: then there is an admin, and here is the way to sign in.
            target = url_for(OVERVIEW) if opened else url_for("web.sign_in")
            answer = redirect(target, 303)
            return come_in(opened, visitor, answer) if opened else answer
    return _page(form, code, status=400)


def _page(form: Form, code: str, *, good: bool = True, status: int = 200) -> Response:
    response = make_response(render_template("set_up.html", form=form, code=code, good=good), status)
    response.headers["Cache-Control"] = "no-store"
    return response
