"""How soon a failure reaches its receiver; beside a channel that hangs; and how many messages a storm is."""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.alerting.receiver import Receiver
from bench.alerting.site import ENVIRONMENT, Beside, beside, post, report, wait_until
from bench.result import Bench
from bench.server import Server, duplistat
from duplistat.now import wall_clock
from duplistat.services.alerts.channels import test_channel
from duplistat.services.audit import BY_COMMAND
from duplistat.store import notices, problems

FIRST_P95, BESIDE_P95, MOST_OF_STORM = 3.0, 2.0, 3


def measure(bench: Bench) -> None:
    with Receiver().running() as receiver:
        with (
            duplistat(bench.folder / "alerts", ENVIRONMENT) as server,
            beside(bench.folder / "alerts") as database,
        ):
            _soon(bench, server, database, receiver)
            _beside_one_that_hangs(bench, database, receiver)
        if not bench.tiny:
            gathering = {**ENVIRONMENT, "DUPLISTAT_ALERTS_GATHER_SECONDS": "60"}
            with (
                duplistat(bench.folder / "storm", gathering) as server,
                beside(bench.folder / "storm") as database,
            ):
                _storm(bench, server, database, receiver)


def _soon(bench: Bench, server: Server, database: Beside, receiver: Receiver) -> None:
    """Jobs that fail one after the other, each with a channel of its own: that no two are told together."""
    names = [f"server-{number}" for number in range(bench.size(90, 50))]
    for name in names:
        post((server.port,), report(name, "daily", "success"))
    ids = database.server_ids()
    for name in names:
        channel = database.channel(name, f"{receiver.url}/soon/{name}")
        database.rule(name, channel, match={"servers": [ids[name]]})
    sent: dict[str, float] = {}
    for name in names:
        post((server.port,), report(name, "daily", "failed"))
        sent[f"/soon/{name}"] = time.time()
        time.sleep(0.1)
    wait_until(lambda: sum(item.path in sent for item in receiver.taken) >= len(names), "the messages")
    took = sorted(item.at - sent[item.path] for item in receiver.taken if item.path in sent)
    p95 = took[int(len(took) * 0.95)]
    bench.add("telling", "upload answered to message taken, p50", took[len(took) // 2], "s")
    bench.add(
        "telling", "upload answered to message taken, p95", p95, "s", f"< {FIRST_P95:g} s", p95 < FIRST_P95
    )


def _beside_one_that_hangs(bench: Bench, database: Beside, receiver: Receiver) -> None:
    hanging = database.channel("hanging", f"{receiver.url}/hang")
    living = database.channel("living", f"{receiver.url}/living")
    by = BY_COMMAND.plain()
    for _ in range(10):
        database.writes.run(test_channel, channel=hanging, by=by, now=wall_clock())
    time.sleep(1)
    count = bench.size(100, 50)
    begun: dict[str, float] = {}
    for _ in range(count):
        notice = notices.get(
            database.db, database.writes.run(test_channel, channel=living, by=by, now=wall_clock())
        )
        if notice is not None:
            begun[notice.uid] = time.time()
        time.sleep(0.05)
    wait_until(lambda: len(receiver.of("/living")) >= count, "the messages of the living channel")
    took = sorted(item.at - begun[item.uid] for item in receiver.of("/living"))
    p95 = took[int(len(took) * 0.95)]
    what = f"{count} messages beside a channel that hangs, p95"
    bench.add("telling", what, p95, "s", f"< {BESIDE_P95:g} s", p95 < BESIDE_P95)


def _storm(bench: Bench, server: Server, database: Beside, receiver: Receiver) -> None:
    """Jobs of many servers that all fail within a minute, and then succeed within a minute."""
    count = bench.size(1000, 300)
    jobs = [(f"server-{number % 50}", f"job-{number}") for number in range(count)]
    channel = database.channel("storm", f"{receiver.url}/storm")
    database.rule("all", channel)
    with ThreadPoolExecutor(8) as pool:
        for status in ("success", "failed", "success"):
            for done in [pool.submit(post, (server.port,), report(*job, status)) for job in jobs]:
                done.result()
            if status == "failed":
                wait_until(lambda: _told(database) >= count, "all to be told", 300)
                _count(bench, "messages about", count, receiver)
    wait_until(lambda: not _any_open(database), "all to be over", 120)
    time.sleep(70)
    _count(bench, "messages that it is over, of", count, receiver, over=True)


def _any_open(database: Beside) -> bool:
    return any(problem.job_id is not None for problem in problems.open_in(database.db, (1,), 10_000))


def _told(database: Beside) -> int:
    row = database.db.row("SELECT count(*) FROM told")
    return int(row[0]) if row else 0


def _count(bench: Bench, what: str, count: int, receiver: Receiver, *, over: bool = False) -> None:
    kinds = [item.body["type"] == "job.recovered" for item in receiver.of("/storm")]
    found = sum(kind is over for kind in kinds)
    bench.add(
        "telling",
        f"{what} {count} jobs that fail in a minute",
        found,
        "messages",
        f"<= {MOST_OF_STORM}",
        0 < found <= MOST_OF_STORM,
    )
