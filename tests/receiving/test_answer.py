"""An answer to a client that does not read: it waits without a thread, and comes whole and in order."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from duplistat.receiving import answer
from duplistat.receiving.answer import Answer
from duplistat.receiving.body import IN_MEMORY


class Pair:
    """An answer, and whoever reads it."""

    def __init__(self, folder: Path) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.answer = Answer(ours, folder, 0.05)

    def read(self) -> bytes:
        """What is there to read."""
        received = b""
        try:
            while got := self.theirs.recv(1 << 20):
                received += got
        except BlockingIOError:
            pass
        return received

    def close(self) -> None:
        self.answer.drop()
        self.answer.close()
        self.theirs.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()


def test_the_head_goes_out_with_what_follows_or_with_the_end(pair: Pair) -> None:
    pair.answer.sendall(b"head ")
    assert pair.read() == b""
    pair.answer.sendall(b"body")
    assert pair.read() == b"head body"
    pair.answer.sendall(b" more")
    assert pair.read() == b" more"
    pair.answer.begin()
    pair.answer.sendall(b"alone")
    pair.answer.flush()
    pair.answer.flush()
    assert pair.read() == b"alone"
    assert pair.answer.waiting == 0


def test_what_is_not_read_waits_and_comes_in_order(pair: Pair, tmp_path: Path) -> None:
    pieces = [bytes([number]) * 100_000 for number in range(50)]
    for piece in pieces:
        pair.answer.sendall(piece)
    assert pair.answer.waiting > IN_MEMORY
    assert pair.answer.on_disk
    assert [*tmp_path.iterdir()] == []
    received = b""
    while pair.answer.waiting:
        received += pair.read()
        pair.answer.push()
        if pair.answer.waiting > 1_000_000:
            pair.answer.sendall(b"\xff")
    received += pair.read()
    assert received.replace(b"\xff", b"") == b"".join(pieces)
    assert pair.answer.on_disk == 0
    assert pair.answer.taken > 0


def test_a_part_of_a_file_is_sent(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    with file.open("rb") as opened:
        pair.answer.sendall(b"")
        assert pair.answer.sendfile(opened, 2, 5) == 5
        assert pair.answer.sendfile(opened, 8) == 2
    assert pair.read() == b"2345689"


def test_who_makes_more_than_may_wait_waits_for_the_reader_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "MOST_WAITING", 1000)
    pair.answer.sendall(b"head")
    with pytest.raises(BrokenPipeError):
        pair.answer.sendall(b"a" * 10_000_000)


def test_who_is_gone_is_noticed(pair: Pair) -> None:
    pair.theirs.close()
    pair.answer.sendall(b"head")
    with pytest.raises(OSError, match="pipe"):
        pair.answer.flush()
