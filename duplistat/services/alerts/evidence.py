"""Evidence of a time: what was expected and what came, job by job, a job in memory at once."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from duplistat import __version__
from duplistat.core import restore_points
from duplistat.core.alerts.evidence_facts import Head, JobFacts, Tail
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.services.alerts.evidence_record import Around, record
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.alerts.listeners import Silences, ancestors, subjects
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.counted import is_test, that_count
from duplistat.store import accounts, evidence, jobs, runs, servers, silences
from duplistat.store.audit import Entry
from duplistat.store.database import Database
from duplistat.store.jobs import Job

DAY_MS = 86_400_000
MOST_DAYS = 400
MOST_NAMED = 1000
_AT_ONCE = 500


@dataclass
class Evidence:
    """A head, and the records of jobs, which are read as they are asked for; `tail` is whole when they have ended."""

    head: Head
    jobs: Iterator[JobFacts]
    tail: Tail


def read_evidence(
    db: Database,
    sees: tuple[int, ...],
    defaults: ScheduleDefaults,
    *,
    account: str,
    begin: int,
    end: int,
    now: int,
) -> Evidence:
    """The evidence of all jobs of some accounts that count, from `begin` to `end` (ms), without what lies after `now`.

    Raises DuplistatError (invalid) for a time that ends before it begins, or has more than MOST_DAYS days.
    """
    end = min(end, now)
    if begin >= end:
        raise DuplistatError(Kind.INVALID, "the time ends before it begins", field="to")
    if end - begin > MOST_DAYS * DAY_MS:
        raise DuplistatError(
            Kind.INVALID, Text("the time has at most {most} days", most=MOST_DAYS), field="from"
        )
    hosts = {server.id: server for server in servers.visible(db, sees)}
    everything = [job for job in jobs.visible(db, sees, archived=True) if not (job.deleting or job.joining)]
    found = [
        job
        for job in that_count(everything, hosts.values())
        if (job.archived_at is None or job.archived_at >= begin)
        # A job may be older than what we first heard of it.
        and (job.created_at < end or evidence.any_run(db, job.id, begin, end))
    ]
    hosts |= servers.by_ids(db, {job.server_id for job in found} - hosts.keys())
    by_subject: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in evidence.changes(db, sees, begin):
        by_subject[entry.subject].append(entry)
    around = Around(
        defaults=defaults,
        begin=begin,
        end=end,
        now=now,
        servers=hosts,
        sees=frozenset(sees),
        accounts=accounts.names(db, sees),
        subjects=subjects(db, found),
        changes=by_subject,
        silences=Silences(silences.in_span(db, _with_above(db, sees), begin, end)),
        oldest=_oldest_versions(db, found, defaults),
    )
    tail: Tail = {
        "jobs": 0,
        "runs": 0,
        "missed": 0,
        "proofs": 0,
        "alarms": 0,
        "deliveries": 0,
        "deliveries_sha256": "",
    }
    head = _head(db, sees, found, around, account=account)
    return Evidence(head, _records(db, found, around, tail), tail)


def _head(db: Database, sees: tuple[int, ...], found: Sequence[Job], around: Around, *, account: str) -> Head:
    with_jobs = {job.server_id for job in found if job.archived_at is None}
    active = [job for job in found if job.archived_at is None]
    unheard = uncovered(db, active)
    return {
        "generator": "duplistat",
        "version": __version__,
        "made_at": around.now,
        "zone": around.defaults.zone.key,
        "begin": around.begin,
        "end": around.end,
        "account": account,
        "accounts": len(sees),
        "jobs": len(found),
        "servers_without_jobs": sorted(
            server.label
            for server in around.servers.values()
            if server.id not in with_jobs
            and server.archived_at is None
            and server.created_at < around.end
            and not server.identity.startswith((servers.DELETED, servers.MERGED))
            and not is_test(server)
        )[:MOST_NAMED],
        "jobs_nobody_hears_of": [_subject(job, around) for job in active if job.id in unheard][:MOST_NAMED],
        "away": [
            {"begin": first, "end": last, "kind": "away", "by": "", "why": ""}
            for first, last in evidence.downtimes(db, around.begin, around.end)
        ],
    }


def _records(db: Database, found: Sequence[Job], around: Around, tail: Tail) -> Iterator[JobFacts]:
    digest = sha256()
    for job in found:
        sent = evidence.deliveries(db, job.id, around.begin, around.end)
        for delivery in sent:
            digest.update(f"{delivery.sha256}\n".encode("ascii"))
        facts = record(db, job, sent, around)
        tail["jobs"] += 1
        tail["runs"] += len(facts["runs"])
        tail["missed"] += len(facts["missed_at"])
        tail["proofs"] += len(facts["proofs"])
        tail["alarms"] += len(facts["alarms"])
        tail["deliveries"] += len(sent)
        yield facts
    tail["deliveries_sha256"] = digest.hexdigest()


def _oldest_versions(db: Database, found: Sequence[Job], defaults: ScheduleDefaults) -> dict[int, int]:
    """{job: the oldest version that its latest good backup told of (ms)}, of those that told of any."""
    of_run = {job.last_success_run: job.id for job in found if job.last_success_run is not None}
    oldest: dict[int, int] = {}
    wanted = sorted(of_run)
    for first in range(0, len(wanted), _AT_ONCE):
        known = runs.with_restore_points(db, wanted[first : first + _AT_ONCE])
        for run, (details, at) in known.items():
            points = restore_points.read(json.loads(details), defaults.zone, at)
            if points.times and not points.more:
                oldest[of_run[run]] = min(points.times)
    return oldest


def _subject(job: Job, around: Around) -> str:
    return f"{around.servers[job.server_id].label} / {job.label}"


def _with_above(db: Database, sees: tuple[int, ...]) -> tuple[int, ...]:
    """Accounts, and those above them, whose silences hold for theirs."""
    above = ancestors(db)
    return tuple(sorted({id for account in sees for id in above[account]}))
