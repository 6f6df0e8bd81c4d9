"""A site with rules and channels, and a receiver that takes everything at once: what was told, in order."""

import json
from dataclasses import dataclass
from typing import Any

from duplistat.core.alerts.problem import Problem
from duplistat.core.alerts.rule import Rule, parse_rule, plain_rule
from duplistat.jobs.alerts import close_gone, route_and_tell
from duplistat.services.worker_context import WorkerContext
from duplistat.store import accounts, channels, notices, problems, rules, told
from duplistat.store.notices import Notice
from tests.support.bodies import duplicati
from tests.support.site import Site


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel was given: its kind, why, and the jobs that it is about, by name."""

    channel: str
    kind: str
    why: str
    jobs: tuple[str, ...]


class Alerting:
    """Rules of `main`, and channels by name. Gathering is off unless a test wants it."""

    def __init__(self, site: Site, *, gather_seconds: int = 0) -> None:
        self.site = site
        alerts = site.config.alerts.model_copy(update={"gather_seconds": gather_seconds})
        config = site.config.model_copy(update={"alerts": alerts})
        self.context = WorkerContext(config, site.db, site.writes, site.now)
        main = accounts.main(site.db)
        assert main is not None
        self.main = main.id

    def channel(self, name: str = "ops", *, zone: str = "UTC", account: int | None = None) -> int:
        new = channels.add(
            self.site.db,
            {
                "account_id": account or self.main,
                "name": name,
                "kind": "webhook",
                "config": "",
                "shown": "example.org",
                "zone": zone,
                "state_at": self.site.now(),
                "created_at": self.site.now(),
            },
        )
        assert new is not None
        return new

    def rule(self, *told: int, name: str = "all", account: int | None = None, **spec: Any) -> Rule:
        """A rule that tells these channels; `spec` is what it says besides."""
        steps = spec.pop("steps", [{"minutes": 0, "channels": list(told)}])
        rule = parse_rule({"steps": steps, **spec})
        new = rules.add(
            self.site.db, account or self.main, name, json.dumps(plain_rule(rule)), self.site.now()
        )
        assert new is not None
        return rule

    def run(self, result: str = "Success", *, job: str = "Documents", **more: Any) -> None:
        """A backup run that has just ended."""
        self.site.record(duplicati(self.site.now.text, job=job, result=result, minutes=0, **more))

    def tick(self, *, deliver: bool = True) -> list[Message]:
        """One round of the scheduler, and of a sender whose receivers take everything; what they were given."""
        route_and_tell(self.context)
        return self.deliver() if deliver else []

    def deliver(self) -> list[Message]:
        given = []
        for notice in reversed(notices.page(self.site.db, self.site.everyone, result="", limit=500)):
            if notice.not_before > self.site.now():
                continue
            given.append(self.message(notice))
            self.sent(notice)
        return given

    def sent(self, notice: Notice) -> None:
        """What a sender writes down when a receiver took a notice."""
        db, now = self.site.db, self.site.now()
        db.execute("UPDATE notice SET result = 'sent', ended_at = ? WHERE id = ?", (now, notice.id))
        for problem in notices.members(db, notice.id):
            assert notice.channel_id is not None
            if notice.kind == "recovered":
                told.recovered(db, problem, notice.channel_id, now)
            else:
                told.tell(db, problem, notice.channel_id, notice.rule_id, notice.kind, now)

    def message(self, notice: Notice) -> Message:
        names = tuple(sorted(item["job"] for item in json.loads(notice.facts)["problems"]))
        return Message(notice.channel, notice.kind, notice.why, names)

    def close_gone(self) -> int:
        return close_gone(self.context)

    def problems(self, *, open_only: bool = False) -> list[Problem]:
        """Newest first."""
        return problems.page(self.site.db, self.site.everyone, open_only=open_only, limit=500)

    def problem(self) -> Problem:
        """The one that is open."""
        (found,) = self.problems(open_only=True)
        return found

    def kinds(self, *, deliver: bool = True) -> list[tuple[str, str]]:
        """What `tick` gives, as (channel, kind)."""
        return [(message.channel, message.kind) for message in self.tick(deliver=deliver)]
