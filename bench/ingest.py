"""What a limit costs: posts of scripts to a server without limits, and to one whose limits are never reached."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median

from bench import client
from bench.bodies import post
from bench.result import Bench
from bench.server import Server, duplistat
from duplistat import config as configuration
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database

KEYS, DEVICES, CONNECTIONS = 50, 50, 64
EXPECTED = b'"status":"success"'
# A limit may cost a tenth of an upload.
AT_MOST = 1.1
HIGH = "1000000"
WITHOUT = {"DUPLISTAT_LIMITS_INGEST_PER_MINUTE": "0"}
WITH = {"DUPLISTAT_LIMITS_INGEST_PER_MINUTE": HIGH, "DUPLISTAT_LIMITS_INGEST_BURST": HIGH}


def measure(bench: Bench, free: Server, data: Path) -> None:
    """`free` is without limits. Both servers in turn, so that a machine that drifts is the same for both."""
    turns, count = bench.size(8, 2), bench.size(3000, 500)
    costs: dict[str, list[float]] = {"without limits": [], "with limits": []}
    rates: dict[str, list[float]] = {"without limits": [], "with limits": []}
    other = bench.folder / "with-limits"
    with duplistat(other, {**bench.environment, **WITH}) as limited:
        sources = {"without limits": (free, _posts(data)), "with limits": (limited, _posts(other))}
        for _ in range(turns):
            for name, (server, posts) in sources.items():
                rate, cost = _turn(server, [next(posts) for _ in range(count)])
                rates[name].append(rate)
                costs[name].append(cost)
    for name in costs:
        bench.add("ingest", f"posts of scripts, {name}, {CONNECTIONS} connections", median(rates[name]), "/s")
        what = f"posts of scripts, {name}: processor time of the server, each"
        bench.add("ingest", what, median(costs[name]), "ms")
    # Turn by turn, for the same reason.
    pairs = zip(costs["without limits"], costs["with limits"], strict=True)
    ratio = median(limited / free for free, limited in pairs)
    what = "posts of scripts: processor time of each, with limits ÷ without"
    bench.compare("ingest", what, median(costs["with limits"]), "ms", ratio, at_most=AT_MOST)


def _turn(server: Server, requests: list[bytes]) -> tuple[float, float]:
    """Answers a second, and ms of processor time for each."""
    busy = server.cpu_seconds()
    outcome = client.run(lambda: client.keep_alive(server.port, requests, CONNECTIONS, EXPECTED, 600))
    if outcome.failures:
        raise RuntimeError(f"posts failed: {dict(outcome.failures)}")
    return outcome.rate, (server.cpu_seconds() - busy) / outcome.answered * 1000


def _posts(data: Path) -> Iterator[bytes]:
    """Results of scripts, each of its own minute, from KEYS keys in turn."""
    began = datetime.now(UTC) - timedelta(days=30)
    made = cycle(keys(data, "bench", KEYS))
    number = 0
    while True:
        number += 1
        body = body_of(f"web-{number % DEVICES:02}", "nightly", began + timedelta(minutes=number), number)
        yield post(body, "/api/ingest/backup", f"X-Api-Key: {next(made)}")


def body_of(device: str, job: str, at: datetime, number: int) -> bytes:
    """The result of a script."""
    body = {
        "deviceName": device,
        "jobName": job,
        "timestamp": at.isoformat(),
        "status": ("Success", "Success", "Warning", "Error")[number % 4],
        "message": f"Backup completed. {number} MB transferred.",
        "sender": "bench",
        "size": number * 1_000_000,
        "duration": 12.5,
    }
    return json.dumps(body).encode()


def keys(data: Path, name: str, count: int) -> list[str]:
    """So many new keys with which reports may be posted; `name` is what their names begin with."""
    db = Database(configuration.load(data=data, environment={}).database_url)
    prepare(db, 0)
    made = [
        api_keys.create(db, account=1, name=f"{name} {number}", scopes=[Scope.INGEST], now=0)
        for number in range(count)
    ]
    db.close()
    return made
