"""`duplistat server`."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from duplistat.services.servers.merge import merge_step
from tests.cli.conftest import Run
from tests.services.test_merging import NEW, OLD, counted, fill, send, state, sums
from tests.support.site import Site

# Kills itself in the middle of a transaction: when the third lot of runs has moved.
SUICIDE = """
import os, signal, sys
from duplistat.cli import main
from duplistat.services.servers import merge
from duplistat.store import merge_rows

merge.AT_ONCE, lots, whole = 4, [], merge_rows.move

def move(db, kind, *more, **others):
    whole(db, kind, *more, **others)
    lots.append(kind)
    if lots.count("run") == 3:
        os.kill(os.getpid(), signal.SIGKILL)

merge_rows.move = move
main(sys.argv[1:])
"""


def test_servers_are_listed_with_their_ids(site: Site, run: Run) -> None:
    fill(site)
    site.set_server(1, alias="the attic", group_name="home", archived=True)
    lines = [line.split("  ") for line in run("server", "list").stdout.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert [row[:6] for row in rows] == [
        ["id", "account", "server", "machine id", "group", "state"],
        ["2", "main", "nas", NEW, "-", "in use"],
        ["1", "main", "the attic", OLD, "home", "archived"],
    ]


def test_what_a_server_is_called_and_where_it_stands_is_set(site: Site, run: Run) -> None:
    fill(site)
    done = run("server", "set", "--server", "1", "--alias", "attic", "--group", "home", "--notes", "a")
    assert done.stdout == "nas is called attic, in home, in use\n"
    done = run("server", "set", "--server", "attic", "--archived", "true")
    assert done.stdout == "nas is called attic, in home, in the archive\n"
    server = site.servers()[0]
    assert (server.alias, server.group_name, server.notes, server.archived_at is None) == (
        "attic",
        "home",
        "a",
        False,
    )
    assert run("server", "set", "--server", "attic").exit_code == 2
    assert site.db.rows("SELECT action, who FROM audit") == [("server.set", "command line")] * 2


def test_two_servers_are_merged_and_are_two_again(site: Site, run: Run) -> None:
    fill(site)
    before = state(site.db)
    asked = run("server", "merge", "--into", NEW, "--from", OLD, stdin="n\n")
    assert asked.exit_code == 1
    assert state(site.db) == before
    told = (
        "Documents is joined with the job of that name: 18 runs, 3 of them known already\n"
        "Pictures goes over with 1 run\n"
    )
    assert sorted(told.splitlines()) == sorted(asked.stdout.splitlines()[:2])
    assert "duplistat: nothing was merged" in asked.stderr
    done = run("server", "merge", "--into", NEW, "--from", OLD, "--yes")
    assert done.exit_code == 0
    assert [server.id for server in site.servers()] == [2]
    undone = run("server", "unmerge", "--server", "2")
    assert undone.stdout == "nas is a server of its own again, with id 1\n"
    assert state(site.db) == before


def test_what_cannot_be_merged_or_undone_is_one_line(site: Site, run: Run) -> None:
    fill(site)
    done = run("server", "merge", "--into", "1", "--from", "1", "--yes")
    assert (done.exit_code, done.stderr) == (1, "duplistat: a server cannot be merged with itself\n")
    done = run("server", "unmerge", "--server", "1")
    assert (done.exit_code, done.stderr) == (1, "duplistat: nothing was merged into 'nas'\n")
    run("server", "merge", "--into", "2", "--from", "1", "--yes")
    site.db.change("UPDATE server_merge SET at = 0")
    done = run("server", "unmerge", "--server", "2")
    assert done.stderr == "duplistat: this merge cannot be undone: it is more than 30 days old\n"


@pytest.mark.parametrize("then", ["goes on", "is undone"])
def test_a_merge_that_is_killed_in_the_middle(
    site: Site, run: Run, tmp_path: Path, database_url: str, then: str
) -> None:
    fill(site)
    before = state(site.db)
    words = ["server", "merge", "--into", "2", "--from", "1", "--yes"]
    environment = os.environ | {"DUPLISTAT_DATABASE_URL": database_url, "DUPLISTAT_DATA": str(tmp_path)}
    killed = subprocess.run(
        [sys.executable, "-c", SUICIDE, *words], env=environment, capture_output=True, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert sums(site.db)[0] == counted(site.db)
    # Some have moved, and some have not.
    homes: dict[int, int] = dict(
        site.db.rows("SELECT job_id, count(*) FROM run WHERE operation = 'backup' GROUP BY job_id")
    )
    assert len(homes) == 4
    assert send(site, 28, OLD)["serverId"] == 2
    if then == "goes on":
        worker_steps = 0
        while not site.writes.run(merge_step, merge=1, now=site.now()):
            worker_steps += 1
        assert worker_steps > 0
        assert [server.id for server in site.servers()] == [2]
        assert len({run.order_at for run in site.runs() if run.operation == "backup"}) == 28
    else:
        assert run("server", "unmerge", "--server", "2").exit_code == 0
        after = state(site.db, ("server", "event", "job_note"))
        assert {table: len(after[table]) for table in ("server", "event")} == {
            table: len(before[table]) for table in ("server", "event")
        }
        own = [job for job in site.jobs() if job.server_id == 1]
        assert {job.name: job.last_order for job in own} == {
            row["name"]: row["last_order"] for row in before["job"] if row["server_id"] == 1
        }
    assert sums(site.db)[0] == counted(site.db)


def test_a_server_is_exported_before_it_is_deleted(site: Site, run: Run, tmp_path: Path) -> None:
    fill(site)
    words = ("server", "delete", "--server", "1", "--export", str(tmp_path / "nas.jsonl.gz"))
    refused = run(*words, stdin="nas-2\n")
    assert refused.exit_code == 1
    assert "To be deleted: nas, with 2 jobs, 19 runs and 0 events" in refused.stdout
    assert len(site.servers()) == 2
    done = run(*words, stdin="nas\n")
    assert done.exit_code == 0
    assert done.stdout.endswith("nas is deleted\n")
    assert [server.id for server in site.servers()] == [2]
    with gzip.open(tmp_path / "nas.jsonl.gz", "rt", encoding="utf-8") as lines:
        tables = [json.loads(line).get("table") for line in lines]
    assert tables.count("run") == 19
    again = run("server", "delete", "--server", "2", "--export", str(tmp_path / "nas.jsonl.gz"), "--yes")
    assert "nothing was deleted" in again.stderr
    assert [server.id for server in site.servers()] == [2]
