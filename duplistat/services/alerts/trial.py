"""try_rule(): simulate a rule on the last days, before it is saved."""

from statistics import median
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from duplistat.core.alerts.due import Listener
from duplistat.core.alerts.matching import covers
from duplistat.core.alerts.notice import Kind
from duplistat.core.alerts.problem import Change
from duplistat.core.alerts.rule import parse_rule
from duplistat.core.alerts.simulate import Watched, simulate
from duplistat.services.alerts.listeners import subjects
from duplistat.services.alerts.zones import zones_of
from duplistat.store import accounts, channels, jobs, servers, transitions
from duplistat.store.database import Database

DAY_MS = 86_400_000
MOST_DAYS = 90
# Changes that are played, at most: of more, those of the first jobs only.
MOST_CHANGES = 10_000
MOST_SHOWN = 500


class TrialMessage(TypedDict):
    """A message that would have gone out at `at` (ms): which channel, kind and why as in a notice, and which jobs."""

    at: int
    channel: str
    kind: str
    why: str
    jobs: list[str]
    total: int


class Trial(TypedDict):
    """The alerts that a rule would have sent about its jobs.

    `messages` are the first MOST_SHOWN of `count`; `recoveries` of these say that something is over, `groups` tell of
    several jobs, `held` waited for the end of quiet hours. `first_after_ms`: how long the first word took in the
    middle. `sampled`: only some of the jobs were played, since there were too many changes.
    """

    days: int
    jobs: int
    changes: int
    sampled: bool
    count: int
    recoveries: int
    groups: int
    held: int
    first_after_ms: int | None
    messages: list[TrialMessage]


def try_rule(
    db: Database,
    account: int,
    rule: dict[str, Any],
    now: int,
    *,
    days: int = 30,
    gather_ms: int,
    storm_ms: int,
    zone: ZoneInfo,
) -> Trial:
    """The alerts that a rule of an account would have sent in the last days. Raises DuplistatError (invalid).

    A few statements, and one read of at most MOST_CHANGES changes.
    """
    parsed = parse_rule(rule)
    mine = accounts.visible(db, account)
    everything = jobs.visible(db, mine)
    of_jobs = subjects(db, everything)
    chosen = [job for job in everything if covers(parsed.match, of_jobs[job.id])]
    hosts = servers.by_ids(db, {job.server_id for job in chosen})
    since = now - min(days, MOST_DAYS) * DAY_MS
    found = transitions.of_jobs(db, [job.id for job in chosen], since, MOST_CHANGES + 1)
    sampled = len(found) > MOST_CHANGES
    if sampled:
        # All of some jobs rather than the beginning of all.
        kept = {job.id for job in chosen[: max(1, len(chosen) * MOST_CHANGES // (2 * len(found)))]}
        chosen = [job for job in chosen if job.id in kept]
        found = transitions.of_jobs(db, sorted(kept), since, MOST_CHANGES)
    changes = [(item.job_id, Change(item.at, item.after, item.reason, item.run)) for item in found]
    names = {job.id: job.label for job in chosen}
    reached = {id: row for id, row in channels.by_ids(db, parsed.channels).items() if row.account_id in mine}
    messages = list(
        simulate(
            [Watched(of_jobs[job.id], hosts[job.server_id].label) for job in chosen],
            changes,
            Listener(0, "", parsed),
            zones_of(db, list(reached.values()), zone),
            now,
            gather_ms=gather_ms,
            storm_ms=storm_ms,
        )
    )
    waited = [
        message.at - message.since for message in messages if message.kind in (Kind.PROBLEM, Kind.SUMMARY)
    ]
    return {
        "days": min(days, MOST_DAYS),
        "jobs": len(chosen),
        "changes": len(found),
        "sampled": sampled,
        "count": len(messages),
        "recoveries": sum(message.kind == "recovered" for message in messages),
        "groups": sum(len(message.jobs) > 1 for message in messages),
        "held": sum(message.held for message in messages),
        "first_after_ms": round(median(waited)) if waited else None,
        "messages": [
            {
                "at": message.at,
                "channel": reached[message.channel].name,
                "kind": message.kind.value,
                "why": message.why.value,
                "jobs": [names[job] for job in message.jobs[:5]],
                "total": len(message.jobs),
            }
            for message in messages[:MOST_SHOWN]
        ],
    }
