"""A server with channels and rules, as a command beside it makes them, and jobs that fail and succeed."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duplistat.config import Config, load
from duplistat.now import wall_clock
from duplistat.services.alerts.channel_config import prepared
from duplistat.services.alerts.channels import add_channel
from duplistat.services.alerts.rules import add_rule
from duplistat.services.audit import BY_COMMAND
from duplistat.services.commands import Direct
from duplistat.store import servers
from duplistat.store.database import Database

# Loopback is called, and nothing is gathered.
ENVIRONMENT = {"DUPLISTAT_ALERTS_ALLOW": "127.0.0.0/8", "DUPLISTAT_ALERTS_GATHER_SECONDS": "0"}
MAIN = 1
PATIENCE = 120.0


class Beside:
    """The database of a server, as a command beside it has it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.db = Database(config.database_url)
        self.writes = Direct(self.db, config)

    def channel(self, name: str, url: str) -> int:
        ready = prepared(self.config, "webhook", {"url": url})
        return self.writes.run(
            add_channel,
            account=MAIN,
            kind="webhook",
            config=ready.config,
            shown=ready.shown,
            settings={"name": name},
            by=BY_COMMAND.plain(),
            now=wall_clock(),
        )

    def rule(self, name: str, channel: int, **spec: Any) -> int:
        rule = {"steps": [{"minutes": 0, "channels": [channel]}], **spec}
        return self.writes.run(
            add_rule, account=MAIN, name=name, rule=rule, by=BY_COMMAND.plain(), now=wall_clock()
        )

    def server_ids(self) -> dict[str, int]:
        """{name: id} of the servers that have reported."""
        return {server.name: server.id for server in servers.visible(self.db, (MAIN,))}


@contextmanager
def beside(data: Path, database_url: str = "") -> Iterator[Beside]:
    more: dict[str, Any] = {"database": {"url": database_url}} if database_url else {}
    made = Beside(Config(data=data, **more) if more else load(None, data=data))
    try:
        yield made
    finally:
        made.db.close_all()


def report(server: str, job: str, status: str) -> dict[str, Any]:
    """A report of a run that ended now."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    backup = {"name": job, "status": status, "startTime": started, "duration": 1}
    return {"server": {"name": server}, "backup": backup}


def post(ports: tuple[int, ...], body: Mapping[str, Any], *, patience: float = PATIENCE) -> None:
    """Have it recorded by one of several servers, however often they have to be asked."""
    content, tried = json.dumps(body).encode(), 0
    deadline = time.monotonic() + patience
    while True:
        port = ports[tried % len(ports)]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/upload", content, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
                return
        except OSError:
            tried += 1
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def wait_until(done: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """Seconds until something is so. Raises RuntimeError when it takes too long."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > patience:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.05)
    return time.monotonic() - begun
