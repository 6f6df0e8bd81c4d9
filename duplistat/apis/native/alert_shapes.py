"""Rows of problems, notices, rules and silences as shapes. What a page needs besides is asked for once for all rows."""

import json
from collections.abc import Mapping, Sequence

from duplistat.apis.native.alert_models import (
    Acknowledgement,
    Attempt,
    ChannelRef,
    JobRef,
    Notice,
    NoticeDetail,
    Problem,
    ProblemDetail,
    RuleRef,
    Told,
)
from duplistat.apis.native.models import ServerRef
from duplistat.apis.native.rule_models import Match, Rule, RuleSettings
from duplistat.apis.native.shapes import time
from duplistat.apis.native.silence_models import Silence
from duplistat.core.alerts.notice import severity_of
from duplistat.core.alerts.problem import Problem as ProblemRow
from duplistat.core.reason import load
from duplistat.http.answers import iso
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import said
from duplistat.services.jobs.state import zone_of
from duplistat.store import accounts, attempts, channels, jobs, notices, servers, told
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.notices import Notice as NoticeRow
from duplistat.store.rules import RuleRow
from duplistat.store.servers import Server
from duplistat.store.silences import Silence as SilenceRow

# What a waiting notice is called outside.
WAITING = "waiting"


def problems_of(
    db: Database, rows: Sequence[ProblemRow], defaults: ScheduleDefaults, now: int
) -> list[Problem]:
    """Three statements."""
    names = accounts.names(db, {row.account_id for row in rows})
    known = jobs.by_ids(db, [row.job_id for row in rows if row.job_id is not None])
    hosts = servers.by_ids(db, {job.server_id for job in known.values()})
    return [Problem.model_validate(_problem(row, names, known, hosts, defaults, now)) for row in rows]


def problem_of(
    db: Database, sees: tuple[int, ...], row: ProblemRow, defaults: ScheduleDefaults, now: int
) -> ProblemDetail:
    """A problem, with who was alerted about it; channels of accounts that the caller does not see have no name. Six
    statements."""
    (shape,) = problems_of(db, [row], defaults, now)
    by = told.of(db, [row.id])[row.id]
    found = channels.by_ids(db, [one.channel_id for one in by]).values()
    names = {channel.id: channel.name for channel in found if channel.account_id in sees}
    return ProblemDetail(
        **dict(shape),
        told=[
            Told(
                channel=ChannelRef(
                    id=one.channel_id if one.channel_id in names else None,
                    name=names.get(one.channel_id, ""),
                ),
                first_at=time(one.first_at),
                last_at=time(one.last_at),
                recovered_at=iso(one.recovered_at),
            )
            for one in by
        ],
        notice_ids=notices.seen_of_problem(db, sees, row.id),
    )


def notices_of(db: Database, rows: Sequence[NoticeRow]) -> list[Notice]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [Notice.model_validate(_notice(row, names)) for row in rows]


def notice_of(db: Database, row: NoticeRow) -> NoticeDetail:
    """A notice, with what became of each attempt. Three statements."""
    (shape,) = notices_of(db, [row])
    return NoticeDetail(
        **dict(shape),
        attempts=[
            Attempt.model_validate(
                {
                    "number": attempt.number,
                    "started_at": time(attempt.started_at),
                    "duration_ms": attempt.ms,
                    "outcome": attempt.outcome or None,
                    "code": attempt.code or None,
                    "answer": attempt.answer or None,
                }
            )
            for attempt in attempts.of_notice(db, row.id)
        ],
        problem_ids=notices.members(db, row.id),
    )


def rules_of(db: Database, rows: Sequence[RuleRow]) -> list[Rule]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        Rule(
            **dict(settings_of(row)),
            id=row.id,
            name=row.name,
            account=names.get(row.account_id, ""),
            account_id=row.account_id,
            enabled=bool(row.enabled),
            created_at=time(row.created_at),
        )
        for row in rows
    ]


def settings_of(row: RuleRow) -> RuleSettings:
    """What a rule says."""
    return RuleSettings.model_validate(json.loads(row.spec))


def silences_of(db: Database, rows: Sequence[SilenceRow], now: int) -> list[Silence]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        Silence.model_validate(
            {
                "id": row.id,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "match": Match.model_validate(json.loads(row.spec)),
                "from": time(row.from_at),
                "until": time(row.until_at),
                "state": row.state(now),
                "why": row.why,
                "set_by": row.set_by,
                "created_at": time(row.created_at),
                "ended_at": iso(row.ended_at),
            }
        )
        for row in rows
    ]


def problem_state(row: ProblemRow, now: int) -> str:
    """What a problem is at a time (ms): open, acknowledged or closed."""
    if row.closed_at is not None:
        return "closed"
    return "acknowledged" if row.acked(now) else "open"


def reason_in(row: ProblemRow, job: Job | None, defaults: ScheduleDefaults, now: int) -> str:
    """Why there is a problem, for a person who reads it at `now` (ms). Times in the job's zone."""
    zone = zone_of(job, defaults) if job is not None else defaults.zone
    return said(load(row.reason), zone, now)


def _problem(
    row: ProblemRow,
    names: Mapping[int, str],
    known: Mapping[int, Job],
    hosts: Mapping[int, Server],
    defaults: ScheduleDefaults,
    now: int,
) -> dict[str, object]:
    job = known.get(row.job_id) if row.job_id is not None else None
    server = hosts.get(job.server_id) if job is not None else None
    return {
        "id": row.id,
        "uid": row.uid,
        "account": names.get(row.account_id, ""),
        "account_id": row.account_id,
        "kind": row.kind,
        "severity": severity_of(row.kind).value,
        "state": problem_state(row, now),
        "server": (
            ServerRef(id=server.id, name=server.name, alias=server.alias, sender=server.sender or None)
            if server is not None
            else None
        ),
        "job": JobRef(id=job.id, name=job.name, alias=job.alias) if job is not None else None,
        "channel_id": row.channel_id,
        "reason": reason_in(row, job, defaults, now),
        "opened_at": time(row.opened_at),
        "kind_since": time(row.kind_at),
        "fails": row.fails,
        "run_id": row.run,
        "last_good_at": iso(row.last_good_at),
        "again": row.again,
        "unsteady": bool(row.unsteady),
        "acknowledgement": (
            Acknowledgement(
                until=time(row.acked_until),
                at=time(row.acked_at),
                by=row.acked_by,
                why=row.acked_why,
            )
            if row.acked(now) and row.acked_until is not None and row.acked_at is not None
            else None
        ),
        "closed_at": iso(row.closed_at),
        "closed_how": row.closed_how or None,
    }


def _notice(row: NoticeRow, names: Mapping[int, str]) -> dict[str, object]:
    waits = row.result == notices.WAITING
    return {
        "id": row.id,
        "uid": row.uid,
        "account": names.get(row.account_id, ""),
        "account_id": row.account_id,
        "channel": ChannelRef(id=row.channel_id, name=row.channel),
        "rule": RuleRef(id=row.rule_id, name=row.rule) if row.rule_id is not None else None,
        "kind": row.kind,
        "why": row.why,
        "state": row.result or WAITING,
        "state_why": row.result_why or None,
        "attempt_count": row.attempts,
        "created_at": time(row.created_at),
        "next_try_at": iso(row.not_before) if waits else None,
        "ended_at": iso(row.ended_at),
    }
