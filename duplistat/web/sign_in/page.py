"""/sign-in and /sign-out: the way in and out. What it says is the same whether or not somebody has an e-mail."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http import cookies
from duplistat.http.context import Context, context
from duplistat.http.session_cookie import COOKIE, hand_over, signed_of, visitor_of
from duplistat.services.people import sessions, users
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import FAILURES_MS, Locked, Opened, Visitor, end_session
from duplistat.web import preference_cookies
from duplistat.web.access import FORM_COOKIE, OVERVIEW, local_target, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.sign_in.credentials import secret


def sign_in() -> ResponseReturnValue:
    """The form, and what comes of it; whoever is signed in goes on."""
    ctx, target = context(), local_target(request.values.get("next", ""))
    if request.method != "POST":
        return redirect(target, 303) if _is_in(ctx) else _page(Form({}), target)
    form = Form()
    visitor = visitor_of(request, ctx, remember=bool(form.typed("remember")))
    try:
        email = users.email_of(form.typed("email"))
        opened = sessions.sign_in(ctx.db, ctx.writes, email, secret(form, "password"), visitor, ctx.now())
    except Locked:
        form.wrong[""] = locked()
        page = _page(form, target, 429)
        page.headers["Retry-After"] = str(FAILURES_MS // 1000)
        return page
    except DuplistatError as e:
        if e.kind not in (Kind.INVALID, Kind.FORBIDDEN):
            raise
        opened = None
        if e.kind is Kind.FORBIDDEN:
            form.wrong[""] = _("This account is suspended. Contact your administrator.")
    if opened is None:
        form.wrong.setdefault("", _("Wrong e-mail or password."))
        return _page(form, target, 400)
    if opened.others:
        target = url_for("web.which_account", next=target if target != url_for(OVERVIEW) else None)
    return come_in(opened, visitor, redirect(target, 303))


def come_in(opened: Opened, visitor: Visitor, response: ResponseReturnValue) -> Response:
    """Hand over a session that began, with what its person prefers; the proof of forms from before ends."""
    answer = make_response(response)
    hand_over(answer, opened, visitor)
    preference_cookies.hand_over(answer, opened.user.id)
    cookies.take_back(answer, FORM_COOKIE)
    return answer


@needs(Role.VIEWER)
def sign_out() -> ResponseReturnValue:
    """End this session, here and in the database."""
    signed = viewer().signed
    if signed is not None:
        context().writes.run(end_session, hash=signed.session, action="user.sign_out", **signature())
    answer = done(url_for("web.sign_in"), _("You are signed out."))
    cookies.take_back(answer, COOKIE)
    return answer


def locked() -> str:
    """What to say of a lock, and which ways in it leaves open."""
    told = _(
        "Too many failed sign-ins for this e-mail or from your address. Try again in %(minutes)s minutes."
    ) % {"minutes": FAILURES_MS // 60_000}
    if context().config.mail.host:
        way = _("“Forgot password?” sends you a link that still works.")
    else:
        way = _("An administrator can unlock it with “duplistat user unlock”.")
    return f"{told} {way}"


def _is_in(ctx: Context) -> bool:
    try:
        signed_of(request, ctx)
    except DuplistatError as e:
        if e.kind not in (Kind.UNAUTHORIZED, Kind.FORBIDDEN):
            raise
        return False
    return True


def _page(form: Form, target: str, status: int = 200) -> Response:
    page = render_template("sign_in.html", form=form, target=target)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
