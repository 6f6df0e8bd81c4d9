"""What a process imports is what it needs at its start: the first answer waits for it."""

import subprocess
import sys

from tests.support.serving import ROOT, environment

# Slow to import, and for some requests, messages or commands only.
FOR_SOME = ["apprise", "argon2", "authlib", "babel", "cryptography", "psycopg", "requests", "tzdata"]
# What answers requests.
ANSWERS = ["duplistat.apis.native.routes", "duplistat.programs", "duplistat.web", "flask", "gunicorn"]
# What no program needs that reports, or asks how all is.
LATER = ["duplistat.app", "duplistat.apis.native", "duplistat.formats.tool_outputs", "duplistat.web"]
CLOCK = ["apscheduler"]
# As `cli/processes.py` has it, on SQLite.
NO_POSTGRESQL = "import sys; sys.modules['psycopg'] = None; "


def run(code: str) -> list[str]:
    """The lines that a program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", NO_POSTGRESQL + code],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def imported(code: str, names: list[str]) -> list[str]:
    """Those of some modules that are there after a program."""
    return run(f"{code}; [print(name) for name in {names} if sys.modules.get(name)]")


def test_the_version_needs_neither_configuration_nor_database() -> None:
    names = [*FOR_SOME, *ANSWERS, *CLOCK, "duplistat.config", "peewee", "pydantic"]
    assert imported("import duplistat.cli", names) == []


def test_no_command_needs_anything_that_answers_requests() -> None:
    code = f"""
import importlib
for command in ["accounts", "backups", "doctor", "explain", "jobs", "keys", "users"]:
    importlib.import_module("duplistat.cli." + command)
    # Of the first one that brings it.
    print(command, [name for name in {[*FOR_SOME, *ANSWERS, *CLOCK]} if sys.modules.get(name)])
"""
    assert [line for line in run(code) if not line.endswith(" []")] == []


def test_what_all_processes_share_is_not_more_than_the_workers_need() -> None:
    names = [*FOR_SOME, *CLOCK, "duplistat.demo", "duplistat.jobs", "playhouse.migrations"]
    assert imported("import duplistat.cli.processes, duplistat.serve", names) == []


def test_what_is_there_before_the_first_answer_is_what_programs_need() -> None:
    assert imported("import duplistat.cli.processes, duplistat.serve", LATER) == []


def test_the_first_answer_imports_nothing_of_ours_after_the_fork() -> None:
    code = """
from pathlib import Path
from tempfile import TemporaryDirectory
import duplistat.cli.processes
from duplistat import serve
from duplistat.beginning import Beginning
from duplistat.config import load
from duplistat.programs import context_of, give, routed_for_programs
from duplistat.services.bootstrap import prepare
with TemporaryDirectory() as folder:
    config = load(data=Path(folder), environment={})
    db = serve.Database(config.database_url)
    prepare(db, 0)
    app = routed_for_programs()
    before = set(sys.modules)
    given = context_of(config, db, serve.Direct(db, config), lambda: 0, started=0, main=1)
    app = give(app, given)
    app.wsgi_app = Beginning(app, None)
    client = app.test_client()
    print(client.get("/api/health").json["database"], client.get("/api/ping").status_code)
    db.close_all()
print(sorted(name for name in set(sys.modules) - before if name.startswith("duplistat")))
"""
    assert run(code) == ["connected 200", "[]"]


def test_the_writer_imports_commands_and_no_more() -> None:
    code = "from duplistat.services.commands import load_commands; import duplistat.store.writer; load_commands()"
    assert imported(code, [*FOR_SOME, *ANSWERS, *CLOCK]) == []


def test_the_scheduler_imports_no_library_of_calls_and_nothing_that_answers() -> None:
    assert imported("import duplistat.jobs.scheduler", [*FOR_SOME, *ANSWERS, "smtplib"]) == []


def test_a_sender_imports_what_one_kind_of_channel_needs_when_it_sends() -> None:
    code = "import duplistat.jobs.sender, duplistat.services.alerts.sending"
    assert imported(code, [*FOR_SOME, *ANSWERS, *CLOCK]) == []
