"""The sender process: takes notices out of the outbox and sends them, a few at once and one at a time for each channel.

It may run anywhere, any number of times: who claims a notice has it, and a claim of one that was killed runs out.
"""

import logging
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from duplistat.core.causes import WORDS
from duplistat.core.errors import DuplistatError, WriteFailed
from duplistat.notify.outcome import Outcome, Result
from duplistat.services.alerts.broken import check_channels
from duplistat.services.alerts.outbox import beat, claim, finish, finish_and_claim, give_up, release
from duplistat.services.alerts.outcomes import Finished, finished
from duplistat.services.worker_context import WorkerContext
from duplistat.store import notices, outbox
from duplistat.store.causes import cause_on
from duplistat.store.notices import Notice

log = logging.getLogger(__name__)

# How often is looked whether anything waits, seconds.
POLL_SECONDS = 0.25
# Sends at once, each by another channel.
AT_ONCE = 8
# What one send may take, seconds. A claim is held for longer.
LIMIT = 45.0
# What waits for one channel is sent by one thread, so many in a row; then others have their turn.
IN_A_ROW = 10
# Threads that were given up and hang on, at most: then nothing is begun until some of them end.
MOST_HANGING = 32
# How often it is said that a sender is at work, and looked for channels that do not deliver, seconds.
BEAT_SECONDS = 10.0
CHECK_SECONDS = 60.0
# After an error it is tried again that much later, seconds.
AGAIN_SECONDS = 2.0
# How long the end of the server waits for what is under way, seconds: it ends us itself a second later.
LAST_WAIT = 1.0
# For how long after its beginning what became of a send is noted, seconds: after that it is another sender's.
NOTED_FOR = 100.0
TOO_LONG = "it did not come to an end within {limit:g} s"
WENT_WRONG = "something went wrong here; the log of the server says what"

# Sends a notice within so many seconds; what became of it.
Deliver = Callable[[Notice, float], Finished]


def holder_name() -> str:
    """A name for a sender that no other one has, on whatever machine."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(eq=False, slots=True)
class _Send:
    """A thread with its notice. Once it is `given_up` nothing of it is noted; it may hang on for a while.

    `sent`: what became of it is known, and only has to be noted; `over`: nothing of it goes on.
    """

    notice: Notice
    begun: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    given_up: bool = False
    sent: bool = False
    over: bool = False
    thread: threading.Thread | None = None

    @property
    def channel(self) -> int:
        return self.notice.channel_id or outbox.DIRECT


class Sender:
    """Sends what waits in the outbox of one database. `holder` names it among all senders, and is never given again."""

    def __init__(
        self,
        context: WorkerContext,
        deliver: Deliver,
        holder: str,
        *,
        limit: float = LIMIT,
        at_once: int = AT_ONCE,
    ) -> None:
        self._context, self._deliver, self._holder = context, deliver, holder
        self._limit, self._at_once = limit, at_once
        self._sends: list[_Send] = []
        self._beat_at = self._check_at = 0.0
        self._stopping = False
        # Set when a send is over: its channel may have more to send.
        self._woken = threading.Event()

    def run(self, ended: threading.Event) -> None:
        """Send until `ended` is set; then wait a moment for what is under way."""
        while not ended.is_set():
            try:
                self._tend()
                self._woken.clear()
                self.poll()
                self._woken.wait(POLL_SECONDS)
            except Exception as e:
                self._report(e)
                ended.wait(AGAIN_SECONDS)
        self.stop()

    def poll(self) -> int:
        """Give up what takes too long, and begin what waits; how many were begun."""
        self._sends = [send for send in self._sends if not send.over]
        for send in self._sends:
            if time.monotonic() - send.begun > self._limit:
                self._give_up(send)
        hanging = sum(send.given_up for send in self._sends)
        free = self._at_once - (len(self._sends) - hanging)
        if free <= 0 or hanging >= MOST_HANGING:
            return 0
        # Also of what hangs on: until it ends it may still arrive.
        busy = [send.channel for send in self._sends]
        db, now = self._context.db, self._context.now()
        with db.connection():
            if not outbox.due(db, now, 1, busy):
                return 0
            taken = self._context.writes.run(claim, holder=self._holder, now=now, limit=free, busy=busy)
            for id in taken:
                notice = notices.get(db, id)
                if notice is not None:
                    self._begin(notice)
        return len(taken)

    def join(self, timeout: float) -> None:
        """Wait for what is under way, but not for what was given up."""
        deadline = time.monotonic() + timeout
        for send in self._sends:
            if send.thread is not None and not send.given_up:
                send.thread.join(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """Wait a moment for what is under way, and leave the rest to whoever comes next."""
        self._stopping = True
        self.join(LAST_WAIT)
        for send in self._sends:
            with send.lock:
                send.given_up = True
        try:
            self._context.writes.run(release, holder=self._holder, now=self._context.now())
        except Exception as e:
            # Its claims run out by themselves.
            self._report(e)

    def _tend(self) -> None:
        """Say now and then that a sender is at work, and look for channels that do not deliver."""
        at, now = time.monotonic(), self._context.now()
        if at >= self._beat_at:
            self._context.writes.run(beat, holder=self._holder, now=now)
            self._beat_at = at + BEAT_SECONDS
        if at >= self._check_at:
            self._context.writes.run(give_up, now=now)
            self._context.writes.run(check_channels, mail=bool(self._context.config.mail.host), now=now)
            self._check_at = at + CHECK_SECONDS

    def _begin(self, notice: Notice) -> None:
        send = _Send(notice, time.monotonic())
        # A daemon, so that a receiver that never answers does not keep the process from its end.
        send.thread = threading.Thread(
            target=self._work, args=(send,), daemon=True, name=f"notice {notice.id}"
        )
        self._sends.append(send)
        send.thread.start()

    def _work(self, send: _Send) -> None:
        try:
            for number in range(1, IN_A_ROW + 1):
                if not self._send(send, last=number == IN_A_ROW):
                    break
        except Exception as e:
            self._report(e, f"what became of notice {send.notice.uid} could not be noted")
        finally:
            self._context.db.close()
            send.over = True
            self._woken.set()

    def _send(self, send: _Send, *, last: bool) -> bool:
        """Send a notice; whether there is another one of its channel, which `send` is about then."""
        try:
            outcome = self._deliver(send.notice, self._limit)
        except WriteFailed:
            # It is held, and sent when that is over.
            return False
        except Exception as e:
            self._report(e, f"notice {send.notice.uid} was not sent")
            outcome = finished(Outcome(Result.TEMPORARY, answer=WENT_WRONG), send.begun)
        with send.lock:
            if send.given_up:
                return False
            send.sent = True
        following = self._end_patiently(send, outcome, go_on=not last)
        notice = notices.get(self._context.db, following) if following is not None else None
        with send.lock:
            if notice is None or send.given_up:
                return False
            send.notice, send.begun, send.sent = notice, time.monotonic(), False
        return True

    def _give_up(self, send: _Send) -> None:
        with send.lock:
            if send.given_up or send.sent or send.over:
                return
            send.given_up = True
        log.warning("notice %s by channel %s takes too long", send.notice.uid, send.notice.channel)
        outcome = Outcome(Result.UNKNOWN, answer=TOO_LONG.format(limit=self._limit))
        self._end(send, finished(outcome, send.begun))

    def _end_patiently(self, send: _Send, outcome: Finished, *, go_on: bool) -> int | None:
        """Note what became of a send, also when the database is away for a while; the next notice, to `go_on`."""
        while True:
            try:
                return self._end(send, outcome, go_on=go_on and not self._stopping)
            except Exception as e:
                away = isinstance(e, WriteFailed) or cause_on(e, self._context.db.file) is not None
                if not away or send.given_up or time.monotonic() - send.begun > NOTED_FOR:
                    raise
                self._report(e)
            time.sleep(AGAIN_SECONDS)

    def _end(self, send: _Send, outcome: Finished, *, go_on: bool = False) -> int | None:
        notice, now = send.notice, self._context.now()
        spread = random.random()  # noqa: S311  # of pauses
        if go_on:
            return self._context.writes.run(
                finish_and_claim,
                notice=notice.id,
                number=notice.attempts,
                holder=self._holder,
                outcome=outcome,
                now=now,
                chance=spread,
            )
        self._context.writes.run(
            finish,
            notice=notice.id,
            number=notice.attempts,
            holder=self._holder,
            outcome=outcome,
            now=now,
            chance=spread,
        )
        return None

    def _report(self, error: Exception, what: str = "the sender failed") -> None:
        """What went wrong, in the log; it is tried again."""
        cause = cause_on(error, self._context.db.file)
        if isinstance(error, WriteFailed):
            # Whoever could not write has told of it.
            return
        if cause is not None:
            self._context.db.drop_connections()
            self._context.writes.health.tell(cause, f"the sender cannot work: {WORDS[cause]}", error)
        elif isinstance(error, DuplistatError):
            log.error("%s: %s", what, error.message)
        else:
            log.error("%s", what, exc_info=error)
