"""The explanation of a job as a shape, which the API answers and `duplistat job explain --json` prints."""

from datetime import timedelta

from duplistat.apis.native.expectation_models import Expectation, Expected, Learned, PastAlarm
from duplistat.core.alarms import Alarm
from duplistat.core.expectation import Expected as ExpectedRun
from duplistat.core.expectation import why
from duplistat.core.explanation import Evidence
from duplistat.core.explanation_words import evidence_lines
from duplistat.core.status import Health
from duplistat.core.times import from_ms, iso_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import rhythm_of
from duplistat.services.monitoring.explanations import explain_job
from duplistat.store.database import Database
from duplistat.store.jobs import Job


def expectation_of(db: Database, job: Job, defaults: ScheduleDefaults, now: int) -> Expectation:
    """Two statements."""
    explained = explain_job(db, job, defaults, now)
    told = explained.explanation
    return Expectation(
        job_id=job.id,
        job_name=job.name,
        source=told.source,
        text=why(rhythm_of(job, defaults), told.source),
        schedule=told.schedule,
        zone=told.zone.key,
        grace_ms=_ms(told.grace),
        expected_at=iso_ms(told.expected.at),
        overdue_at=iso_ms(told.expected.due),
        next=[found for item in told.following if (found := _expected(item)) is not None],
        runs=told.runs,
        runs_missing=told.missing,
        learned=_learned(told.evidence) if told.evidence is not None else None,
        contradicted=told.asks,
        alarms=[_alarm(alarm) for alarm in explained.alarms],
    )


def _learned(evidence: Evidence) -> Learned:
    learned, silent = evidence.learned, evidence.text is None
    return Learned(
        text=evidence_lines(evidence)[0],
        schedule=evidence.text,
        zone=evidence.zone.key,
        counts_from=learned.counts_from,
        settable=evidence.settable is not None,
        since=iso_ms(learned.since),
        runs=learned.runs,
        slots=learned.slots,
        skipped=learned.skipped,
        in_a_row=learned.in_a_row,
        spread_ms=_ms(learned.spread),
        lateness_ms=_ms(learned.late),
        longest_silence_ms=_ms(evidence.longest) if evidence.longest is not None else None,
        silence_limit_ms=_ms(learned.longest) if silent and learned.longest is not None else None,
        sureness=learned.sureness.value,
    )


def _expected(item: ExpectedRun) -> Expected | None:
    if item.at is None or item.due is None:
        return None
    return Expected(expected_at=iso_ms(item.at), overdue_at=iso_ms(item.due))


def _alarm(alarm: Alarm) -> PastAlarm:
    return PastAlarm(
        began_at=iso_ms(from_ms(alarm.at)),
        expected_at=iso_ms(from_ms(alarm.expected_at)),
        ended_at=iso_ms(from_ms(alarm.ended_at)),
        ended_by=alarm.ended_by,
        run_id=alarm.run,
        health=Health(alarm.health) if alarm.health else None,
    )


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
