"""Agents and a server as it runs: what hangs does not hold it up, and what was begun is gone on with."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from duplistat.store import agent_tasks, scheduler_lease, services
from duplistat.store.database import Database
from duplistat.store.scheduler_lease import LEASE
from tests.support.duplicati_server import DuplicatiServer
from tests.support.serving import Server, serving, until

OFTEN = {"DUPLISTAT_AGENTS_COLLECT_MINUTES": "1", "DUPLISTAT_OVERDUE_SWEEP_SECONDS": "5"}


def asked(server: Server, url: str, ask: Callable[[Database], Any]) -> Any:
    """What the database of a server says."""
    db = Database(url or f"sqlite:///{server.data}/duplistat.db")
    try:
        return ask(db)
    finally:
        db.close_all()


def add(server: Server, url: str, agent: DuplicatiServer, kind: str) -> int:
    """A service of the account `main`, with something to do."""
    now = int(time.time() * 1000)

    def make(db: Database) -> int:
        with db.transaction():
            account = db.row("SELECT id FROM account")
            assert account is not None
            values = {
                "account_id": account[0], "kind": "VDS", "name": "nas", "host": "127.0.0.1", "port": agent.port,
                "location": 527, "created_at": now, "configured_at": now,
            }  # fmt: skip
            made = services.add(db, values)
            assert made is not None
            agent_tasks.add(db, made, kind, now)
            return made

    made: int = asked(server, url, make)
    return made


def held(db: Database) -> list[tuple[Any, ...]]:
    return db.rows("SELECT service_id, kind FROM agent_task WHERE taken_until IS NOT NULL")


def test_an_agent_that_hangs_does_not_hold_up_the_end(tmp_path: Path, empty_url: str) -> None:
    with DuplicatiServer() as hung, serving(tmp_path / "data", empty_url, workers=1, **OFTEN) as server:
        hung.fault = "hang"
        for _ in range(3):
            add(server, empty_url, hung, agent_tasks.PROBE)
        until(lambda: len([path for _, path, _ in hung.seen if "serverstate" in path]) == 3, "the calls")
        began = time.monotonic()
        assert server.terminate() == 0
        assert time.monotonic() - began < 6
        assert asked(server, empty_url, held) == []
        lease = asked(server, empty_url, lambda db: scheduler_lease.lease(db, LEASE))
        assert lease.expires_at == 0


@pytest.mark.long
def test_what_was_started_before_a_power_cut_is_followed_to_its_end(tmp_path: Path, empty_url: str) -> None:
    with DuplicatiServer() as agent, serving(tmp_path / "data", empty_url, workers=1, **OFTEN) as server:
        agent.add_job("a")
        agent.add_job("b")
        agent.fault, agent.fault_at = "hang", "2/run"
        made = add(server, empty_url, agent, agent_tasks.RUN)
        until(lambda: any("2/run" in path for _, path, _ in agent.seen), "the second start")
        server.kill()
        agent.fault = ""
        agent.begin(1)
        agent.finish(1)
        server.start()
        # On PostgreSQL another one may have the lease, until that runs out.
        until(lambda: len(agent.tasks) == 2, "the second start, again", 60)
        agent.begin(2)
        agent.finish(2)

        def runs(db: Database) -> bool:
            found = services.get(db, made)
            count = db.row("SELECT count(*) FROM run")
            return bool(found and count and not found.running and count[0] == 2)

        until(lambda: asked(server, empty_url, runs), "both runs")
        assert [task.job.name for task in agent.tasks.values()] == ["a", "b"]
