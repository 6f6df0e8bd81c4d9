"""`make demo`: simulated Duplicati servers, as services of a data folder, beside a real server that calls them.

    python -m tests.support.demo_agents --data DIR [options of duplistat serve]

This process becomes the server, so that signals and the exit code are the server's own. The agents live in a
child of it, which ends when a pipe does that only the server's processes hold: however those end.
"""

import hashlib
import json
import os
import secrets
import select
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from duplistat.cli.common import Opened, account_named, opened
from duplistat.cli.options import data_options
from duplistat.config import ConfigError
from duplistat.core.errors import DuplistatError
from duplistat.services.agents.registry import NewService, add_service, change_service
from duplistat.services.configuration.secrets import encrypt
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.store import accounts, agent_tasks, services
from duplistat.store import users as people
from duplistat.store.lock_file import lock_file
from duplistat.store.services import VDS
from tests.support.duplicati_jobs import Job, result_of
from tests.support.duplicati_server import DuplicatiServer

EMAIL = "demo@example.org"
DAY = timedelta(days=1)
# Of which the times of all runs are counted, so that the next demo tells the same history.
ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
# How long a run takes.
TAKES = timedelta(seconds=20)
FULL = "The destination is full: 0 bytes are free"


@dataclass(frozen=True)
class Work:
    """A job: when it runs, for how long it did before the demo, and what all of its runs fail of."""

    name: str
    repeat: str
    every: timedelta
    since: timedelta
    at: timedelta = timedelta()
    error: str = ""


@dataclass(frozen=True)
class Plan:
    """An agent. Of one with a wrong password we know another than its own."""

    name: str
    works: tuple[Work, ...]
    old: bool = False
    wrong_password: bool = False
    fault: str = ""


PLANS = (
    Plan(
        "nas-attic",
        (
            Work("Photos", "1D", DAY, 14 * DAY, at=timedelta(hours=2)),
            Work("Documents", "10m", timedelta(minutes=10), timedelta(hours=6)),
        ),
    ),
    Plan(
        "DENTAL-PC",
        (
            Work("Patient files", "1D", DAY, 14 * DAY, at=timedelta(hours=20)),
            Work("X-ray images", "1D", DAY, 5 * DAY, at=timedelta(hours=21), error=FULL),
        ),
        old=True,
    ),
    Plan("shop-server", (Work("Shop", "1D", DAY, 5 * DAY),), wrong_password=True),
    Plan("lab-vm", (Work("Lab", "1D", DAY, 5 * DAY),), fault="500"),
    Plan("night-vm", (Work("Night", "1D", DAY, 5 * DAY),), fault="hang"),
)


class Agent:
    """A simulated server whose jobs run when it is their time, or when somebody starts them."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self.plan = plan
        self.server = DuplicatiServer(old=plan.old, password=secrets.token_urlsafe())
        self.server.machine_name = plan.name
        self.server.machine_id = hashlib.md5(plan.name.encode()).hexdigest()
        self.server.fault = plan.fault
        # Whoever read the logs of an earlier demo has to find what is new.
        self.server.entries = int(now.timestamp())
        self._next: dict[str, datetime] = {}
        self._began: dict[int, datetime] = {}
        for work in plan.works:
            self._add(work, now)

    @property
    def known_password(self) -> str:
        return "of another machine" if self.plan.wrong_password else self.server.password

    def live(self, now: datetime) -> None:
        """Go on to `now`."""
        for work, job in self._jobs():
            if self._next[job.id] <= now:
                self._began[self.server.start(job).id] = self._next[job.id]
                self._expect(work, job, now)
        for id, task in list(self.server.tasks.items()):
            if task.status == "Waiting" and self.server.active is None:
                self._began.setdefault(id, now)
                self.server.begin(id)
            elif task.status == "Running" and now >= self._began[id] + TAKES:
                work = next(work for work, job in self._jobs() if job is task.job)
                content = self._result(work, self._began[id], now - self._began[id])
                self.server.finish(id, error=work.error, begin=self._began[id], **content)

    def _jobs(self) -> list[tuple[Work, Job]]:
        return list(zip(self.plan.works, self.server.jobs.values(), strict=True))

    def _add(self, work: Work, now: datetime) -> None:
        job = self.server.add_job(work.name, repeat=work.repeat)
        self._expect(work, job, now)
        began = self._next[job.id] - work.since // work.every * work.every
        while began + TAKES < now:
            self.server.add_entry(job, json.dumps(self._result(work, began, TAKES)), at=began + TAKES)
            began += work.every

    def _expect(self, work: Work, job: Job, now: datetime) -> None:
        first = ANCHOR + work.at
        following = first + ((now - first) // work.every + 1) * work.every
        self._next[job.id] = following
        assert job.schedule is not None
        job.schedule["Time"] = f"{following:%Y-%m-%dT%H:%M:%SZ}"

    def _result(self, work: Work, began: datetime, took: timedelta) -> dict[str, object]:
        size = (began - ANCHOR) // timedelta(hours=1) * 3_000_000 + 40_000_000_000
        content = result_of(began, error=work.error, seconds=round(took.total_seconds()))
        return content | {
            "Version": f"{self.server.version} ({self.server.version}_stable)",
            "SizeOfExaminedFiles": size,
            "BackendStatistics": {"KnownFileSize": size // 2, "KnownFileCount": 420, "BytesUploaded": 4096},
        }


def introduce(o: Opened, agents: Sequence[Agent]) -> None:
    """Make each agent a configured service of `main`, or say where it is now."""
    main = account_named(o.db, accounts.MAIN)
    known = {service.name: service.id for service in services.visible(o.db, [main.id])}
    for agent in agents:
        port, secret = agent.server.port, encrypt(o.config, agent.known_password)
        if agent.plan.name in known:
            with o.db.transaction():
                services.change(o.db, known[agent.plan.name], {"port": port, "agent_secret": secret})
                agent_tasks.add(o.db, known[agent.plan.name], agent_tasks.PROBE, o.now)
            continue
        values: NewService = {
            "kind": VDS,
            "name": agent.plan.name,
            "host": "127.0.0.1",
            "port": port,
            "agent_secret": secret,
            "location": o.config.locations[0].id,
        }
        made = o.writes.run(add_service, account=main.id, values=values, **o.signature())
        o.writes.run(
            change_service,
            account=main.id,
            contact=False,
            service=made,
            changes={},
            first={"configured_at": o.now},
            tasks=[agent_tasks.PROBE],
            **o.signature(),
        )


def admit(o: Opened) -> str:
    """The password, which is another one each time, with which EMAIL signs in."""
    password = secrets.token_urlsafe(9)
    if people.with_email(o.db, EMAIL):
        users.set_password(o.db, users.named(o.db, EMAIL), password, o.now)
    else:
        main = account_named(o.db, accounts.MAIN)
        users.create(
            o.db, account=main, email=EMAIL, name="Demo", password=password, role=Role.ADMIN, now=o.now
        )
    return password


def attend(agents: Sequence[Agent], ended: int) -> None:
    """Let the agents live until the pipe `ended` has."""
    # Ctrl-C is for the server, whose end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for agent in agents:
        agent.server.listen()
    while not select.select([ended], [], [], 1)[0]:
        for agent in agents:
            agent.live(datetime.now(UTC))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@data_options
def main(options: tuple[str, ...], config_file: Path | None, data: Path) -> None:
    """Serve a data folder with simulated agents; OPTIONS are those of `duplistat serve`."""
    # Often enough to watch it.
    os.environ.setdefault("DUPLISTAT_AGENTS_COLLECT_MINUTES", "1")
    agents = [Agent(plan, datetime.now(UTC)) for plan in PLANS]
    try:
        with opened(config_file, data) as o:
            o.config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock_file(o.config.data / "duplistat.lock") as mine:
                # Else somebody serves this data, with agents of his own: the server says so.
                if mine:
                    introduce(o, agents)
                    password = admit(o)
                    click.echo(f"Simulated Duplicati servers: {', '.join(plan.name for plan in PLANS)}")
                    click.echo(f"Sign in as {EMAIL} with the password {password}")
    except (ConfigError, DuplistatError) as e:
        click.echo(f"duplistat: {e}", err=True)
        sys.exit(2)
    sys.stdout.flush()
    ended, held = os.pipe()
    if os.fork() == 0:
        os.close(held)
        attend(agents, ended)
        os._exit(0)
    # The server and its workers hold this end of the pipe; its companions are started without.
    os.set_inheritable(held, True)
    where = ["--data", str(data), *(["--config", str(config_file)] if config_file else [])]
    os.execv(sys.executable, [sys.executable, "-m", "duplistat", "serve", *where, *options])


if __name__ == "__main__":
    main()
