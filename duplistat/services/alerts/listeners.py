"""Which rules are for which job: read for many at once, without a statement for each."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from duplistat.core.alerts.due import Listener
from duplistat.core.alerts.matching import EventSubject, JobSubject, covers, fits, fits_event
from duplistat.core.alerts.notice import severity_of
from duplistat.core.alerts.rule import Match, Rule, Step, parse_match, parse_rule
from duplistat.store import accounts, rules, servers, silences
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.silences import Silence


@lru_cache(maxsize=4096)
def rule_in(spec: str) -> Rule:
    """What the column of a rule says."""
    return parse_rule(json.loads(spec))


@lru_cache(maxsize=8192)
def match_in(spec: str) -> Match:
    """What the column of a silence says."""
    return parse_match(json.loads(spec))


def latest_end(found: Iterable[Silence]) -> int | None:
    """Until when one of some silences holds (ms); None for none."""
    return max((silence.until_at for silence in found), default=None)


def silences_job(silence: Silence, subject: JobSubject) -> bool:
    """Whether a silence is for a job, at whatever time."""
    return silence.account_id in subject.accounts and covers(match_in(silence.spec), subject)


class Silences:
    """Some silences, found by the jobs that they name: thousands may be for one job each."""

    def __init__(self, found: Iterable[Silence]) -> None:
        # Those that name no job.
        self.wide: list[Silence] = []
        self._naming = defaultdict[int, list[Silence]](list)
        for silence in found:
            named = match_in(silence.spec).jobs
            for job in named:
                self._naming[job].append(silence)
            if not named:
                self.wide.append(silence)

    def of(self, subject: JobSubject) -> list[Silence]:
        """Those that are for a job, at whatever time."""
        candidates = (*self._naming.get(subject.id, ()), *self.wide)
        return [silence for silence in candidates if silences_job(silence, subject)]


@dataclass(frozen=True, slots=True)
class Listeners:
    """All rules that are on, with their accounts, and the silences that hold."""

    rules: Sequence[tuple[int, Listener]]
    silences: Silences

    def of(self, subject: JobSubject, kind: str) -> list[Listener]:
        """The rules that alert about a kind of problem of a job."""
        severity = severity_of(kind)
        return [
            listener
            for account, listener in self.rules
            if account in subject.accounts and fits(listener.rule.match, subject, kind, severity)
        ]

    def of_event(self, event: EventSubject) -> list[Listener]:
        """The rules that alert about an event of a device."""
        return [
            listener
            for account, listener in self.rules
            if account in event.accounts and fits_event(listener.rule.match, event)
        ]

    def silences_event(self, event: EventSubject) -> bool:
        """Whether a silence that names events holds for it."""
        return any(
            silence.account_id in event.accounts and fits_event(match_in(silence.spec), event)
            # What selects jobs selects no event.
            for silence in self.silences.wide
        )

    def silenced_until(self, subject: JobSubject) -> int | None:
        """Until when a job is silenced (ms); None when no silence applies to it."""
        return latest_end(self.silences.of(subject))


def load_listeners(db: Database, now: int, channels: Collection[int] | None = None) -> Listeners:
    """The rules that are on and the silences that hold at `now` (ms). 2 statements.

    With `channels`, those of a rule that are not among them are left out.
    """
    found = []
    for row in rules.enabled(db):
        rule = rule_in(row.spec)
        if channels is not None:
            rule = _reaching(rule, channels)
        found.append((row.account_id, Listener(row.id, row.name, rule)))
    return Listeners(found, Silences(silences.holding(db, now)))


def subjects(db: Database, jobs: Sequence[Job]) -> dict[int, JobSubject]:
    """{job: as rules select it}. 2 statements."""
    above = ancestors(db)
    known = servers.by_ids(db, list({job.server_id for job in jobs}))
    return {job.id: subject_of(job, above[job.account_id], known[job.server_id].group_name) for job in jobs}


def subject_of(job: Job, above: Collection[int], group: str) -> JobSubject:
    return JobSubject(job.id, job.server_id, above, group, tags_in(job.tags))


@lru_cache(maxsize=4096)
def tags_in(tags: str) -> tuple[str, ...]:
    return tuple(json.loads(tags)) if tags else ()


def ancestors(db: Database) -> Mapping[int, tuple[int, ...]]:
    """{account: itself and all above it}."""
    return {account.id: account.lineage for account in accounts.all_accounts(db)}


def _reaching(rule: Rule, channels: Collection[int]) -> Rule:
    steps = tuple(
        Step(step.minutes, tuple(channel for channel in step.channels if channel in channels))
        for step in rule.steps
    )
    return replace(rule, steps=steps)
