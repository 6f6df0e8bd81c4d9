"""Put a backup back: only one of ours that is whole, and nothing of what was there is lost or gets into it."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.services.configuration import secrets
from duplistat.services.maintenance import backups, restore
from duplistat.store.lock_file import lock_file
from tests.services.test_backups import jobs_in, names, site
from tests.support.bodies import duplicati
from tests.support.site import Site

__all__ = ["site"]


@pytest.fixture
def backup(site: Site, tmp_path: Path) -> Path:
    """A backup with a job `before`; in the database there is one more by now."""
    site.record(duplicati("2026-01-28T02:00:00Z", job="before"))
    file = backups.into_file(site.config, tmp_path / "a.db").file
    site.record(duplicati("2026-01-28T02:00:00Z", job="after"))
    site.db.close()
    return file


def database(site: Site) -> Path:
    return site.config.data / "duplistat.db"


def test_it_takes_the_place_of_what_was_there_which_is_kept(site: Site, backup: Path) -> None:
    done = restore.restore(site.config, backup, site.now())
    assert jobs_in(database(site)) == {"before"}
    assert database(site).stat().st_mode & 0o777 == 0o600
    assert done.before == site.config.data / "duplistat-before-restore-20260128-120000.db"
    assert jobs_in(done.before) == {"before", "after"}
    assert names(site.config.data) == [
        "duplistat-before-restore-20260128-120000.db",
        "duplistat.db",
        "duplistat.lock",
    ]
    # A server goes on from there.
    site.record(duplicati("2026-01-29T02:00:00Z", job="later"))
    assert {job.name for job in site.jobs()} == {"before", "later"}


def killed_in_the_middle(site: Site) -> set[str]:
    """Leave a log of writes beside the database, as a server does that was killed; the jobs that are only in it."""
    copy = site.config.data / "copy"
    copy.mkdir()
    connection = sqlite3.connect(database(site), isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE job SET name = 'from the log' WHERE name = 'after'")
    for path in site.config.data.glob("duplistat.db*"):
        shutil.copy(path, copy)
    connection.close()
    for path in copy.iterdir():
        path.replace(site.config.data / path.name)
    copy.rmdir()
    assert (site.config.data / "duplistat.db-wal").stat().st_size
    return {"before", "from the log"}


def test_an_old_log_of_writes_does_not_get_into_it(site: Site, backup: Path) -> None:
    found = killed_in_the_middle(site)
    done = restore.restore(site.config, backup, site.now())
    assert jobs_in(database(site)) == {"before"}
    assert not list(site.config.data.glob("duplistat.db-*"))
    # And it is not lost to what it belongs to.
    assert done.before is not None
    assert jobs_in(done.before) == found


def test_the_log_of_a_damaged_database_goes_aside_with_it(site: Site, backup: Path) -> None:
    site.db.close()
    database(site).write_bytes(b"this is no database " * 1000)
    database(site).with_name("duplistat.db-wal").write_bytes(b"old")
    done = restore.restore(site.config, backup, site.now())
    assert jobs_in(database(site)) == {"before"}
    assert done.before is not None
    assert done.before.read_bytes().startswith(b"this is no database ")
    assert done.before.with_name(f"{done.before.name}-wal").read_bytes() == b"old"


def test_into_an_empty_folder(site: Site, backup: Path, tmp_path: Path) -> None:
    config = Config(data=tmp_path / "other" / "data")
    done = restore.restore(config, backup, site.now())
    assert done.before is None
    assert jobs_in(tmp_path / "other" / "data" / "duplistat.db") == {"before"}
    assert (tmp_path / "other" / "data").stat().st_mode & 0o777 == 0o700


def test_a_log_without_its_database_is_of_no_use(site: Site, backup: Path, tmp_path: Path) -> None:
    config = Config(data=tmp_path / "other")
    config.data.mkdir()
    (config.data / "duplistat.db-wal").write_bytes(b"old")
    restore.restore(config, backup, site.now())
    assert jobs_in(config.data / "duplistat.db") == {"before"}


def test_not_while_a_server_runs(site: Site, backup: Path) -> None:
    with lock_file(site.config.data / "duplistat.lock") as mine:
        assert mine
        with pytest.raises(DuplistatError, match=r"a server uses .*: stop it"):
            restore.restore(site.config, backup, site.now())
    assert jobs_in(database(site)) == {"before", "after"}


def newer(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute(
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
    )
    connection.commit()
    connection.close()


def damaged(file: Path) -> None:
    with file.open("r+b") as content:
        content.seek(file.stat().st_size // 2)
        content.write(b"\xa5" * 3 * 4096)


def another(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE account (id)")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (newer, "has schema 9999_later, which this version does not know: it was made by a newer duplistat"),
        (damaged, "damaged|malformed|cannot be restored"),
        (lambda file: os.truncate(file, file.stat().st_size // 2), "damaged|malformed|cannot be restored"),
        (lambda file: file.write_bytes(b""), "is no backup of duplistat"),
        (lambda file: file.write_bytes(b"PGDMP..."), "is a backup of PostgreSQL"),
        (lambda file: file.write_bytes(b"x" * 9000), "is no backup of duplistat"),
        (another, "is no backup of duplistat"),
        (Path.unlink, "there is no file"),
    ],
)
def test_what_is_no_good_changes_nothing(site: Site, backup: Path, spoil: object, told: str) -> None:
    spoil(backup)  # type: ignore[operator]  # each takes the file
    before = names(site.config.data)
    with pytest.raises(DuplistatError, match=told):
        restore.restore(site.config, backup, site.now())
    assert jobs_in(database(site)) == {"before", "after"}
    assert {*names(site.config.data)} - {*before} <= {"duplistat.lock"}


def test_not_over_itself(site: Site, backup: Path) -> None:
    with pytest.raises(DuplistatError, match="is the database itself"):
        restore.restore(site.config, database(site), site.now())


def test_a_copy_with_its_log_beside_it_is_read_with_it(site: Site, backup: Path, tmp_path: Path) -> None:
    found = killed_in_the_middle(site)
    (tmp_path / "copied").mkdir()
    for path in site.config.data.glob("duplistat.db*"):
        shutil.copy(path, tmp_path / "copied")
    restore.restore(site.config, tmp_path / "copied" / "duplistat.db", site.now())
    assert jobs_in(database(site)) == found


def test_the_key_comes_back_with_it(site: Site, tmp_path: Path) -> None:
    stored = secrets.encrypt(site.config, "hunter2")
    file = backups.into_file(site.config, tmp_path / "a.db", with_key=True).file
    other = Config(data=tmp_path / "other")
    other.data.mkdir()
    secrets.write_key(secrets.key_file(other), secrets.new_key(), replace=False)
    before = secrets.key_file(other).read_text()
    assert restore.restore(other, file, site.now()).key
    assert secrets.decrypt(other, stored) == "hunter2"
    assert secrets.key_file(other).stat().st_mode & 0o777 == 0o600
    assert (other.data / "secret-before-restore-20260128-120000.key").read_text() == before


def test_a_key_that_is_none_stops_it_before_anything(site: Site, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    with pytest.raises(DuplistatError, match="holds no key"):
        restore.restore(site.config, backup, site.now(), key=tmp_path / "key")
    assert jobs_in(database(site)) == {"before", "after"}


def test_root_restores_for_whoever_has_the_folder(
    site: Site, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int, int]] = []
    owner = site.config.data.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group: given.append((Path(path).name, user, group)))
    restore.restore(site.config, backup, site.now())
    assert {(user, group) for _, user, group in given} == {(owner.st_uid, owner.st_gid)}
    assert len(given) == 2
    assert given[0][0] == "duplistat.lock"
