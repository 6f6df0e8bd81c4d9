"""What would have gone out: in the last weeks of the demo a channel is told by a rule, and its receiver takes all."""

from duplistat.config import Config
from duplistat.services.alerts.channel_config import prepared
from duplistat.services.alerts.channels import add_channel, delete_channel, switch_channel
from duplistat.services.alerts.device_events import route_events
from duplistat.services.alerts.outbox import claim, finish
from duplistat.services.alerts.routing import route
from duplistat.services.alerts.rules import add_rule, delete_rule
from duplistat.services.alerts.telling import tell_due
from duplistat.services.audit import BY_COMMAND
from duplistat.services.writes import Writes
from duplistat.store import channels, events, notices, rules, transitions
from duplistat.store.database import Database

# For so long before the end messages are made.
WEEKS_MS = 30 * 24 * 3_600_000
NAME = "on-call"
URL = "https://alerts.example.org/demo"
HOLDER = "demo"
_DAY_MS = 24 * 3_600_000


class Alerts:
    """Takes changes in as the scheduler does, by the clock as it was then, and sends as nobody does."""

    def __init__(self, db: Database, writes: Writes, config: Config, account: int, until: int) -> None:
        self._db, self._writes, self._config, self._account = db, writes, config, account
        self._from = until - WEEKS_MS
        self._channel: int | None = None
        self._forget_the_usual(until)

    def every(self, at: int) -> int:
        """How often to look at a time (ms): what is told nobody needs no haste."""
        return _DAY_MS if at < self._from else 0

    def look(self, at: int) -> None:
        """Make what is due at a time (ms), and have it taken."""
        while transitions.any_unrouted(self._db):
            self._writes.run(route, now=at)
        if self._channel is None and at >= self._from:
            self._channel = self._begin(at)
        alerts = self._config.alerts
        while events.any_unrouted(self._db):
            self._writes.run(route_events, now=at, storm_ms=alerts.storm_ms)
        tell_due(
            self._db,
            self._writes,
            at,
            gather_ms=alerts.gather_ms,
            storm_ms=alerts.storm_ms,
            zone=self._config.zone,
        )
        while notices.waiting(self._db).count and self._send(at):
            pass

    def end(self, at: int) -> None:
        """Let nothing be sent from now on: its receiver is made up."""
        if self._channel is not None:
            by = BY_COMMAND.plain()
            self._writes.run(switch_channel, channel=self._channel, on=False, by=by, now=at)

    def _forget_the_usual(self, at: int) -> None:
        by = BY_COMMAND.plain()
        for rule in rules.of_accounts(self._db, (self._account,)):
            self._writes.run(delete_rule, rule=rule.id, by=by, now=at)
        for channel in channels.of_accounts(self._db, (self._account,)):
            self._writes.run(delete_channel, channel=channel.id, by=by, now=at)

    def _begin(self, at: int) -> int:
        ready, by = prepared(self._config, "webhook", {"url": URL}), BY_COMMAND.plain()
        channel = self._writes.run(
            add_channel,
            account=self._account,
            kind="webhook",
            config=ready.config,
            shown=ready.shown,
            settings={"name": NAME},
            by=by,
            now=at,
        )
        rule = {
            "steps": [{"minutes": 0, "channels": [channel]}],
            "match": {
                "kinds": ["warning", "failed", "overdue", "stuck", "event"],
                "severities": ["warning", "error", "critical"],
            },
            "remind_hours": 24,
            "remind_times": 3,
        }
        self._writes.run(
            add_rule, account=self._account, name="All that goes wrong", rule=rule, by=by, now=at
        )
        return channel

    def _send(self, at: int) -> bool:
        """Have the next message taken; whether there was one."""
        taken = self._writes.run(claim, holder=HOLDER, now=at, limit=1, busy=[])
        for notice in (found for id in taken if (found := notices.get(self._db, id)) is not None):
            self._writes.run(
                finish,
                notice=notice.id,
                number=notice.attempts,
                holder=HOLDER,
                outcome={
                    "result": "sent",
                    "code": "200",
                    "answer": "made up: nobody was told",
                    "retry_after_ms": None,
                    "delivered": [],
                    "refused": {},
                    "ms": 120,
                },
                now=at,
                chance=0.5,
            )
        return bool(taken)
