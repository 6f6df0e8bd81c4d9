"""What the pages of alerts show: channels, problems and notices on the site of a test."""

import json
from typing import Any

from duplistat.core.alerts.problem import Problem
from duplistat.core.alerts.rule import parse_rule, plain_rule
from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.jobs.alerts import route_and_tell
from duplistat.services.worker_context import WorkerContext
from duplistat.store import attempts, channels, notices, problems, rules
from duplistat.store.notices import Notice
from tests.web.site import Site


def channel(site: Site, name: str = "ops", account: int = 1, **values: Any) -> int:
    """The id of a new channel that is on."""
    now = to_ms(site.now)
    made = channels.add(
        site.db,
        {
            "account_id": account,
            "name": name,
            "kind": "webhook",
            "config": "",
            "shown": "hooks.example.org",
            "state": "on",
            "state_at": now,
            "created_at": now,
        }
        | values,
    )
    assert made is not None
    return made


def rule(site: Site, *told: int, name: str = "all", account: int = 1, **spec: Any) -> int:
    """The id of a new rule that tells these channels."""
    plain = {"steps": [{"minutes": 0, "channels": list(told)}], "gather_seconds": 0, **spec}
    made = rules.add(site.db, account, name, json.dumps(plain_rule(parse_rule(plain))), to_ms(site.now))
    assert made is not None
    return made


def tick(site: Site) -> None:
    """One round of the scheduler: changes become problems, and problems become notices."""
    ctx: Context = site.app.extensions[KEY]
    route_and_tell(WorkerContext(ctx.config, site.db, site.writes, ctx.now))


def failing(site: Site, *told: int) -> Problem:
    """A job that failed, told of by a rule that tells these channels."""
    if told:
        rule(site, *told)
    site.fail()
    tick(site)
    (found,) = problems.open_in(site.db, (1,), 10)
    return found


def only_notice(site: Site) -> Notice:
    (found,) = notices.page(site.db, (1,), limit=10)
    return found


def attempt(site: Site, notice: Notice, outcome: str, code: str, answer: str, ms: int = 41) -> None:
    """An attempt to send a notice that has come to an end."""
    now = to_ms(site.now)
    number = len(attempts.of_notice(site.db, notice.id)) + 1
    attempts.begin(site.db, notice.id, number, "sender-1", now)
    attempts.end(site.db, notice.id, number, "sender-1", ms=ms, outcome=outcome, code=code, answer=answer)
