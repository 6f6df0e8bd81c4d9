"""What an answer to a POST means, from real receivers and from those that misbehave."""

import logging
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from duplistat.notify.http import MOST_WAIT_MS, REFUSED, result_of, waited
from duplistat.notify.outcome import Outcome, Result
from duplistat.notify.webhook import send_webhook
from tests.support.certificates import self_signed
from tests.support.messages import AT, message
from tests.support.receivers import drips, hangs, receiver, says

LOOPBACK = ("127.0.0.0/8", "::1/128")
# Seconds in which a request is sent, and a status is read, however busy the machine is; and far more.
SHORT, LONG = 2.0, 8.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def post(url: str, *, deadline: float = 5.0, allow: tuple[str, ...] = LOOPBACK) -> Outcome:
    return send_webhook(message(), url=url, allow=allow, now=AT, deadline=deadline)


def to(port: int, *, scheme: str = "http", deadline: float = 5.0) -> Outcome:
    return post(f"{scheme}://127.0.0.1:{port}/hook", deadline=deadline)


def together(port: int, times: int) -> list[Result]:
    """What becomes of requests that run into their end at the same time."""
    with ThreadPoolExecutor(times) as pool:
        return [outcome.result for outcome in pool.map(lambda _: to(port, deadline=SHORT), range(times))]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.SENT),
        (204, Result.SENT),
        (301, Result.CHANNEL),
        (302, Result.CHANNEL),
        (400, Result.TEXT),
        (401, Result.CHANNEL),
        (403, Result.TEMPORARY),
        (404, Result.CHANNEL),
        (408, Result.TEMPORARY),
        (409, Result.TEMPORARY),
        (410, Result.CHANNEL),
        (413, Result.TEXT),
        (422, Result.TEXT),
        (425, Result.TEMPORARY),
        (429, Result.TEMPORARY),
        (500, Result.TEMPORARY),
        (503, Result.TEMPORARY),
    ],
)
def test_each_status_has_its_meaning(httpserver: HTTPServer, status: int, result: Result) -> None:
    body = "" if status == 204 else "the receiver's words"
    httpserver.expect_request("/hook").respond_with_response(
        Response(body, status, {"Location": httpserver.url_for("/secret-place")})
    )
    outcome = to(httpserver.port)
    assert (outcome.result, outcome.code) == (result, str(status))
    if 300 <= status < 400:
        assert outcome.answer == "it redirects elsewhere, which is not followed"
        assert len(httpserver.log) == 1
    else:
        assert outcome.answer == body
    assert result_of(status) is result


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120_000),
        (" 7 ", 7_000),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e9", None),
        ("86400", MOST_WAIT_MS),
        ("9" * 40, MOST_WAIT_MS),
        ("Sat, 28 Nov 2026 02:15:05 GMT", 60_000),
        ("Saturday, 28-Nov-26 02:15:05 GMT", 60_000),
        ("Sat, 28 Nov 2026 01:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MOST_WAIT_MS),
        ("Sat, 99 Nov 2026 02:15:05 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_six_hours_at_most(header: str, wait: int | None) -> None:
    at = 1_795_832_045_000
    assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at / 1000)) == "2026-11-28 02:14:05"
    assert waited(header, at) == wait


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_understood(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/hook").respond_with_data("slow", status, headers={"Retry-After": "30"})
    assert to(httpserver.port) == Outcome(Result.TEMPORARY, str(status), "slow", 30_000)


def test_a_port_that_nothing_listens_on_is_temporary() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = to(free.getsockname()[1])
    assert outcome.result is Result.TEMPORARY
    assert outcome.answer == "the connection was refused: nothing listens on this port"


def test_a_connection_that_is_never_taken_is_temporary_when_time_is_over() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        began = time.monotonic()
        outcome = to(full.getsockname()[1], deadline=0.5)
        assert time.monotonic() - began < LONG
        for one in waiting:
            one.close()
    assert outcome.result is Result.TEMPORARY


def test_a_name_without_an_address_is_temporary() -> None:
    assert post("https://nothing.invalid/hook").result is Result.TEMPORARY


def test_a_look_up_that_hangs_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *all, **more: time.sleep(6))
    began = time.monotonic()
    assert post("https://slow.example/hook", deadline=0.3).result is Result.TEMPORARY
    assert time.monotonic() - began < 5


def test_silence_after_the_request_is_unknown_when_time_is_over() -> None:
    with receiver(hangs) as r:
        began = time.monotonic()
        outcome = to(r.port, deadline=SHORT)
        assert time.monotonic() - began < LONG
    assert (outcome.result, len(r.seen)) == (Result.UNKNOWN, 1)


def test_a_receiver_that_drips_cannot_hold_us() -> None:
    with receiver(drips(b"HTTP/1.")) as r:
        began = time.monotonic()
        outcome = to(r.port, deadline=SHORT)
        assert time.monotonic() - began < LONG
    assert outcome.result is Result.UNKNOWN


@pytest.mark.parametrize("rest", [b"X-Slow: ", b"\r\n"])
def test_what_drips_behind_the_status_changes_nothing(rest: bytes) -> None:
    with receiver(drips(b"HTTP/1.1 200 OK\r\n" + rest)) as r:
        assert to(r.port, deadline=SHORT).result is Result.SENT


def test_what_comes_between_the_end_of_our_time_and_our_looking_changes_nothing() -> None:
    """It resets the connection, so that the head ends with an error: half of the times with such drips."""
    with receiver(drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", pause=0.0005)) as r:
        assert together(r.port, 5) == [Result.SENT] * 5


def test_silence_behind_the_status_changes_nothing() -> None:
    def falls_silent(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        hangs(line)

    with receiver(falls_silent) as r:
        assert together(r.port, 4) == [Result.SENT] * 4


def test_a_reset_behind_the_status_changes_nothing() -> None:
    def resets(line: socket.socket) -> None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        time.sleep(0.2)

    with receiver(resets) as r:
        assert to(r.port).result is Result.SENT


def test_a_connection_that_is_closed_without_an_answer_is_unknown() -> None:
    with receiver(says(b"")) as r:
        assert to(r.port).result is Result.UNKNOWN


@pytest.mark.parametrize(("status", "result"), [(200, Result.SENT), (500, Result.TEMPORARY)])
def test_a_body_that_is_cut_leaves_the_status(status: int, result: Result) -> None:
    with receiver(says(b"HTTP/1.1 %d X\r\nContent-Length: 500\r\n\r\nhalf of" % status)) as r:
        outcome = to(r.port)
    assert (outcome.result, outcome.code, outcome.answer) == (result, str(status), "half of")


def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    def pours(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 500 X\r\n\r\n")
        while True:
            line.sendall(b"<p>no</p>\x07" * 10_000)

    with receiver(pours) as r:
        outcome = to(r.port)
    assert outcome.result is Result.TEMPORARY
    assert (len(outcome.answer), outcome.answer[-1]) == (200, "…")
    assert outcome.answer.isprintable()


def test_a_certificate_for_another_name_is_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path, name="right.example").file
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiver(says(OK), certificate=certificate) as r:
        assert to(r.port, scheme="https").result is Result.SENT
        outcome = post(f"https://localhost:{r.port}/hook")
        assert len(r.seen) == 1
    assert outcome.result is Result.TEMPORARY
    assert "localhost" in outcome.answer


def test_a_certificate_that_nobody_vouches_for_is_temporary(tmp_path: Path) -> None:
    with receiver(says(OK), certificate=self_signed(tmp_path).file) as r:
        assert to(r.port, scheme="https").result is Result.TEMPORARY
        assert r.seen == []


def test_a_receiver_that_speaks_no_tls_is_temporary() -> None:
    with receiver(says(b"220 mail.example ESMTP\r\n"), reads=False) as r:
        assert to(r.port, scheme="https").result is Result.TEMPORARY


def test_no_path_is_logged_whatever_the_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiver(says(b"HTTP/1.1 500 X\r\nno header at all\r\nRetry-After: 5\r\n\r\n")) as r:
        assert post(f"http://127.0.0.1:{r.port}/services/T0PSECRETPATH").code == "500"
    assert b"/services/T0PSECRETPATH" in r.seen[0]
    assert "T0PSECRETPATH" not in caplog.text


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0.0.0.0",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "100.64.0.1",
        "[fd00::1]",
    ],
)
def test_what_is_not_public_is_refused(host: str) -> None:
    with receiver(says(OK)) as r:
        outcome = post(f"http://{host}:{r.port}/hook", allow=())
        assert r.calls == 0
    assert outcome == Outcome(Result.CHANNEL, answer=REFUSED)


def test_a_name_that_points_elsewhere_a_moment_later_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def resolve(host: str, port: int, **more: int) -> object:
        asked.append(host)
        return real("127.0.0.2" if len(asked) == 1 else "127.0.0.1", port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with receiver(says(OK), host="127.0.0.2") as allowed:
        outcome = post(f"http://rebinding.example:{allowed.port}/", allow=("127.0.0.2/32",))
    assert (outcome.result, asked) == (Result.SENT, ["rebinding.example"])
    assert b"Host: rebinding.example:" in allowed.seen[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/",
        "http:///path",
        "https://example.org/a b",
        "http://example.org\r\nX: y/",
        "http://example.org:99999/",
        "http://[::1/",
        "https://example.org/" + "x" * 3000,
    ],
)
def test_an_url_that_cannot_be_called_is_told_without_itself(url: str) -> None:
    outcome = post(url)
    assert outcome.result is Result.CHANNEL
    assert outcome.answer.startswith("the URL ")
    assert "example" not in outcome.answer
