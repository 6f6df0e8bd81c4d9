"""A load generator that leaves the processors to the server: raw sockets, epoll, requests built beforehand.

It runs in a process of its own, forked when all requests are ready. It looks at each answer: the status,
the length, and a text that has to be in it.
"""

import gc
import multiprocessing
import select
import socket
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import cycle
from multiprocessing.connection import Connection as Pipe

# A server that says nothing for so long has failed.
PATIENCE = 30.0


@dataclass(slots=True)
class Outcome:
    """What came of a load. Latencies in nanoseconds, from the first byte sent to the last one received."""

    seconds: float = 0.0
    answered: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    latencies: "array[int]" = field(default_factory=lambda: array("Q"))
    # When each of these began, by time.perf_counter_ns(): all processes have one such clock.
    begins: "array[int]" = field(default_factory=lambda: array("Q"))
    cpu_seconds: float = 0.0
    reopened: int = 0

    @property
    def rate(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds within which this part of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e6 if ordered else 0.0

    def during(self, times: Sequence[tuple[int, int]]) -> "Outcome":
        """What began within some times (nanoseconds), as far as it was answered."""
        some = [
            (began, latency)
            for began, latency in zip(self.begins, self.latencies, strict=True)
            if any(since <= began < until for since, until in times)
        ]
        return Outcome(
            seconds=sum(until - since for since, until in times) / 1e9,
            answered=len(some),
            latencies=array("Q", [latency for _, latency in some]),
            begins=array("Q", [began for began, _ in some]),
        )


@dataclass(slots=True)
class Talk:
    """One connection, and the request that is under way on it."""

    socket: socket.socket
    began: int = 0
    received: bytes = b""
    # What waits until the connection stands; empty when nothing does.
    unsent: bytes = b""


class Heard(Enum):
    """What came for a request: not all of the answer yet; all of it; all, and the server ends the connection; or the
    end of the connection alone."""

    MORE = auto()
    ALL = auto()
    LAST = auto()
    END = auto()


def connected(port: int) -> socket.socket:
    """A connection to a server of this machine, which sends at once and waits for PATIENCE at most."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def hear(talk: Talk, expected: bytes, outcome: Outcome) -> Heard:
    """Take in what came for a request, and count its answer when that is whole."""
    try:
        data = talk.socket.recv(262_144)
    except OSError:
        data = b""
    now = time.perf_counter_ns()
    if not data:
        outcome.failures["the connection was closed before the answer"] += 1
        return Heard.END
    talk.received += data
    problem = answer_of(talk.received, expected)
    if problem is None:
        return Heard.MORE
    if problem:
        outcome.failures[problem] += 1
    else:
        outcome.answered += 1
        outcome.latencies.append(now - talk.began)
        outcome.begins.append(talk.began)
    return Heard.LAST if b"onnection: close" in talk.received[:400] else Heard.ALL


def run(work: Callable[[], Outcome]) -> Outcome:
    """Do the work in a process of its own, and give its outcome."""
    with beside(work) as outcome_of:
        return outcome_of()


@contextmanager
def beside(work: Callable[[], Outcome]) -> Iterator[Callable[[], Outcome]]:
    """Do the work in a process of its own meanwhile; its outcome can be waited for. The process ends on the way out."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()

    def outcome_of() -> Outcome:
        try:
            outcome: Outcome = ours.recv()
        except EOFError:
            raise RuntimeError("the load generator died") from None
        process.join(2)
        return outcome

    try:
        yield outcome_of
    finally:
        process.kill()


def _child(work: Callable[[], Outcome], pipe: Pipe) -> None:
    gc.disable()  # a pause of ours would be a latency of theirs
    try:
        begun = time.process_time()
        outcome = work()
        outcome.cpu_seconds = time.process_time() - begun
        pipe.send(outcome)
    except KeyboardInterrupt:
        pass


def answer_of(received: bytes, expected: bytes) -> str | None:
    """None while an answer is incomplete; then "" when it is as expected, or what is wrong with it."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = received.find(b"ontent-Length: ", 0, end)
    if at >= 0:
        length = int(received[at + 15 : received.index(b"\r\n", at)])
        whole = len(received) >= end + 4 + length
    elif received.find(b"ransfer-Encoding: chunked", 0, end) >= 0:
        # A long page, sent in parts; one of no bytes ends it.
        whole = received.endswith(b"\r\n0\r\n\r\n")
    else:
        return "an answer without its length"
    if not whole:
        return None
    if not received.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")):
        return f"answered {received[9:12].decode()}"
    return "" if expected in received else "an answer that does not say what it should"


def keep_alive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    expected: bytes,
    seconds: float = 600.0,
    *,
    others: Sequence[int] = (),
) -> Outcome:
    """Send the requests over so many connections, the next as soon as one is answered, for `seconds` at most.

    Each connection sends one at least, if there are so many. `others` are ports of further servers, over which the
    connections are spread as well.
    """
    outcome = Outcome()
    left = iter(requests)
    poll = select.epoll()
    talks: dict[int, Talk] = {}
    begun = time.perf_counter()
    deadline = begun + seconds

    def send_next(talk: Talk) -> None:
        # A machine that is busy may open them after that time.
        is_first = not talk.began and outcome.reopened == 0
        request = next(left, None) if is_first or time.perf_counter() < deadline else None
        if request is None:
            poll.unregister(talk.socket)
            del talks[talk.socket.fileno()]
            talk.socket.close()
            return
        talk.received = b""
        talk.began = time.perf_counter_ns()
        # The sockets block: a report fits into the buffer of one, and epoll says when there is something to read.
        talk.socket.sendall(request)

    ports = cycle((port, *others))

    def open_one() -> None:
        opened = connected(next(ports))
        opened.settimeout(None)
        poll.register(opened, select.EPOLLIN)
        talks[opened.fileno()] = Talk(opened)
        send_next(talks[opened.fileno()])

    for _ in range(connections):
        open_one()
    while talks:
        events = poll.poll(PATIENCE)
        if not events:
            outcome.failures["no answer in time"] += len(talks)
            break
        for number, _ in events:
            talk = talks[number]
            heard = hear(talk, expected, outcome)
            if heard is Heard.MORE:
                continue
            if heard is Heard.ALL:
                send_next(talk)
                continue
            outcome.reopened += heard is Heard.LAST
            poll.unregister(talk.socket)
            talks.pop(number).socket.close()
            open_one()
    outcome.seconds = time.perf_counter() - begun
    return outcome
