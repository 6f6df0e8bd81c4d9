"""Until when a request has to arrive. Time is a parameter."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from gunicorn.config import Config

from duplistat.config import Limits
from duplistat.receiving.arrival import Bounds
from duplistat.receiving.connection import Connection, Missing
from duplistat.receiving.tally import Tally

HEAD = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
LIMITS = Limits(header_seconds=10, body_seconds=20, body_bytes_per_second=100)


class Pair:
    """A connection that began at 1000, and its other end."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        ours, self.theirs = socket.socketpair()
        self.connection = Connection(
            Config(), ours, ("192.0.2.1", 1), "", limits, Bounds(1 << 20, folder), 1000.0
        )

    def at(self, now: float, sent: bytes = b"") -> float:
        """When something is sent and read at a time: until when more has to come."""
        if sent:
            self.theirs.sendall(sent)
            self.connection.receive()
        self.connection.note(now)
        return self.connection.deadline

    def close(self) -> None:
        self.theirs.close()
        self.connection.arrival.close()
        self.connection.answer.drop()
        self.connection.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path, LIMITS)
    yield pair
    pair.close()


def test_a_head_has_its_time_from_the_connection_on_however_it_drips(pair: Pair) -> None:
    assert pair.at(1000) == 1010
    assert pair.at(1005, HEAD[:5]) == 1010
    assert pair.at(1009, HEAD[5:6]) == 1010


def test_a_body_has_its_time_from_the_head_on(pair: Pair) -> None:
    assert pair.at(1005, HEAD) == 1025
    assert pair.at(1024) == 1025


def test_what_comes_of_a_body_buys_time_at_the_least_rate_but_none_in_advance(pair: Pair) -> None:
    pair.at(1000, HEAD)
    assert pair.at(1010, b"a" * 200) == 1022
    assert pair.at(1011, b"a") == 1022.01
    assert pair.at(1012, b"a" * 50_000) == 1032


def test_without_a_least_rate_each_byte_begins_anew(tmp_path: Path) -> None:
    pair = Pair(tmp_path, LIMITS.model_copy(update={"body_bytes_per_second": 0}))
    pair.at(1000, HEAD)
    assert pair.at(1019, b"a") == 1039
    assert pair.at(1030) == 1039
    pair.close()


def test_the_next_request_is_waited_for_and_has_its_time_from_its_first_byte_on(pair: Pair) -> None:
    get = b"GET / HTTP/1.1\r\n\r\n"
    pair.theirs.sendall(get + get[:3])
    assert pair.connection.receive()
    pair.connection.expect_next(1100)
    assert pair.connection.idle
    assert pair.connection.deadline == 1100 + Config().keepalive
    assert pair.connection.has_unread
    assert not pair.connection.receive()
    assert pair.at(1101) == 1111
    assert pair.connection.missing is Missing.HEAD
    assert pair.at(1102, get[3:4]) == 1111


def test_an_answer_that_is_not_read_has_its_time_too_and_what_is_read_buys_some(pair: Pair) -> None:
    answer = pair.connection.answer
    answer.sendall(b"head")
    answer.sendall(b"a" * 2_000_000)
    assert answer.waiting
    pair.connection.wait_for_reader(1100)
    assert pair.at(1110) == 1120
    pair.theirs.recv(1 << 20)
    answer.push()
    assert pair.at(1115) == 1135
    assert not pair.connection.idle


def test_who_waits_for_a_word_before_the_body_gets_it_once(pair: Pair) -> None:
    pair.at(1000, HEAD.replace(b"Host: x", b"Expect: 100-continue"))
    pair.at(1001, b"a")
    pair.theirs.setblocking(False)
    assert pair.theirs.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_all_workers_count_together_and_a_new_one_begins_at_nothing() -> None:
    tally = Tally(2)
    tally.add(0, "192.0.2.1", 1)
    tally.add(1, "192.0.2.1", 1)
    assert (tally.total("192.0.2.1"), tally.total("192.0.2.2")) == (2, 0)
    tally.add(0, "192.0.2.1", -1)
    assert tally.total("192.0.2.1") == 1
    tally.begin(1)
    assert tally.total("192.0.2.1") == 0
