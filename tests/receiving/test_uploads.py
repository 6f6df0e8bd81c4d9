"""Uploads that the loop of a worker begins and answers, and those that it gives to a thread."""

import gzip
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gunicorn.config import Config as GunicornConfig

from duplistat.config import Limits
from duplistat.http.context import KEY
from duplistat.receiving.arrival import Bounds
from duplistat.receiving.connection import Connection
from duplistat.receiving.uploads import Uploads, uploads_of
from duplistat.receiving.writer_link import Done, WriterLink
from duplistat.services.writes import LIMITED
from duplistat.store.writer import Request
from tests.support.bodies import as_bytes, duplicati
from tests.support.site import Site

BODY = as_bytes(duplicati("2026-01-28T02:00:00Z"))
RECORDED = {"server": 3, "job": 4, "run": 5, "event": None, "duplicate": False}


class Worker:
    """A worker without a loop: what its uploads ask the writer, and what became of its connections."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.log = logging.getLogger("test")
        self.alive = True
        self.asked: list[tuple[Request, Done]] = []
        self.for_threads: list[Connection] = []
        self.finished: list[bool] = []
        link = SimpleNamespace(ask=self._ask, send=None, give_up_waiting=None)
        context = site.app.extensions[KEY]
        self.uploads = Uploads(cast(Any, self), context, cast(WriterLink, link), self._finished)
        ours, self.client = socket.socketpair()
        self.client.settimeout(10)
        limits = Limits(header_seconds=10, body_seconds=20, body_bytes_per_second=100)
        self.connection = Connection(
            GunicornConfig(),
            ours,
            ("192.0.2.1", 1),
            ("127.0.0.1", 9666),
            limits,
            Bounds(1 << 20, folder),
            0.0,
        )

    def _ask(self, request: Request, done: Done) -> None:
        self.asked.append((request, done))

    def _finished(self, conn: Connection, *, keeps: bool) -> None:
        assert conn is self.connection
        self.finished.append(keeps)

    def enqueue_req(self, conn: Connection) -> None:
        self.for_threads.append(conn)

    def begin(self, body: bytes = BODY, head: str = "POST /api/upload", headers: str = "") -> bool:
        length = f"Content-Length: {len(body)}\r\n"
        self.client.sendall(f"{head} HTTP/1.1\r\nHost: x\r\n{length}{headers}\r\n".encode() + body)
        assert self.connection.receive()
        return self.uploads.begin(self.connection)

    def answer(self, answer: dict[str, Any] | None) -> str:
        """What the client is told when the writer answers the only request so."""
        ((_, done),) = self.asked
        done(answer)
        return self.client.recv(65536).decode() if self.finished else ""

    def close(self) -> None:
        self.client.close()
        self.connection.arrival.close()
        self.connection.close()


@pytest.fixture
def worker(site: Site, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(site, tmp_path)
    yield worker
    worker.close()


def test_an_upload_is_answered_when_the_writer_has_recorded_it(worker: Worker) -> None:
    assert worker.begin()
    assert worker.finished == []
    head, _, said = worker.answer({"result": RECORDED}).partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: ")
    assert "\r\nConnection: keep-alive\r\n" in head
    assert f"\r\nContent-Length: {len(said)}" in head
    assert '"data":{"backupId":5,"serverId":3}' in said
    assert (worker.finished, worker.for_threads) == ([True], [])


def test_with_a_limit_that_is_near_the_writer_takes_a_token(make_site: Any, tmp_path: Path) -> None:
    worker = Worker(make_site(limits={"upload_per_minute": 2}), tmp_path)
    assert worker.begin()
    (((name, arguments), _),) = worker.asked
    assert (name, arguments["token"][0]) == (LIMITED, "upload:address:192.0.2.1")
    assert worker.answer({"result": {"wait": 5_000_000, "answer": None}}) == ""
    assert worker.for_threads == [worker.connection]
    ((_, done),) = worker.asked
    done({"result": {"wait": 0, "answer": RECORDED}})
    assert worker.finished == [True]
    worker.close()


@pytest.mark.parametrize("answer", [None, {"error": "no", "kind": "unavailable", "failed": True}], ids=str)
def test_what_was_not_recorded_a_thread_begins_anew(worker: Worker, answer: dict[str, Any] | None) -> None:
    assert worker.begin()
    assert worker.answer(answer) == ""
    assert (worker.for_threads, worker.finished) == ([worker.connection], [])
    # All of it is there to be read again.
    assert worker.connection.arrival.request.body.read() == BODY


@pytest.mark.parametrize(
    ("head", "body", "headers"),
    [
        ("POST /api/upload", b"{}", ""),
        ("POST /api/upload", b"no report", ""),
        ("POST /api/upload", BODY, "X-Api-Key: k\r\n"),
        ("POST /api/upload", BODY, "Authorization: Bearer k\r\n"),
        ("POST /api/upload", gzip.compress(BODY), "Content-Encoding: gzip\r\n"),
        ("POST /api/upload", BODY, "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.8\r\n"),
        ("POST /api/upload?key=k", BODY, ""),
        ("POST /api/upload?server=nas", BODY, ""),
        ("POST /api/upload/", BODY, ""),
        ("POST /api/ingest/backup", BODY, ""),
        ("POST /api/upload", BODY + b" " * 70_000, ""),
        ("PUT /api/upload", BODY, ""),
        ("GET /", b"", ""),
    ],
    ids=[
        "unread",
        "junk",
        "key",
        "bearer",
        "gzip",
        "hops",
        "query",
        "names",
        "slash",
        "ingest",
        "large",
        "put",
        "page",
    ],
)
def test_whatever_is_not_plain_is_a_threads(worker: Worker, head: str, body: bytes, headers: str) -> None:
    assert not worker.begin(body, head, headers)
    assert worker.asked == []
    if "upload" in head:
        assert worker.connection.arrival.request.body.read() == body


def test_what_is_cut_off_is_a_threads(worker: Worker) -> None:
    worker.client.sendall(b"POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{")
    worker.client.shutdown(socket.SHUT_WR)
    assert worker.connection.receive()
    assert not worker.uploads.begin(worker.connection)


def test_the_last_answer_of_a_worker_ends_the_connection(worker: Worker) -> None:
    assert worker.begin()
    worker.alive = False
    assert "\r\nConnection: close\r\n" in worker.answer({"result": RECORDED})
    assert worker.finished == [False]


def test_a_client_that_went_away_ends_with_its_connection(worker: Worker) -> None:
    assert worker.begin()
    worker.client.close()
    ((_, done),) = worker.asked
    done({"result": RECORDED})
    assert worker.finished == [False]


@pytest.mark.usefixtures("both_databases")
def test_below_a_path_of_a_proxy_and_with_a_log_of_requests_there_are_none(make_site: Any) -> None:
    gunicorn = SimpleNamespace(
        app=SimpleNamespace(writer=Path("none")), poller=None, method_queue=SimpleNamespace(defer=print)
    )
    sections: list[dict[str, Any]] = [{"server": {"base_path": "/backups"}}, {"log": {"access": True}}]
    for section in sections:
        gunicorn.wsgi = make_site(**section).app
        assert uploads_of(cast(Any, gunicorn), print) is None
    gunicorn.wsgi = SimpleNamespace(extensions={})
    assert uploads_of(cast(Any, gunicorn), print) is None
    gunicorn.wsgi = make_site().app
    assert uploads_of(cast(Any, gunicorn), print) is not None
