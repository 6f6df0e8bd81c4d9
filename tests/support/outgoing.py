"""Channels, problems and notices made as the tests of alerts need them."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.core.alerts.notice import Kind, NoticeFacts, Why
from duplistat.core.alerts.problem import Closed, Problem, close
from duplistat.core.alerts.rule import Match, Rule, Step, plain_rule
from duplistat.services.alerts.facts import empty_facts
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.alerts.outbox import claim, finish
from duplistat.services.alerts.outcomes import Finished
from duplistat.store import attempts, channels, notices, problems, rules
from duplistat.store.attempts import Attempt
from duplistat.store.channels import Channel
from duplistat.store.notices import Notice
from tests.support.site import Site

MAIN = 1


def facts(**changes: Any) -> NoticeFacts:
    """Facts of a notice about nothing in particular."""
    return {**empty_facts(Kind.PROBLEM, Why.FIRST, 0, "main"), **changes}  # type: ignore[typeddict-item]


def facts_of(problem: Problem) -> dict[str, Any]:
    """A problem, as facts of a notice have it."""
    return {
        "id": problem.id,
        "uid": problem.uid,
        "kind": problem.kind,
        "severity": "error",
        "opened_at": problem.opened_at,
        "kind_at": problem.kind_at,
        "closed_at": problem.closed_at,
        "account": "main",
        "server": "nas",
        "server_id": 1,
        "job": "Documents",
        "job_id": None,
        "run": None,
        "reason": "",
        "message": "disk full",
        "log": [],
        "fails": 1,
        "again": 0,
        "unsteady": False,
        "last_good_at": None,
        "expected_at": None,
        "acked_by": "",
        "zone": "UTC",
    }


class Outgoing:
    """What is in the outbox of a site, and what senders make of it."""

    def __init__(self, site: Site) -> None:
        self.site, self.db, self.now = site, site.db, site.now
        self._subjects = 0

    def channel(self, name: str = "ops", kind: str = "webhook", **changes: Any) -> int:
        values = {
            "account_id": MAIN,
            "name": name,
            "kind": kind,
            "config": "",
            "shown": "",
            "state_at": self.now(),
            "created_at": self.now(),
        }
        with self.db.transaction():
            made = channels.add(self.db, values | changes)
        assert made is not None
        return made

    def rule(self, name: str, *named: int, account: int = MAIN) -> int:
        spec = json.dumps(plain_rule(Rule(Match(), (Step(0, named),))))
        with self.db.transaction():
            made = rules.add(self.db, account, name, spec, self.now())
        assert made is not None
        return made

    def problem(self, **changes: Any) -> Problem:
        self._subjects += 1
        now = self.now()
        usual: dict[str, Any] = {
            "id": 0,
            "uid": problems.new_uid(),
            "account_id": MAIN,
            "subject": f"job:{self._subjects}",
            "family": "health",
            "job_id": None,
            "channel_id": None,
            "kind": "failed",
            "opened_at": now,
            "kind_at": now,
            "bad_at": now,
        }
        with self.db.transaction():
            made = problems.add(self.db, Problem(**(usual | changes)))
        assert made is not None
        return self.problem_now(made)

    def problem_now(self, problem: int) -> Problem:
        found = problems.get(self.db, problem)
        assert found is not None
        return found

    def close(self, problem: Problem, how: Closed = Closed.GOOD) -> None:
        """It is over now."""
        seen = self.problem_now(problem.id)
        with self.db.transaction():
            assert problems.save_if_unchanged(self.db, close(seen, self.now(), how), seen)

    def notice(self, by: int | None, /, *members: Problem, kind: str = "problem", **changes: Any) -> int:
        """A notice that waits."""
        known = channels.get(self.db, by) if by is not None else None
        shown = [facts_of(problem) for problem in members]
        told = facts(kind=kind, total=len(shown), problems=shown)
        values = new_notice(MAIN, known, told, self.now())
        said = [(problem.id, f"{problem.id}:{by}:{kind}:0:{values['uid']}") for problem in members]
        with self.db.transaction():
            made = notices.add(self.db, values | changes, said)
        assert made is not None
        return made

    def claim(self, holder: str = "a", limit: int = 8, busy: Sequence[int] = ()) -> list[int]:
        return self.site.writes.run(claim, holder=holder, now=self.now(), limit=limit, busy=list(busy))

    def finish(self, notice: int, result: str, holder: str = "a", **outcome: Any) -> str:
        """End the attempt that is under way; what the notice is now."""
        plain: dict[str, Any] = {
            "result": result,
            "code": "",
            "answer": "",
            "retry_after_ms": None,
            "delivered": [],
            "refused": {},
            "ms": 20,
        }
        told: Finished = plain | outcome  # type: ignore[assignment]  # as the shape says
        number = outcome.pop("number", None) or self.get(notice).attempts
        told.pop("number", None)  # type: ignore[typeddict-item]  # not of it
        return self.site.writes.run(
            finish, notice=notice, number=number, holder=holder, outcome=told, now=self.now(), chance=0.5
        )

    def send(self, result: str = "sent", *, by: int | None = None, **outcome: Any) -> str:
        """Claim the one notice that is next, or next of a channel, and end its attempt."""
        others = {found.channel_id or 0 for found in self.waiting()} - {by} if by else ()
        (notice,) = self.claim(busy=list(others))
        return self.finish(notice, result, **outcome)

    def get(self, notice: int) -> Notice:
        found = notices.get(self.db, notice)
        assert found is not None
        return found

    def state(self, notice: int) -> tuple[str, str]:
        found = self.get(notice)
        return found.result or "waiting", found.result_why

    def get_channel(self, channel: int) -> Channel:
        found = channels.get(self.db, channel)
        assert found is not None
        return found

    def attempts(self, notice: int) -> list[Attempt]:
        return attempts.of_notice(self.db, notice)

    def outcomes(self, notice: int) -> list[str]:
        return [attempt.outcome for attempt in self.attempts(notice)]

    def waiting(self, channel: int | None = None) -> list[Notice]:
        """What waits, oldest first."""
        found = notices.page(self.db, self.site.everyone, result="", channel=channel, limit=500)
        return found[::-1]
