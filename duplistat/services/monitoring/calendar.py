"""What ran on the days of a month, and what is expected on those to come: from the rows of jobs, not from history."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import inf
from typing import NamedTuple

from duplistat.core import days
from duplistat.core.expectation import Expected, Rhythm, Source, following, usual_gap
from duplistat.core.health import rests_until
from duplistat.core.schedule import to_utc
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import EPOCH_DAY, facts_of, rhythm_of
from duplistat.services.monitoring.explanations import following as awaited
from duplistat.store import job_days
from duplistat.store.database import Database
from duplistat.store.jobs import Job

# A job that runs more often than this is looked for once a day.
OFTEN = timedelta(hours=12)


class Ran(NamedTuple):
    """A job on a day that is over or going on: how its worst run was, as core.days has it."""

    job: Job
    letter: str


class Comes(NamedTuple):
    """A job on a day to come, and the first time in it at which it is expected."""

    job: Job
    expected: Expected


def ran(
    db: Database, accounts: tuple[int, ...], jobs: Sequence[Job], first: int, last: int, today: int
) -> dict[int, list[Ran]]:
    """{day: jobs with something on it} from the day `first` to `last` (from 1970 on). At most one statement.

    Days that the row of a job no longer has are those of its sums, which know failed and not failed alone.
    """
    found: dict[int, list[Ran]] = {day: [] for day in range(first, min(last, today) + 1)}
    kept = today - days.KEPT + 1
    if first < kept:
        by_id = {job.id: job for job in jobs}
        for row in job_days.between(db, accounts, first, min(last, kept - 1), 1):
            if row.job in by_id:
                letter = days.FAILED if row.failed else days.SUCCESS
                found[row.day].append(Ran(by_id[row.job], letter))
    begin, end = max(first, kept), min(last, today)
    if begin <= end:
        for job in jobs:
            letters = days.window(job.days, job.days_to, end, end - begin + 1) if job.days else ""
            for place, letter in enumerate(letters):
                if letter != days.NOTHING:
                    found[begin + place].append(Ran(job, letter))
    return found


def comes(
    jobs: Sequence[Job], first: date, last: date, defaults: ScheduleDefaults, now: int
) -> dict[int, list[Comes]]:
    """{day: jobs that are expected on it} from the day `first` to `last` by the clock of the server, and not before
    `now` (ms)."""
    zone = defaults.zone
    begins = [
        to_utc(datetime.combine(first + timedelta(days=place), time()), zone)
        for place in range((last - first).days + 2)
    ]
    found: dict[int, list[Comes]] = {
        (first + timedelta(days=place)).toordinal() - EPOCH_DAY: [] for place in range(len(begins) - 1)
    }
    since = max(begins[0], from_ms(now))
    for job in jobs:
        for expected in _expected(job, rhythm_of(job, defaults), since, begins, now):
            if expected.at is not None:
                day = expected.at.astimezone(zone).date().toordinal() - EPOCH_DAY
                if day in found and (not found[day] or found[day][-1].job.id != job.id):
                    found[day].append(Comes(job, expected))
    return found


def counted(days_of: Mapping[int, Sequence[Ran]]) -> dict[int, Counter[str]]:
    """{day: {letter: how many jobs}}."""
    return {day: Counter(one.letter for one in some) for day, some in days_of.items()}


def _expected(
    job: Job, rhythm: Rhythm, since: datetime, begins: Sequence[datetime], now: int
) -> list[Expected]:
    """The times at which a job is expected, the first one of each day: so there are no more steps than days."""
    if job.expected_at is None or rests_until(facts_of(job), now) == inf:
        return []
    end, often = begins[-1], (usual_gap(rhythm) or timedelta.max) < OFTEN
    if from_ms(job.expected_at) >= since:
        expected = next(iter(awaited(job, rhythm, now, 1)), Expected(None, None, Source.NONE))
    else:
        expected = following(rhythm, since - timedelta(microseconds=1))
    found = list[Expected]()
    while expected.at is not None and expected.at < end and len(found) < len(begins):
        found.append(expected)
        begin = expected.at
        if often:
            # On to the end of its day.
            begin = next((day for day in begins if day > begin), end) - timedelta(microseconds=1)
        expected = following(rhythm, begin)
    return found
