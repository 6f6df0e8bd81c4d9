"""`duplistat serve`: gunicorn in this process, beside its workers a scheduler, senders and, on SQLite, one writer.

The process tree: this process (gunicorn's arbiter) accepts nothing itself; its workers answer requests; the
companions are started again when they die, and end with the server. All of them are forks of this process, which
imports for all what they need: nothing is imported twice, and its memory is shared. What no first answer needs is
imported while the first workers answer, which are then replaced one by one.
"""

import contextlib
import ctypes
import gc
import logging
import os
import resource
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from duplistat import companion_work
from duplistat.beginning import Beginning
from duplistat.companion import Companion
from duplistat.config import Config
from duplistat.core.errors import CannotStart
from duplistat.core.pings import veiled
from duplistat.http.base_path import BasePath
from duplistat.http.context import KEY, Context
from duplistat.listening import BACKLOG, listening, url_of
from duplistat.logs import name_process
from duplistat.notify import outbox
from duplistat.now import wall_clock
from duplistat.programs import context_of, give, routed_for_programs
from duplistat.receiving.tally import Tally
from duplistat.receiving.worker import Worker
from duplistat.restoring import ready, restore_if_asked
from duplistat.services.commands import READ_PATIENCE, Direct
from duplistat.services.writes import ThroughWriter
from duplistat.store.database import Database, SchemaTooNew
from duplistat.store.lock_file import lock_file
from duplistat.store.write_health import WriteHealth, shared_file
from duplistat.store.writer_client import Client, socket_in

log = logging.getLogger(__name__)

# A server that was killed lets go of its data and its port a moment later: its workers have to notice.
PATIENCE = 3.0
# Connections that one worker process holds: a whole fleet may call at once.
CONNECTIONS = 8192
# Its number in glibc's malloc.h; elsewhere there is no such function.
_M_ARENA_MAX = -8
# SIGTERM lets requests in flight finish for this long, seconds, of which they may wait so long for a database.
GRACEFUL, LAST_WAIT = 7, 2.0
# So long may a request take that a worker has which is replaced, seconds: nothing waits for its end.
REPLACED = 60
# So long it has for mails that it has to send yet.
LAST_MAILS = 30.0


def serve(config: Config) -> None:
    """Run until a signal ends it. Raises CannotStart; exits 0 at SIGTERM."""
    server = config.server
    if config.intake.smtp_listen:
        # Most servers take no mails in.
        from duplistat.mail_certificate import check

        check(config.intake)
    _raise_file_limit()
    _spare_memory()
    # Until gunicorn takes the signals over: a start that is called off is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _data(config), listening(server.host, server.port, config.workers, PATIENCE) as listeners:
        db = Database(
            config.database_url, patience=config.database.wait_seconds, prepare=config.database.prepare
        )
        holder = (
            "server" if config.on_sqlite else f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        )
        made_ready = partial(ready, config, holder)
        try:
            main = made_ready(db)
        except SchemaTooNew as e:
            raise CannotStart(str(e)) from e
        db.close_all()
        with _socket_path(config) as path:
            shared = shared_file()
            companion = partial(Companion, shared=shared)
            companions = [
                companion("scheduler", partial(companion_work.schedule, config, holder, path, shared)),
                *(
                    companion("send", partial(companion_work.send, config, path, shared))
                    for _ in range(config.alerts.send_workers)
                ),
            ]
            if config.intake.smtp_listen:
                companions.append(companion("mail", partial(companion_work.take_mails, config, path, shared)))
            if config.on_sqlite:
                write = partial(companion_work.write, config, path, shared)
                companions.insert(0, companion("writer", write, stays=True))
            health = WriteHealth(wall_clock, shared)
            Application(config, listeners, companions, path, health, main, made_ready).run()


class _CalledOff(BaseException):
    """A signal to end came. No module takes it for an error of its own."""


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn is not typed
    """Looks after the companions whenever it looks after the workers.

    First there are workers that know what programs ask, and the writer. Then all is loaded, the other companions
    start, and each of these workers is replaced by one that shares what was loaded.
    """

    def manage_workers(self) -> None:
        if self.worker_age and not self.app.loaded:
            self._load_all()
        if self.app.loaded and self.app.config.on_sqlite:
            restore_if_asked(self, GRACEFUL)
        # Workers first: they answer as soon as they are there.
        super().manage_workers()
        for companion in self.app.companions if self.app.loaded else self.app.first_companions:
            companion.tend()
        early = [pid for pid, worker in self.WORKERS.items() if not worker.knows_all]
        if self.app.loaded and early and len(self.WORKERS) == self.num_workers:
            self.leaving = self.WORKERS[min(early, key=lambda pid: self.WORKERS[pid].age)]
            # With one more than there should be, gunicorn ends the oldest, which finishes what it answers.
            self.spawn_worker()
            super().manage_workers()

    # The worker that is being replaced.
    leaving: Any = None

    def _load_all(self) -> None:
        """Import the rest, unless the server is to end: that need not wait for it."""

        def call_off(number: int, _: object) -> None:
            self.SIG_QUEUE.put_nowait(number)
            raise _CalledOff

        with contextlib.suppress(_CalledOff):
            before = {number: signal.signal(number, call_off) for number in (signal.SIGTERM, signal.SIGINT)}
            try:
                self.app.load_all()
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def spawn_workers(self) -> None:
        """At the start all at once, since what each has to load is there already; later gunicorn's way, with pauses."""
        if self.worker_age:
            super().spawn_workers()
            return
        for _ in range(self.num_workers - len(self.WORKERS)):
            self.spawn_worker()

    def handle_hup(self) -> None:
        """The configuration is read at the start: a change of it needs another one."""
        log.warning("signal ignored: restart the server to change its configuration")

    # Nor is there a second process tree on the same data, nor a worker without a socket of its own.
    handle_usr2 = handle_ttin = handle_ttou = handle_hup

    def stop(self, graceful: bool = True) -> None:
        super().stop(graceful)
        # Last the writer: until then somebody may wait for it.
        for companion in reversed(self.app.companions):
            companion.stop(timeout=2)


def _give_place(arbiter: Any, worker: Any) -> None:
    """Let a worker about to start count in the row, and listen on the socket, that no living one has that stays."""
    worker.knows_all = arbiter.app.loaded
    rows = {living.row for living in arbiter.WORKERS.values()}
    worker.row = next(row for row in range(len(rows) + 1) if row not in rows)
    taken = [living.sockets for living in arbiter.WORKERS.values() if living is not arbiter.leaving]
    free = [[listener] for listener in arbiter.LISTENERS if [listener] not in taken]
    worker.sockets = free[0] if free else list(arbiter.LISTENERS)


def _hasten_end(worker: Any) -> None:
    """Let answers that stay open, and threads that wait for the database, end when their worker is to end."""
    if not worker.knows_all:
        worker.cfg.set("graceful_timeout", REPLACED)
        worker.waits_for_unfinished = REPLACED
    if context := worker.wsgi.extensions.get(KEY):
        context.streams.going = lambda: worker.alive
        context.db.end_with(lambda: not worker.alive, LAST_WAIT, most_waiting=worker.cfg.threads // 2)


def _send_what_waits(_: Any, worker: Any) -> None:
    """A worker may have mails to send yet when it ends. Nobody waits for the end of one that is replaced."""
    outbox.finish(LAST_WAIT if worker.knows_all else LAST_MAILS)


def _whole(given: Context) -> Flask:
    """The application with all routes."""
    from duplistat.app import whole

    return whole(given)


class _Logger(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn's messages take the same way as ours."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True

    def debug(self, message: str, *values: Any, **more: Any) -> None:
        """gunicorn tells of each request with its path."""
        super().debug(message, *(veiled(v) if isinstance(v, str) else v for v in values), **more)

    def atoms(self, *request: Any) -> dict[str, Any]:
        """What a line of the access log is made of: the path without what is secret in it."""
        found: dict[str, Any] = super().atoms(*request)
        return found | {"U": veiled(found["U"] or "")}


class Application(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn, configured in this process."""

    def __init__(
        self,
        config: Config,
        listeners: list[socket.socket],
        companions: list[Companion],
        writer: Path,
        health: WriteHealth,
        main: int,
        ready: Callable[[Database], int],
    ) -> None:
        """Of the companions the writer starts with the first workers, since reports wait for it.

        `main` is the id of the account `main`: a worker that is started again may find no database at once. `ready`
        brings a database up to date that was restored."""
        self.config = config
        self.main = main
        self.ready = ready
        self.started = wall_clock()
        self.url = url_of(listeners[0])
        self.listeners = listeners
        self.companions = companions
        self.writer = writer
        self.tally = Tally(config.workers + 1)
        self.health = health
        self.first_companions = [companion for companion in companions if companion.name == "writer"]
        self.routed = routed_for_programs()
        # Whether that is all routes.
        self.loaded = False
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": [f"fd://{listener.detach()}" for listener in self.listeners],
            "pre_fork": _give_place,
            "post_worker_init": _hasten_end,
            "worker_exit": _send_what_waits,
            "workers": self.config.workers,
            "worker_class": Worker,
            "threads": self.config.server.threads,
            "worker_connections": _connections(),
            "backlog": BACKLOG,
            "keepalive": 20,
            "timeout": 60,
            "graceful_timeout": GRACEFUL,
            "control_socket_disable": True,
            "accesslog": "-" if self.config.log.access else None,
            "access_log_format": '%(h)s "%(m)s %(U)s" %(s)s %(b)s bytes %(M)s ms',
            "logger_class": _Logger,
            "loglevel": "warning" if self.config.log.level == "info" else self.config.log.level,
            # Only the proxy that is trusted may say that a request came over TLS.
            "forwarded_allow_ips": ",".join(self.config.server.trusted_proxies),
            "limit_request_line": 8190,
            # Not gunicorn_h1c where that happens to be installed: it waits for the end of a line that is too long.
            "http_parser": "python",
            "proc_name": "duplistat",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # In the worker, after the fork.
        name_process("worker")
        db = Database(
            self.config.database_url,
            pool=self.config.database.pool,
            read_only=self.config.on_sqlite,
            patience=min(READ_PATIENCE, self.config.database.wait_seconds),
            prepare=self.config.database.prepare,
        )
        writes = (
            ThroughWriter(Client(self.writer, self.health))
            if self.config.on_sqlite
            else Direct(db, self.config, self.health, patience=self.config.database.wait_seconds)
        )
        given = context_of(self.config, db, writes, wall_clock, started=self.started, main=self.main)
        app = give(self.routed, given)
        answers = app.wsgi_app if self.loaded else Beginning(app, partial(_whole, given))
        path = self.config.server.base_path
        app.wsgi_app = BasePath(answers, path) if path else answers  # type: ignore[method-assign]  # Flask's own way
        return app

    def load_all(self) -> None:
        """Import what the first answer did not need, for all workers that start from now on."""
        from duplistat.app import routed

        gc.disable()
        self.routed = routed()
        self.loaded = True
        gc.freeze()
        gc.enable()

    def run(self) -> None:
        # What is loaded stays; and requests make much that is soon gone, which needs no collector.
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        gc.enable()
        log.info(
            "listening on %s with %d worker processes, data in %s",
            self.url,
            self.config.workers,
            self.config.data.absolute(),
        )
        _Arbiter(self).run()


@contextlib.contextmanager
def _data(config: Config) -> Iterator[None]:
    """The data folder, ours alone on SQLite."""
    try:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=config.data):
            pass
    except OSError as e:
        raise CannotStart(
            f"the data folder {config.data.absolute()} cannot be written to ({e.strerror})"
        ) from e
    if not config.on_sqlite:
        yield
        return
    deadline = time.monotonic() + PATIENCE
    while True:
        with lock_file(config.data / "duplistat.lock") as mine:
            if mine:
                yield
                return
        if time.monotonic() > deadline:
            raise CannotStart(f"another duplistat serves the data folder {config.data.absolute()} already")
        time.sleep(0.1)


@contextlib.contextmanager
def _socket_path(config: Config) -> Iterator[Path]:
    """Where the writer listens: beside the database, or in a folder of our own when that path is too long."""
    path = socket_in(config.data)
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="duplistat-") as folder:
        yield Path(folder) / "writer.sock"


def _raise_file_limit() -> None:
    """Each connection is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 512 if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + 512)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _connections() -> int:
    """So many that a file can still be opened beside them."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(64, min(CONNECTIONS, soft - 512))


def _spare_memory() -> None:
    """Let threads share two heaps rather than have one each, which keep what a large page once took."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
