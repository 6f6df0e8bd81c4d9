"""Works on background tasks, one after the other, in a thread of the scheduler."""

import json
import logging
import threading

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.services import background
from duplistat.services.maintenance.background_work import KINDS, Stopped
from duplistat.services.worker_context import WorkerContext
from duplistat.store import background_tasks
from duplistat.store.background_tasks import BackgroundTask

log = logging.getLogger(__name__)

# For how long a background task is held after each word of it: whoever died with it keeps it no longer from others.
HELD_MS = 120_000
# How long the end of the server waits for a step that is under way, seconds.
LAST_WAIT = 2.0
WENT_WRONG = later("something went wrong here; the log of the server says what")


class BackgroundTaskWorker:
    """Takes a background task when it is polled and none is under way."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def poll(self) -> bool:
        """Begin the first background task that waits; whether there was one."""
        now = self._context.now()
        if (self._thread is not None and self._thread.is_alive()) or not background_tasks.any_free(
            self._context.db, now
        ):
            return False
        until = now + HELD_MS
        taken = self._context.writes.run(background.take_background_task, now=now, until=until)
        task = background_tasks.get(self._context.db, taken) if taken is not None else None
        if task is None:
            return False
        # A daemon, so that a step that hangs does not keep the process from its end.
        self._thread = threading.Thread(
            target=self._work, args=(task, until), daemon=True, name=f"background-task-{task.id}"
        )
        self._thread.start()
        return True

    def join(self, timeout: float) -> None:
        """Wait for what is under way."""
        if self._thread is not None:
            self._thread.join(timeout)

    def stop(self) -> None:
        """Leave what is under way, after its step, to whoever comes next."""
        self._stopping.set()
        self.join(LAST_WAIT)

    def _work(self, task: BackgroundTask, until: int) -> None:
        held = [until]

        def go_on(state: dict[str, object]) -> None:
            """Note how far it is. Raises Stopped when somebody else has it by now, or when we have to end."""
            if self._stopping.is_set():
                self._context.writes.run(background.release_background_task, task=task.id, until=held[0])
                raise Stopped
            again = self._context.now() + HELD_MS
            told = json.dumps(state, ensure_ascii=False)
            if not self._context.writes.run(
                background.hold_background_task, task=task.id, until=held[0], again=again, state=told
            ):
                raise Stopped
            held[0] = again

        state, problem = json.loads(task.state), ""
        try:
            try:
                with self._context.db.connection():
                    state = KINDS[task.kind](self._context, task, go_on)
            except DuplistatError as e:
                if e.kind is Kind.UNAVAILABLE:
                    raise Stopped from e
                problem = e.message
            told = json.dumps(state, ensure_ascii=False)
            self._end(task, held[0], told, problem)
        except Stopped:
            log.info("background task %s %s is continued later", task.kind, task.id)
        except Exception:
            log.exception("background task %s %s failed", task.kind, task.id)
            self._fail(task, held[0])
        finally:
            self._context.db.close()

    def _fail(self, task: BackgroundTask, until: int) -> None:
        try:
            self._end(task, until, task.state, WENT_WRONG)
        except DuplistatError as e:
            log.error("result of background task %s could not be saved: %s", task.id, e.message)

    def _end(self, task: BackgroundTask, until: int, state: str, problem: str) -> None:
        now = self._context.now()
        self._context.writes.run(
            background.end_background_task, task=task.id, until=until, now=now, state=state, problem=problem
        )
