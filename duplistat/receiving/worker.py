"""The worker process of gunicorn, with requests that are whole before a thread takes them.

gunicorn's threaded worker hands a connection to a thread, which waits for what is missing: as many slow connections
as there are threads stop everything. Here a thread reads what is there, and answers the request if that was all of
it. If not, the connection goes to the loop of the main thread, which waits for all of these at once, and ends those
that are late or too many. Plain uploads the loop answers itself (`uploads.py`). What a client does not take of its
answer at once waits there too. The loop never waits for a single connection, nor for its end.
"""

import contextlib
import errno
import logging
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from duplistat.config import Config
from duplistat.http.caller import client_of, is_trusted
from duplistat.http.forms import MOST_BYTES as LARGEST_FORM
from duplistat.receiving.arrival import Bounds
from duplistat.receiving.connection import A_TURN, LATE, NO_ROOM, PIECE, TOO_MANY, Connection, Missing
from duplistat.receiving.tally import Tally
from duplistat.receiving.uploads import Uploads, uploads_of
from duplistat.services.access.rate_limits import network

log = logging.getLogger(__name__)

# What says how the server is has threads of its own, for when all others wait for the database; its addresses end so.
URGENT = (b"/api/ping", b"/api/health")
URGENT_THREADS = 2
# What a thread gives back of a connection that waits.
WAITS = object()
# How often those that wait are looked through, seconds.
LOOK_EVERY = 0.5
# A request counts when it is unfinished for so long, seconds: those that are only under way are no burden.
COUNTS_AFTER = 1.0
# Until our last words were read, we do not break a connection off: seconds, and bytes that are thrown away.
PARTING, MOST_DRAINED = 2.0, 1 << 20
# The time for what is unfinished when the server ends, seconds.
STOP_UNFINISHED = 1.0
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """`app` has our configuration and the `tally` that all workers share; `row` is this one's in it."""

    row = 0
    # How much longer than an idle connection an unfinished request is waited for at the end, seconds.
    waits_for_unfinished = STOP_UNFINISHED

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        config: Config = self.app.config
        self._limits = config.limits
        self._proxies = config.server.trusted_proxies
        intake = config.intake
        self._bounds = Bounds(
            max(intake.max_body_bytes, LARGEST_FORM), config.data.absolute(), intake.max_log_bytes
        )
        self._most_on_disk = max(config.limits.unfinished_bytes, self._bounds.largest + 1)
        self._tally: Tally = self.app.tally
        # In the order in which something last came, so that those come first that were silent for longest.
        self._waiting: dict[Connection, None] = {}
        self._counted: dict[str, dict[Connection, None]] = {}
        self._parting: dict[Connection, float] = {}
        self._ended: Counter[tuple[str, str]] = Counter()
        self._look_at = 0.0
        # Requests that threads have, or that wait for a thread.
        self._under_way = 0
        self._urgent = ThreadPoolExecutor(URGENT_THREADS, "urgent")
        self._uploads: Uploads | None = None

    def init_process(self) -> None:
        self._tally.begin(self.row)
        super().init_process()

    def init_signals(self) -> None:
        super().init_signals()
        # A Ctrl-C reaches every process of a terminal; the arbiter passes it on, and once is enough.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_quit(self, sig: int, frame: object) -> None:
        # gunicorn's own takes a lock that the interrupted thread may hold: it would wait for itself.
        self.handle_exit(sig, frame)

    def run(self) -> None:
        self._uploads = uploads_of(self, self._finished)
        super().run()

    # What a thread does.

    def handle(self, conn: Connection) -> Any:
        try:
            if not conn.receive():
                return WAITS
        except OSError as e:
            self.log.debug("Connection lost: %s", e)
            return False
        keeps = super().handle(conn)
        try:
            conn.answer.flush()
        except OSError as e:
            self.log.debug("Connection lost: %s", e)
            conn.answer.drop()
            return False
        return keeps

    # What the loop does.

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as e:
            if e.errno in _OUT_OF_FILES:
                self._make_room()
            elif e.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        now = time.monotonic()
        self._wait(
            Connection(self.cfg, sock, client, listener.getsockname(), self._limits, self._bounds, now), now
        )

    def enqueue_req(self, conn: Connection) -> None:
        self._under_way += 1
        if self._under_way > self.cfg.threads and conn.asks_for(URGENT):
            future = self._urgent.submit(self.handle, conn)
            future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        else:
            super().enqueue_req(conn)

    def finish_request(self, conn: Connection, future: Any) -> None:
        self._under_way -= 1
        try:
            result = future.result()
        except Exception:
            self._close(conn)
            return
        if result is WAITS:
            self._wait(conn, time.monotonic())
        else:
            self._finished(conn, keeps=bool(result))

    def _finished(self, conn: Connection, *, keeps: bool) -> None:
        """A request was answered, as far as its client takes the answer."""
        now = time.monotonic()
        self._uncount(conn)
        conn.keeps = keeps
        if conn.answer.waiting:
            self._wait_for_reader(conn, now)
        else:
            self._answered(conn, now)

    def _wait_for_reader(self, conn: Connection, now: float) -> None:
        conn.wait_for_reader(now)
        try:
            self.poller.register(conn.sock, EVENT_WRITE, partial(self._writable, conn))
        except (OSError, ValueError):  # closed by then
            self._close(conn)
        else:
            self._waiting[conn] = None

    def _writable(self, conn: Connection, _: object) -> None:
        if conn not in self._waiting:
            return
        try:
            conn.answer.push()
        except OSError:
            self._close(conn)
            return
        if conn.answer.waiting:
            self._moved(conn)
            return
        self._leave(conn)
        self._answered(conn, time.monotonic())

    def _answered(self, conn: Connection, now: float) -> None:
        if not conn.keeps:
            self._part(conn)
            return
        conn.expect_next(now)
        if conn.has_unread:
            self.enqueue_req(conn)
        else:
            self._wait(conn, now)

    def _wait(self, conn: Connection, now: float) -> None:
        conn.note(now)
        if not self.alive and conn.missing is Missing.REQUEST:
            conn.deadline = min(conn.deadline, now + STOP_KEEPALIVE_LINGER)
        self._waiting[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._readable, conn))

    def _readable(self, conn: Connection, _: object) -> None:
        if conn not in self._waiting:
            # What happened just before it, in the same turn of the loop, was its end.
            return
        # What comes first is mostly everything: a thread's, unless it may be an upload that needs none. What has to be
        # written to a file is a thread's as well.
        first = not conn.arrival.begun
        if not conn.arrival.on_disk and (self._uploads is not None or not first):
            try:
                ready = conn.receive(PIECE if first else A_TURN)
            except OSError:
                self._close(conn)
                return
            if not ready:
                self._moved(conn)
                return
        self._leave(conn)
        if self._uploads is None or not self._uploads.begin(conn):
            self.enqueue_req(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        if self._uploads is not None:
            # What came in this turn goes to the writer together.
            self._uploads.send()

    def _moved(self, conn: Connection) -> None:
        """Something came of a request that goes on being waited for."""
        conn.note(time.monotonic())
        self._waiting[conn] = self._waiting.pop(conn)
        if conn.counted is not None:
            of_address = self._counted[conn.counted]
            of_address[conn] = of_address.pop(conn)

    def murder_pending(self) -> None:
        """Look through those that wait: gunicorn asks for it whenever something happened, and each second."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        if self._uploads is not None:
            self._uploads.give_up_waiting(now)
        for conn in list(self._waiting):
            if now >= conn.deadline:
                self._end(conn, LATE)
            elif not conn.idle and conn.counted is None and now >= conn.since + COUNTS_AFTER:
                self._count(conn)
        for address in list(self._counted):
            self._bound(address)
        # Those that something came of last may stay.
        on_disk = 0
        for conn in reversed(list(self._waiting)):
            on_disk += conn.on_disk
            if conn.on_disk and on_disk > self._most_on_disk:
                on_disk -= conn.on_disk
                self._end(conn, NO_ROOM)
        for conn, until in list(self._parting.items()):
            if now >= until:
                self._close(conn)
        self._report()

    def murder_keepalived(self, force: bool = False) -> None:
        """Idle connections wait with the others."""

    def _cap_keepalive(self, deadline: float) -> None:
        """The server ends: what is under way may arrive, but not take all the time that there is for the end."""
        for conn in self._waiting:
            begun = conn.missing is not Missing.REQUEST
            conn.deadline = min(conn.deadline, deadline + self.waits_for_unfinished if begun else deadline)

    # Who is counted, and who has to go.

    def _count(self, conn: Connection) -> None:
        address = self._address_of(conn)
        if not address:
            return
        conn.counted = address
        of_address = self._counted.setdefault(address, {})
        of_address[conn] = None
        self._tally.add(self.row, address, 1)

    def _bound(self, address: str) -> None:
        """End the most silent requests of an address that has too many. Each worker keeps one: otherwise those that
        another worker has would let nobody in here.
        """
        most, of_address = self._limits.unfinished_per_address, self._counted[address]
        while most and len(of_address) > 1 and self._tally.total(address) > most:
            silent = next((conn for conn in of_address if conn in self._waiting), None)
            if silent is None:
                break
            self._end(silent, TOO_MANY)

    def _uncount(self, conn: Connection) -> None:
        if conn.counted is None:
            return
        of_address = self._counted[conn.counted]
        del of_address[conn]
        if not of_address:
            del self._counted[conn.counted]
        self._tally.add(self.row, conn.counted, -1)
        conn.counted = None

    def _address_of(self, conn: Connection) -> str:
        """What the request counts for: an address, or a network of IPv6; "" for a proxy that is trusted."""
        address = str(conn.client[0])
        if self._proxies and is_trusted(address, self._proxies):
            request = conn.arrival.request
            hops = [value for name, value in request.headers if name == "X-FORWARDED-FOR"] if request else []
            address = client_of(address, ",".join(hops), self._proxies)
            if is_trusted(address, self._proxies):
                return ""
        return network(address)

    def _make_room(self) -> None:
        """Another connection is to be held: let go of one."""
        conn = next(iter(self._parting), None)
        if conn is not None:
            self._close(conn)
            return
        conn = next(iter(self._waiting), None)
        if conn is not None:
            self._end(conn, NO_ROOM)

    def _end(self, conn: Connection, why: tuple[str, ...]) -> None:
        """End a connection that waits, without a word where none was asked for or one is half said."""
        if not conn.idle:
            self._ended[str(conn.client[0]), why[0]] += 1
        if conn.missing in (Missing.REQUEST, Missing.READER):
            self._close(conn)
            return
        self._leave(conn)
        self._uncount(conn)
        with contextlib.suppress(OSError):
            conn.say(*why)
        self._part(conn)

    def _report(self) -> None:
        """One line for all that had to end since the last look: there may be thousands."""
        if self._ended:
            (address, why), number = self._ended.most_common(1)[0]
            log.info(
                "closed %d connections with unfinished requests, of these %d from %s: %s",
                self._ended.total(),
                number,
                address,
                why,
            )
            self._ended.clear()

    # How a connection ends.

    def _part(self, conn: Connection) -> None:
        """Say that we send no more, and close when the other end did so too: unread bytes would break off our answer
        on its way."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            if not conn.sock.recv(PIECE, socket.MSG_DONTWAIT):
                self._close(conn)
                return
        except BlockingIOError:
            pass
        except OSError:
            self._close(conn)
            return
        self._parting[conn] = time.monotonic() + PARTING
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: Connection, _: object) -> None:
        try:
            got = len(conn.sock.recv(PIECE, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return
        except OSError:
            got = 0
        conn.drained += got
        if not got or conn.drained > MOST_DRAINED:
            self._close(conn)

    def _leave(self, conn: Connection) -> None:
        del self._waiting[conn]
        self.poller.unregister(conn.sock)
        if conn.arrival.ready:
            self._uncount(conn)

    def _close(self, conn: Connection) -> None:
        """Wherever it is, it is nowhere then."""
        known = conn in self._waiting or conn in self._parting
        self._waiting.pop(conn, None)
        self._parting.pop(conn, None)
        self._uncount(conn)
        if known:
            self.poller.unregister(conn.sock)
        conn.arrival.close()
        conn.answer.drop()
        conn.close()
        self.nr_conns -= 1
