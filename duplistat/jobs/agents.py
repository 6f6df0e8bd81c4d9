"""Works on the tasks of agents, a few at once, each in a thread and within a time limit."""

import json
import logging
import threading
import time
from dataclasses import dataclass, field

from duplistat.core.errors import WriteFailed
from duplistat.services.agents.task_queue import end_task, enqueue_collects, take_tasks
from duplistat.services.agents.task_result import Outcome
from duplistat.services.agents.worker import failed, work
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks, services
from duplistat.store.agent_tasks import Task

log = logging.getLogger(__name__)

AT_ONCE = 8
# What all that is asked of an agent for one task may take, seconds.
LIMIT = 180.0
# For how much longer than that a task is held: whoever died with it keeps it no longer from others.
HELD_ON = 60.0
# How long the end of the server waits for what is under way, seconds: it ends us itself a second later.
LAST_WAIT = 1.0


@dataclass(eq=False, slots=True)
class _Worker:
    """A thread with its task. Once it is `given_up` nothing of it is noted; it may hang on for a while."""

    task: Task
    until: int
    deadline: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    given_up: bool = False
    thread: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class AgentWorkers:
    """Takes due tasks when it is polled. Of one service, one task at a time."""

    def __init__(self, context: WorkerContext, *, limit: float = LIMIT, at_once: int = AT_ONCE) -> None:
        self._context = context
        self._limit = limit
        self._at_once = at_once
        self._workers: list[_Worker] = []

    def poll(self) -> int:
        """Give up what takes too long, and begin what is due; how many were begun."""
        self._workers = [worker for worker in self._workers if worker.alive]
        for worker in self._workers:
            if time.monotonic() > worker.deadline:
                self._give_up(worker)
        free = self._at_once - sum(not worker.given_up for worker in self._workers)
        now = self._context.now()
        if free <= 0 or not agent_tasks.any_due(self._context.db, now):
            return 0
        until = now + round((self._limit + HELD_ON) * 1000)
        busy = [worker.task.service_id for worker in self._workers]
        taken = self._context.writes.run(take_tasks, now=now, until=until, limit=free, busy=busy)
        for task in agent_tasks.by_ids(self._context.db, taken):
            self._begin(task, until)
        return len(taken)

    def enqueue(self) -> int:
        """Have those services collected from whose time has come; how many."""
        minutes = in_effect(self._context.db, self._context.config).agents.collect_minutes
        now = self._context.now()
        since = now - minutes * 60_000
        if not minutes or not services.uncollected(self._context.db, since, 1):
            return 0
        return self._context.writes.run(enqueue_collects, since=since, now=now)

    def stop(self) -> None:
        """Wait a moment for what is under way, and leave the rest to whoever comes next."""
        self.join(LAST_WAIT)
        for worker in self._workers:
            with worker.lock:
                if worker.alive and not worker.given_up:
                    worker.given_up = True
                    self._end(
                        worker, Outcome(again_at=self._context.now(), state=json.loads(worker.task.state))
                    )

    def join(self, timeout: float) -> None:
        """Wait for what is under way, but not for what was given up."""
        deadline = time.monotonic() + timeout
        for worker in self._workers:
            if worker.thread is not None and not worker.given_up:
                worker.thread.join(max(0.0, deadline - time.monotonic()))

    def _begin(self, task: Task, until: int) -> None:
        worker = _Worker(task, until, time.monotonic() + self._limit)
        # A daemon, so that an agent that never answers does not keep the process from its end.
        worker.thread = threading.Thread(
            target=self._work, args=(worker,), daemon=True, name=f"{task.kind} {task.service_id}"
        )
        self._workers.append(worker)
        worker.thread.start()

    def _work(self, worker: _Worker) -> None:
        try:
            try:
                outcome = work(self._context, worker.task)
            except WriteFailed:
                # It is held, and taken again when that is over.
                return
            except Exception:
                log.exception("%s of service %s failed", worker.task.kind, worker.task.service_id)
                outcome = failed(
                    worker.task,
                    "something went wrong here; the log of the server says what",
                    self._context.now(),
                )
            with worker.lock:
                if not worker.given_up:
                    self._end(worker, outcome)
        except WriteFailed as e:
            log.info("result for service %s was not saved: %s", worker.task.service_id, e.message)
        except Exception:
            log.exception("result for service %s could not be saved", worker.task.service_id)
        finally:
            self._context.db.close()

    def _give_up(self, worker: _Worker) -> None:
        with worker.lock:
            if worker.given_up or not worker.alive:
                return
            worker.given_up = True
            log.warning("%s of service %s takes too long", worker.task.kind, worker.task.service_id)
            reason = f"it did not come to an end within {self._limit:g} s"
            self._end(worker, failed(worker.task, reason, self._context.now()))

    def _end(self, worker: _Worker, outcome: Outcome) -> None:
        task = worker.task
        self._context.writes.run(
            end_task,
            task=task.id,
            service=task.service_id,
            until=worker.until,
            due_at=task.due_at,
            again_at=outcome.again_at,
            state=json.dumps(outcome.state, ensure_ascii=False),
            changes=outcome.changes,
            follow_up=outcome.follow_up,
        )
