"""People who sign in, each for one account. An e-mail is in lower case, and taken once in its account."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

CHANGEABLE = (
    "email",
    "name",
    "role",
    "telephone",
    "mobile2",
    "fixed_phone",
    "notify",
    "notify_email",
    "email_at",
    "password_hash",
    "password_at",
)


@dataclass(frozen=True, slots=True)
class User:
    """A row of `account_user`; `suspended_at` and `parent_id` are its account's. Times are ms."""

    id: int
    account_id: int
    email: str
    name: str
    password_hash: str = field(repr=False)
    role: str
    telephone: str
    mobile2: str
    fixed_phone: str
    notify: int
    notify_email: str
    created_at: int
    password_at: int
    email_at: int
    signed_in_at: int | None
    suspended_at: int | None
    parent_id: int | None


_SELECT = (
    "SELECT u.id, u.account_id, u.email, u.name, u.password_hash, u.role, u.telephone, u.mobile2, u.fixed_phone,"
    " u.notify, u.notify_email, u.created_at, u.password_at, u.email_at, u.signed_in_at, a.suspended_at, a.parent_id"
    " FROM account_user u JOIN account a ON a.id = u.account_id"
)


def add(
    db: Database,
    *,
    account: int,
    email: str,
    name: str,
    password_hash: str,
    role: str,
    now: int,
    telephone: str = "",
    mobile2: str = "",
    fixed_phone: str = "",
) -> int | None:
    """The id of a new user; None when the e-mail is taken in its account."""
    return db.insert(
        "INSERT INTO account_user (account_id, email, name, password_hash, role, telephone, mobile2, fixed_phone,"
        " created_at, password_at, email_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (account_id, email) DO NOTHING RETURNING id",
        (account, email, name, password_hash, role, telephone, mobile2, fixed_phone, now, now, now),
    )


def with_email(db: Database, email: str) -> list[User]:
    """The users of an e-mail, one an account, who got it last first."""
    rows = db.rows(f"{_SELECT} WHERE u.email = ? ORDER BY u.email_at DESC, u.id DESC", (email,))
    return [User(*row) for row in rows]


def in_account(db: Database, account: int, email: str) -> User | None:
    """The user of an e-mail in an account."""
    row = db.row(f"{_SELECT} WHERE u.account_id = ? AND u.email = ?", (account, email))
    return User(*row) if row else None


def known_to(db: Database, account: int, email: str) -> User | None:
    """The user of an e-mail in an account, or the contact of it that has that e-mail."""
    row = db.row(
        f"{_SELECT} WHERE u.email = ? AND (u.account_id = ? OR (u.role = 'contact' AND a.parent_id = ?))"
        " ORDER BY u.id LIMIT 1",
        (email, account, account),
    )
    return User(*row) if row else None


def password_salt(db: Database) -> str:
    """The random value of this database that goes into the salts of passwords, in hexadecimal."""
    ((salt,),) = db.rows("SELECT salt FROM password_salt")
    return str(salt)


def note_sign_in(db: Database, user: int, now: int) -> None:
    db.change("UPDATE account_user SET signed_in_at = ? WHERE id = ?", (now, user))


def by_id(db: Database, user: int) -> User | None:
    row = db.row(f"{_SELECT} WHERE u.id = ?", (user,))
    return User(*row) if row else None


def contact(db: Database, account: int, user: int) -> User | None:
    """The contact of that id whose account is directly below this one."""
    row = db.row(f"{_SELECT} WHERE u.id = ? AND u.role = 'contact' AND a.parent_id = ?", (user, account))
    return User(*row) if row else None


def contact_accounts(db: Database, accounts: tuple[int, ...]) -> set[int]:
    """Those of some accounts that are the accounts of contacts."""
    rows = db.rows(
        "SELECT DISTINCT account_id FROM account_user"
        f" WHERE role = 'contact' AND account_id IN ({account_filter(accounts)})"
    )
    return {row[0] for row in rows}


def all_users(db: Database) -> list[User]:
    return [User(*row) for row in db.rows(f"{_SELECT} ORDER BY u.account_id, u.id")]


def page(db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int) -> list[User]:
    """The newest users of some accounts, those with ids below `before` when it is given."""
    where, parameters = ("AND u.id < ?", (before,)) if before is not None else ("", ())
    rows = db.rows(
        f"{_SELECT} WHERE u.account_id IN ({account_filter(accounts)}) {where} ORDER BY u.id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [User(*row) for row in rows]


def admins(db: Database, account: int) -> int:
    """How many people may do everything in an account."""
    row = db.row("SELECT count(*) FROM account_user WHERE account_id = ? AND role = 'admin'", (account,))
    return int(row[0]) if row else 0


def admin_emails(db: Database, account: int) -> list[str]:
    """The e-mails of the administrators of an account; of the nearest one above it that has some, if it has none."""
    rows = db.rows(
        "SELECT u.email, length(a.path) FROM account mine JOIN account a ON mine.path LIKE a.path || '%'"
        " JOIN account_user u ON u.account_id = a.id WHERE mine.id = ? AND u.role = 'admin' ORDER BY u.id",
        (account,),
    )
    nearest = max((row[1] for row in rows), default=0)
    return list(dict.fromkeys(row[0] for row in rows if row[1] == nearest))


def change(db: Database, user: int, changes: Mapping[str, object]) -> None:
    """Set some of the columns that are CHANGEABLE. Raises ValueError for another."""
    unknown = changes.keys() - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"not to be changed: {unknown}")
    if changes:
        columns = ", ".join(f"{name} = ?" for name in changes)
        db.change(f"UPDATE account_user SET {columns} WHERE id = ?", (*changes.values(), user))


def preferences(db: Database, user: int) -> str:
    """What a person prefers, a JSON object."""
    row = db.row("SELECT preferences FROM account_user WHERE id = ?", (user,))
    return str(row[0]) if row else "{}"


def set_preferences(db: Database, user: int, preferences: str) -> None:
    db.change("UPDATE account_user SET preferences = ? WHERE id = ?", (preferences, user))


def remove(db: Database, user: User) -> None:
    """Delete a person with all sessions. What was assigned to its account alone is nobody's in particular again."""
    db.change("DELETE FROM account_user WHERE id = ?", (user.id,))
    db.change(
        "UPDATE service SET contact_id = NULL WHERE contact_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM account_user WHERE account_id = ?)",
        (user.account_id, user.account_id),
    )


def any_user(db: Database) -> bool:
    """Whether anybody can sign in."""
    return db.row("SELECT 1 FROM account_user LIMIT 1") is not None


def has_admin(db: Database, account: int) -> bool:
    """Whether somebody looks after an account."""
    found = db.row("SELECT 1 FROM account_user WHERE account_id = ? AND role = 'admin' LIMIT 1", (account,))
    return found is not None
