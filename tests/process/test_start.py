"""A start that cannot be ends with exit code 2 and one line that says why.

Some of these are starts as anyone makes them; the others are forks of a process that has imported duplistat.
"""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database
from tests.support.serving import free_port, run, serving


def refused(*arguments: str, **more: Any) -> str:
    """The one line with which `serve` ends."""
    ended = run("serve", *arguments, **more)
    assert (ended.returncode, ended.stdout) == (2, "")
    lines = [line for line in ended.stderr.splitlines() if " INFO " not in line]
    assert len(lines) == 1, ended.stderr
    return lines[0]


def test_a_port_that_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = refused("--data", str(tmp_path), "--port", str(port), anew=True)
    assert line == f"duplistat: cannot listen on 127.0.0.1:{port}: Address already in use"


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    line = refused("--data", str(tmp_path), "--host", "192.0.2.1", "--port", str(free_port()))
    assert line.startswith("duplistat: cannot listen on 192.0.2.1:")


def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    line = refused("--data", str(tmp_path), "--host", "no-such-host.invalid", "--port", str(free_port()))
    assert line.startswith("duplistat: cannot listen on no-such-host.invalid:")


def test_a_data_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = refused("--data", str(tmp_path / "file" / "data"), "--port", str(free_port()))
    assert line == f"duplistat: the data folder {tmp_path}/file/data cannot be written to (Not a directory)"


def test_a_database_of_a_newer_program(tmp_path: Path, empty_url: str) -> None:
    url = empty_url or f"sqlite:///{tmp_path}/duplistat.db"
    db = Database(url)
    prepare(db, 0)
    with db.transaction():
        db.execute(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    db.close_all()
    line = refused("--data", str(tmp_path), "--port", str(free_port()), DUPLISTAT_DATABASE_URL=url, anew=True)
    assert "schema 9999_later" in line
    assert "newer duplistat" in line


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "duplistat.db").write_bytes(b"this is no database " * 1000)
    line = refused("--data", str(tmp_path), "--port", str(free_port()))
    assert line.startswith("duplistat: the database cannot be opened: ")


@pytest.mark.long
def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/nothing"
    line = refused("--data", str(tmp_path), "--port", str(free_port()), DUPLISTAT_DATABASE_URL=url)
    assert line.startswith("duplistat: the database cannot be opened: ")
    assert "hunter2" not in line


def test_a_wrong_key_in_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "duplistat.toml"
    file.write_text("[server]\nprot = 1\n")
    line = refused("--data", str(tmp_path), "--config", str(file), anew=True)
    assert line.startswith(f"duplistat: {file}: unknown key [server] prot; there are host, port")


def test_a_wrong_variable_in_the_environment(tmp_path: Path) -> None:
    line = refused("--data", str(tmp_path), DUPLISTAT_SERVER_PROT="1")
    assert line == "duplistat: DUPLISTAT_SERVER_PROT: there is no such setting"


def test_a_second_server_on_the_same_data(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=1) as first:
        line = refused("--data", str(tmp_path / "data"), "--port", str(free_port()))
        assert line == f"duplistat: another duplistat serves the data folder {tmp_path}/data already"
        assert first.answers()


def test_a_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with serving(tmp_path / "new" / "data", workers=1, anew=True):
        assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700
    with sqlite3.connect(tmp_path / "new" / "data" / "duplistat.db") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_path_too_long_for_a_socket_does_not_matter(tmp_path: Path) -> None:
    from tests.support.bodies import duplicati

    with serving(tmp_path / ("long" * 30) / "data", workers=1) as server:
        assert server.post(duplicati("2026-01-28T02:00:00Z")).status_code == 200
