"""Commands, run in this process on the data of a test."""

from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from duplistat.cli import main


class Run(Protocol):
    def __call__(self, *arguments: str, stdin: str | bytes | None = None) -> Result: ...


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """A command, such as run("key", "list"), on the same database as `site`."""
    environment = {"DUPLISTAT_DATABASE_URL": database_url, "DUPLISTAT_DATA": str(tmp_path)}

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke
