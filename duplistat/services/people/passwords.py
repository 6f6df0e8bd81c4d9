"""Passwords: hashed with Argon2id and compared, at the same cost however many there are to compare with.

An e-mail can have a user in each account, each with a password of its own, and how many it has is nobody's business.
So all of them share a salt, and one computation compares with all. It is made of the e-mail and of a random value of
the database: nobody can prepare for it, and no two e-mails have the same.
"""

import base64
import hmac
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.store import users
from duplistat.store.database import Database

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 8
# Beside the defaults of argon2-cffi, which follow RFC 9106.
EFFORT: dict[str, Any] = {}
# One takes 64 MiB and all cores for a tenth of a second, and a thread that answers requests. A flood of sign-ins
# must not take what reports need: one is worked on in each process, few wait, and others are sent away at once.
MOST = 8
_PLACES = threading.BoundedSemaphore(MOST)
_AT_WORK = threading.Lock()


def require(password: str) -> None:
    """Raises DuplistatError (invalid) for a password that is too short."""
    if len(password) < SHORTEST:
        raise DuplistatError(
            Kind.INVALID,
            Text("password must have at least {least} characters", least=SHORTEST),
            field="password",
        )


def hashed(db: Database, email: str, password: str) -> str:
    """The hash of a password with which somebody signs in by that e-mail.

    Raises DuplistatError (too_many) when too many wait.
    """
    salt = _salt(db, email)
    with _turn():
        return _hasher().hash(_bytes(password), salt=salt)


def fitting(db: Database, email: str, password: str, hashes: Sequence[str]) -> tuple[str, set[str]]:
    """(the hash of a password, those of `hashes` that it fits) for the users of an e-mail, who got it last first.

    Always two computations, so that no time tells whether an e-mail has users:
    1. with the salt of the e-mail and the effort of today, as hashes are made now;
    2. in the manner of the first of `hashes` that was made otherwise: by an earlier version, or before its user got
       this e-mail. Without one it is computed for its time alone. Hashes of yet another manner fit nothing: these
       passwords have to be set anew.

    Raises DuplistatError (too_many) when too many wait.
    """
    salt = _salt(db, email)
    with _turn():
        usual = _hasher().hash(_bytes(password), salt=salt)
        older = next(
            (hash for hash in hashes if _manner(hash) != _manner(usual) and _is_readable(hash)), None
        )
        second = (
            _as(older, password) if older else _hasher().hash(_bytes(password), salt=secrets.token_bytes(16))
        )
    return usual, {usual, second}.intersection(hashes)


def fits(password: str, hash: str) -> bool:
    """Whether it is the password of that hash. Raises DuplistatError (too_many) when too many wait."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _turn():
        try:
            return _hasher().verify(hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False


def _salt(db: Database, email: str) -> bytes:
    return hmac.digest(bytes.fromhex(users.password_salt(db)), email.encode(), "sha256")[:16]


def _manner(hash: str) -> str:
    """What a hash was made with: effort and salt."""
    return hash.rpartition("$")[0]


def _is_readable(hash: str) -> bool:
    from argon2 import extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        extract_parameters(hash)
    except InvalidHashError:
        return False
    return True


def _as(hash: str, password: str) -> str:
    """The hash of a password, made in the manner of another hash."""
    from argon2 import PasswordHasher, extract_parameters

    salt = hash.split("$")[-2]
    raw = base64.b64decode(salt + "=" * (-len(salt) % 4))
    return PasswordHasher.from_parameters(extract_parameters(hash)).hash(_bytes(password), salt=raw)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until it is our turn, unless too many do."""
    if not _PLACES.acquire(blocking=False):
        raise DuplistatError(
            Kind.TOO_MANY, "Too many people sign in at this moment: try again in a second", retry_after=1
        )
    try:
        with _AT_WORK:
            yield
    finally:
        _PLACES.release()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _hasher() -> "PasswordHasher":
    """Loaded when somebody signs in: most processes never need it."""
    from argon2 import PasswordHasher

    return PasswordHasher(**EFFORT)
