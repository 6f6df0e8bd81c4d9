"""/password: where the link of a recovery mail leads. Whoever has the code of a mail sets a new password."""

from flask import Response, render_template, request

from duplistat.core.text import clean
from duplistat.http import turns
from duplistat.http.context import context
from duplistat.http.forms import form_of
from duplistat.http.signing import demand_own_page, hand_over, visitor_of
from duplistat.services import passwords, sessions

# Ours are far shorter.
LONGEST_CODE = 200
NO_GOOD = (
    "This link is not good any more: it was used, or it is older than an hour."
    " Ask for another one where you asked for this one"
)


def new_password() -> Response:
    """The form. It looks the same whatever the code is: that is told to who uses it."""
    return _form(request.args.get("recoverycode", ""))


def set_password() -> Response:
    """Set the password, and sign in. Raises DuplistatError: forbidden, too_many, too_large, invalid for no form."""
    ctx = context()
    demand_own_page(request, ctx)
    form: dict[str, str] = {}
    for name, value in form_of(request):
        form.setdefault(name, clean(value))
    code, password = form.get("recoverycode", ""), form.get("password", "")
    if len(password) < passwords.SHORTEST:
        return _form(code, f"The password must have at least {passwords.SHORTEST} characters")
    turns.take_token(request, ctx)
    visitor = visitor_of(request, ctx, remember=False)
    opened = sessions.reset_password(ctx.db, ctx.writes, code, password, visitor, ctx.now())
    if opened is None:
        return _form(code, NO_GOOD)
    response = _page(done=True)
    hand_over(response, request, ctx, opened, visitor)
    return response


def _form(code: str, problem: str = "") -> Response:
    return _page(400 if problem else 200, code=code[:LONGEST_CODE], problem=problem)


def _page(status: int = 200, **shown: object) -> Response:
    html = render_template("password.html", shortest=passwords.SHORTEST, **shown)
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response
