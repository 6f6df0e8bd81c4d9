"""/password: where the link of a recovery mail leads. Whoever has the code of a mail sets a new password."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError
from duplistat.http import sign_in_limits
from duplistat.http.context import context
from duplistat.http.session_cookie import visitor_of
from duplistat.services.people import sessions
from duplistat.web.access import OVERVIEW
from duplistat.web.form import Form
from duplistat.web.sign_in import credentials
from duplistat.web.sign_in.page import come_in

# Ours are far shorter.
LONGEST_CODE = 200


def new_password() -> Response:
    """The form; for a code that is not good, what to do instead. Looking at it uses nothing up."""
    code = request.args.get("recoverycode", "")
    good = sessions.is_recovery(context().db, code, context().now())
    return _page(Form({}), code, good=good, status=200 if good else 400)


def set_password() -> ResponseReturnValue:
    """Set the password, end all sessions of its person, and sign in."""
    ctx, form = context(), Form()
    code, password = form.typed("recoverycode"), credentials.new_password(form)
    if form.wrong:
        return _page(form, code, good=sessions.is_recovery(ctx.db, code, ctx.now()), status=400)
    sign_in_limits.take_token(request, ctx)
    visitor = visitor_of(request, ctx, remember=False)
    try:
        opened = sessions.reset_password(ctx.db, ctx.writes, code, password, visitor, ctx.now())
    except DuplistatError as e:
        form.refuse(e)
        return _page(form, code, good=True, status=400)
    if opened is None:
        return _page(form, code, good=False, status=400)
    return come_in(opened, visitor, redirect(url_for(OVERVIEW), 303))


def _page(form: Form, code: str, *, good: bool, status: int) -> Response:
    response = make_response(
        render_template("password.html", form=form, code=code[:LONGEST_CODE], good=good), status
    )
    response.headers["Cache-Control"] = "no-store"
    return response
