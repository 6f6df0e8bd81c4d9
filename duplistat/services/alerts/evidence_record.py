"""The evidence of one job: which runs were expected in a time, which were reported, and who was alerted."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duplistat.core.alerts.evidence import (
    FAILED,
    GOOD,
    OTHER,
    WARNING,
    Gap,
    Ran,
    Slot,
    ages,
    gaps,
    late,
    missed,
    repairs,
    slots,
)
from duplistat.core.alerts.evidence_facts import (
    Alarm,
    Counts,
    DeliveryFacts,
    GapFacts,
    JobFacts,
    ProofFacts,
    Protects,
    RunFacts,
    Span,
)
from duplistat.core.alerts.matching import JobSubject
from duplistat.core.alerts.problem import Problem
from duplistat.core.reason_words import message_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.verdict import Proof, Verdict, verdict_of
from duplistat.services.alerts.evidence_policy import (
    changes_of,
    policy_of,
    quiet_of,
    quiet_times,
    rules_of,
    steps_of,
)
from duplistat.services.alerts.listeners import Silences
from duplistat.services.context import ScheduleDefaults
from duplistat.store import channels, evidence, servers, told
from duplistat.store.audit import Entry
from duplistat.store.database import Database
from duplistat.store.evidence import DeliveryRow, RunRow
from duplistat.store.jobs import Job

# Tags that say what no report does.
LABELS = {"offsite": ("offsite", "off-site"), "encrypted": ("encrypted",), "immutable": ("immutable",)}


@dataclass(slots=True)
class Around:
    """What is read once for all jobs."""

    defaults: ScheduleDefaults
    begin: int
    end: int
    now: int
    servers: Mapping[int, servers.Server]
    sees: Collection[int]
    accounts: Mapping[int, str]
    subjects: Mapping[int, JobSubject]
    changes: Mapping[str, Sequence[Entry]]
    silences: Silences
    oldest: Mapping[int, int]
    channels: dict[int, str] = field(default_factory=dict)


def record(db: Database, job: Job, sent: Sequence[DeliveryRow], around: Around) -> JobFacts:
    """All that evidence says of a job; `sent` are the deliveries of its runs. Some half a dozen statements."""
    begin, end = max(around.begin, min(job.created_at, around.end - 1)), around.end
    rows = evidence.runs(db, job.id, around.begin, end)
    backups = [row for row in rows if row.is_backup]
    ran = [_ran(row) for row in backups]
    if ran:
        # Runs from before we knew of the job came with its first reports.
        begin = max(around.begin, min(begin, ran[0].at))
    entries = _entries(job, around)
    steps = steps_of(job, entries, around.begin)
    quiet = quiet_of(steps, begin, end)
    rules = rules_of(job, steps, around.defaults, begin, end)
    expected = slots(rules, ran, quiet_times(quiet, begin, end), around.now)
    expects = any(rule.schedule is not None or rule.gap_ms is not None for rule in rules)
    before = evidence.last_good(db, job.id, around.begin)
    age = ages([run for run in ran if run.restorable], _ran(before) if before else None, begin, end)
    stretches = gaps(ran, expected)
    mean, longest = repairs(stretches)
    known = evidence.problems(db, job.id, begin, end)
    proofs, in_backups = _proofs(rows)
    return {
        "id": job.id,
        "name": job.label,
        "server": around.servers[job.server_id].label,
        "account": around.accounts.get(job.account_id, ""),
        "tags": json.loads(job.tags),
        "known_since": job.created_at,
        "archived_at": job.archived_at,
        "protects": _protects(job, around),
        "policy": policy_of(job, around.defaults),
        "policy_changes": changes_of(entries, around.begin, end),
        "counts": _counts(ran, expected, expects=expects),
        "gaps": [_gap(gap, known) for gap in stretches],
        "max_age_ms": age.longest,
        "p95_age_ms": age.p95,
        "without_copy_ms": age.without,
        "repair_mean_ms": mean,
        "repair_max_ms": longest,
        "quiet": quiet,
        "silences": _silences(job, around),
        "proofs": proofs,
        "verified_in_backups": in_backups,
        "alarms": _alarms(db, known, around),
        "skewed_runs": sum(row.skew_ms != 0 for row in backups),
        "missed_at": [slot.at for slot in missed(expected)],
        "runs": _runs(backups, ran, sent),
    }


def _ran(row: RunRow) -> Ran:
    ended = row.ended_at if row.ended_at is not None else row.at + (row.duration_ms or 0)
    # An end by a clock that is wrong is no later than its report.
    ended = max(row.at, min(ended, max(row.received_at, row.at)))
    message = first_line(message_of(row.message), 300)
    return Ran(row.id, row.at, ended, row.status, bool(row.partial), message)


def _counts(ran: Sequence[Ran], expected: Sequence[Slot], *, expects: bool) -> Counts:
    by_outcome = Counter(run.outcome for run in ran)
    return {
        "expected": len(expected) if expects else None,
        "ran": len(ran),
        "good": by_outcome[GOOD],
        "warning": by_outcome[WARNING],
        "failed": by_outcome[FAILED],
        "other": by_outcome[OTHER],
        "missed": len(missed(expected)) if expects else None,
        "late": late(expected, ran) if expects else None,
    }


def _gap(gap: Gap, known: Sequence[Problem]) -> GapFacts:
    """A gap, with what somebody said of the problem that it was."""
    acked = next(
        (
            problem
            for problem in known
            if problem.acked_at is not None
            and (gap.end is None or problem.opened_at < gap.end)
            and (problem.closed_at is None or problem.closed_at >= gap.begin)
        ),
        None,
    )
    return {
        "begin": gap.begin,
        "end": gap.end,
        "cause": gap.cause,
        "run": gap.run,
        "failed": gap.failed,
        "missed": gap.missed,
        "message": gap.message,
        "acknowledged_at": acked.acked_at if acked else None,
        "acknowledged_by": acked.acked_by if acked else "",
        "acknowledged_why": acked.acked_why if acked else "",
    }


def _proofs(rows: Sequence[RunRow]) -> tuple[list[ProofFacts], int]:
    """Restores, verifications of their own, and what failed; and how many backups verified files and found none
    broken."""
    found: list[ProofFacts] = []
    in_backups = 0
    for row in rows:
        verdict = _verdict(row)
        if verdict is None:
            continue
        if row.is_backup and not verdict.failed:
            in_backups += 1
            continue
        found.append(
            {
                "at": row.at,
                "run": row.id,
                "kind": "restore" if verdict.proof is Proof.RESTORE else "verification",
                "good": not verdict.failed,
                "duration_ms": row.duration_ms,
                "size": row.size,
                "files": row.files if not verdict.failed else verdict.files,
                "message": first_line(verdict.message, 300),
            }
        )
    return found, in_backups


def _verdict(row: RunRow) -> Verdict | None:
    if row.telling is None:
        return None
    details: dict[str, Any] = json.loads(row.telling)
    return verdict_of(
        row.operation,
        Status(row.status),
        stopped=bool(row.partial),
        dry_run=bool(row.dry_run),
        message=row.message,
        numbers=details.get("numbers"),
        steps=details.get("steps", ()),
    )


def _alarms(db: Database, known: Sequence[Problem], around: Around) -> list[Alarm]:
    heard = told.of(db, [problem.id for problem in known])
    wanted = {item.channel_id for items in heard.values() for item in items} - around.channels.keys()
    around.channels.update(
        {
            id: row.name if row.account_id in around.sees else ""
            for id, row in channels.by_ids(db, sorted(wanted)).items()
        }
    )
    return [
        {
            "opened_at": problem.opened_at,
            "closed_at": problem.closed_at,
            "kind": problem.kind,
            "how": problem.closed_how,
            "told": [
                {"channel": around.channels.get(item.channel_id, ""), "at": item.first_at}
                for item in heard[problem.id]
            ],
            "acknowledged_at": problem.acked_at,
            "acknowledged_by": problem.acked_by,
        }
        for problem in known
    ]


def _runs(rows: Sequence[RunRow], ran: Sequence[Ran], sent: Sequence[DeliveryRow]) -> list[RunFacts]:
    of_run: defaultdict[int, list[DeliveryFacts]] = defaultdict(list)
    for delivery in sent:
        of_run[delivery.run].append({"id": delivery.id, "sha256": delivery.sha256})
    return [
        {
            "id": row.id,
            "at": row.at,
            "ended_at": row.ended_at,
            "status": row.status,
            "outcome": run.outcome,
            "duration_ms": row.duration_ms,
            "size": row.size,
            "deliveries": of_run[row.id],
        }
        for row, run in zip(rows, ran, strict=True)
    ]


def _silences(job: Job, around: Around) -> list[Span]:
    return [
        {
            "begin": max(silence.from_at, around.begin),
            "end": min(silence.until_at if silence.ended_at is None else silence.ended_at, around.end),
            "kind": "silence",
            # What accounts above say among themselves is theirs.
            "by": silence.set_by if silence.account_id in around.sees else "",
            "why": silence.why if silence.account_id in around.sees else "",
        }
        for silence in sorted(around.silences.of(around.subjects[job.id]), key=lambda one: one.from_at)
    ]


def _protects(job: Job, around: Around) -> Protects:
    facts, tags = (
        json.loads(around.servers[job.server_id].facts or "{}"),
        {tag.casefold() for tag in json.loads(job.tags)},
    )
    labelled = {name: True if tags.intersection(words) else None for name, words in LABELS.items()}
    return {
        "size": job.size,
        "files": job.files,
        "storage": job.storage,
        "versions": job.versions,
        "oldest_version_at": around.oldest.get(job.id),
        "destination": facts.get("destination_type") or None,
        "offsite": labelled["offsite"],
        "encrypted": labelled["encrypted"],
        "immutable": labelled["immutable"],
    }


def _entries(job: Job, around: Around) -> list[Entry]:
    """What people set on a job: the log knows it by what it is called, and by its own name before it had an alias."""
    host = around.servers[job.server_id]
    names = dict.fromkeys(
        f"{server} / {name}" for server in (host.label, host.name) for name in (job.label, job.name)
    )
    mine = [
        entry
        for name in names
        for entry in around.changes.get(name, ())
        if entry.account_id == job.account_id
    ]
    return sorted(mine, key=lambda entry: entry.id)
