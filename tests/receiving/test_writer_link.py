"""Requests of a loop to the writer: sent together, answered each; whoever gets no answer is told."""

import marshal
import selectors
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duplistat.receiving.writer_link import ANSWER, WriterLink
from duplistat.store.writer import LENGTH, Request, frame


class Writer:
    """The other end, step by step."""

    def __init__(self, path: Path) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self.connection: socket.socket | None = None

    def accepted(self) -> socket.socket:
        if self.connection is None:
            self.connection, _ = self.listener.accept()
            self.connection.settimeout(10)
        return self.connection

    def message(self) -> list[Request]:
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        requests: list[Request] = marshal.loads(self._exactly(length))  # made in this test
        return requests

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            data += self.accepted().recv(length - len(data))
        return data

    def close(self) -> None:
        self.listener.close()
        if self.connection is not None:
            self.connection.close()


class Loop:
    """A link in a loop, and what was told of its requests."""

    def __init__(self, path: Path) -> None:
        self.poller = selectors.DefaultSelector()
        self.link = WriterLink(path, self.poller)
        self.told: list[tuple[str, Any]] = []

    def ask(self, name: str, **arguments: Any) -> None:
        self.link.ask((name, arguments), lambda answer: self.told.append((name, answer)))

    def turn(self, seconds: float = 0.1) -> None:
        for key, _ in self.poller.select(seconds):
            key.data(key.fileobj)
        self.link.send()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "writer.sock"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


@pytest.fixture
def loop(path: Path) -> Iterator[Loop]:
    loop = Loop(path)
    yield loop
    loop.link.fail()
    loop.poller.close()


def test_what_came_in_one_turn_is_one_message_and_what_comes_meanwhile_the_next(
    loop: Loop, writer: Writer
) -> None:
    loop.ask("one", at=1)
    loop.ask("two")
    loop.turn(0)
    assert writer.message() == [("one", {"at": 1}), ("two", {})]
    loop.ask("three")
    loop.turn(0)
    assert loop.told == []
    writer.accepted().sendall(frame([{"result": 1}, {"error": "no"}]))
    loop.turn()
    assert loop.told == [("one", {"result": 1}), ("two", {"error": "no"})]
    assert writer.message() == [("three", {})]


def test_an_answer_in_pieces_is_put_together(loop: Loop, writer: Writer) -> None:
    loop.ask("one")
    loop.turn(0)
    answer = frame([{"result": "x" * 1000}])
    for piece in (answer[:3], answer[3:500]):
        writer.accepted().sendall(piece)
        loop.turn()
        assert loop.told == []
    writer.accepted().sendall(answer[500:])
    loop.turn()
    assert loop.told == [("one", {"result": "x" * 1000})]


def test_a_message_that_the_socket_does_not_take_at_once_is_sent_on(loop: Loop, writer: Writer) -> None:
    body = b"x" * 5_000_000
    loop.ask("large", body=body)
    loop.turn(0)
    writer.accepted().settimeout(0.2)
    received = b""
    while len(received) < LENGTH.size or len(received) < LENGTH.size + LENGTH.unpack_from(received)[0]:
        loop.turn(0)
        received += writer.accepted().recv(1 << 20)
    assert marshal.loads(received[LENGTH.size :]) == [("large", {"body": body})]  # as above
    writer.accepted().sendall(frame([{"result": 7}]))
    loop.turn()
    assert loop.told == [("large", {"result": 7})]
    # Nothing is to be sent: a loop that is woken for it would never rest.
    assert loop.poller.select(0) == []


def test_without_a_writer_and_when_it_goes_away_everybody_is_told(loop: Loop, path: Path) -> None:
    loop.ask("early")
    loop.turn(0)
    assert loop.told == [("early", None)]
    writer = Writer(path)
    loop.ask("under way")
    loop.turn(0)
    writer.message()
    loop.ask("gathered")
    writer.close()
    loop.turn()
    assert loop.told[1:] == [("under way", None), ("gathered", None)]
    assert not loop.poller.get_map()


def test_a_writer_that_was_started_again_is_asked_again(loop: Loop, path: Path) -> None:
    first = Writer(path)
    loop.ask("one")
    loop.turn(0)
    first.message()
    first.close()
    path.unlink()
    second = Writer(path)
    loop.turn()
    loop.ask("two")
    loop.turn(0)
    assert second.message() == [("two", {})]
    second.accepted().sendall(frame([{"result": 2}]))
    loop.turn()
    assert loop.told == [("one", None), ("two", {"result": 2})]
    second.close()


def test_an_answer_is_not_awaited_for_ever(
    loop: Loop, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.receiving.writer_link.time.monotonic", lambda: 1000.0)
    loop.ask("one")
    loop.turn(0)
    loop.link.give_up_waiting(1000.0 + ANSWER)
    assert loop.told == []
    loop.link.give_up_waiting(1000.1 + ANSWER)
    assert loop.told == [("one", None)]
