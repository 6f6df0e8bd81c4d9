"""/sign-in/account: who has the same e-mail and password in several accounts chooses one, right after the sign-in."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.http.context import context
from duplistat.http.session_cookie import visitor_of
from duplistat.services.accounts.names import labels as apart
from duplistat.services.people import account_choice
from duplistat.services.people.identity import Role
from duplistat.store import accounts, sessions
from duplistat.store.users import User
from duplistat.web.access import OVERVIEW, local_target, needs, viewer
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.sign_in.page import come_in


@needs(Role.VIEWER)
def which_account() -> ResponseReturnValue:
    """The accounts, and what comes of a choice; who has none to choose from goes on."""
    ctx, target, signed = context(), local_target(request.values.get("next", "")), viewer().signed
    choices = account_choice.choices(ctx.db, signed.session, ctx.now()) if signed else []
    if request.method != "POST":
        return _page(choices, target) if choices else redirect(target, 303)
    chosen = next((user for user in choices if str(user.id) == request.form.get("user")), None)
    if chosen is not None and chosen is choices[0]:
        return redirect(target, 303)
    before = sessions.by_hash(ctx.db, signed.session) if signed else None
    # It lasts as was asked at the sign-in.
    visitor = visitor_of(request, ctx, remember=bool(before and before.remember))
    opened = account_choice.choose(ctx.writes, chosen, visitor, ctx.now()) if chosen else None
    if opened is None:
        return done(url_for(OVERVIEW), _("Nothing was changed. To choose another account, sign in again."))
    return come_in(opened, visitor, redirect(target, 303))


def _page(choices: list[User], target: str) -> Response:
    names = apart(accounts.names(context().db, {user.account_id for user in choices}))
    shown = [(user.id, visible(names.get(user.account_id, "")), user.role) for user in choices]
    response = make_response(render_template("which_account.html", choices=shown, target=target))
    response.headers["Cache-Control"] = "no-store"
    return response
