"""Plain uploads, which the loop of a worker begins and answers itself: they need nothing but the writer.

A thread for each would be woken three times, and wait for the interpreter's lock each time: that takes as long as to
read the report. So what is usual is done here, in the time that a few reports take; whatever is not (a key, a
body that is large or nobody understands, a writer that is away) is a thread's, which begins anew.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from selectors import BaseSelector
from typing import Any, Protocol

from flask import Request
from gunicorn.http import wsgi

from duplistat.apis.duplistatus.upload import ADDRESSES, at_once, said_at_once
from duplistat.http.context import KEY, Context
from duplistat.receiving.body import IN_MEMORY
from duplistat.receiving.connection import Connection
from duplistat.receiving.writer_link import WriterLink
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import LIMITED, message_of

log = logging.getLogger(__name__)


class Worker(Protocol):
    """What is needed of gunicorn's worker: it is `alive` until it is to end."""

    app: Any
    wsgi: Any
    poller: BaseSelector
    cfg: Any
    log: Any
    alive: bool

    def enqueue_req(self, conn: Connection) -> None:
        """Give a request to a thread."""


def uploads_of(worker: Worker, finished: Callable[..., None]) -> "Uploads | None":
    """Those of a worker: on SQLite, where another process writes, and below no path of a proxy. Else None."""
    context: Context | None = worker.wsgi.extensions.get(KEY)
    if context is None or not context.db.on_sqlite or context.config.server.base_path:
        return None
    return Uploads(worker, context, WriterLink(worker.app.writer, worker.poller), finished)


class Uploads:
    """`finished` is told of a connection whose request was answered, and whether it goes on (`keeps`)."""

    def __init__(
        self, worker: Worker, context: Context, link: WriterLink, finished: Callable[..., None]
    ) -> None:
        self._worker, self._context, self._link, self._finished = worker, context, link, finished
        self.send, self.give_up_waiting = link.send, link.give_up_waiting

    def begin(self, conn: Connection) -> bool:
        """Ask the writer for what a request that is ready tells; whether it was one of these."""
        arrival = conn.arrival
        request = arrival.request
        if not arrival.whole or request.path not in ADDRESSES or arrival.body_bytes > IN_MEMORY:
            return False
        body = request.body.read()
        request.body.seek(0)
        began = datetime.now()
        try:
            response, environ = wsgi.create(request, conn.sock, conn.client, conn.server, self._worker.cfg)
            found = at_once(Request(environ), self._context, body)
        except Exception:  # whatever it is: a thread finds the same, and says it to the client
            return False
        if found is None:
            return False
        message = message_of(*found)
        self._link.ask(message, partial(self._answer, conn, response, environ, began, message[0] == LIMITED))
        return True

    def _answer(
        self,
        conn: Connection,
        response: Any,
        environ: dict[str, Any],
        began: datetime,
        limited: bool,
        answer: dict[str, Any] | None,
    ) -> None:
        """Tell a client what the writer answered; anything but that it is recorded is found anew by a thread."""
        done = _recorded(answer, limited)
        if done is None:
            self._worker.enqueue_req(conn)
            return
        keeps = False
        try:
            if not self._worker.alive:
                response.force_close()
            headers, body = said_at_once(done)
            response.start_response("200 OK", headers)
            response.write(body)
            response.close()
            conn.answer.flush()
            keeps = not response.should_close() and conn.arrival.finish_body()
        except OSError as e:
            self._worker.log.debug("Connection lost: %s", e)
            conn.answer.drop()
        except Exception:  # nobody else may be left waiting
            log.exception("an upload was recorded, and could not be answered")
        self._worker.log.access(response, conn.arrival.request, environ, datetime.now() - began)
        self._finished(conn, keeps=keeps)


def _recorded(answer: dict[str, Any] | None, limited: bool) -> Recorded | None:
    """What became of a report; None when it was not recorded, or nobody knows."""
    result = answer.get("result") if answer else None
    done: Recorded | None = (result["answer"] if result else None) if limited else result
    return done
