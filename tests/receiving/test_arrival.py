"""A request as it arrives: whole whatever the pieces, never asked of a thread before, and refused in time."""

from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors

from duplistat.receiving import arrival
from duplistat.receiving.arrival import Arrival, Bounds
from duplistat.receiving.body import IN_MEMORY

PLAIN = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n"
)
NEXT = b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n"


def arriving(folder: Path, most: int = 1000) -> Arrival:
    return Arrival(Config(), ("192.0.2.1", 1), 1, Bounds(most, folder))


def fed(folder: Path, *pieces: bytes, most: int = 1000) -> Arrival:
    one = arriving(folder, most)
    for piece in pieces:
        one.feed(piece)
    return one


def done(one: Arrival) -> bool:
    return one.ready


def error_of(one: Arrival) -> Any:
    assert one.ready
    with pytest.raises(Exception) as raised:  # noqa: PT011  # each caller says which
        next(one)
    return raised.value


@pytest.mark.parametrize("sent", [PLAIN, CHUNKED])
def test_it_is_whole_with_its_last_byte_however_it_is_cut(tmp_path: Path, sent: bytes) -> None:
    for cut in range(1, len(sent)):
        one = fed(tmp_path, sent[:cut])
        assert not done(one), sent[:cut]
        one.feed(sent[cut:] + NEXT)
        assert one.ready
        request = next(one)
        assert (request.method, request.path, request.body.read()) == ("POST", "/a", b"hello")
        assert one.finish_body()
        assert one.rest() == NEXT


@pytest.mark.parametrize("sent", [PLAIN, CHUNKED, NEXT])
def test_it_may_come_byte_by_byte(tmp_path: Path, sent: bytes) -> None:
    one = arriving(tmp_path)
    for byte in sent:
        assert not done(one)
        one.feed(bytes([byte]))
    assert next(one).method
    assert one.rest() == b""


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"NONSENSE\r\n", errors.InvalidRequestLine),
        (b"GET / HTTP/1.1\n", errors.InvalidRequestLine),
        (b"GET / HTTP/1.1\r\nHost: x\n", errors.InvalidHeader),
        (b"GET / HTTP/3.1\r\n", errors.InvalidHTTPVersion),
        (b"GET /" + b"a" * 9000, errors.LimitRequestLine),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * arrival.MOST_HEAD, errors.LimitRequestHeaders),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n", errors.LimitRequestHeaders),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", errors.InvalidHeader),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", errors.InvalidHeader),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: magic\r\n\r\n", errors.UnsupportedTransferCoding),
    ],
)
def test_what_will_not_be_valid_is_not_waited_for(
    tmp_path: Path, sent: bytes, error: type[Exception]
) -> None:
    assert isinstance(error_of(fed(tmp_path, sent)), error)


@pytest.mark.parametrize(
    ("chunks", "error"),
    [
        (b"x\r\n", errors.InvalidChunkSize),
        (b"-1\r\n", errors.InvalidChunkSize),
        (b"\r\n", errors.InvalidChunkSize),
        (b"0" * 17 + b"\r\n", errors.InvalidChunkSize),
        (b"1" * 9000, errors.InvalidChunkSize),
        (b"1;\x00\r\na\r\n", errors.InvalidChunkExtension),
        (b"1\r\nab", errors.ChunkMissingTerminator),
        (b"1\r\na\rb", errors.ChunkMissingTerminator),
        (b"0\r\nA: b\nC: d\r\n", errors.InvalidHeader),
        (b"0\r\n" + (b"A: " + b"a" * 8000 + b"\r\n") * 9, errors.LimitRequestHeaders),
    ],
)
def test_chunks_that_are_none_are_refused(tmp_path: Path, chunks: bytes, error: type[Exception]) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert isinstance(error_of(fed(tmp_path, head, chunks)), error)


def test_a_connection_that_ends_early_is_told_so_when_a_body_was_due(tmp_path: Path) -> None:
    one = fed(tmp_path, PLAIN[:-1])
    one.end()
    assert "before the body did" in str(error_of(one))
    for begin in (b"", PLAIN[:20]):
        one = fed(tmp_path, begin)
        one.end()
        assert isinstance(error_of(one), StopIteration)


def test_a_large_body_waits_in_a_file_and_a_small_one_does_not(tmp_path: Path) -> None:
    for size, on_disk in ((IN_MEMORY, 0), (IN_MEMORY + 1, IN_MEMORY + 1)):
        head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
        body = bytes(number % 251 for number in range(size))
        one = fed(tmp_path, head + body[:1000], body[1000:], most=1 << 20)
        assert one.on_disk == on_disk
        assert next(one).body.read() == body
        one.close()
        assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("chunked", [True, False])
def test_of_a_body_that_is_too_large_one_byte_too_many_is_kept(tmp_path: Path, chunked: bool) -> None:
    if chunked:
        sent = b"Transfer-Encoding: chunked\r\n\r\n" + b"100\r\n" + b"a" * 256 + b"\r\n0\r\n\r\n"
    else:
        sent = b"Content-Length: 256\r\n\r\n" + b"a" * 256
    one = fed(tmp_path, b"POST / HTTP/1.1\r\n" + sent + NEXT, most=100)
    assert next(one).body.read() == b"a" * 101
    assert one.finish_body()
    assert one.rest() == NEXT


def test_a_body_without_end_is_refused_and_its_connection_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "READ_ON", 1000)
    one = fed(tmp_path, b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n", b"a" * 1100, most=100)
    assert not one.ready
    one.feed(b"a")
    assert len(next(one).body.read()) == 101
    assert not one.finish_body()
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    one = fed(tmp_path, head, b"1;%b=1\r\na\r\n" % (b"e" * 900), b"1;%b=1\r\na\r\n" % (b"e" * 900))
    assert isinstance(error_of(one), errors.InvalidChunkSize)


def test_who_asks_before_sending_is_answered_unless_all_is_there_or_too_much_would_be(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    one = fed(tmp_path, head % 5)
    assert one.expects_continue
    assert not one.ready
    one.feed(b"hello")
    assert not next(one)._expected_100_continue
    assert not fed(tmp_path, head % 5 + b"hello").expects_continue
    large = fed(tmp_path, head % 5000)
    assert large.ready
    assert not large.expects_continue
    assert next(large).must_close


def test_a_ping_with_too_much_is_taken_as_far_as_it_may(tmp_path: Path) -> None:
    head = b"POST /ping/x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    large = fed(tmp_path, head % 5000)
    assert large.expects_continue
    large.feed(b"a" * 5000)
    assert large.ready
    assert len(next(large).body.read()) == 1001


@pytest.mark.parametrize(
    ("path", "kept"), [("/a", 1001), ("/api/report", 3000), ("/api/report/", 3000), ("/ping/k/db/1", 3000)]
)
def test_an_output_of_a_tool_may_be_larger(tmp_path: Path, path: str, kept: int) -> None:
    one = Arrival(Config(), ("192.0.2.1", 1), 1, Bounds(1000, tmp_path, 5000))
    one.feed(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n".encode() + b"a" * 3000)
    assert len(next(one).body.read()) == kept
