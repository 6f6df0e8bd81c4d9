"""A new key for stored passwords: each moment at which this can be killed leaves all of them readable.

The old key is kept beside the new one until nothing needs it any more; whoever reads meanwhile has both.
"""

import time

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.configuration import secrets
from duplistat.store import secrets as store
from duplistat.store.database import Database
from duplistat.store.lock_file import lock_file
from duplistat.store.secrets import Secrets

LOCK_FILE = "secret.lock"
# A worker may have read the old key a moment before it changed, and store what it encrypted a moment after.
SETTLE_SECONDS = 1.0


def rotate(config: Config, db: Database, *, settle: float = SETTLE_SECONDS) -> int:
    """Encrypt all stored passwords, report URLs, pings and what channels send to with a new key; how many there are.

    Raises DuplistatError. With keys in `[secret] key`, with the first of them.
    """
    if secrets.configured(config):
        return _rotate_configured(config, db)
    with lock_file(config.data / LOCK_FILE) as ours:
        if not ours:
            raise DuplistatError(Kind.UNAVAILABLE, "another rotation is under way")
        current, old = secrets.key_file(config), secrets.old_file(config)
        if not current.exists() and not old.exists() and not store.exist(db):
            secrets.write_key(current, secrets.new_key(), replace=False)
            return 0
        if old.exists():
            # One that was killed: first nothing may need its old key any more.
            reencrypt(config, db)
            _drop_old(config)
        # Nothing is changed while something cannot be read.
        _ = [_opened(config, entry) for entry in store.every(db)]
        _ = [secrets.decrypt(config, text) for _, text in store.of_channels(db)]
        reader = secrets.decrypter(config)
        _ = [reader(kept.secret) for kept in store.of_pings(db)]
        secrets.write_key(old, secrets.read_key(current), replace=True)
        secrets.write_key(current, secrets.new_key(), replace=True)
        reencrypt(config, db)
        time.sleep(settle)
        count = reencrypt(config, db)
        _drop_old(config)
        return count


def reencrypt(config: Config, db: Database) -> int:
    """Encrypt everything with the first key, in one transaction; how much that is. Raises DuplistatError."""
    writer = secrets.cipher(secrets.keys(config)[:1])
    count = 0
    with db.transaction():
        for entry in store.every(db, for_update=True):
            plain = _opened(config, entry)
            fresh = [
                "" if not text else writer.encrypt(text.encode("utf-8")).decode("ascii") for text in plain
            ]
            store.replace(db, Secrets(entry.service, *fresh))
            count += sum(map(bool, plain))
        for channel, text in store.of_channels(db, for_update=True):
            plain_text = secrets.decrypt(config, text)
            fresh_text = writer.encrypt(plain_text.encode("utf-8")).decode("ascii")
            store.replace_of_channel(db, channel, fresh_text)
            count += 1
        reader = secrets.decrypter(config)
        for kept in store.of_pings(db, for_update=True):
            fresh_text = writer.encrypt(reader(kept.secret).encode("utf-8")).decode("ascii")
            store.replace_of_pings(db, kept, fresh_text)
            count += 1
    return count


def unreadable_channels(config: Config, db: Database) -> tuple[int, list[int]]:
    """How many channels have something encrypted, and the ids of those of which it cannot be read.

    Raises DuplistatError (unavailable) when there are some and no key.
    """
    found, wrong = store.of_channels(db), []
    if found:
        secrets.keys(config)
    for channel, text in found:
        try:
            secrets.decrypt(config, text)
        except DuplistatError:
            wrong.append(channel)
    return len(found), wrong


def unreadable_pings(config: Config, db: Database) -> tuple[int, list[str]]:
    """How many secrets of ping URLs, ping keys and badges are stored, and which of those cannot be read, by table and
    id. Raises DuplistatError (unavailable) when there are some and no key.
    """
    found, wrong = store.of_pings(db), []
    if found:
        secrets.keys(config)
    reader = secrets.decrypter(config)
    for kept in found:
        try:
            reader(kept.secret)
        except DuplistatError:
            wrong.append(f"{kept.table} {kept.id}")
    return len(found), wrong


def unreadable(config: Config, db: Database) -> tuple[int, list[int]]:
    """How many passwords and report URLs are stored, and the ids of services with one that cannot be read.

    Raises DuplistatError (unavailable) when there are some and no key.
    """
    count, wrong = 0, []
    entries = store.every(db)
    if entries:
        secrets.keys(config)
    for entry in entries:
        count += sum(map(bool, entry[1:]))
        try:
            _opened(config, entry)
        except DuplistatError:
            wrong.append(entry.service)
    return count, wrong


def _rotate_configured(config: Config, db: Database) -> int:
    if len(secrets.keys(config)) == 1:
        raise DuplistatError(
            Kind.INVALID,
            "the key comes from [secret] key, which this cannot change. Set it to NEW,OLD (a new key, a comma,"
            " and the one it has now), restart the server, and run this again",
        )
    return reencrypt(config, db)


def _opened(config: Config, entry: Secrets) -> list[str]:
    """What the encrypted values of a service say, in their order."""
    reader, where = secrets.cipher(secrets.keys(config)), secrets.source(config)
    return [secrets.decrypt_with(reader, text, where) if text else "" for text in entry[1:]]


def _drop_old(config: Config) -> None:
    for path in (secrets.old_file(config), *config.data.glob(secrets.FRESH_FILES)):
        path.unlink()
    secrets.sync_folder(config.data)
