"""Who would hear of something wrong with a job, and when; and which jobs nobody would hear of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from duplistat.core.alerts.matching import JobSubject, covers
from duplistat.core.alerts.rule import EVENT, Rule
from duplistat.services.alerts.listeners import Silences, rule_in, subjects
from duplistat.store import channels, rules, silences
from duplistat.store.channels import BROKEN, OFF, Channel
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.rules import RuleRow
from duplistat.store.silences import Silence


class NotHeard(StrEnum):
    """Why a rule would not alert about a job, or not now."""

    HEARD = ""
    RULE_OFF = "rule_off"
    OTHER_JOBS = "other_jobs"
    EVENTS_ONLY = "events_only"
    NO_CHANNEL = "no_channel"
    CHANNEL_OFF = "channel_off"
    CHANNEL_BROKEN = "channel_broken"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class Told:
    """Channels that hear `minutes` after the first word; 0 for those that hear it."""

    minutes: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a rule would do about a job: whom it alerts when, or why not. `silence`: the one that holds now."""

    row: RuleRow
    rule: Rule
    told: tuple[Told, ...]
    why_not: NotHeard
    silence: Silence | None = None


def who_hears(db: Database, job: Job, now: int) -> list[Hearing]:
    """What each rule of the job's account and of those above it would do. About 6 statements."""
    subject = subjects(db, [job])[job.id]
    rows = rules.of_accounts(db, tuple(subject.accounts))
    known = channels.by_ids(db, sorted({id for row in rows for id in rule_in(row.spec).channels}))
    held = Silences(silences.holding(db, now)).of(subject)
    # The one that holds longest.
    holding = max(held, key=lambda silence: silence.until_at, default=None)
    return [_hearing(row, subject, known, holding) for row in rows]


def uncovered(db: Database, jobs: Sequence[Job]) -> set[int]:
    """The jobs of which nobody would hear when something is wrong, but for silences that end. About 4 statements."""
    if not jobs:
        return set()
    of_jobs = subjects(db, jobs)
    above = sorted({account for subject in of_jobs.values() for account in subject.accounts})
    rows = [row for row in rules.of_accounts(db, tuple(above)) if row.enabled]
    known = channels.by_ids(db, sorted({id for row in rows for id in rule_in(row.spec).channels}))
    heard = [
        (row.account_id, rule_in(row.spec).match) for row in rows if _why_not(row, known) is NotHeard.HEARD
    ]
    return {
        id
        for id, subject in of_jobs.items()
        if not any(account in subject.accounts and covers(match, subject) for account, match in heard)
    }


def _hearing(
    row: RuleRow, subject: JobSubject, known: Mapping[int, Channel], silence: Silence | None
) -> Hearing:
    rule = rule_in(row.spec)
    told = tuple(
        Told(step.minutes, tuple(known[id] for id in step.channels if id in known)) for step in rule.steps
    )
    why_not = _why_not(row, known)
    if not covers(rule.match, subject):
        why_not = NotHeard.OTHER_JOBS
    elif why_not is NotHeard.HEARD and silence is not None:
        why_not = NotHeard.SILENCED
    return Hearing(row, rule, told, why_not, silence)


def _why_not(row: RuleRow, known: Mapping[int, Channel]) -> NotHeard:
    """Why a rule alerts about no job."""
    rule = rule_in(row.spec)
    states = {known[id].state for id in rule.channels if id in known}
    if not row.enabled:
        return NotHeard.RULE_OFF
    if set(rule.match.kinds) == {EVENT}:
        return NotHeard.EVENTS_ONLY
    if not states:
        return NotHeard.NO_CHANNEL
    if states == {OFF}:
        return NotHeard.CHANNEL_OFF
    return NotHeard.CHANNEL_BROKEN if states <= {OFF, BROKEN} else NotHeard.HEARD
