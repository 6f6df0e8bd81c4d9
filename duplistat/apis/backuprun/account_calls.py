"""Calls about one's own account: make it, sign in, change it, get back in."""

from flask import Response, after_this_request, request

from duplistat.apis.backuprun.calls import Call
from duplistat.apis.backuprun.params import CallError, Params
from duplistat.apis.backuprun.xml import Element
from duplistat.http import sign_in_limits
from duplistat.http.context import Context
from duplistat.http.session_cookie import by_of, hand_over, signature_of, visitor_of
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.people import password_reset_mail, passwords, sessions, users
from duplistat.services.people.identity import CONTACT, CurrentUser, Role
from duplistat.services.people.sessions import FAILURES_MS, Locked, Opened, Visitor
from duplistat.services.people.users import Phones, UserChanges

PHONE = 50


def register_new_user(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """An account below `main`, so that whoever runs this server sees it, and its administrator."""
    if ctx.config.accounts.registration != "open":
        raise CallError("closed", "This server lets nobody make an account: ask whoever runs it")
    email, name = email_of(params), params.text("name", required=True)
    password = password_of(params)
    sign_in_limits.take_token(request, ctx)
    ctx.writes.run(
        users.register,
        parent=ctx.main_account,
        email=email,
        name=name,
        password_hash=passwords.hashed(ctx.db, email, password),
        role=Role.ADMIN,
        phones={},
        **signature_of(request, ctx, None),
    )
    return []


def login(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """A session for e-mail and password. The same answer whether or not anybody has that e-mail.

    When they fit several accounts, it is the one that had them first: a program does not come into another one because
    its person looked at that in a browser.
    """
    email = email_of(params)
    password = params.secret("password")
    if not password:
        raise CallError("invalid", "password is required")
    visitor = visitor_of(request, ctx, remember=params.flag("remember"))
    try:
        opened = sessions.sign_in(ctx.db, ctx.writes, email, password, visitor, ctx.now(), prefer="first")
    except Locked:
        told = f"Too many sign-ins failed: try again in {FAILURES_MS // 60_000} minutes."
        raise CallError("locked", f"{told} A recovery code works all the same") from None
    if opened is None:
        raise CallError("auth", "The e-mail or the password is wrong")
    _give(ctx, opened, visitor)
    special = opened.user.role != CONTACT and any(
        location.special for location in in_effect(ctx.db, ctx.config).locations
    )
    about = (
        Element("name", {"value": opened.user.name}),
        Element("email", {"value": opened.user.email}),
        Element("special_locations", {"value": int(special)}),
    )
    return [Element("user", {}, about)]


def update_user_data(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Change one's own data; a new password ends all other sessions."""
    changes: UserChanges = {**changes_of(ctx, params, signed.email), **phones(params, telephone="mobile")}
    if params.text("notify"):
        changes["notify"] = int(params.flag("notify"))
    if params.has("notify_email"):
        wanted = params.text("notify_email", most=254)
        changes["notify_email"] = users.email_of(wanted, "notify_email") if wanted else ""
    if changes:
        ctx.writes.run(
            users.change_user,
            user=signed.user,
            changes=changes,
            keep=signed.session,
            **signature_of(request, ctx, signed),
        )
    return []


def recover_password(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Mail a code to whoever has that e-mail; the same answer, and as fast, when nobody has."""
    email = email_of(params)
    # In one transaction with the token, so that it takes as long for an e-mail that nobody has.
    token, by = sign_in_limits.token_of(request, ctx), by_of(request, ctx, None)
    recoveries = users.ask_recoveries(ctx.writes, email, ctx.now(), token, by)
    password_reset_mail.post(ctx.config, email, recoveries)
    return []


def reset_password(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """A new password for a mailed code, and a session."""
    code, password = params.text("recoverycode", required=True), password_of(params)
    visitor = visitor_of(request, ctx, remember=params.flag("remember"))
    sign_in_limits.take_token(request, ctx)
    opened = sessions.reset_password(ctx.db, ctx.writes, code, password, visitor, ctx.now())
    if opened is None:
        raise CallError("invalid", "recoverycode is not known, was used, or is older than an hour")
    _give(ctx, opened, visitor)
    return []


def email_of(params: Params) -> str:
    return users.email_of(params.text("email", required=True, most=1000))


def password_of(params: Params) -> str:
    """Raises CallError without one, DuplistatError for one that is too short."""
    password = params.secret("password")
    if not password:
        raise CallError("invalid", "password is required")
    passwords.require(password)
    return password


def changes_of(ctx: Context, params: Params, email: str) -> UserChanges:
    """The columns of a user, whose e-mail was `email` until now, that a form changes: those that it names."""
    changes: UserChanges = {}
    if params.has("email"):
        changes["email"] = email_of(params)
    if params.has("name"):
        changes["name"] = params.text("name", required=True)
    password = password_of(params) if params.has("password") else ""
    if password or params.has("email"):
        sign_in_limits.take_token(request, ctx)
    if password:
        changes["password_hash"] = passwords.hashed(ctx.db, changes.get("email", email), password)
        changes["password_at"] = ctx.now()
    return changes


def phones(params: Params, telephone: str) -> Phones:
    """The numbers that a form names; `telephone` is what it calls the main one."""
    found: Phones = {}
    if params.has(telephone):
        found["telephone"] = params.text(telephone, most=PHONE)
    if params.has("mobile2"):
        found["mobile2"] = params.text("mobile2", most=PHONE)
    if params.has("fixed-phone"):
        found["fixed_phone"] = params.text("fixed-phone", most=PHONE)
    return found


def _give(ctx: Context, opened: Opened, visitor: Visitor) -> None:
    @after_this_request
    def _(response: Response) -> Response:
        hand_over(response, opened, visitor)
        return response


ACCOUNT_CALLS: dict[str, Call] = {
    "registerNewUser": Call(register_new_user, needs_session=False, for_contacts=False),
    "login": Call(login, needs_session=False, for_contacts=False),
    "updateUserData": Call(update_user_data, needs_session=True, for_contacts=True),
    "recoverPassword": Call(recover_password, needs_session=False, for_contacts=False),
    "resetPassword": Call(reset_password, needs_session=False, for_contacts=False),
}
