"""Requests at a steady rate, as clients send them that know nothing of each other."""

import select
import time
from collections.abc import Callable, Iterable

from bench.client import Heard, Outcome, Talk, connected, hear


def paced(
    port: int, requests: Iterable[bytes], rate: float, expected: bytes, stopped: Callable[[], bool]
) -> Outcome:
    """Send so many requests a second until `stopped`, each when it is due, whatever is under way.

    Latencies count from when a request was due. One that finds no connection free opens another one.
    """
    outcome = Outcome()
    poll = select.epoll()
    free: list[Talk] = []
    talks: dict[int, Talk] = {}
    begun = due = time.perf_counter_ns()
    left = iter(requests)
    while not (ended := stopped()) or talks:
        now = time.perf_counter_ns()
        while due <= now and not ended:
            request = next(left, None)
            if request is None:
                outcome.failures["no more requests"] += 1
                ended = True
                break
            if not free:
                opened = connected(port)
                poll.register(opened, select.EPOLLIN)
                free.append(Talk(opened))
            talk = free.pop()
            talk.began, talk.received = due, b""
            talks[talk.socket.fileno()] = talk
            talk.socket.sendall(request)
            due += int(1e9 / rate)
        if ended and outcome.failures:
            break
        for number, _ in poll.poll(max(0.0, min(0.5, (due - now) / 1e9)) if not ended else 0.5):
            _hear(talks, number, free, poll, outcome, expected)
    outcome.seconds = (time.perf_counter_ns() - begun) / 1e9
    return outcome


def _hear(
    talks: dict[int, Talk],
    number: int,
    free: list[Talk],
    poll: select.epoll,
    outcome: Outcome,
    expected: bytes,
) -> None:
    """Take in what came; a talk whose answer is whole is free again."""
    talk = talks.get(number)
    if talk is None:
        # The server ends a connection that nothing is asked on.
        talk = next(each for each in free if each.socket.fileno() == number)
        free.remove(talk)
        heard = Heard.LAST
    elif (heard := hear(talk, expected, outcome)) is Heard.MORE:
        return
    else:
        del talks[number]
    if heard is Heard.ALL:
        free.append(talk)
    else:
        poll.unregister(number)
        talk.socket.close()
