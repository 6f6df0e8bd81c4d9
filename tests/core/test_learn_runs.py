"""Runs on the clock of a zone: told without asking the zone about each of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.learn_hits import hits_at
from duplistat.core.learn_runs import DAY, HOUR, MINUTE, Run, Times, ahead, on_clock

# By whole hours and by half ones, with two changes a year, four, none, a skipped day, and a change on 1 January.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/Caracas",
    "Asia/Pyongyang",
    "UTC",
)


def asked(at: int, zone: ZoneInfo) -> tuple[int, int, float]:
    """Local date (as an ordinal), second of the day, and by how much the clock is ahead, as the zone says."""
    local = datetime.fromtimestamp(at, zone)
    offset = local.utcoffset()
    assert offset is not None
    return local.toordinal(), local.hour * HOUR + local.minute * MINUTE + local.second, offset.total_seconds()


def told(starts: list[int], zone: ZoneInfo) -> list[tuple[int, int, float]]:
    return [(run.day, run.second, run.ahead) for run in on_clock([Times(at, at, at) for at in starts], zone)]


@pytest.mark.parametrize("name", ZONES)
def test_the_clock_of_a_run_is_that_of_its_zone_through_all_changes(name: str) -> None:
    zone, begin = ZoneInfo(name), int(datetime(2010, 1, 1, tzinfo=UTC).timestamp())
    starts = list(range(begin, begin + 9 * 365 * DAY, 61 * HOUR + 1))
    for day in range(begin, begin + 9 * 365 * DAY, DAY):
        if ahead(day, zone) != ahead(day + DAY, zone):
            # One to the second before, at and after a change that is on a whole minute of this day.
            starts += [at + by for at in range(day, day + DAY, 15 * MINUTE) for by in (-1, 0, 1)]
    starts.sort()

    assert told(starts, zone) == [asked(at, zone) for at in starts]


@given(
    st.lists(st.integers(2 * DAY, 250_000_000_000), min_size=1, max_size=5).map(sorted),
    st.sampled_from(ZONES).map(ZoneInfo),
)
def test_the_clock_of_any_time_is_that_of_the_zone(starts: list[int], zone: ZoneInfo) -> None:
    assert told(starts, zone) == [asked(at, zone) for at in starts]


@given(
    st.lists(st.integers(0, DAY - 1), min_size=1, max_size=20),
    st.lists(st.integers(0, DAY // MINUTE - 1), min_size=2, max_size=8, unique=True).map(sorted),
)
def test_a_run_belongs_to_the_time_of_day_that_it_is_nearest_to(
    seconds: list[int], minutes: list[int]
) -> None:
    centres = [minute * MINUTE for minute in minutes]
    runs = [Run(day * DAY + second, 0, 0, day + 719_163, second, 0) for day, second in enumerate(seconds)]

    for hit in hits_at(runs, centres, ZoneInfo("UTC")):
        second = runs[hit.run].second
        distances = {centre: min((second - centre) % DAY, (centre - second) % DAY) for centre in centres}
        assert distances[hit.centre] == abs(hit.off) == min(distances.values())
        assert (hit.centre + hit.off - second) % DAY == 0
