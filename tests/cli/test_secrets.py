"""`duplistat secrets`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from duplistat.cli import main
from duplistat.config import Config
from duplistat.services.configuration import secrets
from duplistat.store.database import Database
from tests.cli.conftest import Run
from tests.services.test_secrets import add_service, passwords


@pytest.fixture
def config(db: Database, tmp_path: Path) -> Config:
    """With one password stored."""
    made = Config(data=tmp_path, database={"url": db.url})
    add_service(db, secrets.encrypt(made, "s3cret"))
    return made


def test_check_says_that_all_can_be_read(config: Config, run: Run) -> None:
    result = run("secrets", "check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"1 password can be read with the key in {secrets.key_file(config)}\n"


def test_check_of_nothing_says_so_and_makes_no_key(run: Run, db: Database, tmp_path: Path) -> None:
    result = run("secrets", "check")
    assert (result.exit_code, result.stdout) == (0, "nothing is stored\n")
    assert not (tmp_path / "secret.key").exists()


def test_check_names_the_services_whose_passwords_cannot_be_read(
    config: Config, run: Run, db: Database
) -> None:
    secrets.write_key(secrets.key_file(config), secrets.new_key(), replace=True)
    second = add_service(db, "", secrets.encrypt(config, "fits"))
    result = run("secrets", "check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"duplistat: the key in {secrets.key_file(config)} does not fit passwords of these services:"
        f" {second - 1}\n"
    )


def test_check_without_the_key_says_what_to_do(config: Config, run: Run) -> None:
    secrets.key_file(config).unlink()
    result = run("secrets", "check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "secret.key, the key of stored passwords, is missing: put it back" in result.stderr


def test_check_warns_of_a_key_that_others_can_read(config: Config, run: Run) -> None:
    secrets.key_file(config).chmod(0o644)
    result = run("secrets", "check")
    assert (result.exit_code, result.stderr) == (
        0,
        f"{secrets.key_file(config)} can be read by others: chmod 600 it\n",
    )


def test_check_tells_of_a_rotation_that_did_not_end(config: Config, run: Run) -> None:
    secrets.write_key(secrets.old_file(config), secrets.new_key(), replace=True)
    assert run("secrets", "check").stderr == "a rotation did not end: run duplistat secrets rotate again\n"


def test_rotate_makes_a_new_key(config: Config, run: Run, db: Database) -> None:
    before = secrets.key_file(config).read_text()
    result = run("secrets", "rotate")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"1 password encrypted with the new key in {secrets.key_file(config)}\n"
    after = secrets.key_file(config).read_text()
    assert after != before
    assert passwords(config, db) == ["s3cret"]
    assert before.strip() not in result.output
    assert after.strip() not in result.output


def test_rotate_leaves_a_key_of_the_environment_alone(db: Database, tmp_path: Path) -> None:
    old, new = secrets.new_key(), secrets.new_key()
    file = tmp_path / "key.txt"

    def rotate(key: str) -> tuple[int, str]:
        file.write_text(f"{key}\n")
        environment = {
            "DUPLISTAT_DATABASE_URL": db.url,
            "DUPLISTAT_DATA": str(tmp_path),
            "DUPLISTAT_SECRET_KEY_FILE": str(file),
        }
        result = CliRunner().invoke(main, ["secrets", "rotate"], env=environment)
        assert old not in result.output
        return result.exit_code, result.output

    code, said = rotate(old)
    assert code == 1
    assert said.startswith(
        "duplistat: the key comes from [secret] key, which this cannot change. Set it to NEW,OLD"
    )
    assert rotate(f"{new},{old}") == (
        0,
        "0 passwords encrypted with the first key in [secret] key\n"
        "the other keys are not needed any more: take them out of [secret] key\n",
    )
