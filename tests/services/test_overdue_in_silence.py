"""A job of which nothing is heard stays overdue, and what it missed is counted the same however often is looked."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duplistat.core.schedule import upcoming
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import from_ms, to_ms
from tests.support.bodies import duplicati
from tests.support.site import Site

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SCHEDULES = [
    "daily 02:00",
    "weekdays 22:30",
    "cron */20 1-5 * * *",
    "monthly last 03:00",
    "every 2d from 2026-01-05T02:00Z",
]
numbers = count()


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SCHEDULES),
    st.sampled_from([0, HOUR_MS // 2, 2 * HOUR_MS]),
    st.lists(st.integers(1, 5 * DAY_MS), min_size=2, max_size=6),
)
def test_a_silent_job_stays_overdue_and_misses_every_time(
    site: Site, schedule: str, grace_ms: int, steps: list[int]
) -> None:
    job = f"Job {next(numbers)}"
    site.now.at = (site.now() // DAY_MS + 1) * DAY_MS + 12 * HOUR_MS
    began = from_ms(site.now() - HOUR_MS)
    site.record(duplicati(f"{began:%Y-%m-%dT%H:%M:%SZ}", job=job))
    site.set_job(site.job(job), schedule=schedule, schedule_zone=None, grace_ms=grace_ms)
    since, missed = from_ms(site.now()), 0
    for step in steps:
        site.now.at += step
        site.sweep()
        due = [
            to_ms(at) + grace_ms for at in upcoming(parse_schedule(schedule), site.config.zone, since, 500)
        ]
        expected = sum(at <= site.now() for at in due)
        assert site.job(job).missed == expected >= missed
        assert (site.job(job).health == "overdue") == (expected > 0)
        missed = expected
