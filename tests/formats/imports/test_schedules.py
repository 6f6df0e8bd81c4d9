"""What other programs expect of a job, as a schedule of ours."""

from datetime import UTC, datetime
from typing import Any

import pytest

from duplistat.core.schedule_text import parse_schedule
from duplistat.formats.imports import duplistatus_schedules as duplistatus
from duplistat.formats.imports import healthchecks_schedules as healthchecks

TIME = "2026-11-30T01:05:00.000Z"
LAST = datetime(2026, 11, 28, 1, 0, 1, 792000, tzinfo=UTC)
WEEKDAYS = [1, 2, 3, 4, 5]

DUPLISTATUS: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, None, ""),
    ({"overdueBackupCheckEnabled": False, "expectedInterval": "1D"}, "unplanned", ""),
    ({"expectedInterval": "1D", "time": TIME}, "every 1d from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "1D", "time": TIME, "allowedWeekDays": WEEKDAYS}, "weekdays 01:05", ""),
    ({"expectedInterval": "12h", "time": TIME, "allowedWeekDays": [0, 6]}, "sat,sun 01:05,13:05", ""),
    ({"expectedInterval": "1D", "time": TIME, "allowedWeekDays": [0, 1, 2, 3, 4, 5, 6]},
     "every 1d from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "1W", "time": TIME}, "every 1w from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "1D12h", "time": TIME}, "every 36h from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "3600", "time": TIME}, "every 1h from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "30m", "time": TIME}, "every 30m from 2026-11-30T01:05Z", ""),
    ({"expectedInterval": "1M", "time": TIME}, "monthly 30 01:05", ""),
    ({"expectedInterval": "3M", "time": "2026-11-05T01:05:00Z"}, "cron 5 1 5 2,5,8,11 *", ""),
    ({"expectedInterval": "1Y", "time": "2026-11-05T01:05:00Z"}, "cron 5 1 5 11 *", ""),
    # Before schema 3.1: a number and its unit, counted from the latest run.
    ({"expectedInterval": 1, "intervalUnit": "day"}, "every 1d from 2026-11-28T01:00:01Z", ""),
    ({"expectedInterval": 6, "intervalUnit": "hour"}, "every 6h from 2026-11-28T01:00:01Z", ""),
    ({"expectedInterval": "2W", "time": TIME, "allowedWeekDays": WEEKDAYS}, "every 2w from 2026-11-30T01:05Z",
     duplistatus.NO_WEEKDAYS),
    ({"expectedInterval": "5M", "time": TIME}, None, duplistatus.NO_SUCH_MONTHS),
    ({"expectedInterval": "1M1D", "time": TIME}, None, duplistatus.NOT_UNDERSTOOD),
    ({"expectedInterval": "soon", "time": TIME}, None, duplistatus.NOT_UNDERSTOOD),
    ({"expectedInterval": 1, "intervalUnit": "moon"}, None, duplistatus.NOT_UNDERSTOOD),
    ({"expectedInterval": [1], "time": TIME}, None, duplistatus.NOT_UNDERSTOOD),
    ({"expectedInterval": "1s", "time": TIME}, None, duplistatus.NOT_UNDERSTOOD),
]  # fmt: skip

HEALTHCHECKS = [
    ({"kind": "simple", "timeout": 86_400_000_000}, "within 1d", "UTC", ""),
    ({"kind": "simple", "timeout": 90_000_000_000}, "within 25h", "UTC", ""),
    ({"kind": "cron", "schedule": "5 2 * * *", "tz": "Europe/Berlin"}, "cron 5 2 * * *", "Europe/Berlin", ""),
    ({"kind": "oncalendar", "schedule": "Sun 03:00", "tz": "UTC"}, "sun 03:00", "UTC", ""),
    ({"kind": "oncalendar", "schedule": "Mon..Fri *-*-* 2:30:00"}, "weekdays 02:30", "UTC", ""),
    ({"kind": "oncalendar", "schedule": "*-*-1 04:00"}, "monthly 1 04:00", "UTC", ""),
    ({"kind": "oncalendar", "schedule": "daily"}, "daily 00:00", "UTC", ""),
    (
        {"kind": "oncalendar", "schedule": "Mon..Fri 22:00\nSat 10:00"},
        "weekdays 22:00; sat 10:00",
        "UTC",
        "",
    ),
    ({"kind": "oncalendar", "schedule": "*:0/15"}, None, "UTC", healthchecks.NO_CALENDAR),
    ({"kind": "oncalendar", "schedule": "daily\nnonsense"}, None, "UTC", healthchecks.NO_CALENDAR),
    ({"kind": "cron", "schedule": "61 2 * * *"}, None, "UTC", healthchecks.NO_CRON),
    ({"kind": "simple", "timeout": -1}, None, "UTC", healthchecks.NO_TIMEOUT),
    (
        {"kind": "cron", "schedule": "5 2 * * *", "tz": "Mars/X"},
        "cron 5 2 * * *",
        "UTC",
        healthchecks.NO_ZONE,
    ),
]


@pytest.mark.parametrize(("settings", "schedule", "lost"), DUPLISTATUS)
def test_what_duplistatus_expects(settings: dict[str, Any], schedule: str | None, lost: str) -> None:
    assert duplistatus.expectation_of(settings, LAST) == (schedule, lost)
    assert schedule is None or parse_schedule(schedule)


def test_an_interval_that_begins_at_no_time_is_learned() -> None:
    assert duplistatus.expectation_of({"expectedInterval": "1D"}, None) == (None, duplistatus.NO_ANCHOR)


@pytest.mark.parametrize(("check", "schedule", "zone", "lost"), HEALTHCHECKS)
def test_what_healthchecks_expects(check: dict[str, Any], schedule: str | None, zone: str, lost: str) -> None:
    assert healthchecks.expectation_of(check) == (schedule, zone, lost)
    assert schedule is None or parse_schedule(schedule)
