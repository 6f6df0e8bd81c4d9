"""/settings/users: the people of an account and of all below it."""

import secrets
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http import sign_in_limits
from duplistat.http.context import context
from duplistat.services.people import password_reset_mail, passwords
from duplistat.services.people import users as services
from duplistat.services.people.administration import create_person, remove_person, set_person
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import end_other_sessions
from duplistat.services.people.users import UserChanges
from duplistat.store import sessions, users
from duplistat.store.users import User
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.subject_pages import before
from duplistat.web.redirects import done, saved
from duplistat.web.settings.page import ROWS, show, tree
from duplistat.web.sign_in import credentials

# Of a password that we make; 96 bits.
BYTES = 12
NEW = {"role": Role.VIEWER.value}


@needs(Role.ADMIN)
def page() -> Response:
    """Who can sign in, newest first."""
    return _list(Form(NEW))


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Make a user, who gets a link by mail, or whose password is shown once where no mail is sent."""
    form, mails = Form(), _mails()
    email, account = credentials.email(form), form.account()
    name, role = form.text("name", missing=_("Enter a name.")), form.one_of("role", list(Role))
    if form.wrong:
        return _list(form, 400)
    _take_turn()
    password = secrets.token_urlsafe(BYTES)
    try:
        # With a mail nobody learns this password: it is there so that none fits.
        made = context().writes.run(
            create_person,
            account=account.id,
            email=email,
            name=name,
            password_hash=passwords.hashed(context().db, email, password),
            role=role,
            **signature(),
        )
    except DuplistatError as e:
        form.refuse(e)
        return _list(form, 400)
    if not mails:
        return _list(Form(NEW), made=password, name=name)
    _mail(made, email, new=True)
    message = _("User %(name)s created. A link to set a password was sent to %(email)s.")
    return done(_address(made), message % {"name": visible(name), "email": visible(email)})


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One user. Raises DuplistatError (not_found) for one that is not there to be seen."""
    user = _user(number)
    return _one(user, _typed(user))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    user, form = _other(number), Form()
    changes: UserChanges = {
        "email": credentials.email(form),
        "name": form.text("name", missing=_("Enter a name.")),
        "role": form.one_of("role", list(Role)),
    }
    if not form.wrong:
        try:
            context().writes.run(set_person, user=user.id, changes=changes, **signature())
        except DuplistatError as e:
            form.refuse(e)
    return _one(user, form, 400) if form.wrong else saved(_address(user.id), _("User saved."))


@needs(Role.ADMIN)
def mail(number: int) -> ResponseReturnValue:
    """Send somebody a link to choose another password; the present one stays valid until then."""
    user = _other(number)
    if not _mails() or not _mail(user.id, user.email, new=False):
        form = _typed(user)
        form.wrong[""] = _(
            "No link sent: the account is suspended, or links were already sent within the last hour."
        )
        return _one(user, form, 400)
    message = _("A link to set a password was sent to %(email)s.")
    return done(_address(user.id), message % {"email": visible(user.email)})


@needs(Role.ADMIN)
def password(number: int) -> ResponseReturnValue:
    """Give somebody a password that we make, and end all sessions."""
    user, made = _other(number), secrets.token_urlsafe(BYTES)
    changes: UserChanges = {
        "password_hash": passwords.hashed(context().db, user.email, made),
        "password_at": context().now(),
    }
    context().writes.run(services.change_user, user=user.id, changes=changes, **signature())
    user = _user(number)
    return _one(user, _typed(user), made=made)


@needs(Role.ADMIN)
def end_sessions(number: int) -> ResponseReturnValue:
    user = _other(number)
    ended = context().writes.run(end_other_sessions, user=user.id, keep="", **signature())
    message = ngettext("%(num)s session signed out.", "%(num)s sessions signed out.", ended) % {"num": ended}
    return done(_address(user.id), message)


@needs(Role.ADMIN)
def remove(number: int) -> ResponseReturnValue:
    user = _other(number)
    form = _typed(user)
    if not form.confirmed(user.name):
        return _one(user, form, 400)
    try:
        context().writes.run(remove_person, user=user.id, **signature())
    except DuplistatError as e:
        form.refuse(e)
        return _one(user, form, 400)
    return done(url_for("web.settings_users"), _("User %(name)s removed.") % {"name": visible(user.name)})


def roles() -> list[tuple[str, str]]:
    """(role, what somebody with it may do)."""
    return [
        (Role.VIEWER.value, _("Viewer: view status")),
        (Role.OPERATOR.value, _("Operator: view, and edit jobs, servers and Duplicati connections")),
        (Role.ADMIN.value, _("Admin: full access, with settings, API keys and users")),
        (Role.CONTACT.value, _("Contact: the customer's own account only")),
    ]


def _take_turn() -> None:
    """Whoever does not look after the whole server has passwords hashed only so often.

    Raises DuplistatError (too_many).
    """
    if not viewer().whole:
        sign_in_limits.take_token(request, context())


def _mails() -> bool:
    return bool(context().config.mail.host)


def _mail(user: int, email: str, *, new: bool) -> bool:
    """Send a link for a password; whether one could be made."""
    ctx = context()
    code = ctx.writes.run(services.add_recovery, user=user, **signature())
    if code and new:
        password_reset_mail.invite(ctx.config, email, code)
    elif code:
        password_reset_mail.post(ctx.config, email, [{"code": code, "account": ""}])
    return bool(code)


def _user(number: int) -> User:
    found = users.by_id(context().db, number)
    if found is None or found.account_id not in viewer().sees:
        raise DuplistatError(Kind.NOT_FOUND, "User not found")
    return found


def _other(number: int) -> User:
    """Somebody else than who looks, who has a page of their own for that."""
    found = _user(number)
    if _is_me(found):
        raise DuplistatError(Kind.FORBIDDEN, "This is you: edit your profile instead")
    return found


def _is_me(user: User) -> bool:
    signed = viewer().signed
    return signed is not None and signed.user == user.id


def _address(user: int) -> str:
    return url_for("web.settings_user", number=user)


def _typed(user: User) -> Form:
    return Form({"name": user.name, "email": user.email, "role": user.role})


def _list(form: Form, status: int = 200, **values: Any) -> Response:
    ctx, places = context(), tree()
    found = users.page(ctx.db, viewer().sees, before=before(), limit=ROWS + 1)
    shown = found[:ROWS]
    return show(
        "users",
        status,
        form=form,
        users=shown,
        sessions=sessions.counted(ctx.db, [user.id for user in shown], ctx.now()),
        older=url_for("web.settings_users", before=shown[-1].id) if len(found) > ROWS else "",
        newer=url_for("web.settings_users") if before() else "",
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
        roles=roles(),
        mails=_mails(),
        **values,
    )


def _one(user: User, form: Form, status: int = 200, made: str = "") -> Response:
    ctx = context()
    return show(
        "user",
        status,
        form=form,
        user=user,
        me=_is_me(user),
        account={place.id: place.name for place in tree()}.get(user.account_id, ""),
        sessions=sessions.counted(ctx.db, [user.id], ctx.now()).get(user.id),
        roles=roles(),
        mails=_mails(),
        made=made,
    )
