"""Passwords that have to be sent on, encrypted at rest.

The key is `[secret] key`, or the file secret.key in the data folder, which is made when it is first needed.
Several keys in `[secret] key`, with commas between them, can all be read with; the first encrypts.
"""

import base64
import contextlib
import os
import secrets as random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.store import secrets as store
from duplistat.store.database import Database
from duplistat.store.whole_files import sync_folder as sync_folder

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "secret.key"
# The key before, while a rotation is under way.
OLD_FILE = "secret.key.old"
# Files on their way to one of these names; one is left behind when we are killed.
FRESH_FILES = f".{KEY_FILE}.*.new"


def encrypt(config: Config, text: str) -> str:
    """What to store of a password; "" for none. Raises DuplistatError (unavailable)."""
    if not text:
        return ""
    return cipher(keys_or_new(config)).encrypt(text.encode("utf-8")).decode("ascii")


def keys_or_new(config: Config) -> list[str]:
    """As `keys`, with a key file that is made when it is first needed. Raises DuplistatError (unavailable)."""
    if not configured(config) and not key_file(config).exists():
        _found_key(config)
    return keys(config)


def decrypt(config: Config, stored: str) -> str:
    """The password that was stored. Raises DuplistatError (unavailable)."""
    return decrypter(config)(stored)


def decrypter(config: Config) -> Callable[[str], str]:
    """`decrypt` for many passwords: the key is read once, when the first of them needs it."""
    reader = cache(lambda: cipher(keys(config)))
    return lambda stored: decrypt_with(reader(), stored, source(config)) if stored else ""


def decrypt_with(reader: "MultiFernet", stored: str, where: str) -> str:
    from cryptography.fernet import InvalidToken

    try:
        return reader.decrypt(stored.encode("ascii")).decode("utf-8")
    except (InvalidToken, UnicodeError):
        raise DuplistatError(
            Kind.UNAVAILABLE,
            Text(
                "a stored password cannot be read with the key in {where}: it was encrypted with another one."
                " Put that key back, or set the password of the service again",
                where=where,
            ),
        ) from None


def configured(config: Config) -> bool:
    """Whether the key is a setting, not our file."""
    return bool(config.secret.key.strip())


def key_file(config: Config) -> Path:
    return config.data.absolute() / KEY_FILE


def old_file(config: Config) -> Path:
    return config.data.absolute() / OLD_FILE


def source(config: Config) -> str:
    """Where the key comes from, for people."""
    return "[secret] key" if configured(config) else str(key_file(config))


def keys(config: Config) -> list[str]:
    """All that can be read with; the first encrypts. Raises DuplistatError (unavailable)."""
    if configured(config):
        return [_checked(part.strip(), "[secret] key") for part in config.secret.key.split(",")]
    found = [read_key(path) for path in (key_file(config), old_file(config)) if path.exists()]
    if not key_file(config).exists():
        raise _missing(config)
    return found


def cipher(all_keys: list[str]) -> "MultiFernet":
    # It takes its time to load, and most processes never need it.
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in all_keys])


def new_key() -> str:
    return base64.urlsafe_b64encode(random.token_bytes(32)).decode("ascii")


def read_key(path: Path) -> str:
    """The key in a file. Raises DuplistatError (unavailable)."""
    try:
        return _checked(path.read_text("ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError) as e:
        problem = e.strerror if isinstance(e, OSError) else "it is no text"
        raise DuplistatError(
            Kind.UNAVAILABLE,
            Text(
                "{path}, the key of stored passwords, cannot be read ({problem})",
                path=str(path),
                problem=str(problem),
            ),
        ) from None


def write_key(path: Path, key: str, *, replace: bool) -> bool:
    """Put a key into a file of our own, whole or not at all, and on the disk when this returns.

    Without `replace` an existing file stays as it is; False then.
    """
    fresh = path.with_name(f".{KEY_FILE}.{random.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            fresh.replace(path)
        else:
            try:
                path.hardlink_to(fresh)
            except FileExistsError:
                return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
    sync_folder(path.parent)
    return True


def _found_key(config: Config) -> None:
    """Make the key file, unless there is something that another key encrypted."""
    if old_file(config).exists():
        raise _missing(config)
    db = Database(config.database_url, read_only=config.on_sqlite)
    try:
        with db.connection():
            if store.exist(db):
                raise _missing(config)
    finally:
        db.close_all()
    write_key(key_file(config), new_key(), replace=False)


def _missing(config: Config) -> DuplistatError:
    return DuplistatError(
        Kind.UNAVAILABLE,
        Text(
            "{path}, the key of stored passwords, is missing: put it back from where you keep it,"
            " or set [secret] key",
            path=str(key_file(config)),
        ),
    )


def _checked(key: str, where: str) -> str:
    """A key in the alphabet that Fernet wants; both are common. Raises DuplistatError (unavailable)."""
    tidy = key.replace("+", "-").replace("/", "_")
    try:
        if len(base64.b64decode(tidy, altchars=b"-_", validate=True)) == 32:
            return tidy
    except ValueError:
        pass
    raise DuplistatError(
        Kind.UNAVAILABLE,
        Text("{where} holds no key: it is 32 random bytes in base64 (openssl rand -base64 32)", where=where),
    )
