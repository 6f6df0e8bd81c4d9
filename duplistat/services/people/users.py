"""People: made, changed, removed. Who signs in for an account, and who only looks at what is assigned to it."""

import hmac
import secrets
from dataclasses import replace
from typing import TypedDict

from duplistat.core import email as emails
from duplistat.core.bucket import Token
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import NAME_LIMIT, clip_name
from duplistat.services import audit
from duplistat.services.accounts.names import labels
from duplistat.services.accounts.tree import BETWEEN
from duplistat.services.audit import Actor, By
from duplistat.services.context import Tx
from duplistat.services.people import passwords
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import digest, email_name, is_locked
from duplistat.services.writes import Writes, command, prepare
from duplistat.store import accounts, failed_sign_ins, password_resets, sessions, users
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.users import User

RECOVERY_MS = 3_600_000
# Mails with a code that one person gets within an hour.
MOST_RECOVERIES = 3


class Phones(TypedDict, total=False):
    """Numbers under which a person can be called."""

    telephone: str
    mobile2: str
    fixed_phone: str


class Recovery(TypedDict):
    """A code with which a user of an account sets a password."""

    code: str
    account: str


class UserChanges(Phones, total=False):
    """What is changed about a user; what is left out stays.

    `notify`: 1 or 0. `notify_email`: "" for that of the user. `password_at` (ms) goes with `password_hash`.
    """

    email: str
    name: str
    role: str
    notify: int
    notify_email: str
    password_hash: str
    password_at: int


def email_of(text: str, field: str = "email") -> str:
    """An e-mail address in lower case. Raises DuplistatError (invalid), which names the field."""
    found = emails.normal(text)
    if found is None:
        raise DuplistatError(
            Kind.INVALID,
            Text("{field} must be an e-mail address such as name@example.org", field=field),
            field=field,
        )
    return found


def create(
    db: Database,
    *,
    account: Account,
    email: str,
    name: str,
    password: str,
    role: Role,
    now: int,
    by: By = audit.BY_COMMAND,
) -> int:
    """The id of a new user of an account, made by a command. Raises DuplistatError (invalid)."""
    email, name = email_of(email), clip_name(name)
    passwords.require(password)
    hash = passwords.hashed(db, email, password)
    with db.transaction():
        return add_person(
            db, account=account, email=email, name=name, password_hash=hash, role=role, now=now, by=by
        )


def add_person(
    db: Database,
    *,
    account: Account,
    email: str,
    name: str,
    password_hash: str,
    role: Role,
    now: int,
    by: By | Actor,
) -> int:
    """The id of a new user, in the caller's transaction. Raises DuplistatError (invalid)."""
    if not name:
        raise DuplistatError(Kind.INVALID, "a user needs a name", field="name")
    require_role(account, role)
    _require_free(db, account.id, email)
    added = users.add(
        db, account=account.id, email=email, name=name, password_hash=password_hash, role=role, now=now
    )
    made = _made(added)
    after = {"name": name, "role": role}
    audit.note(db, by, "user.create", account=account.id, subject=email, now=now, after=after)
    return made


def require_role(account: Account, role: Role) -> None:
    """Raises DuplistatError (invalid) where nobody of an account can have a role."""
    if role is Role.CONTACT and account.parent_id is None:
        raise DuplistatError(Kind.INVALID, f"{account.name!r} has no parent account, so it has no contacts")


def set_password(db: Database, user: User, password: str, now: int, by: By = audit.BY_COMMAND) -> None:
    """Set a person's password by a command, and end all sessions. Raises DuplistatError: not_found, invalid."""
    passwords.require(password)
    hash = passwords.hashed(db, user.email, password)
    with db.transaction():
        user = by_id(db, user.id)
        _change(db, user, {"password_hash": hash, "password_at": now}, keep="", now=now, unlock=True)
        audit.note(db, by, "user.reset_password", account=user.account_id, subject=user.email, now=now)


def ask_recoveries(writes: Writes, email: str, now: int, token: Token | None, by: By) -> list[Recovery]:
    """A code for each account of an e-mail, to be mailed to whoever has it.

    An e-mail that nobody has is asked for in the same way: it costs the same time. Raises DuplistatError (too_many)
    without a token.
    """
    return writes.submit(prepare(add_recoveries, email=email, now=now, by=by.plain()), token)


@command
def register(
    tx: Tx,
    *,
    parent: int,
    email: str,
    name: str,
    password_hash: str,
    role: str,
    phones: Phones,
    by: Actor,
    now: int,
) -> int:
    """Make an account below another one, with a person of a role; the user's id. Raises DuplistatError."""
    db, above = tx.db, accounts.by_id(tx.db, parent)
    if above is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    if role == Role.CONTACT:
        _require_unknown(db, parent, email)
    else:
        _require_other(db, email, password_hash, now)
    account = _account(db, name, email, above, now, by)
    added = users.add(
        db,
        account=account.id,
        email=email,
        name=name,
        password_hash=password_hash,
        role=role,
        now=now,
        **phones,
    )
    user, after = _made(added), {"account": account.name, "name": name, **phones}
    action = "contact.create" if role == Role.CONTACT else "account.register"
    audit.note(db, by, action, account=account.id, subject=email, now=now, after=after)
    return user


@command
def change_user(
    tx: Tx,
    *,
    user: int,
    changes: UserChanges,
    keep: str = "",
    contact_of: int | None = None,
    against: str | None = None,
    by: Actor,
    now: int,
) -> None:
    """Change a person's row; with a new password all sessions end but the one with the hash `keep`.

    With `contact_of`, only a contact of that account is changed; with `against`, only whoever still has the
    password of that hash. Raises DuplistatError.
    """
    db = tx.db
    found = by_id(db, user) if contact_of is None else find_contact(db, contact_of, user)
    db.queue_for(f"password:{user}")
    if against is not None and against != found.password_hash:
        raise DuplistatError(Kind.INVALID, "the password was changed meanwhile: reload the page")
    if "email" in changes and changes["email"] != found.email:
        _require_free(db, found.account_id, changes["email"])
        if contact_of is not None:
            _require_unknown(db, contact_of, changes["email"])
    _change(db, found, changes, keep=keep, now=now, unlock=_is_whole(db, by))
    told = {name: value for name, value in changes.items() if name not in ("password_hash", "password_at")}
    account, subject = found.account_id, found.email
    compared = audit.compared(found, told)
    audit.note(db, by, "user.set", account=account, subject=subject, now=now, **compared)
    if "password_hash" in changes:
        audit.note(db, by, "user.password", account=account, subject=subject, now=now)


@command
def remove_contact(tx: Tx, *, account: int, user: int, by: Actor, now: int) -> None:
    """Delete a contact. Its account stays, with all history. Raises DuplistatError."""
    found = find_contact(tx.db, account, user)
    users.remove(tx.db, found)
    own, before = found.account_id, {"name": found.name}
    audit.note(tx.db, by, "contact.remove", account=own, subject=found.email, now=now, before=before)


@command
def add_recoveries(tx: Tx, *, email: str, now: int, by: Actor) -> list[Recovery]:
    """A code for each user of that e-mail who may still get one, of whom only the hashes are kept."""
    known = sorted(users.with_email(tx.db, email), key=lambda user: user.id)
    made = [(user, _recovery(tx.db, user, now, by)) for user in known]
    names = labels(accounts.names(tx.db, {user.account_id for user, code in made if code}))
    return [{"code": code, "account": names[user.account_id]} for user, code in made if code]


@command
def add_recovery(tx: Tx, *, user: int, now: int, by: Actor) -> str:
    """A code for one user, or "" for who may get none now. Raises DuplistatError (not_found)."""
    return _recovery(tx.db, by_id(tx.db, user), now, by)


def named(db: Database, email: str, account: Account | None = None) -> User:
    """The user of an e-mail, in an account when one is given.

    Raises DuplistatError: not_found; invalid when several accounts have it and none is given.
    """
    wanted = email.strip().lower()
    known = [u for u in users.with_email(db, wanted) if account is None or u.account_id == account.id]
    if not known:
        where = f" in the account {account.name!r}" if account else ""
        raise DuplistatError(Kind.NOT_FOUND, f"there is no user with the e-mail {email!r}{where}")
    if len(known) > 1:
        called = labels(accounts.names(db, {user.account_id for user in known}))
        listed = ", ".join(sorted(repr(name) for name in called.values()))
        raise DuplistatError(
            Kind.INVALID, f"{wanted} is a user of several accounts, name one with --account: {listed}"
        )
    return known[0]


def find_contact(db: Database, account: int, user: int) -> User:
    """A contact of an account. Raises DuplistatError (not_found), the same for one of another account."""
    found = users.contact(db, account, user)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "contact_id is not the id of a contact of this account")
    return found


def by_id(db: Database, user: int) -> User:
    """The user of an id. Raises DuplistatError (not_found)."""
    found = users.by_id(db, user)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "user not found: it was removed")
    return found


def _change(db: Database, user: User, changes: UserChanges, *, keep: str, now: int, unlock: bool) -> None:
    db.queue_for(f"password:{user.id}")
    set_at = {"email_at": now} if changes.get("email", user.email) != user.email else {}
    users.change(db, user.id, {**changes, **set_at})
    if "password_hash" in changes:
        sessions.drop_of_user(db, user.id, but=keep)
        if unlock:
            # What was guessed before is no guess at this one. Not so for whom another account may have with this
            # e-mail: nobody of one account lets others guess on in another.
            failed_sign_ins.drop(db, email_name(user.email))
    if "password_hash" in changes or "email" in changes:
        # A code was mailed to whom the account belonged then.
        password_resets.drop_of_user(db, user.id)


def _recovery(db: Database, user: User, now: int, by: Actor) -> str:
    """A code of which the hash is kept, or "" for who may get none now."""
    db.queue_for(f"recovery:{user.id}")
    if user.suspended_at is not None or password_resets.open_of_user(db, user.id, now) >= MOST_RECOVERIES:
        return ""
    code = secrets.token_urlsafe(32)
    password_resets.add(db, hash=digest(code), user=user.id, expires_at=now + RECOVERY_MS)
    audit.note(db, by, "user.recovery", account=user.account_id, subject=user.email, now=now)
    return code


def _require_free(db: Database, account: int, email: str) -> None:
    """Raises DuplistatError (invalid) for an e-mail of another user of an account. Other accounts are not asked."""
    db.queue_for(f"user:{email}")
    if users.in_account(db, account, email) is not None:
        raise _taken()


def _require_unknown(db: Database, account: int, email: str) -> None:
    """Raises DuplistatError (invalid) for an e-mail that an account or one of its contacts has."""
    db.queue_for(f"user:{email}")
    if users.known_to(db, account, email) is not None:
        raise _taken()


def _require_other(db: Database, email: str, password_hash: str, now: int) -> None:
    """Let nobody register twice, such as by a second click: whoever knows e-mail and password may know of the account.

    With another password it is somebody else, who learns nothing; that counts as a sign-in that failed, so that nobody
    tries passwords in this way. One e-mail has one salt: the same password has the same hash. Raises DuplistatError.
    """
    # Of the e-mail alone: from one address a provider may register many customers.
    names = (email_name(email),)
    db.queue_for(names[0])
    if is_locked(db, names, now):
        return
    if any(hmac.compare_digest(user.password_hash, password_hash) for user in users.with_email(db, email)):
        raise DuplistatError(Kind.INVALID, "this e-mail is registered with this password already: sign in")
    failed_sign_ins.add(db, names, now)


def _is_whole(db: Database, by: Actor) -> bool:
    """Whether a change is made by a command, or by an admin of `main`, who look after the whole server."""
    person = users.by_id(db, by["user"]) if by["user"] is not None else None
    main = accounts.main(db)
    if person is None:
        # A key has no user either.
        return by["who"] == audit.COMMAND_LINE
    return bool(person.role == Role.ADMIN and main is not None and person.account_id == main.id)


def _account(db: Database, name: str, email: str, parent: Account, now: int, by: Actor) -> Account:
    """A new account below another one, called as the person, or with the e-mail behind it where that is taken.

    A stranger does not see what else is there, and always gets the number of the account behind the name.
    """
    if by["user"] is None:
        made = accounts.create(db, secrets.token_hex(16), parent, now)
        if made is None:
            raise DuplistatError(Kind.INVALID, "name is in use already", field="name")
        # Nor is the name to look as if somebody's account had it made.
        called = f"{name[: NAME_LIMIT - 20].replace(BETWEEN, ' - ')} #{made.id}"
        if accounts.child(db, parent.id, called) is not None:
            called = f"{called} {secrets.token_hex(4)}"
        accounts.rename(db, made, called)
        return replace(made, name=called)
    for wanted in (name, f"{name} ({email})", f"{name} ({email}) {secrets.token_hex(4)}"):
        made = accounts.create(db, clip_name(wanted), parent, now)
        if made is not None:
            return made
    raise DuplistatError(Kind.INVALID, "name is in use already", field="name")


def _made(user: int | None) -> int:
    if user is None:
        raise _taken()
    return user


def _taken() -> DuplistatError:
    return DuplistatError(Kind.INVALID, "email is in use already", field="email")
