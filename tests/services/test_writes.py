"""Writes are typed: what the type checker refuses is marked here, and a mark that refuses nothing is an error."""

import ast
import inspect
import subprocess
import sys
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import commands, writes
from duplistat.services.access import rate_limits
from duplistat.services.accounts.changes import set_account_suspended
from duplistat.services.audit import BY_COMMAND
from duplistat.services.context import Tx
from duplistat.services.jobs.settings import JobChanged, set_job
from duplistat.services.people.users import UserChanges, change_user
from duplistat.services.writes import Writes, name_of, prepare
from tests.support.bodies import duplicati
from tests.support.site import Site

SOURCES = Path(__file__).parents[2] / "duplistat"
# What the process that writes does as it starts, and nothing more.
WRITER = """
from duplistat.config import Config
from duplistat.services.commands import operations
print(*operations(Config()))
"""

if TYPE_CHECKING:

    def refused(writes: Writes) -> None:
        """Each of these is wrong in one way; `mypy --strict` fails when it no longer says so."""
        by = BY_COMMAND.plain()
        writes.run(set_job, jub=1, changes={}, by=by, now=0)  # type: ignore[call-arg]
        writes.run(set_job, job="1", changes={}, by=by, now=0)  # type: ignore[arg-type]
        writes.run(set_job, job=1, changes={"pausd": True}, by=by, now=0)  # type: ignore[typeddict-unknown-key]
        writes.run(set_job, job=1, changes={"paused": "yes"}, by=by, now=0)  # type: ignore[typeddict-item]
        writes.run(set_job, job=1, changes={}, now=0)  # type: ignore[call-arg]
        done: JobChanged = writes.run(set_job, job=1, changes={}, by=by, now=0)
        done["helth"]  # type: ignore[typeddict-item]
        name: str = writes.run(set_account_suspended, account=2, suspended=True, by=by, now=0)  # type: ignore[assignment]
        changes: UserChanges = {"telefone": name}  # type: ignore[typeddict-unknown-key]
        writes.run(change_user, user=1, changes=changes, by=by)  # type: ignore[call-arg]
        prepare(rate_limits.take_token, now=0)  # type: ignore[call-arg]


def test_a_command_is_known_by_where_it_is(site: Site) -> None:
    name = "duplistat.services.jobs.settings.set_job"
    assert name_of(set_job) == name
    assert name in commands.operations(site.config)


def test_a_token_goes_with_a_write_and_without_one_nothing_is_written(site: Site) -> None:
    site.record(duplicati("2026-01-28T03:00:00Z"))
    (job,) = site.jobs()
    token = ("bucket", site.now() * 1000, 1, 1)
    pause = prepare(set_job, job=job.id, changes={"paused": True}, **site.signature())
    resume = prepare(set_job, job=job.id, changes={"paused": False}, **site.signature())
    assert site.writes.submit(pause, token)["health"] == "paused"
    with pytest.raises(DuplistatError) as error:
        site.writes.submit(resume, token)
    assert (error.value.kind, error.value.retry_after) == (Kind.TOO_MANY, 60)
    assert site.jobs()[0].paused


def test_commands_take_a_transaction_and_their_arguments_by_name() -> None:
    commands.load_commands()
    for name, function in writes.commands().items():
        first, *others = inspect.signature(function).parameters.values()
        assert first.annotation is Tx, name
        assert {parameter.kind for parameter in others} <= {Parameter.KEYWORD_ONLY}, name


def test_the_process_that_writes_knows_every_command_that_there_is() -> None:
    there = set()
    for path in SOURCES.rglob("*.py"):
        module = ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
                if marks & {"command", "exclusive_command"}:
                    there.add(f"{module}.{node.name}")
    known = subprocess.run([sys.executable, "-c", WRITER], capture_output=True, text=True, check=True)
    assert len(there) > 20
    assert there <= {*known.stdout.split()}
