"""Backups of the database: whole or not there, for their owner alone, never over another file, and so many of them."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.services.configuration import secrets
from duplistat.services.maintenance import backups
from duplistat.store import copies, whole_files
from duplistat.store.copies import StoppedError
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.site import Site

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def site(prepared_sqlite: Path, tmp_path: Path, clock: Clock) -> Site:
    data = tmp_path / "data"
    data.mkdir()
    (data / "duplistat.db").write_bytes(prepared_sqlite.read_bytes())
    config = Config(data=data)
    return Site(config, Database(config.database_url), clock)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def jobs_in(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    found = {row[0] for row in connection.execute("SELECT name FROM job")}
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return found


def test_a_backup_is_whole_for_its_owner_alone_and_nothing_else_is_left(site: Site, tmp_path: Path) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    folder = tmp_path / "to"
    folder.mkdir()
    before = os.umask(0)
    try:
        made = backups.into_file(site.config, folder / "a.db")
    finally:
        os.umask(before)
    assert (names(folder), made.size) == (["a.db"], (folder / "a.db").stat().st_size)
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert jobs_in(made.file) == {"Documents"}


def test_a_file_that_exists_is_replaced_only_when_that_is_said(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"mine")
    with pytest.raises(DuplistatError, match="exists already: it is replaced only with --force"):
        backups.into_file(site.config, file)
    assert file.read_bytes() == b"mine"
    backups.into_file(site.config, file, replace=True)
    assert jobs_in(file) == set()


def test_one_that_comes_to_be_meanwhile_is_not_replaced_either(tmp_path: Path) -> None:
    step = whole_files.made(tmp_path / "a.db")
    step.__enter__().write_bytes(b"ours")
    (tmp_path / "a.db").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        step.__exit__(None, None, None)
    assert (names(tmp_path), (tmp_path / "a.db").read_bytes()) == (["a.db"], b"mine")


def test_a_folder_without_second_names_takes_one_too(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT and some network file systems have no hard links."""

    def refused(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert jobs_in(backups.into_file(site.config, tmp_path / "a.db").file) == set()
    with pytest.raises(FileExistsError), whole_files.made(tmp_path / "a.db"):
        pass


def test_in_a_folder_so_many_are_kept_and_no_file_of_anybody_else_goes(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "to"
    for _ in range(4):
        made = backups.into_folder(site.config, folder, site.now(), keep=2, with_key=True)
        site.now.forward(days=1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made.file.name == "duplistat-20260131-120000.db"
    assert names(folder) == ["duplistat-20260130-120000.db", "duplistat-20260131-120000.db"]
    others = ["duplistat-2026.db", "duplistat-20269999-000000.db", "duplistat-20200101-000000.dump", "old.db"]
    for name in others:
        (folder / name).write_bytes(b"mine")
    backups.into_folder(site.config, folder, site.now(), keep=1)
    assert names(folder) == sorted([*others, "duplistat-20260201-120000.db"])


def test_two_of_one_second_have_names_of_their_own(site: Site, tmp_path: Path) -> None:
    made = [backups.into_folder(site.config, tmp_path / "to", site.now(), keep=2).file for _ in range(3)]
    assert [path.name for path in made] == [
        "duplistat-20260128-120000.db", "duplistat-20260128-120000-1.db", "duplistat-20260128-120000-2.db",
    ]  # fmt: skip
    assert names(tmp_path / "to") == ["duplistat-20260128-120000-1.db", "duplistat-20260128-120000-2.db"]


def test_a_clock_that_was_put_back_does_not_cost_the_one_just_made(site: Site, tmp_path: Path) -> None:
    backups.into_folder(site.config, tmp_path / "to", site.now(), keep=1)
    site.now.forward(days=-10)
    made = backups.into_folder(site.config, tmp_path / "to", site.now(), keep=1)
    assert names(tmp_path / "to") == [made.file.name]


def test_the_key_is_beside_it_when_that_is_said(site: Site, tmp_path: Path) -> None:
    assert backups.key_advice(site.config) == ""
    secrets.encrypt(site.config, "hunter2")
    assert "secret.key is not in it" in backups.key_advice(site.config)
    made = backups.into_file(site.config, tmp_path / "a.db", with_key=True)
    assert made.key == tmp_path / "a.db.key"
    assert made.key.read_text() == secrets.key_file(site.config).read_text()
    assert made.key.stat().st_mode & 0o777 == 0o600


def test_a_damaged_database_is_no_backup(site: Site, tmp_path: Path) -> None:
    for number in range(50):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"job {number}"))
    site.db.close()
    file = site.config.data / "duplistat.db"
    with file.open("r+b") as content:
        content.seek(file.stat().st_size // 2)
        content.write(b"\xa5" * 3 * 4096)
    with pytest.raises(DuplistatError):
        backups.into_file(site.config, tmp_path / "a.db")
    assert names(tmp_path) == ["data"]


def test_a_disk_without_room_is_told_before(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10, 10, 5_000_000))
    with pytest.raises(DuplistatError, match=r"has 5\.00 MB left"):
        backups.into_file(site.config, tmp_path / "a.db")
    assert names(tmp_path) == ["data"]


def test_where_nothing_can_be_written_is_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DuplistatError, match="Not a directory"):
        backups.into_file(site.config, tmp_path / "file" / "a.db")
    with pytest.raises(DuplistatError, match="cannot be made"):
        backups.into_folder(site.config, tmp_path / "file" / "to", site.now(), keep=1)


def test_one_that_is_stopped_leaves_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "STEPS", 1)
    with pytest.raises(StoppedError):
        backups.into_file(site.config, tmp_path / "a.db", go_on=lambda: False)
    assert names(tmp_path) == ["data"]


KILLED = """
import sys, time
from pathlib import Path
from duplistat.store import whole_files
with whole_files.made(Path(sys.argv[1])) as fresh:
    fresh.write_bytes(b"half")
    fresh.with_name(fresh.name + "-journal").write_bytes(b"")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_killed_one_leaves_no_half_file_and_the_next_one_tidies_up(site: Site, tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(to / "a.db")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        # What somebody is at is left alone.
        backups.into_file(site.config, to / "b.db")
        left = [name for name in names(to) if name != "b.db"]
        assert len(left) == 2
        process.send_signal(signal.SIGKILL)
    assert "a.db" not in names(to)
    backups.into_file(site.config, to / "c.db")
    assert names(to) == ["b.db", "c.db"]


def test_reports_are_taken_in_meanwhile(site: Site, tmp_path: Path) -> None:
    for number in range(30):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"before {number}"))
    ended, slowest = threading.Event(), [0.0]

    def report() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            began = time.monotonic()
            site.record(duplicati("2026-01-28T02:00:00Z", job=f"during {number}"))
            slowest.append(time.monotonic() - began)
        site.db.close()

    reporting = threading.Thread(target=report)
    reporting.start()
    made = [backups.into_folder(site.config, tmp_path / "to", site.now(), keep=0).file for _ in range(3)]
    ended.set()
    reporting.join()
    assert len(slowest) > 1
    for file in made:
        assert {f"before {number}" for number in range(30)} <= jobs_in(file)
