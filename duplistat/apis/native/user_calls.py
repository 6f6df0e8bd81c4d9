"""/api/v1/users: who signs in. Passwords go in, and never out."""

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.lists import newest
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.apis.native.user_models import Ended, NewPassword, NewUser, User, UserList, UserSettingsChanges
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http import sign_in_limits
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.people import password_reset_mail, passwords
from duplistat.services.people.administration import create_person, remove_person, set_person
from duplistat.services.people.sessions import end_other_sessions
from duplistat.services.people.users import UserChanges, add_recovery, change_user, email_of
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, sessions, users
from duplistat.store.users import User as Row

R = TypeVar("R")

NO_MAIL = "is required: no mail is sent from here ([mail] host)"
NO_LINK = "no link was sent: the account is suspended, or links were sent within the last hour already"
# As a password that nobody knows, of somebody who chooses another one.
UNKNOWN_BYTES = 32


@bp.get("/api/v1/users")
def user_list() -> Response:
    ctx, _, page, end = newest(Scope.USERS_ADMIN, users.page)
    return answered(request, UserList(users=_users(ctx, page), next_cursor=end))


@bp.get(f"/api/v1/users/{ID}")
def user(id: int) -> Response:
    ctx, caller = caller_who(Scope.USERS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return one(request, ctx.db, "user", id, lambda: _users(ctx, [_seen(ctx, sees, id)])[0])


@changes.post("/api/v1/users")
def make_user() -> Response:
    c = changing(Scope.USERS_ADMIN)
    sent, body = bodies.read(request, NewUser)

    def make() -> WriteCommand[int]:
        email = email_of(sent.email)
        if sent.password is None and not c.ctx.config.mail.host:
            raise DuplistatError(Kind.INVALID, NO_MAIL, field="password")
        return prepare(
            create_person,
            account=c.account(sent.account_id),
            email=email,
            name=sent.name.strip(),
            password_hash=_hashed(c, email, sent.password or secrets.token_urlsafe(UNKNOWN_BYTES)),
            role=sent.role,
            **c.signature(),
        )

    def answer(id: int) -> User:
        row = _seen(c.ctx, c.sees, id)
        if sent.password is None:
            code = c.ctx.writes.run(add_recovery, user=id, **c.signature())
            if code:
                password_reset_mail.invite(c.ctx.config, row.email, code)
        return _users(c.ctx, [row])[0]

    return c.carry_out(body, make, answer, 201, of=Thing("user"))


@changes.patch(f"/api/v1/users/{ID}")
def change_a_user(id: int) -> Response:
    c = changing(Scope.USERS_ADMIN)
    sent, body = bodies.read(request, UserSettingsChanges)
    given, values = sent.model_fields_set, UserChanges()
    if "email" in given:
        values["email"] = email_of(sent.email)
    if "name" in given:
        values["name"] = sent.name.strip()
    if "role" in given:
        values["role"] = sent.role
    return _carry_out(
        c, id, body, lambda row: prepare(set_person, user=id, changes=values, **c.signature()), _shown(c, id)
    )


@changes.post(f"/api/v1/users/{ID}/mail")
def mail_link(id: int) -> Response:
    c = changing(Scope.USERS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def answer(code: str | None) -> User:
        row = _seen(c.ctx, c.sees, id)
        if code == "":
            raise DuplistatError(Kind.INVALID, NO_LINK)
        if code:
            password_reset_mail.post(c.ctx.config, row.email, [{"code": code, "account": ""}])
        return _users(c.ctx, [row])[0]

    def make() -> WriteCommand[str]:
        _seen(c.ctx, c.sees, id)
        if not c.ctx.config.mail.host:
            raise DuplistatError(Kind.INVALID, "no mail is sent from here ([mail] host)")
        return prepare(add_recovery, user=id, **c.signature())

    # The code is for whoever gets the mail, and for nobody else.
    return c.carry_out_secretly(body, make, answer, of=Thing("user", id))


@changes.post(f"/api/v1/users/{ID}/password")
def set_password(id: int) -> Response:
    c = changing(Scope.USERS_ADMIN)
    sent, body = bodies.read(request, NewPassword)

    def make(row: Row) -> WriteCommand[None]:
        values: UserChanges = {
            "password_hash": _hashed(c, row.email, sent.password),
            "password_at": c.ctx.now(),
        }
        return prepare(change_user, user=id, changes=values, **c.signature())

    return _carry_out(c, id, body, make, _shown(c, id))


@changes.post(f"/api/v1/users/{ID}/end-sessions")
def end_sessions(id: int) -> Response:
    c = changing(Scope.USERS_ADMIN)
    _, body = bodies.read(request, Nothing)
    return _carry_out(
        c,
        id,
        body,
        lambda row: prepare(end_other_sessions, user=id, keep="", **c.signature()),
        lambda ended: Ended(sessions=ended),
    )


@changes.delete(f"/api/v1/users/{ID}")
def remove_user(id: int) -> Response:
    c = changing(Scope.USERS_ADMIN)
    _, body = bodies.read(request, Nothing)
    return _carry_out(
        c, id, body, lambda row: prepare(remove_person, user=id, **c.signature()), lambda _: None
    )


def _carry_out(
    c: Changing,
    id: int,
    body: bytes,
    make: Callable[[Row], WriteCommand[R]],
    answer: Callable[[R], User | Ended | None],
) -> Response:
    return c.carry_out(body, lambda: make(_seen(c.ctx, c.sees, id)), answer, of=Thing("user", id))


def _shown(c: Changing, id: int) -> Callable[[object], User]:
    return lambda _: _users(c.ctx, [_seen(c.ctx, c.sees, id)])[0]


def _seen(ctx: Context, sees: tuple[int, ...], id: int) -> Row:
    """The user of that id, if the caller sees it. Raises DuplistatError (not_found)."""
    found = users.by_id(ctx.db, id)
    if found is None or found.account_id not in sees:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such user")
    return found


def _hashed(c: Changing, email: str, password: str) -> str:
    """Raises DuplistatError: invalid for one that is too short, too_many."""
    try:
        passwords.require(password)
    except DuplistatError as e:
        raise DuplistatError(e.kind, e.message, field="password") from e
    if not c.whole:
        # As on pages: who does not look after the whole server has passwords hashed only so often.
        sign_in_limits.take_token(request, c.ctx)
    return passwords.hashed(c.ctx.db, email, password)


def _users(ctx: Context, rows: Sequence[Row]) -> list[User]:
    """Two statements."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    counts = sessions.counted(ctx.db, [row.id for row in rows], ctx.now())
    return [
        User.model_validate(
            {
                "id": row.id,
                "name": row.name,
                "email": row.email,
                "role": row.role,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "sessions": counts[row.id].sessions if row.id in counts else 0,
                "created_at": time(row.created_at),
                "signed_in_at": iso(row.signed_in_at),
            }
        )
        for row in rows
    ]
