"""Rows of servers and jobs as shapes. Whatever a page needs besides is asked for once for all of its rows."""

import json
from collections import Counter
from collections.abc import Sequence
from math import inf

from duplistat.apis.native.models import (
    GoodRun,
    Job,
    JobCounts,
    LatestRun,
    LiveState,
    ProofState,
    Schedule,
    Server,
    ServerRef,
)
from duplistat.core import restore_points
from duplistat.core.expectation import Source
from duplistat.core.health import Live, health_of, rests_until
from duplistat.core.reason_words import message_of
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms, iso_ms
from duplistat.core.verdict import Proof
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.jobs.reasons import reason_of
from duplistat.services.jobs.state import facts_of, health_since, rhythm_of
from duplistat.services.jobs.verdicts import DISMISSED, PREFIXES, TOLD
from duplistat.store import accounts, job_lists, runs, servers
from duplistat.store.jobs import Job as JobRow
from duplistat.store.servers import Server as ServerRow


def time(at: int) -> str:
    """A time in ms as our JSON has it."""
    return iso_ms(from_ms(at))


def servers_of(ctx: Context, rows: Sequence[ServerRow]) -> list[Server]:
    """Two statements."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    now = ctx.now()
    counts: dict[int, Counter[Health]] = {row.id: Counter() for row in rows}
    for server, facts, count in job_lists.facts_by_server(ctx.db, counts.keys(), now):
        counts[server][health_of(facts, now)] += count
    return [_server(row, names.get(row.account_id, ""), counts[row.id]) for row in rows]


def jobs_of(ctx: Context, rows: Sequence[JobRow], now: int) -> list[Job]:
    """Four statements."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    known = servers.by_ids(ctx.db, {row.server_id for row in rows})
    words = runs.status_texts(
        ctx.db, [row.last_run for row in rows if row.last_run and row.last_status == Status.OTHER]
    )
    points = runs.with_restore_points(ctx.db, [row.last_success_run for row in rows if row.last_success_run])
    return [
        _job(
            ctx,
            row,
            known[row.server_id],
            names.get(row.account_id, ""),
            words.get(row.last_run or 0),
            points.get(row.last_success_run or 0, ("{}", 0)),
            now,
        )
        for row in rows
        # One that was deleted in between is no longer there.
        if row.server_id in known
    ]


def _server(row: ServerRow, account: str, counts: Counter[Health]) -> Server:
    return Server(
        id=row.id,
        name=row.name,
        alias=row.alias,
        sender=row.sender or None,
        machine_id=row.machine_id or None,
        account=account,
        group=row.group_name or None,
        archived=row.archived_at is not None,
        facts=json.loads(row.facts),
        may_be_id=row.may_be_id,
        created_at=time(row.created_at),
        seen_at=time(row.seen_at),
        jobs=JobCounts(total=counts.total(), **{health.value: counts[health] for health in Health}),
    )


def _job(
    ctx: Context,
    row: JobRow,
    server: ServerRow,
    account: str,
    word: str | None,
    good: tuple[str, int],
    now: int,
) -> Job:
    """`good` is the details of its latest good run, and when that was."""
    facts = facts_of(row)
    health, rests = health_of(facts, now), rests_until(facts, now)
    rhythm = rhythm_of(row, ctx.schedule_defaults)
    points = restore_points.read(json.loads(good[0]), ctx.schedule_defaults.zone, good[1])
    return Job(
        id=row.id,
        name=row.name,
        alias=row.alias,
        server=ServerRef(id=server.id, name=server.name, alias=server.alias, sender=server.sender or None),
        account=account,
        tags=json.loads(row.tags),
        paused=rests is not None,
        paused_until=iso(int(rests)) if rests is not None and rests != inf else None,
        archived=row.archived_at is not None,
        health=health,
        reason=reason_of(row, health, ctx.schedule_defaults, now),
        health_since=time(health_since(row, health, now)),
        schedule=Schedule(
            source=Source(row.source),
            text=row.schedule,
            zone=rhythm.zone.key,
            grace_ms=round(rhythm.grace.total_seconds() * 1000),
        ),
        expected_at=iso(row.expected_at),
        due_at=iso(row.due_at),
        # The sweep counts them; one that it has not seen yet is one.
        missed=row.missed or int(health is Health.OVERDUE),
        latest_run=_latest(row, word),
        latest_good_run=(
            GoodRun(id=row.last_success_run, at=time(row.last_success_at))
            if row.last_success_run is not None and row.last_success_at is not None
            else None
        ),
        verification=_proof(row, Proof.VERIFICATION),
        restore=_proof(row, Proof.RESTORE),
        live=_live(row) if row.live_state else None,
        size=row.size,
        storage=row.storage,
        files=row.files,
        versions=row.versions,
        runs=row.runs,
        restore_points=[time(at) for at in points.times],
        restore_points_more=points.more,
        quota_total=row.quota_total,
        quota_free=row.quota_free,
        created_at=time(row.created_at),
    )


def _latest(row: JobRow, word: str | None) -> LatestRun | None:
    if row.last_run is None or row.last_received is None or row.last_status is None:
        return None
    return LatestRun(
        id=row.last_run,
        status=Status(row.last_status),
        status_text=word,
        started_at=iso(row.last_started),
        received_at=time(row.last_received),
        duration_ms=row.last_duration,
        message=message_of(row.last_message) or None,
    )


def _proof(row: JobRow, proof: Proof) -> ProofState | None:
    run, at, failed, broken, message, dismissed, dismissed_at = (
        getattr(row, f"{PREFIXES[proof]}_{name}") for name in (*TOLD, *DISMISSED)
    )
    if at is None:
        return None
    return ProofState(
        status="failed" if failed else "succeeded",
        at=time(at),
        run_id=run,
        broken_files=broken,
        message=message_of(message) or None,
        dismissed_at=iso(dismissed_at) if failed and dismissed is not None and at <= dismissed else None,
    )


def _live(row: JobRow) -> LiveState:
    return LiveState(
        state=Live(row.live_state),
        started_at=iso(row.live_started),
        at=iso(row.live_at),
        phase=row.live_phase or None,
        progress=row.live_progress,
        error=row.live_error or None,
    )
