"""Plain uploads, which the loop of a worker begins and answers itself: they need nothing but to be written.

A thread for each would be woken three times, and wait for the interpreter's lock each time: that takes as long as to
read the report. So what is usual is done here, in the time that a few reports take; whatever is not (a key, a
body that is large or nobody understands, a writer or a database that is away) is a thread's, which begins anew.
"""

from collections.abc import Callable
from functools import partial
from selectors import BaseSelector
from typing import Any, Protocol

from gunicorn import SERVER
from gunicorn.util import http_date

from duplistat.apis.duplistatus.upload import ADDRESSES, at_once, body_at_once
from duplistat.http.answers import JSON_HEADERS
from duplistat.http.caller import client_of
from duplistat.http.context import KEY, Context
from duplistat.receiving.arrival import Arrival
from duplistat.receiving.body import IN_MEMORY
from duplistat.receiving.connection import Connection
from duplistat.receiving.group_writes import GroupWrites
from duplistat.receiving.writer_link import WriterLink
from duplistat.services.commands import Operations
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import LIMITED, message_of

# A key is looked up, a coding undone.
_FOR_A_THREAD = frozenset(("X-API-KEY", "AUTHORIZATION", "CONTENT-ENCODING"))
_KIND, *_OTHERS = (f"{name}: {value}\r\n" for name, value in JSON_HEADERS)
_HEADERS = "".join(_OTHERS)

# Where requests are written, without a wait: on SQLite, on PostgreSQL.
Link = WriterLink | GroupWrites


class Worker(Protocol):
    """What is needed of gunicorn's worker: it is `alive` until it is to end; `method_queue` calls back in its loop."""

    app: Any
    wsgi: Any
    poller: BaseSelector
    method_queue: Any
    log: Any
    alive: bool

    def enqueue_req(self, conn: Connection) -> None:
        """Give a request to a thread."""


def uploads_of(worker: Worker, finished: Callable[..., None]) -> "Uploads | None":
    """Those of a worker, below no path of a proxy, and without a log of requests. Else None.

    On SQLite another process writes, on PostgreSQL a thread.
    """
    context: Context | None = worker.wsgi.extensions.get(KEY)
    if context is None:
        return None
    if context.config.server.base_path or context.config.log.access:
        return None
    link: Link
    if context.db.on_sqlite:
        link = WriterLink(worker.app.writer, worker.poller)
    else:
        link = GroupWrites(context.db, Operations(context.config), worker.method_queue.defer)
    return Uploads(worker, context, link, finished)


class Uploads:
    """`finished` is told of a connection whose request was answered, and whether it goes on (`keeps`)."""

    def __init__(self, worker: Worker, context: Context, link: Link, finished: Callable[..., None]) -> None:
        self._worker, self._context, self._link, self._finished = worker, context, link, finished
        self.send, self.give_up_waiting = link.send, link.give_up_waiting

    def begin(self, conn: Connection) -> bool:
        """Ask the writer for what a request that is ready tells; whether it was one of these."""
        if not conn.arrival.whole or not _is_plain(conn.arrival):
            return False
        request = conn.arrival.request
        body = request.body.read()
        request.body.seek(0)
        headers = dict(request.headers)
        proxies, forwarded = self._context.config.server.trusted_proxies, headers.get("X-FORWARDED-FOR", "")
        try:
            found = at_once(
                self._context,
                request.path,
                body,
                address=client_of(str(conn.client[0]), forwarded, proxies),
                content_type=headers.get("CONTENT-TYPE", ""),
            )
        except Exception:  # whatever it is: a thread finds the same, and says it to the client
            return False
        if found is None:
            return False
        message = message_of(*found)
        self._link.ask(message, partial(self._answer, conn, message[0] == LIMITED))
        return True

    def _answer(self, conn: Connection, limited: bool, answer: dict[str, Any] | None) -> None:
        """Tell a client what the writer answered; anything but that it is recorded is found anew by a thread."""
        done = _recorded(answer, limited)
        if done is None:
            self._worker.enqueue_req(conn)
            return
        keeps = self._worker.alive and not conn.arrival.request.should_close()
        try:
            conn.answer.sendall(_whole_answer(body_at_once(done), keeps))
            conn.answer.flush()
        except OSError as e:
            self._worker.log.debug("Connection lost: %s", e)
            conn.answer.drop()
            keeps = False
        self._finished(conn, keeps=keeps)


def _is_plain(arrival: Arrival) -> bool:
    """Whether nothing but the body is to be read: no key, no query, no coding, and nothing that is there twice."""
    request = arrival.request
    if (
        request.path not in ADDRESSES
        or request.method != "POST"
        or request.query
        or request.version != (1, 1)
        or arrival.body_bytes > IN_MEMORY
    ):
        return False
    names = [name for name, _ in request.headers]
    return len(set(names)) == len(names) and _FOR_A_THREAD.isdisjoint(names)


def _whole_answer(body: bytes, keeps: bool) -> bytes:
    """As gunicorn and Flask say it."""
    connection = "keep-alive" if keeps else "close"
    head = (
        f"HTTP/1.1 200 OK\r\nServer: {SERVER}\r\nDate: {http_date()}\r\nConnection: {connection}\r\n"
        f"{_KIND}Content-Length: {len(body)}\r\n{_HEADERS}\r\n"
    )
    return head.encode("latin-1") + body


def _recorded(answer: dict[str, Any] | None, limited: bool) -> Recorded | None:
    """What became of a report; None when it was not recorded, or nobody knows."""
    result = answer.get("result") if answer else None
    done: Recorded | None = (result["answer"] if result else None) if limited else result
    return done
