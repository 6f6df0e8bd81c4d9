"""One import from its beginning to its end: records of another program in, batches of commands out.

It holds no transaction and no more than a batch in memory. Each batch is a command of its own, on SQLite one of those
that the writer takes in their turn: reports go on being recorded between any two of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from duplistat.core.i18n import later
from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.core.times import to_ms
from duplistat.formats.imports.records import (
    ChannelRecord,
    Happened,
    JobRecord,
    KeyRecord,
    LeftOut,
    MissedRecord,
    PingRecord,
    Reader,
    RunRecord,
    ServerRecord,
)
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.imports.channels import prepared
from duplistat.services.imports.history import Row
from duplistat.services.imports.into import Into
from duplistat.services.imports.pings import report_of
from duplistat.services.imports.places import NewJob, NewServer
from duplistat.services.imports.result import Result
from duplistat.services.pings import keys, urls
from duplistat.services.reports import intake
from duplistat.services.worker_context import WorkerContext
from duplistat.store import runs
from duplistat.store.packing import pack
from duplistat.store.totals import DAY_MS

# Runs of one transaction: it takes the writer less than a tenth of a second.
AT_ONCE = 400
PLACES_AT_ONCE = 50
SETTLED_AT_ONCE = 20
TOO_OLD = later("a run older than runs are kept, see [retention] runs_days")
NO_JOB = later("what happened to a job that was left out")
GONE = later("a run of a job that was deleted meanwhile")

# Told after each batch how far it is; raises whatever is to end it there.
Tell = Callable[[Result], None]


@dataclass(slots=True)
class Import:
    """One import under way."""

    context: WorkerContext
    reader: Reader
    into: Into
    result: Result
    tell: Tell
    # How much of its history was read before: that is passed over.
    after: int = 0
    servers: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    # By the keys of the source: our ids of a job and its server.
    homes: dict[str, tuple[int, int]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def run(self) -> Result:
        """Go through all of it. Raises DuplistatError: what was recorded until then stays, and counts the next time."""
        self.result.total = self.reader.total()
        self._places()
        try:
            self._history()
        finally:
            self._settle()
        return self.result

    def _places(self) -> None:
        places = self.reader.places()
        found: list[ServerRecord] = []
        wanted: list[JobRecord] = []
        named: list[KeyRecord] = []
        told: list[ChannelRecord] = []
        for place in places:
            match place:
                case ServerRecord():
                    found.append(place)
                case JobRecord():
                    wanted.append(place)
                case KeyRecord():
                    named.append(place)
                case ChannelRecord():
                    told.append(place)
                case LeftOut() if not self.after:
                    self.result.leave_out(place.why, place.what)
        self._servers(found)
        self._jobs([job for job in wanted if job.server in self.servers])
        self._keys(named)
        self._channels(told)

    def _servers(self, found: list[ServerRecord]) -> None:
        for some in _batches(found, PLACES_AT_ONCE):
            done = self.into.servers([_server(server) for server in some])
            for server, made in zip(some, done, strict=True):
                self.servers.setdefault(server.key, made["id"])
                self.result.servers += made["new"]

    def _jobs(self, wanted: list[JobRecord]) -> None:
        for some in _batches(wanted, PLACES_AT_ONCE):
            done = self.into.jobs([self._job(job) for job in some])
            for job, made in zip(some, done, strict=True):
                self.jobs.setdefault(job.key, made["id"])
                self.homes.setdefault(job.key, (made["id"], self.servers[job.server]))
                self.result.jobs += made["new"]
                self.result.pings += bool(job.ping or job.push) and not made["problem"]
                if made["changed"]:
                    self.changed.add(made["id"])
                if made["problem"]:
                    self.result.leave_out(made["problem"], job.name)

    def _keys(self, named: list[KeyRecord]) -> None:
        config = self.context.config
        for some in _batches(named, PLACES_AT_ONCE):
            problems = self.into.keys(
                [{"name": key.name, "key": keys.fresh(config, key.key)} for key in some]
            )
            for key, problem in zip(some, problems, strict=True):
                if problem:
                    self.result.leave_out(problem, key.name)

    def _channels(self, told: list[ChannelRecord]) -> None:
        wanted = []
        for record in told:
            found = prepared(self.context.config, self.result.program, record, self.homes)
            self._leave_out(found.problems)
            if found.channel is not None:
                wanted.append(found.channel)
        for some in _batches(wanted, PLACES_AT_ONCE):
            for channel, made in zip(some, self.into.channels(some), strict=True):
                self.result.channels += made["new"]
                self.result.rules += made["rules"]
                if made["problem"]:
                    self._leave_out([(made["problem"], channel["name"])])

    def _leave_out(self, problems: Iterable[tuple[str, str]]) -> None:
        """What of a channel does not come over: told once, also of an import that goes on where it ended."""
        for why, what in problems if not self.after else ():
            self.result.leave_out(why, what)

    def _job(self, job: JobRecord) -> NewJob:
        pinged = job.ping or job.push
        return {
            "server": self.servers[job.server],
            "name": job.name,
            "ref": job.ref,
            "schedule": job.schedule,
            "zone": job.zone,
            "grace_ms": job.grace_ms,
            "tags": list(job.tags),
            "notes": job.notes,
            "paused": job.paused,
            "url": urls.fresh(self.context.config, uuid=job.ping, token=job.push) if pinged else None,
            "slug": job.slug,
        }

    def _history(self) -> None:
        kept_days = in_effect(self.context.db, self.context.config).retention.runs_days
        oldest = self._now() - kept_days * DAY_MS if kept_days else 0
        rows: list[Row] = []
        missed: list[tuple[int, int]] = []
        passed = 0
        for item in self.reader.history():
            passed += 1
            if passed <= self.after:
                continue
            self.result.seen = passed
            self._take(item, rows, missed, oldest)
            if len(rows) >= AT_ONCE or len(missed) >= AT_ONCE:
                self._send(rows, missed)
        self.result.seen = self.result.total
        self._send(rows, missed)

    def _take(self, item: Happened, rows: list[Row], missed: list[tuple[int, int]], oldest: int) -> None:
        if isinstance(item, LeftOut):
            self.result.leave_out(item.why, item.what)
            return
        job = self.jobs.get(item.job)
        if job is None:
            self.result.leave_out(NO_JOB)
        elif isinstance(item, MissedRecord):
            at = to_ms(item.at)
            if oldest <= at <= self._now():
                missed.append((job, at))
                self.result.missed += 1
        else:
            received = min(to_ms(item.received), self._now())
            if received < oldest:
                self.result.leave_out(TOO_OLD)
                return
            rows.append(self._row(item, job, received))

    def _row(self, item: RunRecord | PingRecord, job: int, received: int) -> Row:
        if isinstance(item, RunRecord):
            report = item.report
        else:
            report = report_of(item, self.result.program, self.context.config.intake.max_log_lines)
        if report.status is Status.RUNNING:
            # What ran when it was copied has ended since, nobody knows how.
            report = replace(report, status=Status.UNKNOWN)
        values = intake.run_values(report, received, b"", collected=True, imported=self.result.program)
        return job, values, _packed_log(report)

    def _send(self, rows: list[Row], missed: list[tuple[int, int]]) -> None:
        if rows:
            taken = self.into.runs(rows)
            self.result.runs += taken["new"]
            self.result.known += taken["known"]
            gone = len(rows) - taken["new"] - taken["known"]
            if gone:
                self.result.leave_out(GONE, count=gone)
            self.changed.update(taken["jobs"])
            rows.clear()
        if missed:
            self.into.missed(missed)
            missed.clear()
        self.tell(self.result)

    def _settle(self) -> None:
        for some in _batches(sorted(self.changed), SETTLED_AT_ONCE):
            self.into.settle(some)

    def _now(self) -> int:
        return self.context.now()


def _server(server: ServerRecord) -> NewServer:
    return {
        "name": server.name,
        "machine_id": server.machine_id,
        "alias": server.alias,
        "notes": server.notes,
    }


def _packed_log(report: Report) -> bytes:
    lines = [(line.level, line.tag, line.text, to_ms(line.at)) for line in report.log]
    return pack(runs.write_log(lines)) if lines else b""


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
