"""`python -m bench.alarms.played`: play the fleet through the services of a server whose clock is moved.

Reports are read and recorded as uploads are, in a real database; the clock learns and sweeps when something is due.
"""

import logging
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from bench.alarms.command import command
from bench.alarms.fleets import Life, Run, lives
from bench.alarms.result import Alarm, Outcome, by_pattern, longest_wait, outcome_of, table
from bench.result import Bench
from duplistat.config import load
from duplistat.core.reason import load as read_reason
from duplistat.core.reason_words import words
from duplistat.core.status import Health
from duplistat.core.times import from_ms
from duplistat.demo.reports import live, report
from duplistat.demo.runs import Machine, Task
from duplistat.demo.runs import Run as MadeUp
from duplistat.jobs.scheduler import LEARN_SECONDS
from duplistat.services.audit import BY_COMMAND
from duplistat.services.bootstrap import prepare
from duplistat.services.commands import Direct, schedule_defaults
from duplistat.services.jobs.settings import set_job
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import first_tick, sweep, tick
from duplistat.services.reports import intake
from duplistat.services.reports.accept import recording_of
from duplistat.store import jobs
from duplistat.store.database import Database

RESULTS = {"success": "Success", "warning": "Warning", "error": "Error"}
HOLDER = "bench"
NEVER_AWAY_MS = 10**15
# Shorter than what makes a job that says nothing stuck.
LIVE_EVERY_MS = 10 * 60_000
# Lives of each pattern; and how long they are in a quick run, which has one.
SEEDS, QUICK_DAYS = 4, 30
MOST_PER_THOUSAND = 1.0


class Server:
    """One server in one zone: a database, and a clock that only goes on when it is told to."""

    def __init__(self, data: Path, zone: str, now: int) -> None:
        # That it was away goes without saying here.
        logging.getLogger(tick.__module__).setLevel(logging.ERROR)
        self.config = load(data=data, environment={}, overrides={"server": {"timezone": zone}})
        data.mkdir(parents=True)
        self.db = Database(self.config.database_url)
        self.account = prepare(self.db, now)
        self.db.execute("PRAGMA synchronous=off")
        self.writes = Direct(self.db, self.config)
        self.defaults = schedule_defaults(self.config)
        self.now = now
        self._learns_at: int | None = None
        # Jobs that stopped for good: the first alarm of each is its last.
        self.stopped: set[int] = set()

    def upload(self, body: bytes, at: int) -> int:
        """Take in a report at `at`; the id of its job."""
        self.go_on_to(at)
        parsed = intake.read(body, endpoint="/api/upload", address="127.0.0.1", max_log_lines=1000)
        incoming = intake.Incoming(self.account, at, "/api/upload", body, "127.0.0.1", "", "application/json")
        done = self.writes.submit(recording_of(incoming, parsed))
        if done["job"] is None or done["duplicate"]:
            raise RuntimeError(f"a report was not recorded: {done}")
        if self._learns_at is None:
            self._learns_at = at + LEARN_SECONDS * 1000
        job: int = done["job"]
        return job

    def go_on_to(self, at: int) -> None:
        """Let the clock go on: learn soon after a report, and sweep at each moment at which something is due."""
        while (then := self._next()) is not None and then <= at:
            self.now = then
            if then == self._learns_at:
                self._learns_at = None
                learn_noted(self.db, self.writes, self.defaults, lambda: self.now)
            self._sweep()
        self.now = at

    def away(self, since: int, until: int) -> None:
        """Stop at `since`, and start again at `until`."""
        self.go_on_to(since)
        overdue = self.config.overdue
        last = first_tick(overdue, HOLDER, since)
        # Until then it ticked all the time, as far as the jobs can tell.
        last["silence_ms"] = NEVER_AWAY_MS
        self.writes.run(tick, **last)
        self.now = until
        if self._learns_at is not None:
            self._learns_at = until + LEARN_SECONDS * 1000
        if self.writes.run(tick, **first_tick(overdue, HOLDER, until))["away_ms"] != until - since:
            raise RuntimeError("the server did not notice that it was away")
        self._sweep()

    def _next(self) -> int | None:
        """When there is something to do next."""
        times = (jobs.next_due(self.db, self.now), self._learns_at)
        return min((at for at in times if at is not None), default=None)

    def _sweep(self) -> None:
        done = self.writes.run(sweep, now=self.now)
        if jobs.due(self.db, self.now, 1):
            raise RuntimeError(f"after a sweep that did {done} something is still due")
        if done["changed"] and self.stopped:
            self._pause_stopped()

    def _pause_stopped(self) -> None:
        """Jobs that are gone for good would be swept at each time that they miss, for years."""
        overdue = self.db.rows("SELECT id FROM job WHERE health = ? AND paused = 0", (Health.OVERDUE.value,))
        for job in self.stopped.intersection(id for (id,) in overdue):
            self.writes.run(set_job, job=job, changes={"paused": True}, by=BY_COMMAND.plain(), now=self.now)
            self.stopped.discard(job)


def measure(bench: Bench) -> None:
    """Count false alarms and missed stops of the whole fleet."""
    fleet = lives(seeds=range(bench.size(SEEDS, 1)), at_most=bench.size(0, QUICK_DAYS) or None)
    counted = by_pattern(play_in(bench.folder / "alarms", fleet))
    for line in table(counted).splitlines():
        bench.note(line)
    for each in counted:
        false, missed = each.per_thousand, each.missed
        what = f"{each.pattern}: false alarms per 1,000 of {each.runs:,} runs"
        bench.add("alarms", what, false, "", f"< {MOST_PER_THOUSAND:.0f}", false < MOST_PER_THOUSAND)
        bench.add("alarms", f"{each.pattern}: stops missed of {each.stops}", missed, "", "0", missed == 0)


def play(fleet: Iterable[Life]) -> Iterator[Outcome]:
    """Play the lives of each zone on one server, and those with an absence of ours on a server of their own."""
    with tempfile.TemporaryDirectory(prefix="duplistat-alarms-", ignore_cleanup_errors=True) as folder:
        yield from play_in(Path(folder), fleet)


def play_in(folder: Path, fleet: Iterable[Life]) -> Iterator[Outcome]:
    groups: dict[tuple[str, str, int], list[Life]] = defaultdict(list)
    for life in fleet:
        alone = (life.pattern, life.seed) if life.away else ("", 0)
        groups[life.zone.key, *alone].append(life)
    for number, ((zone, _, _), group) in enumerate(groups.items()):
        yield from _play_on_one(folder / f"server-{number}", zone, group)


def _play_on_one(data: Path, zone: str, group: list[Life]) -> Iterator[Outcome]:
    server, known = Server(data, zone, _ms(min(life.runs[0].start for life in group)) - 1), {}
    absences = [(_ms(since), _ms(until)) for since, until in group[0].away]
    for at, number, place, reports in sorted(_posts(group)):
        while absences and absences[0][1] <= at:
            server.away(*absences.pop(0))
        life = group[number]
        body = _body(number, life, life.runs[place]) if reports else _live(number, life, life.runs[place], at)
        known[number] = server.upload(body, at)
        if reports and place == len(life.runs) - 1:
            server.stopped.add(known[number])
    server.go_on_to(max(_ms(life.missing + longest_wait(life)) for life in group))
    for number, life in enumerate(group):
        yield outcome_of(life, list(_alarms(server.db, known[number], life)))
    server.db.close()


def _posts(group: list[Life]) -> Iterator[tuple[int, int, int, bool]]:
    """Everything that reaches the server: when (ms), of which life, which of its runs, and whether it is its report."""
    for number, life in enumerate(group):
        for place, run in enumerate(life.runs):
            yield _ms(run.arrives), number, place, True
            if life.live:
                began, ended = _ms(run.start), _ms(run.end)
                yield from ((at, number, place, False) for at in range(began + 5000, ended, LIVE_EVERY_MS))


def _alarms(db: Database, job: int, life: Life) -> Iterator[Alarm]:
    """Each time that the job became overdue."""
    rows = db.rows(
        "SELECT at, reason FROM transition WHERE job_id = ? AND after = ? ORDER BY id",
        (job, Health.OVERDUE.value),
    )
    for at, reason in rows:
        came = [run for run in life.runs if _ms(run.arrives) <= at]
        why = "".join(
            f"{from_ms(piece).astimezone(life.zone):%a %m-%d %H:%M}" if isinstance(piece, int) else piece
            for piece in words(read_reason(reason), at)
        )
        yield Alarm(from_ms(at), came[-1], max(run.start for run in came), None, why)


def _body(number: int, life: Life, run: Run) -> bytes:
    seconds = (run.end - run.start).total_seconds()
    made_up = MadeUp(
        run.start, seconds, RESULTS[run.status], files=1000, size=10**9, versions=5, next_run=run.tells
    )
    return report(_machine(number, life), _task(life), made_up)


def _live(number: int, life: Life, run: Run, at: int) -> bytes:
    """What it says of a run at `at`: first that it has started, and then how far it is."""
    done = (from_ms(at) - run.start) / (run.end - run.start)
    is_first = at - _ms(run.start) < LIVE_EVERY_MS
    return live(_machine(number, life), _task(life), run.start, from_ms(at), None if is_first else done)


def _machine(number: int, life: Life) -> Machine:
    return Machine(
        f"server-{number}",
        f"{number + 0xA1A:032x}",
        "Linux",
        "Debian",
        "linux-x64-gui.deb",
        "2.3.1.0",
        life.zone,
    )


def _task(life: Life) -> Task:
    return Task(f"{life.pattern} [{life.seed}]", "DB-1", "s3")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(command("bench.alarms.played", __doc__, play))
