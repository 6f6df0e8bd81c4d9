"""A herd: thousands of clients that each connect and post one report within one second."""

import errno
import select
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from bench import client
from bench.bodies import requests_of
from bench.client import Outcome, Talk, answer_of
from bench.result import Bench
from bench.server import Server

WITHIN, LIMIT = 1.0, 15.0
_CONNECTING = (0, errno.EINPROGRESS)


def measure(bench: Bench, server: Server, _: Path) -> None:
    requests = requests_of(bench)[: bench.size(5000, 500)]
    outcome = client.run(lambda: stampede(server.port, requests))
    refused = sum(outcome.failures.values())
    met = outcome.answered == len(requests) and outcome.seconds <= LIMIT
    what = f"herd: {len(requests):,} clients connect and post within {WITHIN:.0f} s, until the last answer"
    bench.add("herd", what, outcome.seconds, "s", f"≤ {LIMIT:.0f} s, all answered", met)
    bench.add("herd", "herd: p99 from connect to answer", outcome.percentile(0.99) / 1000, "s")
    bench.note(f"{outcome.answered:,} answered, {refused} failed {dict(outcome.failures) if refused else ''}")


def stampede(port: int, requests: Sequence[bytes]) -> Outcome:
    """One connection a request, begun evenly over WITHIN; each sends when it is open, and closes when answered."""
    outcome = Outcome()
    poll = select.epoll()
    talks: dict[int, Talk] = {}
    sent: set[int] = set()
    begun = time.perf_counter()
    opened = 0
    while (talks or opened < len(requests)) and time.perf_counter() - begun < 4 * LIMIT:
        wanted = len(requests) * (time.perf_counter() - begun) / WITHIN
        while opened < min(wanted, len(requests)):
            _open(port, requests[opened], talks, poll, outcome)
            opened += 1
        for number, event in poll.poll(0.002 if opened < len(requests) else 1.0):
            talk = talks[number]
            if number not in sent and not event & (select.EPOLLERR | select.EPOLLHUP):
                talk.socket.sendall(talk.unsent)
                sent.add(number)
                poll.modify(number, select.EPOLLIN)
                continue
            _hear(talk, outcome)
            if not talk.unsent:
                poll.unregister(number)
                sent.discard(number)
                talks.pop(number).socket.close()
    if talks:
        outcome.failures["no answer in time"] += len(talks)
    outcome.seconds = time.perf_counter() - begun
    return outcome


def _open(port: int, request: bytes, talks: dict[int, Talk], poll: select.epoll, outcome: Outcome) -> None:
    opened = socket.socket()
    opened.setblocking(False)
    began = time.perf_counter_ns()
    problem = opened.connect_ex(("127.0.0.1", port))
    if problem not in _CONNECTING:
        outcome.failures[errno.errorcode.get(problem, str(problem))] += 1
        opened.close()
        return
    poll.register(opened, select.EPOLLOUT)
    talks[opened.fileno()] = Talk(opened, began, unsent=request)


def _hear(talk: Talk, outcome: Outcome) -> None:
    """Take in what came; a talk that is over has nothing unsent."""
    try:
        data = talk.socket.recv(65_536)
    except OSError as e:
        outcome.failures[errno.errorcode.get(e.errno or 0, str(e))] += 1
        talk.unsent = b""
        return
    talk.received += data
    problem = answer_of(talk.received, b'"success":true')
    if problem is None and data:
        return
    talk.unsent = b""
    if problem == "":
        outcome.answered += 1
        outcome.latencies.append(time.perf_counter_ns() - talk.began)
    else:
        outcome.failures[problem or "the connection was closed before the answer"] += 1
