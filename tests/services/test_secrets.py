"""Passwords at rest: the key, and its rotation, killed wherever it can be."""

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.configuration import secret_rotation, secrets
from duplistat.store import report_urls
from duplistat.store import secrets as store
from duplistat.store.database import Database
from duplistat.store.lock_file import lock_file

OLD_PASSWORDS = ("backup pässword", "agent's own")


@pytest.fixture
def config(db: Database, tmp_path: Path) -> Config:
    return Config(data=tmp_path, database={"url": db.url})


def with_key(config: Config, key: str) -> Config:
    return Config(data=config.data, database=config.database, secret={"key": key})


def add_service(db: Database, data: str, agent: str = "") -> int:
    """A service with these stored values."""
    with db.transaction():
        made = db.insert(
            "INSERT INTO service (account_id, kind, name, host, port, location, data_secret, agent_secret,"
            " created_at) SELECT id, 'VDS', 'web', 'web.example', 8200, 527, ?, ?, 1 FROM account RETURNING id",
            (data, agent),
        )
    assert made is not None
    return made


def passwords(config: Config, db: Database) -> list[str]:
    """Everything that is stored, read."""
    with db.connection():
        return [secrets.decrypt(config, text) for entry in store.every(db) for text in entry[1:] if text]


def stored(db: Database) -> list[store.Secrets]:
    with db.connection():
        return store.every(db)


@pytest.fixture
def filled(config: Config, db: Database) -> Config:
    """Two services with three passwords."""
    add_service(db, *(secrets.encrypt(config, text) for text in OLD_PASSWORDS))
    add_service(db, secrets.encrypt(config, "third"))
    return config


FILLED = [*OLD_PASSWORDS, "third"]


def rotate(config: Config, db: Database) -> int:
    with db.connection():
        return secret_rotation.rotate(config, db, settle=0)


def test_what_is_stored_is_read_again_and_says_nothing(config: Config) -> None:
    one, other = (secrets.encrypt(config, "pässword") for _ in range(2))
    assert secrets.decrypt(config, one) == secrets.decrypt(config, other) == "pässword"
    assert "ssword" not in one
    assert one != other


def test_no_password_is_stored_as_nothing_and_needs_no_key(config: Config) -> None:
    assert secrets.encrypt(config, "") == ""
    assert secrets.decrypt(config, "") == ""
    assert not secrets.key_file(config).exists()


def test_the_key_is_made_once_and_for_us_alone(config: Config) -> None:
    secrets.encrypt(config, "x")
    made = secrets.key_file(config).read_text()
    secrets.encrypt(config, "y")
    assert secrets.key_file(config).read_text() == made
    assert stat.S_IMODE(secrets.key_file(config).stat().st_mode) == 0o600
    assert [path.name for path in config.data.iterdir() if "secret" in path.name] == ["secret.key"]


def test_two_that_make_the_key_at_once_agree(config: Config) -> None:
    found: list[str] = []
    threads = [Thread(target=lambda: found.append(secrets.encrypt(config, "x"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [secrets.decrypt(config, text) for text in found] == ["x"] * 8


def test_a_key_file_that_is_lost_is_not_made_anew(filled: Config, db: Database) -> None:
    secrets.key_file(filled).unlink()
    for use in (
        lambda: secrets.encrypt(filled, "x"),
        lambda: passwords(filled, db),
        lambda: rotate(filled, db),
    ):
        with pytest.raises(DuplistatError) as caught:
            use()
        assert caught.value.kind is Kind.UNAVAILABLE
        assert caught.value.message == (
            f"{secrets.key_file(filled)}, the key of stored passwords, is missing:"
            " put it back from where you keep it, or set [secret] key"
        )
    assert not secrets.key_file(filled).exists()


def test_a_key_that_does_not_fit_is_told_with_its_file(filled: Config, db: Database) -> None:
    before = stored(db)
    secrets.write_key(secrets.key_file(filled), secrets.new_key(), replace=True)
    wrong = secrets.key_file(filled).read_text()
    uses: list[Callable[[Config, Database], object]] = [passwords, rotate]
    for use in uses:
        with pytest.raises(DuplistatError) as caught:
            use(filled, db)
        assert caught.value.kind is Kind.UNAVAILABLE
        assert str(secrets.key_file(filled)) in caught.value.message
        assert "encrypted with another one" in caught.value.message
    assert secrets.key_file(filled).read_text() == wrong
    assert not secrets.old_file(filled).exists()
    assert stored(db) == before


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\x00", b"x" * 44], ids=range(4))
def test_a_file_that_holds_no_key_is_told_and_stays(config: Config, content: bytes) -> None:
    secrets.key_file(config).write_bytes(content)
    for use in (secrets.encrypt, secrets.decrypt):
        with pytest.raises(DuplistatError, match=r"secret\.key"):
            use(config, "x")
    assert secrets.key_file(config).read_bytes() == content


@pytest.mark.parametrize("stored", ["x", "gAAAAA", "ä", "not encrypted"])
def test_what_was_never_encrypted_is_told(config: Config, stored: str) -> None:
    secrets.encrypt(config, "x")
    with pytest.raises(DuplistatError, match="cannot be read"):
        secrets.decrypt(config, stored)


def test_a_key_that_is_set_makes_no_file(config: Config) -> None:
    given = with_key(config, secrets.new_key())
    assert secrets.decrypt(given, secrets.encrypt(given, "x")) == "x"
    assert not secrets.key_file(config).exists()


def test_a_key_as_openssl_prints_it_is_taken(config: Config) -> None:
    key = "+" * 20 + "/" * 23 + "="
    given = with_key(config, f" {key}\n")
    assert secrets.decrypt(given, secrets.encrypt(given, "x")) == "x"


def test_of_several_keys_the_first_encrypts_and_all_read(config: Config) -> None:
    old, new = secrets.new_key(), secrets.new_key()
    both = with_key(config, f"{new}, {old}")
    assert secrets.decrypt(both, secrets.encrypt(with_key(config, old), "x")) == "x"
    assert secrets.decrypt(with_key(config, new), secrets.encrypt(both, "x")) == "x"


def test_a_set_key_that_is_none_is_told_without_its_text(config: Config) -> None:
    with pytest.raises(DuplistatError) as caught:
        secrets.encrypt(with_key(config, "correct horse"), "x")
    assert caught.value.message.startswith("[secret] key holds no key: ")
    assert "horse" not in caught.value.message


def test_a_rotation_changes_the_key_and_no_password(filled: Config, db: Database) -> None:
    key, before = secrets.key_file(filled).read_text(), stored(db)
    assert rotate(filled, db) == 3
    assert passwords(filled, db) == FILLED
    assert secrets.key_file(filled).read_text() != key
    assert stat.S_IMODE(secrets.key_file(filled).stat().st_mode) == 0o600
    assert not secrets.old_file(filled).exists()
    assert not {text for entry in before for text in entry[1:] if text} & {
        text for entry in stored(db) for text in entry[1:]
    }
    with pytest.raises(DuplistatError, match="cannot be read"):
        secrets.decrypt(with_key(filled, key), stored(db)[0].data)


def test_a_rotation_encrypts_secrets_of_report_urls_anew(config: Config, db: Database) -> None:
    made = add_service(db, "")
    with db.transaction():
        report_urls.add(db, made, secrets.encrypt(config, "in the address"), "its hash", 1)
    before = stored(db)
    assert rotate(config, db) == 1
    assert stored(db) != before
    assert passwords(config, db) == ["in the address"]


def test_a_rotation_before_anything_is_stored_makes_a_key(config: Config, db: Database) -> None:
    assert rotate(config, db) == 0
    assert secrets.decrypt(config, secrets.encrypt(config, "x")) == "x"


def test_one_rotation_at_a_time(filled: Config, db: Database) -> None:
    with lock_file(filled.data / secret_rotation.LOCK_FILE) as ours:
        assert ours
        with pytest.raises(DuplistatError, match="another rotation is under way"):
            rotate(filled, db)
    assert rotate(filled, db) == 3


def test_what_a_killed_rotation_left_behind_is_deleted(filled: Config, db: Database) -> None:
    left = filled.data / ".secret.key.0123456789abcdef.new"
    mine = filled.data / "secret.key.backup"
    for path in (left, mine):
        path.write_text("x")
    rotate(filled, db)
    assert (left.exists(), mine.exists()) == (False, True)


class Killed(BaseException):
    """As a power cut would: nothing but the operating system cleans up."""


def steps() -> Iterator[tuple[Any, str, int]]:
    """(where, what, which call of it) of each step of a rotation."""
    yield from ((secrets, "write_key", nth) for nth in (1, 2))
    yield from ((secrets, "sync_folder", nth) for nth in (1, 2, 3))
    yield from ((secret_rotation, "reencrypt", nth) for nth in (1, 2))
    yield from ((store, "replace", nth) for nth in (1, 2, 3, 4))
    yield secret_rotation, "_drop_old", 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("where", "name", "nth"), list(steps()), ids=lambda value: getattr(value, "__name__", value)
)
def test_a_rotation_that_is_killed_loses_nothing_and_can_be_repeated(
    filled: Config,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    nth: int,
    after: bool,
) -> None:
    real: Callable[..., Any] = getattr(where, name)
    calls: list[int] = []

    def killed(*arguments: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == nth and not after:
            raise Killed
        result = real(*arguments, **more)
        if len(calls) == nth:
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(where, name, killed)
        with pytest.raises(Killed):
            rotate(filled, db)
    assert passwords(filled, db) == FILLED
    meanwhile = secrets.encrypt(filled, "meanwhile")
    add_service(db, meanwhile)
    assert rotate(filled, db) == 4
    assert passwords(filled, db) == [*FILLED, "meanwhile"]
    assert not secrets.old_file(filled).exists()


def test_what_is_encrypted_with_the_old_key_meanwhile_is_not_lost(
    filled: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = secrets.encrypt(filled, "early")
    with monkeypatch.context() as patch:
        patch.setattr(
            "duplistat.services.configuration.secret_rotation.time.sleep", lambda _: add_service(db, early)
        )
        assert rotate(filled, db) == 4
    assert passwords(filled, db) == [*FILLED, "early"]


def test_a_key_that_is_set_is_rotated_with_the_old_one_behind_it(config: Config, db: Database) -> None:
    old, new = secrets.new_key(), secrets.new_key()
    add_service(db, secrets.encrypt(with_key(config, old), "x"))
    with pytest.raises(DuplistatError, match=r"Set it to NEW,OLD .* and run this again"):
        rotate(with_key(config, old), db)
    assert rotate(with_key(config, f"{new},{old}"), db) == 1
    assert passwords(with_key(config, new), db) == ["x"]


def test_most_processes_never_load_what_encrypts() -> None:
    code = "import sys, duplistat.services.configuration.secrets; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
