"""The facts of a message, read when it is made and frozen: what it says then is what was so then."""

from collections import Counter
from collections.abc import Mapping, Sequence

from duplistat.core.alerts.grouping import Group
from duplistat.core.alerts.notice import (
    MOST_EVENTS,
    MOST_SHOWN,
    CauseFacts,
    EventFacts,
    Kind,
    NoticeFacts,
    ProblemFacts,
    ProblemKind,
    Why,
    severity_of,
)
from duplistat.core.alerts.problem import GRAVITY, Problem
from duplistat.store import accounts, jobs, log_text, runs, servers
from duplistat.store.database import Database
from duplistat.store.events import Event

LOG_LINES = 10
LONGEST_LINE = 300
LONGEST_MESSAGE = 2000


def empty_facts(kind: Kind, why: Why, at: int, account: str) -> NoticeFacts:
    """The facts of a message without problems: a test, a digest, a word of this server."""
    return {
        "kind": kind.value,
        "why": why.value,
        "at": at,
        "account": account,
        "rule": "",
        "number": 0,
        "of": 0,
        "total": 0,
        "counts": {},
        "problems": [],
        "events": [],
        "cause": "",
        "cause_name": "",
        "went": 0,
        "details": {},
    }


def facts_of(
    db: Database, kind: Kind, why: Why, at: int, found: Sequence[Problem], account: str
) -> NoticeFacts:
    """The facts of a message about problems, of which the worst and newest are shown. Some statements for each."""
    facts = empty_facts(kind, why, at, account)
    facts["total"], facts["counts"] = len(found), _counts(found)
    facts["problems"] = problem_facts(db, _worst_first(found)[:MOST_SHOWN])
    late = facts["counts"].keys() == {ProblemKind.OVERDUE.value}
    if len(found) > 1 and late and (since := _silent_since(db, found)):
        facts["details"] = {"since": since}
    return facts


def cause_facts(db: Database, causes: Sequence[Group], by_id: Mapping[int, Problem]) -> list[CauseFacts]:
    """What problems of one message have in common, with the worst of each. Some statements for all."""
    found = [[by_id[problem] for problem in item.members] for item in causes]
    worst = problem_facts(db, [_worst_first(problems)[0] for problems in found])
    return [
        {
            "cause": item.cause.value,
            "cause_name": item.name,
            "total": len(problems),
            "counts": _counts(problems),
            "worst": {**example, "log": []},
        }
        for item, problems, example in zip(causes, found, worst, strict=True)
    ]


def _worst_first(found: Sequence[Problem]) -> list[Problem]:
    return sorted(found, key=lambda problem: (-GRAVITY.get(problem.kind, 9), -problem.opened_at))


def _counts(found: Sequence[Problem]) -> dict[str, int]:
    return dict(Counter(problem.kind for problem in found))


def problem_facts(db: Database, found: Sequence[Problem]) -> list[ProblemFacts]:
    """Problems as the facts of messages."""
    known = jobs.by_ids(db, [problem.job_id for problem in found if problem.job_id is not None])
    hosts = servers.by_ids(db, {job.server_id for job in known.values()})
    names = accounts.names(db, {problem.account_id for problem in found})
    ran = runs.by_ids(db, [problem.run for problem in found if problem.run is not None])
    facts: list[ProblemFacts] = []
    for problem in found:
        job = known.get(problem.job_id) if problem.job_id is not None else None
        server = hosts.get(job.server_id) if job is not None else None
        run = ran.get(problem.run) if problem.run is not None else None
        facts.append(
            {
                "id": problem.id,
                "uid": problem.uid,
                "kind": problem.kind,
                "severity": severity_of(problem.kind).value,
                "opened_at": problem.opened_at,
                "kind_at": problem.kind_at,
                "closed_at": problem.closed_at,
                "account": names.get(problem.account_id, ""),
                "server": server.label if server is not None else "",
                "server_id": server.id if server is not None else None,
                "job": job.label if job is not None else "",
                "job_id": problem.job_id,
                "run": problem.run,
                "reason": problem.reason,
                "message": run.message[:LONGEST_MESSAGE] if run is not None else "",
                "log": _end_of_log(db, run.id) if run is not None and run.log_lines else [],
                "fails": problem.fails,
                "again": problem.again,
                "unsteady": bool(problem.unsteady),
                "last_good_at": problem.last_good_at,
                "expected_at": job.expected_at if job is not None else None,
                "acked_by": problem.acked_by,
                "zone": job.schedule_zone or "" if job is not None else "",
            }
        )
    return facts


def _silent_since(db: Database, found: Sequence[Problem]) -> int | None:
    """When the server of problems last reported anything (ms), if all are of one, and nothing came from it since."""
    known = jobs.by_ids(db, [problem.job_id for problem in found if problem.job_id is not None])
    hosts = list(servers.by_ids(db, {job.server_id for job in known.values()}).values())
    if len(hosts) != 1 or hosts[0].seen_at >= min(problem.kind_at for problem in found):
        return None
    return hosts[0].seen_at


def event_facts(db: Database, found: Sequence[Event]) -> list[EventFacts]:
    """Events of devices as the facts of messages, at most MOST_EVENTS."""
    shown = found[-MOST_EVENTS:]
    hosts = servers.by_ids(db, {event.server_id for event in shown})
    names = accounts.names(db, {event.account_id for event in shown})
    return [
        {
            "id": event.id,
            "account": names.get(event.account_id, ""),
            "server": hosts[event.server_id].label if event.server_id in hosts else "",
            "server_id": event.server_id,
            "severity": event.severity,
            "type": event.type,
            "job": event.job_name,
            "message": event.message[:LONGEST_MESSAGE],
            "at": event.at,
        }
        for event in shown
    ]


def _end_of_log(db: Database, run: int) -> list[str]:
    """The last lines of a run's log that are errors or warnings; without such, the last lines."""
    log = log_text.of_run(db, run)
    numbers = log.find(("error", "fatal", "warning")) or list(range(len(log)))
    return [log.line(number)[2][:LONGEST_LINE] for number in numbers[-LOG_LINES:]]
