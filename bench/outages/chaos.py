"""Reports to two servers on one PostgreSQL, which restarts, is full, and whose servers' processes are killed.

python -m bench.outages.chaos --seconds 600
"""

import argparse
import contextlib
import json
import os
import random
import signal
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.outages.postgres import OwnPostgres, own_postgres
from bench.server import Server, command, tree
from duplistat.store.database import Database

BEGUN, OVER = "writes wait: ", "writes succeed again"
# Whose connections are all taken by others, still gets these few.
MOST_CONNECTIONS = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in the end. `lines` are those of each server's log that tell of outages."""

    answered: int
    refused: dict[int, int]
    lost: int
    doubled: int
    slowest: float
    kills: int
    outages: int
    lines: tuple[tuple[str, ...], ...]
    unwell: tuple[str, ...]


class Senders:
    """Threads that send reports, each of another job. Whoever is cut off sends again; whoever is refused does not."""

    def __init__(self, ports: Sequence[int], threads: int, pause: float) -> None:
        self.answered: list[str] = []
        self.refused: Counter[int] = Counter()
        self.slowest = 0.0
        self._ports, self._pause = ports, pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send_all, args=(number,)) for number in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send_all(self, thread: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            started = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_767_225_600 + number * 60))
            backup = {"name": f"job-{thread}", "status": "success", "startTime": started, "duration": 1}
            content = json.dumps({"server": {"name": f"server-{thread % 4}"}, "backup": backup}).encode()
            began = time.monotonic()
            status = self._send(content, thread + number)
            self.slowest = max(self.slowest, time.monotonic() - began)
            if status == 200:
                self.answered.append(f"job-{thread} {started}")
            else:
                self.refused[status] += 1
            time.sleep(self._pause)

    def _send(self, content: bytes, tried: int) -> int:
        while True:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self._ports[tried % len(self._ports)]}/api/upload",
                content,
                {"Content-Type": "application/json"},
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
                    return int(answer.status)
            except urllib.error.HTTPError as e:
                return e.code
            except OSError:
                # Its worker was killed.
                tried += 1
                time.sleep(0.05)


def run(
    folder: Path,
    postgres: OwnPostgres,
    seconds: float,
    *,
    away: float = 5.0,
    threads: int = 24,
    pace: float = 1.0,
    wait: int = 10,
    seed: int = 7,
) -> Verdict:
    """Two servers for some seconds, whose processes are killed; PostgreSQL is full, and restarts for `away` seconds.

    `pace` is how long is waited between these, seconds, and `wait` is [database] wait_seconds.
    """
    random_ = random.Random(seed)  # not for secrets
    environment = {
        "DUPLISTAT_DATABASE_URL": postgres.url,
        "DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE": "0",
        "DUPLISTAT_DATABASE_WAIT_SECONDS": str(wait),
        "DUPLISTAT_SERVER_WORKERS": "2",
        # Fewer than there are senders: all of them wait during an outage.
        "DUPLISTAT_SERVER_THREADS": "2",
        "DUPLISTAT_OVERDUE_SWEEP_SECONDS": "5",
    }
    unwell: list[str] = []
    with contextlib.ExitStack() as stack:
        running: list[Server] = []
        for number in range(2):
            words, port, log = command(folder / f"server-{number}")
            running.append(Server(words, port, log, environment))
            stack.callback(running[-1].stop)
            running[-1].wait()
            _wait_for_all(running[-1])
        senders = Senders([server.port for server in running], threads, 0.02)
        senders.start()
        stack.callback(senders.stop)
        kills = outages = 0
        begun = time.monotonic()
        while not outages or time.monotonic() - begun < seconds:
            if outages:
                # Two outages within five seconds have one line.
                time.sleep(5.5)
            for _ in range(2):
                kills += _kill(running, random_)
                time.sleep(pace * random_.uniform(0.5, 1.5))
            with postgres.full():
                kills += _kill(running, random_)
                time.sleep(pace)
            time.sleep(pace)
            outages += 1
            postgres.stop()
            stopped = time.monotonic()
            unwell += [_health(server.port) for server in running]
            time.sleep(max(0.0, away - (time.monotonic() - stopped)))
            postgres.start()
        time.sleep(pace)
        senders.stop()
        lines = tuple(
            tuple(line for line in server.log.read_text().splitlines() if BEGUN in line or OVER in line)
            for server in running
        )
    db = Database(postgres.url)
    found = db.rows("SELECT j.name, r.started_at FROM run r JOIN job j ON j.id = r.job_id")
    (counted,) = db.rows("SELECT SUM(success) FROM total")[0]
    db.close_all()
    kept = {
        f"{name} {time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(at // 1000))}" for name, at in found
    }
    return Verdict(
        answered=len(senders.answered),
        refused=dict(senders.refused),
        lost=len(set(senders.answered) - kept),
        doubled=len(found) - len(kept) + abs(int(counted) - len(found)),
        slowest=senders.slowest,
        kills=kills,
        outages=outages,
        lines=lines,
        unwell=tuple(unwell),
    )


def _health(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=30) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as e:
        return f"{e.code} {json.loads(e.read()).get('cause', '')}"
    except OSError:
        return "cut off"


def _wait_for_all(server: Server) -> None:
    """Until a server has all its processes: the scheduler is the last kind that starts, when all is loaded."""
    until = time.monotonic() + 300
    while not any(_is(pid, lambda words: b"scheduler" in words) for pid in tree(server.pid)[1:]):
        if time.monotonic() > until:
            raise RuntimeError("the server has no scheduler")
        time.sleep(0.1)


def _kill(servers: Sequence[Server], random_: random.Random) -> int:
    """Kill a worker or a scheduler of one of the servers."""
    server = random_.choice(servers)
    below = [pid for pid in tree(server.pid)[1:] if _is(pid, lambda words: b"send" not in words)]
    if not below:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(random_.choice(below), signal.SIGKILL)
        return 1
    return 0


def _is(pid: int, condition: Callable[[list[bytes]], bool]) -> bool:
    try:
        return condition(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--away", type=float, default=5)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_postgres(max_connections=MOST_CONNECTIONS) as postgres:
        verdict = run(Path(folder), postgres, asked.seconds, away=asked.away, seed=asked.seed)
    for name in Verdict.__slots__:
        if name != "lines":
            print(f"{name}: {getattr(verdict, name)}")
    for lines in verdict.lines:
        print("\n".join(["", *lines]))


if __name__ == "__main__":
    main()
