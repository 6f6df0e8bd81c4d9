"""The decision table against whatever may happen: runs, pauses, acknowledgements, senders that fail or are killed.

However that goes: nobody hears that something is over who did not hear of it, nobody hears of it afterwards, of each
job one problem is open at most, and in the end everybody who was told hears that it is over.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from duplistat.config import Config
from duplistat.services.alerts.acknowledge import acknowledge
from duplistat.services.alerts.outbox import CLAIM_MS, claim, finish
from duplistat.store import notices, problems, told
from duplistat.store.database import Database
from tests.support.alerting import Alerting
from tests.support.clock import Clock
from tests.support.databases import put_prepared
from tests.support.site import Site

HOUR = 3_600_000
JOBS = ("one", "two", "three")
RESULTS = st.sampled_from(["Fatal", "Success", "Warning"])
OUTCOMES = st.sampled_from(["sent", "temporary", "killed before", "killed after"])
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"after_fails": 2, "remind_hours": 2},
    {"after_minutes": 20, "each": True, "recover": 2},
    {"match": {"kinds": ["warning", "failed", "overdue", "stuck"]}, "remind_hours": 1},
)


class Life(RuleBasedStateMachine):
    """A site with two rules and two channels, whose receivers keep what they got: (uid, kind, problem) by channel."""

    make: ClassVar[Callable[[], Site]]

    def __init__(self) -> None:
        super().__init__()
        self.site = type(self).make()
        self.alerting = Alerting(self.site)
        self.got: dict[int, list[tuple[str, str, int]]] = {}
        self.unknown: set[str] = set()

    @initialize(first=st.sampled_from(RULES), second=st.sampled_from(RULES), gather=st.sampled_from([0, 60]))
    def begin(self, first: dict[str, Any], second: dict[str, Any], gather: int) -> None:
        self.alerting = Alerting(self.site, gather_seconds=gather)
        ops, boss = self.alerting.channel("ops"), self.alerting.channel("boss")
        self.alerting.rule(ops, name="first", **first)
        self.alerting.rule(
            name="second",
            steps=[{"minutes": 0, "channels": [boss]}, {"minutes": 30, "channels": [ops]}],
            **second,
        )
        self.got = {ops: [], boss: []}
        for job in JOBS:
            self.alerting.run("Success", job=job, server=job, machine=job)

    @rule(runs=st.lists(st.tuples(st.sampled_from(JOBS), RESULTS), min_size=1, max_size=6), outcome=OUTCOMES)
    def ran_and_told(self, runs: list[tuple[str, str]], outcome: str) -> None:
        """A night: each run is taken in at once, and what is due then is sent."""
        for job, result in runs:
            self.ran(job, result)
            self.ticked()
            self.deliver(outcome)

    @rule(job=st.sampled_from(JOBS), result=RESULTS)
    def ran(self, job: str, result: str) -> None:
        self.site.now.forward(minutes=1)
        self.alerting.run(result, job=job, server=job, machine=job)

    @rule(minutes=st.sampled_from([1, 5, 21, 61, 400]))
    def passed(self, minutes: int) -> None:
        self.site.now.forward(minutes=minutes)

    @rule()
    def ticked(self) -> None:
        self.alerting.tick(deliver=False)

    @rule(job=st.sampled_from(JOBS))
    def paused(self, job: str) -> None:
        found = self.site.job(job)
        self.site.set_job(found, paused=not found.paused)

    @precondition(lambda self: self.alerting.problems(open_only=True))
    @rule(hours=st.sampled_from([None, 1, 24]))
    def acknowledged(self, hours: int | None) -> None:
        problem = self.alerting.problems(open_only=True)[0]
        until = None if hours is None else self.site.now() + hours * HOUR
        self.site.writes.run(acknowledge, problem=problem.id, until=until, **self.site.signature())

    @rule(outcome=OUTCOMES)
    def sent(self, outcome: str) -> None:
        self.deliver(outcome)

    def deliver(self, outcome: str) -> int:
        """Send what is due; how many notices."""
        now, db = self.site.now(), self.site.db
        taken = self.site.writes.run(claim, holder="one", now=now, limit=8, busy=[])
        for id in taken:
            notice = notices.get(db, id)
            assert notice is not None
            assert notice.channel_id is not None
            if outcome in ("sent", "killed after"):
                self.receive(notice.channel_id, notice)
            if outcome.startswith("killed"):
                self.unknown.add(notice.uid)
                continue
            self.site.writes.run(
                finish,
                notice=id,
                number=notice.attempts,
                holder="one",
                outcome={
                    "result": outcome,
                    "code": "",
                    "answer": "",
                    "retry_after_ms": None,
                    "delivered": [],
                    "refused": {},
                    "ms": 5,
                },
                now=now,
                chance=0.5,
            )
        return len(taken)

    def receive(self, channel: int, notice: notices.Notice) -> None:
        over = json.loads(notice.facts)["details"].get("over", [])
        for problem in notices.members(self.site.db, notice.id):
            before = [
                (kind, uid) for uid, kind, its in self.got[channel] if its == problem and uid != notice.uid
            ]
            heard = [kind for kind, _ in before]
            if notice.kind == "recovered":
                assert any(kind != "recovered" for kind in heard), "over, of what was not told"
            else:
                assert "recovered" not in heard, "told after it was over"
            self.got[channel].append((notice.uid, notice.kind, problem))
            if problem in over:
                assert notice.kind != "recovered"

    @invariant()
    def one_problem_of_a_job_is_open(self) -> None:
        subjects = Counter(problem.subject for problem in self.alerting.problems(open_only=True))
        assert all(count == 1 for count in subjects.values())

    @invariant()
    def one_notice_goes_out_twice_only_where_nobody_knows(self) -> None:
        for messages in self.got.values():
            times = Counter((uid, problem) for uid, _, problem in messages)
            assert all(uid in self.unknown for (uid, _), count in times.items() if count > 1)

    def teardown(self) -> None:
        if not self.got:
            return
        for job in JOBS:
            if self.site.job(job).paused:
                self.site.set_job(self.site.job(job), paused=False)
        self.settle()
        for _ in range(4):
            for job in JOBS:
                self.ran(job, "Success")
            self.settle()
        db = self.site.db
        assert self.alerting.problems(open_only=True) == []
        assert notices.waiting(db).count == 0
        for problem in self.alerting.problems():
            for item in told.of(db, [problem.id])[problem.id]:
                assert item.recovered_at is not None, (problem, item)
                heard = [kind for _, kind, its in self.got[item.channel_id] if its == problem.id]
                assert heard, "told, and nothing was received"

    def settle(self) -> None:
        """Let time pass until nothing waits, with receivers that take everything."""
        for _ in range(30):
            self.site.now.forward(minutes=25)
            self.alerting.tick(deliver=False)
            while self.deliver("sent"):
                pass
            if notices.waiting(self.site.db).count == 0 and not problems.due(
                self.site.db, self.site.now(), 1
            ):
                return
        assert CLAIM_MS < 25 * 60_000


def test_whatever_happens_everybody_hears_the_end_of_what_they_heard_of(
    prepared_sqlite: Path,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made: list[Database] = []

        def make() -> Site:
            home = Path(folder) / str(len(made))
            home.mkdir()
            db = Database(f"sqlite:///{put_prepared(home)}")
            made.append(db)
            config = Config.model_validate({"server": {"timezone": "UTC"}, "database": {"url": db.url}})
            return Site(config, db, Clock("2026-01-28T12:00:00Z"))

        run_state_machine_as_test(
            type("LifeHere", (Life,), {"make": staticmethod(make)}),
            settings=settings(
                max_examples=40,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        for db in made:
            db.close_all()
