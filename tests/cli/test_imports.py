"""`duplistat import`: what it prints, and what it refuses."""

import gzip
import json
import shutil
import sqlite3
import threading
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from duplistat.services.commands import operations
from duplistat.services.imports import source
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.writer import Operation, Server, listen
from tests.cli.conftest import Run
from tests.support.foreign import empty, made
from tests.support.site import Site


def test_the_last_line_says_what_came(site: Site, run: Run, tmp_path: Path) -> None:
    file = str(made(tmp_path, "healthchecks_4.4"))
    for words, last in (
        (("--dry-run",), "imported: 1 servers, 11 jobs, 24 runs; already here: 0; left out: 3"),
        ((), "imported: 1 servers, 11 jobs, 24 runs; already here: 0; left out: 3"),
        ((), "imported: 0 servers, 0 jobs, 0 runs; already here: 24; left out: 3"),
    ):
        result = run("import", "healthchecks", file, *words)
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, last)
    assert "left out: 1 × a start without an end" in result.stdout
    assert len(site.jobs()) == 11


def test_it_goes_into_the_account_that_is_named(site: Site, run: Run, tmp_path: Path) -> None:
    acme = site.account("acme")
    assert (
        run("import", "duplistatus", str(made(tmp_path, "duplistatus_3.1")), "--account", "acme").exit_code
        == 0
    )
    assert {job.account_id for job in site.jobs()} == {acme}
    missing = run("import", "duplistatus", str(tmp_path / "duplistatus_3.1.db"), "--account", "nobody")
    assert missing.exit_code == 1


def packed(file: Path, how: str) -> Path:
    target = file.with_suffix(f".{how}")
    if how == "gz":
        target.write_bytes(gzip.compress(file.read_bytes()))
    else:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, "data/backups.db")
            archive.writestr("data/readme.txt", "hello")
    return target


@pytest.mark.parametrize("how", ["gz", "zip"])
def test_an_archive_with_a_database_does(site: Site, run: Run, tmp_path: Path, how: str) -> None:
    file = packed(made(tmp_path, "duplistatus_3.1"), how)
    result = run("import", "duplistatus", str(file))
    assert result.stdout.splitlines()[-1].startswith("imported: 1 servers, 1 jobs, 2 runs")
    assert [path.name for path in tmp_path.glob("import-*")] == []
    assert len(site.runs("Files")) == 2


def test_a_zip_brings_the_rows_of_its_write_ahead_log(site: Site, run: Run, tmp_path: Path) -> None:
    file = made(tmp_path, "duplistatus_3.1")
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("UPDATE servers SET name = 'web-02'")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(file, "backups.db")
        archive.write(file.with_name(f"{file.name}-wal"), "backups.db-wal")
    writer.close()
    run("import", "duplistatus", str(tmp_path / "both.zip"))
    assert [server.name for server in site.servers()] == ["web-02"]


def test_a_database_is_read_from_a_folder_that_nothing_can_be_written_to(
    site: Site, run: Run, tmp_path: Path
) -> None:
    """Such as a volume that is mounted read-only: with a write-ahead log SQLite has to write a file beside it."""
    file = made(tmp_path, "duplistatus_3.1")
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("UPDATE servers SET name = 'web-02'")
    folder = tmp_path / "volume"
    folder.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(f"{file}{ending}", folder / f"backups.db{ending}")
    writer.close()
    # Whoever runs the tests may write anywhere: here that file would be in a folder that is not there.
    (folder / "backups.db-shm").symlink_to(tmp_path / "none" / "shm")
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(f"{(folder / 'backups.db').as_uri()}?mode=ro", uri=True).execute(
            "SELECT * FROM servers"
        )
    result = run("import", "duplistatus", str(folder / "backups.db"))
    assert result.exit_code == 0
    assert [server.name for server in site.servers()] == ["web-02"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "backups.db",
        "backups.db-shm",
        "backups.db-wal",
    ]
    assert [path.name for path in tmp_path.glob("import-*")] == []


def test_what_grows_out_of_hand_is_refused(
    site: Site, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 4096)
    result = run("import", "duplistatus", str(packed(made(tmp_path, "duplistatus_3.1"), "gz")))
    assert result.exit_code == 1
    assert "is larger than" in result.stderr
    assert site.jobs() == []
    assert [path.name for path in tmp_path.glob("import-*")] == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "this is no SQLite database, nor an archive with one in it"),
        (b"", "this is no SQLite database, nor an archive with one in it"),
        (b"\x1f\x8bhello", "this archive is damaged"),
        (gzip.compress(b"hello", mtime=0), "this is no SQLite database"),
        (b"PK\x03\x04hello", "this archive is damaged"),
        (b"SQLite format 3\0" + b"\1" * 5000, "this file is damaged"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(
    site: Site, run: Run, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "x").write_bytes(content)
    result = run("import", "uptime-kuma", str(tmp_path / "x"))
    assert (result.exit_code, sentence in result.stderr) == (1, True)
    assert site.servers() == []


def test_an_export_of_the_api_does(site: Site, run: Run, tmp_path: Path) -> None:
    check = {"name": "a", "slug": "a", "status": "up", "uuid": str(UUID(int=7)), "timeout": 3600, "grace": 60}
    file = tmp_path / "checks.json"
    file.write_text(json.dumps({"checks": [check]}))
    result = run("import", "healthchecks", str(file))
    assert (
        result.stdout.splitlines()[-1] == "imported: 1 servers, 1 jobs, 0 runs; already here: 0; left out: 0"
    )
    assert site.job("a").schedule == "within 1h"
    file.write_text("{")
    assert "this file is damaged" in run("import", "healthchecks", str(file)).stderr
    assert "no SQLite database" in run("import", "duplistatus", str(file)).stderr


def test_what_is_not_there_or_of_another_program_is_refused(site: Site, run: Run, tmp_path: Path) -> None:
    assert "there is no such file" in run("import", "duplistatus", str(tmp_path / "none")).stderr
    other = run("import", "duplistatus", str(empty(tmp_path, "CREATE TABLE t (x)")))
    assert (other.exit_code, other.stderr) == (1, "duplistat: this file is no database of duplistatus\n")
    assert site.servers() == []


def test_names_of_others_cannot_act_on_the_terminal(site: Site, run: Run, tmp_path: Path) -> None:
    change = "UPDATE monitor SET name = 'a' || char(27) || '[31mb' || char(10) || 'c' WHERE id = 8"
    result = run("import", "uptime-kuma", str(made(tmp_path, "uptime_kuma_2", change)), "--dry-run")
    assert "\x1b" not in result.stdout
    assert site.jobs() == []


def test_it_goes_through_the_writer_of_a_server_that_runs(site: Site, run: Run, tmp_path: Path) -> None:
    ended, names = threading.Event(), []
    known = operations(site.config)

    def noted(name: str) -> Operation:
        def operation(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
            names.append(name.rpartition(".")[2])
            return known[name](db, tally, arguments)

        return operation

    listener = listen(tmp_path / "writer.sock")
    writer = Server(site.db, {name: noted(name) for name in known}, listener, ended.is_set)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        result = run("import", "duplistatus", str(made(tmp_path, "duplistatus_3.1")))
    finally:
        ended.set()
        thread.join()
        listener.close()
    assert result.exit_code == 0, result.output
    assert names == ["import_servers", "import_jobs", "import_runs", "settle_imported", "note_import"]
    assert len(site.runs("Files")) == 2
