"""The scheduler process: looks at what is due, calls agents, and throws away what is past its time.

It may run anywhere, any number of times: a lease says who ticks, and each change is a compare-and-set, so
that even a broken lease acts once. APScheduler has no job store here; all state is in our tables.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from duplistat.config import Config
from duplistat.core.causes import WORDS
from duplistat.core.errors import DuplistatError, WriteFailed
from duplistat.jobs import alerts
from duplistat.jobs.agents import AgentWorkers
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.notify import heartbeat as notify_heartbeat
from duplistat.services.agents.task_queue import release_tasks
from duplistat.services.commands import schedule_defaults
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.imports.task import discard_old_files
from duplistat.services.maintenance import restore_asked, scheduled_backups
from duplistat.services.maintenance.database_copies import discard_old
from duplistat.services.maintenance.retention import prune_all
from duplistat.services.monitoring import alert_health, heartbeat
from duplistat.services.monitoring.day_sums import sum_noted
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import (
    give_time_back,
    release_lease,
    sweep_due,
    tick,
    tick_arguments,
)
from duplistat.services.reports.unread import bounds_of, prune_all_unread
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import Writes
from duplistat.store.causes import cause_on
from duplistat.store.database import Database

log = logging.getLogger(__name__)

# How often due tasks of agents are looked for, seconds, and how often services are for whom there should be one.
POLL_SECONDS = 1
# How often is looked for problems of jobs that are gone, and for channels whose weekly test has come, seconds.
GONE_SECONDS = 60
# How often the heartbeat URL is requested, seconds.
BEAT_SECONDS = 60
# How often is looked for digests whose time has come, seconds.
DIGEST_SECONDS = 60
ENQUEUE_SECONDS = 20
# How often what came is learned from, seconds.
LEARN_SECONDS = 30
# How soon after the start: an update may have all jobs learned anew.
FIRST_LEARN_SECONDS = 5
# How often runs are counted into the sums of their days, seconds.
SUM_SECONDS = 60
# How soon a tick that could not be written is tried again, seconds.
AGAIN_SECONDS = 2
# How often is looked whether it is time for a backup of the database, seconds.
BACK_UP_SECONDS = 60


class Scheduler:
    """Ticks and prunes for one database. `holder` names it among those that may tick for this database."""

    def __init__(
        self, config: Config, db: Database, writes: Writes, now: Callable[[], int], holder: str
    ) -> None:
        self._config = config
        self._db = db
        self._writes = writes
        self._now = now
        self._holder = holder
        self._mine = False
        self._late = False
        self._stopping = threading.Event()
        self._defaults = schedule_defaults(config)
        self._context = context = WorkerContext(config, db, writes, now)
        self._workers, self._background_tasks = AgentWorkers(context), BackgroundTaskWorker(context)
        self._clock = BackgroundScheduler(timezone=UTC)
        self._clock.add_listener(self._report, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Tick at once, then every [overdue] sweep_seconds. A tick that is late is done late, not skipped."""
        common = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        now = datetime.now(UTC)
        seconds = self._config.overdue.sweep_seconds
        self._clock.add_job(self.tick, "interval", seconds=seconds, next_run_time=now, **common)
        self._clock.add_job(self.tick_again, "interval", seconds=AGAIN_SECONDS, **common)
        soon = now + timedelta(seconds=FIRST_LEARN_SECONDS)
        self._clock.add_job(self.learn, "interval", seconds=LEARN_SECONDS, next_run_time=soon, **common)
        self._clock.add_job(self.sum_days, "interval", seconds=SUM_SECONDS, next_run_time=soon, **common)
        self._clock.add_job(self.call_agents, "interval", seconds=POLL_SECONDS, **common)
        self._clock.add_job(self.begin_background_task, "interval", seconds=POLL_SECONDS, **common)
        self._clock.add_job(self.tell, "interval", seconds=POLL_SECONDS, **common)
        self._clock.add_job(self.close_gone, "interval", seconds=GONE_SECONDS, **common)
        self._clock.add_job(self.test_channels, "interval", seconds=GONE_SECONDS, **common)
        self._clock.add_job(self.beat, "interval", seconds=BEAT_SECONDS, **common)
        self._clock.add_job(self.send_digests, "interval", seconds=DIGEST_SECONDS, **common)
        self._clock.add_job(self.enqueue, "interval", seconds=ENQUEUE_SECONDS, next_run_time=now, **common)
        self._clock.add_job(self.prune, "interval", hours=6, **common)
        self._clock.add_job(self.back_up, "interval", seconds=BACK_UP_SECONDS, next_run_time=now, **common)
        self._clock.add_job(self.discard, "interval", minutes=10, next_run_time=now, **common)
        self._clock.start()

    def stop(self) -> None:
        """Finish what is under way, and let go of the lease."""
        self._stopping.set()
        self._clock.shutdown(wait=True)
        self._workers.stop()
        self._background_tasks.stop()
        if self._mine:
            self._writes.run(release_lease, holder=self._holder)

    def tick(self) -> int:
        """Look at everything that is due; how many jobs changed. Nothing while another scheduler ticks.

        Nor as long as writes fail, which the log tells of.
        """
        with self._db.connection():
            if self._late and self._writes.failing():
                return 0
            self._late = True
            arguments = tick_arguments(self._config.overdue, self._holder, self._now())
            mine = self._writes.run(tick, **arguments)["mine"]
            self._late = False
            if mine and not self._mine:
                # Whoever ticked before works on nothing any more.
                self._writes.run(release_tasks)
            self._mine = mine
            if not mine:
                return 0
            # In time for the next tick, without which the lease would run out: that one goes on.
            until = monotonic() + self._config.overdue.sweep_seconds

            def goes_on() -> bool:
                return self._goes_on() and monotonic() < until

            if not give_time_back(self._db, self._writes, goes_on, self._stopping.wait):
                return 0
            return sweep_due(self._db, self._writes, self._defaults, self._now, goes_on, self._stopping.wait)

    def tick_again(self) -> int:
        """Make up for a tick that could not be written, such as on a full disk; how many jobs changed."""
        return self.tick() if self._late else 0

    def learn(self) -> int:
        """Learn the rhythms of jobs that have something new to learn from; of how many."""
        if not self._mine:
            return 0
        with self._db.connection():
            return learn_noted(
                self._db, self._writes, self._defaults, self._now, self._goes_on, self._stopping.wait
            )

    def sum_days(self) -> int:
        """Count what came into the sums of its days; of how many jobs."""
        if not self._mine:
            return 0
        with self._db.connection():
            return sum_noted(self._db, self._writes, self._now, self._goes_on, self._stopping.wait)

    def _goes_on(self) -> bool:
        return self._mine and not self._stopping.is_set()

    def call_agents(self) -> int:
        """Begin the tasks of agents that are due; how many. They go on in threads of their own."""
        if not self._mine:
            return 0
        with self._db.connection():
            return self._workers.poll()

    def begin_background_task(self) -> bool:
        """Begin the first background task that waits, unless one is under way; whether there was one."""
        if not self._mine:
            return False
        with self._db.connection():
            return self._background_tasks.poll()

    def tell(self) -> int:
        """Take changes of health in, and make the notices that are due; how many."""
        if not self._mine:
            return 0
        with self._db.connection():
            return alerts.route_and_tell(self._context)

    def test_channels(self) -> int:
        """Test the channels that want it each week; how many."""
        if not self._mine:
            return 0
        with self._db.connection():
            return alerts.test_channels(self._context)

    def close_gone(self) -> int:
        """End the problems of jobs that are gone; how many."""
        if not self._mine:
            return 0
        with self._db.connection():
            return alerts.close_gone(self._context)

    def beat(self) -> str:
        """Tell whoever watches this server that it is well, unless it is not; why it was not told, or ""."""
        section = self._config.heartbeat
        if not self._mine or not section.url:
            return ""
        with self._db.connection():
            alive = alert_health.look(self._db, self._now())
        problem = heartbeat.why_not(alive, late=self._late, writes_fail=self._writes.failing() is not None)
        if not problem:
            problem = notify_heartbeat.beat(heartbeat.address_of(section.url, section.style))
        if problem:
            log.warning("no heartbeat: %s", problem)
        return problem

    def send_digests(self) -> int:
        """Make the digests whose time has come; how many messages that are."""
        if not self._mine:
            return 0
        with self._db.connection():
            return alerts.send_digests(self._context, self._defaults)

    def enqueue(self) -> int:
        """Have agents asked for what they know, when it is time; how many."""
        if not self._mine:
            return 0
        with self._db.connection():
            return self._workers.enqueue()

    def back_up(self) -> bool:
        """Have the database backed up, when it is time; whether it is."""
        if not self._mine:
            return False
        with self._db.connection():
            now = self._now()
            if not scheduled_backups.due(self._db, self._config.backup, now):
                return False
            by = scheduled_backups.BY_SCHEDULE.plain()
            self._writes.run(scheduled_backups.request_scheduled_backup, by=by, now=now)
            return True

    def discard(self) -> None:
        """Delete backups that nobody fetched, and files that nobody imported or restored."""
        with self._db.connection():
            if self._config.on_sqlite:
                discard_old(self._db, self._config, self._now())
                restore_asked.discard_old(self._config, self._now())
            discard_old_files(self._db, self._config, self._now())

    def prune(self) -> None:
        """Delete what is past its time."""
        if self._mine:
            with self._db.connection():
                retention = in_effect(self._db, self._config).retention
                bounds = bounds_of(self._config.intake)
                prune_all_unread(self._db, self._writes, bounds, self._now(), self._stopping.wait)
            deleted = prune_all(self._writes, retention, self._now(), self._stopping.wait)
            log.info("retention deleted: %s", ", ".join(f"{count} {what}" for what, count in deleted.items()))

    def _report(self, event: JobExecutionEvent) -> None:
        """A tick that failed is followed by the next one; the log says why."""
        error = event.exception
        cause = cause_on(error, self._db.file)
        if isinstance(error, WriteFailed):
            # Whoever could not write has told of it.
            return
        if cause is not None:
            self._db.drop_connections()
            self._writes.health.tell(cause, f"the scheduler cannot work: {WORDS[cause]}", error)
        elif isinstance(error, DuplistatError):
            log.error("the scheduler could not work: %s", error.message)
        else:
            log.error("the scheduler failed", exc_info=error)
