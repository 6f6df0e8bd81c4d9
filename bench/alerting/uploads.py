"""Uploads beside a thousand rules and a channel that hangs, and the same without: in turns, on two servers."""

import statistics
from datetime import UTC, datetime

from bench import client
from bench.alerting.receiver import Receiver
from bench.alerting.site import ENVIRONMENT, Beside, beside, post, report
from bench.bodies import EVERY, JOBS, bodies
from bench.bodies import post as request_of
from bench.result import Bench
from bench.server import Server, duplistat
from duplistat.now import wall_clock
from duplistat.services.alerts.channels import test_channel
from duplistat.services.audit import BY_COMMAND

SUCCESS = b'"success":true'
CONNECTIONS, TURNS = 64, 5
LEAST = 0.98


def measure(bench: Bench) -> None:
    count = bench.size(6000, 600)
    began = datetime.now(UTC) - 2 * TURNS * (count // JOBS + 1) * EVERY
    requests = [request_of(body) for body in bodies(TURNS * count, began, seed=3)]
    with (
        Receiver().running() as receiver,
        duplistat(bench.folder / "without", ENVIRONMENT) as plain,
        duplistat(bench.folder / "with", ENVIRONMENT) as told,
        beside(bench.folder / "with") as database,
    ):
        _furnish(database, told, receiver, bench.size(990, 100))
        loads = []
        for turn in range(TURNS):
            part = requests[turn * count : (turn + 1) * count]
            rates, costs = {}, {}
            for server in (plain, told) if turn % 2 else (told, plain):
                rates[server.port], costs[server.port] = _load(server, part)
            loads.append(
                (
                    rates[told.port],
                    rates[told.port] / rates[plain.port],
                    costs[told.port] * 1000,
                    costs[told.port] / costs[plain.port],
                )
            )
    what = f"beside {bench.size(990, 100):,} rules and a channel that hangs, with ÷ without"
    rate, ratio, cost, of_cost = map(statistics.median, zip(*loads, strict=True))
    bench.compare("telling", f"uploads {what}", rate, "/s", ratio, at_least=LEAST)
    bench.compare("telling", f"processor time of an upload {what}", cost, "ms", of_cost)
    ratios = [load[1] for load in loads]
    bench.note(f"ratios of rates {', '.join(f'{value:.2f}' for value in sorted(ratios))}")


def _load(server: Server, requests: list[bytes]) -> tuple[float, float]:
    """Uploads a second, and seconds of processor time for each of them."""
    busy = server.cpu_seconds()
    outcome = client.run(lambda: client.keep_alive(server.port, requests, CONNECTIONS, SUCCESS, 600.0))
    if outcome.failures:
        raise RuntimeError(f"uploads failed: {dict(outcome.failures)}")
    return outcome.rate, (server.cpu_seconds() - busy) / outcome.answered


def _furnish(database: Beside, server: Server, receiver: Receiver, rules: int) -> None:
    hanging = database.channel("hanging", f"{receiver.url}/hang")
    for number in range(rules):
        database.rule(f"rule {number}", hanging, match={"tags": [f"tag-{number}"]})
    post((server.port,), report("web", "daily", "failed"))
    for _ in range(20):
        database.writes.run(test_channel, channel=hanging, by=BY_COMMAND.plain(), now=wall_clock())
