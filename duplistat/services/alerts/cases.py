"""The problems at which it is time to look, with all that decides about them: read for many at once."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duplistat.core.alerts.due import said_in
from duplistat.core.alerts.grouping import Member, Recent, Trait
from duplistat.core.alerts.notice import Cause, Kind, ProblemKind, Why
from duplistat.core.alerts.plan import Case, ChannelState
from duplistat.core.alerts.problem import Problem
from duplistat.core.health import rests_until
from duplistat.core.reason import Code, load
from duplistat.services.alerts.listeners import Listeners, ancestors, rule_in, subject_of
from duplistat.services.alerts.zones import zones_of
from duplistat.services.jobs.state import facts_of
from duplistat.store import (
    accounts,
    channels,
    job_lists,
    jobs,
    notices,
    rules,
    runs,
    scheduler_lease,
    servers,
    told,
)
from duplistat.store.channels import OFF
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server

# What opened so soon after this server was back opened with it.
AFTER_OUTAGE_MS = 5 * 60_000
# Numbers, ids and paths: two messages that differ in these alone say the same.
_PARTICULAR = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+|(?:[\w.-]*[/\\])+[\w.-]*", re.IGNORECASE)
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """What is to be planned: cases, what the channels were told, {server: how many jobs}, and how many jobs in all."""

    cases: Sequence[Case]
    channels: Mapping[int, ChannelState]
    jobs_of: Mapping[int, int]
    jobs: int


def situation(
    db: Database, found: Sequence[Problem], listeners: Listeners, now: int, *, since: int, zone: ZoneInfo
) -> Situation:
    """All that decides about some problems at `now` (ms). Some dozen statements, however many problems there are.

    `since`: how far back it counts what channels were told (ms). `zone` is that of channels and accounts without one.
    """
    ids = [problem.id for problem in found]
    known = jobs.by_ids(db, [problem.job_id for problem in found if problem.job_id is not None])
    hosts = servers.by_ids(db, {job.server_id for job in known.values()})
    ran = runs.by_ids(db, [problem.run for problem in found if problem.run is not None])
    said, heard, above = notices.said_of(db, ids), told.of(db, ids), ancestors(db)
    away = scheduler_lease.downtimes_since(db, now - AFTER_OUTAGE_MS)
    back = away[0].to_at if away else None
    mute = _mute_rules(db, heard.values())
    cases = []
    for problem in found:
        job = known.get(problem.job_id) if problem.job_id is not None else None
        server = hosts.get(job.server_id) if job is not None else None
        if job is None or server is None:
            continue
        subject = subject_of(job, above[job.account_id], server.group_name)
        run = ran.get(problem.run) if problem.run is not None else None
        mine = heard[problem.id]
        words = [said_in(dedupe, entry[1]) for dedupe, entry in said[problem.id].items()]
        cases.append(
            Case(
                problem=problem,
                member=Member(
                    problem.id, problem.kind, server.id, tuple(_traits(problem, server, run, back))
                ),
                tags=subject.tags,
                listeners=listeners.of(subject, problem.kind),
                told={item.channel_id: item.first_at for item in mine},
                recovering=[
                    item.channel_id for item in mine if item.recovered_at is None and item.rule_id not in mute
                ],
                said=[item for item in words if item is not None],
                resting=_rests(job, now),
                silenced_until=listeners.silenced_until(subject),
            )
        )
    states = channel_states(db, cases, now, since=since, zone=zone)
    by_account = accounts.counts(db, "job", {job.account_id for job in known.values()})
    return Situation(cases, states, job_lists.counts_of_servers(db, list(hosts)), sum(by_account.values()))


def channel_states(
    db: Database, cases: Iterable[Case], now: int, *, since: int, zone: ZoneInfo
) -> dict[int, ChannelState]:
    """What the channels were told lately that the cases may be told by; those that are off are left out."""
    wanted = {channel for case in cases for item in case.listeners for channel in item.rule.channels}
    wanted |= {channel for case in cases for channel in case.recovering}
    found = {id: row for id, row in channels.by_ids(db, sorted(wanted)).items() if row.state != OFF}
    counts, zones = told.open_counts(db, list(found)), zones_of(db, found.values(), zone)
    return {
        id: ChannelState(
            zone=zones[id],
            recent=[
                Recent(
                    at,
                    0 if kind == Kind.RECOVERED else problems_in,
                    storm=why == Why.STORM,
                    over=why == Why.STORM_OVER,
                )
                for at, kind, why, problems_in in notices.recent_of(db, id, since)
            ],
            open_told=counts.get(id, 0),
        )
        for id in found
    }


def _mute_rules(db: Database, heard: Iterable[Sequence[told.Told]]) -> Collection[int]:
    """The rules, among those by which somebody was told, that do not tell that it is over."""
    ids = {item.rule_id for items in heard for item in items if item.rule_id is not None}
    return {row.id for row in rules.by_ids(db, sorted(ids)) if not rule_in(row.spec).recover}


def _rests(job: Job, now: int) -> bool:
    return rests_until(facts_of(job), now) is not None


def _traits(problem: Problem, server: Server, run: Run | None, back: int | None) -> Iterable[Trait]:
    """What a problem may have in common with others."""
    if back is not None and 0 <= problem.opened_at - back < AFTER_OUTAGE_MS:
        yield Trait(Cause.OUTAGE, "", "")
    yield Trait(Cause.SERVER, str(server.id), server.label)
    if server.service_id is not None:
        yield Trait(Cause.AGENT, str(server.service_id), server.label)
    if problem.kind == ProblemKind.OVERDUE:
        for item in load(problem.reason):
            expected = item.number("expected_at") if item.code is Code.OVERDUE else None
            if expected is not None:
                yield Trait(Cause.SCHEDULE, str(expected // 60_000), "")
        return
    if run is not None and problem.kind == ProblemKind.FAILED and (host := _destination(run)):
        yield Trait(Cause.DESTINATION, host.casefold(), host)
    if run is not None and run.message:
        key = _PARTICULAR.sub("#", run.message)[:_LONGEST_KEY].casefold()
        yield Trait(Cause.ERROR, key, run.message[:_LONGEST_KEY])


def _destination(run: Run) -> str:
    """The end of the name of the host that a run stores at, as its report tells it; "" for none, as on a disk."""
    told = json.loads(run.details or "{}").get("facts", {})
    return str(told.get("destination_host_suffix") or "").strip(".")
