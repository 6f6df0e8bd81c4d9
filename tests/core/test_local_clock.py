"""The zone of a time without one, by when it arrived."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from duplistat.core.local_clock import offset_of

RECEIVED = datetime(2026, 11, 28, 15, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ended", "minutes"),
    [
        ("15:39", 0),
        ("15:30", 0),
        ("16:38", 60),
        ("21:09", 330),
        ("21:24", 345),
        ("10:40", -300),
        ("12:05", -210),
        # No place on earth has these: the output was sent later, or the clock is wrong.
        ("15:24", None),
        ("15:54", None),
        ("15:05", None),
        ("16:20", None),
    ],
)
def test_what_a_clock_is_off_is_its_zone_if_there_is_such_a_one(ended: str, minutes: int | None) -> None:
    found = offset_of(datetime.fromisoformat(f"2026-11-28 {ended}"), RECEIVED)
    assert found == (None if minutes is None else timedelta(minutes=minutes))


def test_each_zone_of_these_years_is_one() -> None:
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in range(2010, 2031) for month in (1, 7)]
    offsets = {
        moment.astimezone(ZoneInfo(name)).utcoffset() for name in available_timezones() for moment in moments
    }
    for offset in offsets:
        assert offset is not None
        naive = (RECEIVED + offset - timedelta(minutes=1)).replace(tzinfo=None)
        assert offset_of(naive, RECEIVED) == offset
