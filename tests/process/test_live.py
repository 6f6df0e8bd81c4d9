"""The stream of an open overview: over a real server, with its bound, and without making anybody wait at the end."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from duplistat.http import streams
from duplistat.http.session_cookie import COOKIE
from duplistat.now import wall_clock
from duplistat.services.bootstrap import main_account
from duplistat.store import sessions
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.serving import Server, serving, until
from tests.support.signing import session

ADA = "ada-of-the-live-tests"


@contextmanager
def signed_in(data: Path, url: str = "", **more: Any) -> Iterator[tuple[Server, Database]]:
    """A server of one worker at which somebody is signed in with the cookie ADA, and its database."""
    with serving(data, url, workers=1, **more) as server:
        # A stream ends with its worker, and the first one is replaced.
        server.settle()
        db = Database(url or f"sqlite:///{data}/duplistat.db")
        session(db, main_account(db), wall_clock(), cookie=ADA)
        try:
            yield server, db
        finally:
            db.close_all()


def ask(server: Server, accept: str = "text/event-stream", **headers: str) -> requests.Response:
    headers |= {"Accept": accept, "Cookie": f"{COOKIE}={ADA}"}
    return requests.get(f"{server.url}/live", headers=headers, stream=True, timeout=30, allow_redirects=False)


def events(response: requests.Response) -> Iterator[dict[str, str]]:
    """What the stream tells, as it comes; ends when it does."""
    for line in response.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_a_stream_tells_the_state_at_once_and_again_when_a_report_comes(
    tmp_path: Path, empty_url: str
) -> None:
    with signed_in(tmp_path / "data", empty_url) as (server, _), ask(server) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        told = events(response)
        first = next(told)
        body = duplicati("2026-01-28T02:00:00Z", result="Error")
        began = time.monotonic()
        assert server.post(body).ok
        second = next(each for each in told if each != first)
        assert time.monotonic() - began < 20
        assert first["title"] == "● Overview – duplistat"
        assert second["title"] == "✖ 1 of 1 – duplistat"
        assert "icon-failed.svg" in second["icon"]
        assert second["version"] != first["version"]


def test_no_more_streams_than_there_may_be_and_whoever_gets_none_asks_for_json(tmp_path: Path) -> None:
    with signed_in(tmp_path / "data") as (server, _):
        with ExitStack() as stack:
            # One that is let go of closes its connection.
            told = [events(stack.enter_context(ask(server))) for _number in range(streams.MOST)]
            assert all(next(each) for each in told)
            refused = ask(server)
            assert refused.status_code == 503
            known = ask(server, "application/json")
            assert known.json()["version"]
            assert server.answers()
        # Their threads notice that nobody listens any more.
        until(lambda: ask(server).status_code == 200, "a stream that became free")


def test_what_did_not_change_is_not_said_again(tmp_path: Path) -> None:
    with signed_in(tmp_path / "data") as (server, _):
        known = ask(server, "application/json")
        again = ask(server, "application/json", **{"If-None-Match": known.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        server.post(duplicati("2026-01-28T02:00:00Z"))
        assert ask(server, "application/json", **{"If-None-Match": known.headers["ETag"]}).status_code == 200


def test_a_stream_ends_with_the_session(tmp_path: Path) -> None:
    with signed_in(tmp_path / "data") as (server, db), ask(server) as response:
        told = events(response)
        next(told)
        with db.transaction():
            sessions.drop_of_user(db, 1)
        began = time.monotonic()
        assert list(told) == []
        assert time.monotonic() - began < 20
        assert ask(server).status_code == 303


def test_sigterm_does_not_wait_for_streams(tmp_path: Path, empty_url: str) -> None:
    with signed_in(tmp_path / "data", empty_url) as (server, _), ask(server) as response:
        told = events(response)
        next(told)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert list(told) == []
        assert time.monotonic() - began < 4.5
        assert server.process.wait(30) == 0
        assert time.monotonic() - began < 6.5  # with streams that do not end it is 7 and more
