"""`duplistat`: what all commands have in common."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from duplistat import __version__
from duplistat.cli import main
from duplistat.cli.main import COMMANDS
from tests.support.serving import free_port


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"duplistat, version {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_asked_for_help(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_a_command_that_is_not_there_is_an_error() -> None:
    assert CliRunner().invoke(main, ["frobnicate"]).exit_code == 2


def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    environment = {"DUPLISTAT_SERVER_PORT": "x", "DUPLISTAT_DATA": str(tmp_path)}
    result = CliRunner().invoke(main, ["key", "list"], env=environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("duplistat: DUPLISTAT_SERVER_PORT: [server] port = 'x':")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("key", "list"), ("job", "list"), ("deliveries", "list")])
def test_commands_make_a_data_folder_where_there_is_none(tmp_path: Path, command: tuple[str, str]) -> None:
    result = CliRunner().invoke(main, [*command, "--data", str(tmp_path / "new")])
    assert result.exit_code == 0
    assert (tmp_path / "new" / "duplistat.db").exists()


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/nothing"
    environment = {"DUPLISTAT_DATABASE_URL": url, "DUPLISTAT_DATA": str(tmp_path)}
    result = CliRunner().invoke(main, ["key", "list"], env=environment)
    assert result.exit_code == 1
    assert result.stderr.startswith("duplistat: the database cannot be opened: ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "duplistat.db").write_bytes(b"this is no database " * 1000)
    result = CliRunner().invoke(main, ["key", "list", "--data", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (
        1, "duplistat: the database cannot be opened: file is not a database\n",
    )  # fmt: skip


def test_a_database_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["key", "list", "--data", str(tmp_path)])
    db = sqlite3.connect(tmp_path / "duplistat.db")
    with db:
        db.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    db.close()
    result = CliRunner().invoke(main, ["key", "list", "--data", str(tmp_path)])
    assert result.exit_code in (1, 2)
    assert "schema 9999_later" in result.stderr
