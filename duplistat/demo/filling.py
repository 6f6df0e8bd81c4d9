"""fill(): put the fleet's year into a database, the way every report takes, with the clock as it was then."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.times import to_ms
from duplistat.demo.alerts import Alerts
from duplistat.demo.fleet import Plan, fleet
from duplistat.demo.history import Word, history
from duplistat.demo.scripts import Post, posts
from duplistat.services.audit import BY_COMMAND
from duplistat.services.commands import Direct, operations, schedule_defaults
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import AT_ONCE, sweep
from duplistat.services.reports import intake
from duplistat.services.reports.accept import recording_of
from duplistat.services.reports.record import Recorded, record
from duplistat.services.servers.settings import set_server
from duplistat.services.writes import WriteCommand, name_of, prepare
from duplistat.store import accounts, deliveries, jobs, servers, writer
from duplistat.store.database import Database

DAYS = 365
# How often the clock looks at what is due, in the past.
SWEEP_MS = 30 * 60_000
# How often it learns there: learning is most of the work.
LEARN_MS = 7 * 24 * 3_600_000
_GROUP = 300


@dataclass(slots=True)
class Made:
    """What there is now."""

    servers: int = 0
    jobs: int = 0
    runs: int = 0
    health: Counter[str] = field(default_factory=Counter)


def fill(
    db: Database, config: Config, *, account: int, now: datetime, seed: int, size: int, days: int = DAYS
) -> Made:
    """Fill an empty database with `days` of reports up to `now`: of `size` machines, and of some scripts.

    The same seed, time and zone make the same fleet. Raises DuplistatError when there is something already.
    """
    sees = tuple(a.id for a in accounts.all_accounts(db))
    if servers.visible(db, sees) or deliveries.recent(db, limit=1):
        raise DuplistatError(Kind.INVALID, "there is data already: a demo needs a data folder of its own")
    plans = fleet(size, seed, now, config.zone)
    begin = now - timedelta(days=days)
    filler = _Filler(db, config, account, to_ms(now))
    of_duplicati = (
        (word.at, partial(filler.take, plan, word)) for plan, word in _in_order(plans, begin, now, seed)
    )
    of_scripts = ((post.at, partial(filler.take_post, post)) for post in posts(begin, now, config.zone, seed))
    for _, take in heapq.merge(of_duplicati, of_scripts, key=itemgetter(0)):
        take()
    filler.end(to_ms(now))
    made = Made(len(servers.visible(db, sees)), runs=filler.runs)
    for job in jobs.visible(db, sees):
        made.jobs += 1
        made.health[job.health] += 1
    return made


def _in_order(
    plans: Sequence[Plan], begin: datetime, now: datetime, seed: int
) -> Iterator[tuple[Plan, Word]]:
    """All words of all jobs, as they arrive."""

    def of_plan(number: int, plan: Plan) -> Iterator[tuple[datetime, int, Word]]:
        return ((word.at, number, word) for word in history(plan, begin, now, seed))

    for _, number, word in heapq.merge(*(of_plan(number, plan) for number, plan in enumerate(plans))):
        yield plans[number], word


class _Filler:
    """Records words in groups, with sweeps between them, and does to a job what its person does."""

    def __init__(self, db: Database, config: Config, account: int, until: int) -> None:
        self.runs = 0
        self._db = db
        self._operations = operations(config)
        self._writes, self._defaults = Direct(db, config), schedule_defaults(config)
        self._max_log_lines = config.intake.max_log_lines
        self._account = account
        self._zone = str(config.zone)
        self._waiting: list[WriteCommand[Any]] = []
        self._of: list[tuple[Plan | None, int]] = []
        self._ids: dict[tuple[str, str], int] = {}
        self._swept_at = self._learned_at = self._alerted_at = 0
        self._alerts = Alerts(db, self._writes, config, account, until)

    def take(self, plan: Plan, word: Word) -> None:
        at = to_ms(word.at)
        self._sweep_until(at)
        if word.body is None:
            self._flush()
            self._set(self._ids[plan.key], {"paused": True}, at)
            return
        # Before 2.0.7 a report does not name its machine: whoever set it up wrote the name into the address.
        names = {"server": plan.machine.name} if plan.machine.version < "2.0.7" else {}
        parsed = intake.read(
            word.body,
            endpoint="/api/upload",
            names=names,
            max_log_lines=self._max_log_lines,
        )
        query = f"server={plan.machine.name}" if names else ""
        address = f"192.0.2.{1 + int(plan.machine.id[:2], 16) % 250}"
        incoming = intake.Incoming(
            self._account, at, "/api/upload", word.body, address, query, "application/json; charset=utf-8"
        )
        self._add(plan, at, recording_of(incoming, parsed))

    def take_post(self, post: Post) -> None:
        at = to_ms(post.at)
        self._sweep_until(at)
        parsed = intake.read(post.body, endpoint=post.endpoint, max_log_lines=self._max_log_lines)
        incoming = intake.Incoming(
            self._account, at, post.endpoint, post.body, post.address, "", "application/json"
        )
        self._add(None, at, recording_of(incoming, parsed))

    def end(self, now: int) -> None:
        """Let the clock come to now."""
        self._sweep_until(now)
        self._learn(now)
        looked_at = AT_ONCE
        while looked_at == AT_ONCE:
            looked_at = self._do([prepare(sweep, now=now)])[0]["looked_at"]
        self._alerts.look(now)
        self._alerts.end(now)

    def _sweep_until(self, at: int) -> None:
        if not self._swept_at:
            self._swept_at = self._learned_at = at
        while self._swept_at + SWEEP_MS <= at:
            self._swept_at += SWEEP_MS
            self._add(None, self._swept_at, prepare(sweep, now=self._swept_at))
            if self._swept_at >= self._learned_at + LEARN_MS:
                self._learn(self._swept_at)
            if self._swept_at >= self._alerted_at + self._alerts.every(self._swept_at):
                self._flush()
                self._alerted_at = self._swept_at
                self._alerts.look(self._swept_at)

    def _learn(self, at: int) -> None:
        self._flush()
        self._learned_at = at
        learn_noted(self._db, self._writes, self._defaults, lambda: at)

    def _add(self, plan: Plan | None, at: int, write: WriteCommand[Any]) -> None:
        self._waiting.append(write)
        self._of.append((plan, at))
        if len(self._waiting) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        waiting, plans = self._waiting, self._of
        self._waiting, self._of = [], []
        for write, (plan, at), result in zip(waiting, plans, self._do(waiting), strict=True):
            self.runs += write.name == name_of(record)
            if plan is not None and plan.key not in self._ids:
                self._ids[plan.key] = result["job"]
                self._set_up(plan, result, at)

    def _set_up(self, plan: Plan, recorded: Recorded, at: int) -> None:
        """What a person set on the job soon after it was first heard of."""
        changes: JobChanges = {"tags": list(plan.tags)} if plan.tags else {}
        if plan.set_schedule:
            changes["schedule"] = write_schedule(parse_schedule(plan.schedule))
            changes["schedule_zone"] = self._zone
        if changes:
            self._set(self._ids[plan.key], changes, at)
        if plan.alias:
            by, server = BY_COMMAND.plain(), recorded["server"]
            self._do([prepare(set_server, server=server, changes={"alias": plan.alias}, by=by, now=at)])

    def _set(self, job: int, changes: JobChanges, at: int) -> None:
        self._do([prepare(set_job, job=job, changes=changes, by=BY_COMMAND.plain(), now=at)])

    def _do(self, writes: Sequence[WriteCommand[Any]]) -> list[Any]:
        requests = [(write.name, write.arguments) for write in writes]
        results = writer.apply(self._db, self._operations, requests)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results
