"""Passwords: hashed with Argon2id and compared, at the same cost whether or not there is something to compare with."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text

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


def hashed(password: str) -> str:
    """Its hash, with a salt of its own. Raises DuplistatError (too_many) when too many wait."""
    with _turn():
        return _hasher().hash(_bytes(password))


def fits(password: str, hash: str | None) -> bool:
    """Whether it is the password of that hash. None costs the same time, and fits never.

    Raises DuplistatError (too_many) when too many wait.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    with _turn():
        # Made for whoever comes first, so that an e-mail that nobody has takes no longer.
        nobodys = _nobodys()
        try:
            _hasher().verify(hash or nobodys, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return hash is not None


def is_outdated(hash: str) -> bool:
    """Whether it was made with another effort than is taken now."""
    return _hasher().check_needs_rehash(hash)


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


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash(secrets.token_bytes(32))
