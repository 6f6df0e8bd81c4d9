"""Plain uploads on PostgreSQL: a thread of a worker commits together those that came while it was at the ones before.

A thread and a transaction for each of them cost twice the processor time. What fails here, for whatever reason, a
thread of its own begins anew: it waits for a database that is away, and says what is wrong.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from duplistat.receiving.writer_link import Done
from duplistat.services.writes import LIMITED
from duplistat.store import writer
from duplistat.store.database import Database
from duplistat.store.writer import Operation, Request

AT_ONCE = 30
# One thread is enough for a PostgreSQL that is near. Where each statement takes long to come back, a full group waits,
# and another thread begins.
THREADS = 4
# In a small group most of the time is spent waiting for answers; in a large one the pipeline costs more than that.
PIPELINED_BELOW = 5
# So long a request waits for a group to begin, seconds.
PATIENCE = 20.0


class GroupWrites:
    """Writes of `operations` in a loop that must not wait. `defer` has a function called in it, by any thread."""

    def __init__(self, db: Database, operations: Mapping[str, Operation], defer: Callable[..., None]) -> None:
        self._db, self._operations, self._defer = db, operations, defer
        self._threads = ThreadPoolExecutor(THREADS, "uploads")
        self._gathered: list[tuple[Request, Done]] = []
        self._under_way = 0
        self._waiting_since = 0.0

    def ask(self, request: Request, done: Done) -> None:
        """Let a request be written with the next group, and `done` be called in the loop."""
        if not self._gathered:
            self._waiting_since = time.monotonic()
        self._gathered.append((request, done))

    def send(self) -> None:
        """Begin with what has gathered, unless what began before it is still written."""
        while self._gathered and self._under_way < THREADS:
            if self._under_way and len(self._gathered) < AT_ONCE:
                return
            group, self._gathered = self._gathered[:AT_ONCE], self._gathered[AT_ONCE:]
            self._waiting_since = time.monotonic()
            group.sort(key=_order)
            self._under_way += 1
            writing = self._threads.submit(self._write, [request for request, _ in group])
            writing.add_done_callback(partial(self._defer, self._written, group))

    def give_up_waiting(self, now: float) -> None:
        """Tell those that there is no answer for whom no group begins. `now` is of time.monotonic()."""
        if self._gathered and now > self._waiting_since + PATIENCE:
            waiting, self._gathered = self._gathered, []
            for _, done in waiting:
                done(None)

    def _write(self, requests: Sequence[Request]) -> list[Any]:
        """The result of each, or its exception. Nobody is waited for here who lets us in later."""
        with self._db.waiting(0, brief=True):
            few = len(requests) < PIPELINED_BELOW
            return writer.apply(self._db, self._operations, requests, pipelined=few)

    def _written(self, group: Sequence[tuple[Request, Done]], writing: Future[list[Any]]) -> None:
        self._under_way -= 1
        error = writing.exception()
        results = [error] * len(group) if error else writing.result()
        for (_, done), result in zip(group, results, strict=True):
            done(None if isinstance(result, BaseException) else {"result": result})


def _order(asked: tuple[Request, Done]) -> tuple[str, str, str]:
    """The same for all groups, here and elsewhere: two that hold the same jobs would wait for each other otherwise."""
    (name, arguments), _ = asked
    bucket = ""
    if name == LIMITED:
        bucket, arguments = arguments["token"][0], arguments["arguments"]
    reports = [arguments["report"]] if "report" in arguments else arguments.get("reports") or [{}]
    return bucket, repr(reports[0].get("server")), repr(reports[0].get("job"))
