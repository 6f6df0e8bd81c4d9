"""Whether a rule or a silence is for a job's problem, or for an event."""

from collections.abc import Collection
from dataclasses import dataclass

from duplistat.core.alerts.rule import EVENT, Match


@dataclass(frozen=True, slots=True)
class JobSubject:
    """A job, as rules select it. `accounts` are its own and all above it."""

    id: int
    server_id: int
    accounts: Collection[int]
    group: str
    tags: Collection[str]


@dataclass(frozen=True, slots=True)
class EventSubject:
    """A notification of a device, as rules select it. `accounts` are that of its server and all above it."""

    server_id: int
    group: str
    accounts: Collection[int]
    severity: str
    type: str


def covers(match: Match, job: JobSubject) -> bool:
    """Whether a match selects a job, whatever is wrong with it."""
    return (
        (not match.accounts or any(account in match.accounts for account in job.accounts))
        and (not match.servers or job.server_id in match.servers)
        and (not match.groups or job.group in match.groups)
        and (not match.jobs or job.id in match.jobs)
        and (not match.tags or any(tag in match.tags for tag in job.tags))
        and all(tag in job.tags for tag in match.tags_all)
        and not any(tag in match.tags_none for tag in job.tags)
    )


def fits(match: Match, job: JobSubject, kind: str, severity: str) -> bool:
    """Whether a rule tells of a problem of a job."""
    return (
        kind in match.kinds and (not match.severities or severity in match.severities) and covers(match, job)
    )


def fits_event(match: Match, event: EventSubject) -> bool:
    """Whether a rule tells of a device's notification. What selects jobs selects no event."""
    return (
        EVENT in match.kinds
        and not (match.jobs or match.tags or match.tags_all)
        and (not match.accounts or any(account in match.accounts for account in event.accounts))
        and (not match.servers or event.server_id in match.servers)
        and (not match.groups or event.group in match.groups)
        and (not match.severities or event.severity in match.severities)
        and (not match.event_types or event.type in match.event_types)
    )
