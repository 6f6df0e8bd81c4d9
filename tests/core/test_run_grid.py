"""When runs came, by weekday and hour or by date."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.run_grid import Cell, dates, grid, is_weekly
from duplistat.core.schedule_text import parse_schedule

BERLIN = ZoneInfo("Europe/Berlin")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# A Monday.
FIRST = datetime(2026, 1, 5, 2, 0, tzinfo=BERLIN)


def learned(text: str, **others: object) -> Learned:
    return Learned(
        parse_schedule(text),
        timedelta(minutes=5),
        9,
        late=timedelta(minutes=30),
        **others,  # type: ignore[arg-type]  # tests name the fields
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def test_each_hour_says_in_how_many_of_how_many_weeks_a_run_came() -> None:
    starts = [(FIRST + n * DAY).astimezone(UTC) for n in range(21) if n != 9]
    cells = grid(learned("daily 02:00"), BERLIN, starts)
    assert (len(cells), {len(row) for row in cells}) == (7, {24})
    assert [row[2] for row in cells] == [
        Cell(3, 3, True),
        Cell(3, 3, True),
        Cell(2, 3, True),
        *[Cell(3, 3, True)] * 4,
    ]
    # 03:00 on the last Sunday is still to come.
    assert (cells[0][3], cells[6][3], cells[6][1]) == (
        Cell(0, 3, False),
        Cell(0, 2, False),
        Cell(0, 3, False),
    )
    assert sum(cell.hits for row in cells for cell in row) == 20


def test_a_run_around_its_time_stands_in_the_hour_of_that_time() -> None:
    starts = [(FIRST + n * DAY + (n % 3 - 1) * 6 * MINUTE).astimezone(UTC) for n in range(14)]
    cells = grid(learned("daily 02:00"), BERLIN, starts)
    assert [row[2].hits for row in cells] == [2] * 7
    assert all(row[1].hits == 0 for row in cells)


def test_a_run_shortly_before_midnight_is_that_of_the_next_day() -> None:
    starts = [moment("2026-01-04T23:55"), moment("2026-01-12T00:03")]
    cells = grid(learned("mon 00:00"), BERLIN, starts)
    assert (cells[0][0], cells[6][23].hits) == (Cell(2, 2, True), 0)


def test_the_clocks_of_summer_keep_their_hour() -> None:
    starts = [moment(f"2026-{day}T04:00") for day in ("03-20", "03-27", "04-03")]
    cells = grid(learned("fri 04:00"), BERLIN, starts)
    assert cells[4][4] == Cell(3, 3, True)


def test_a_run_by_hand_has_its_own_hour_and_two_in_one_hour_are_one() -> None:
    starts = sorted(
        [*[FIRST + n * DAY for n in range(7)], moment("2026-01-07T15:10"), moment("2026-01-07T15:40")]
    )
    cells = grid(learned("daily 02:00"), BERLIN, starts)
    assert cells[2][15] == Cell(1, 1, False)


def test_several_times_in_one_hour_are_several_chances() -> None:
    starts = [
        FIRST + n * DAY + half * 30 * MINUTE for n in range(14) for half in (0, 1) if (n, half) != (3, 1)
    ]
    cells = grid(learned("daily 02:00,02:30"), BERLIN, starts)
    assert [cells[0][2], cells[3][2]] == [Cell(4, 4, True), Cell(3, 4, True)]


def test_an_interval_of_hours_shows_the_hours_of_its_runs() -> None:
    starts = [FIRST + n * timedelta(hours=6) for n in range(28)]
    cells = grid(learned("every 6h from 2026-01-05T01:00Z"), BERLIN, starts)
    assert [hour for hour in range(24) if cells[2][hour].hits] == [2, 8, 14, 20]
    assert not any(cell.expected for row in cells for cell in row)


@pytest.mark.parametrize(
    ("text", "weekly"),
    [
        ("daily 02:00", True),
        ("weekdays 22:00; sat 10:00", True),
        ("every 6h from 2026-01-05T01:00Z", True),
        ("every 1d from 2026-01-05T01:00Z", True),
        ("every 2d from 2026-01-05T01:00Z", False),
        ("monthly 1 03:00", False),
        ("monthly last sun 03:00", False),
    ],
)
def test_a_week_shows_what_begins_anew_with_it(text: str, weekly: bool) -> None:
    assert is_weekly(learned(text)) is weekly


def test_no_runs_are_an_empty_grid() -> None:
    assert grid(learned("daily 02:00"), BERLIN, [])[0][2] == Cell(0, 0, True)


def test_a_rhythm_of_months_shows_its_dates_and_the_one_without_a_run() -> None:
    starts = [moment(f"2026-{month:02}-01T03:06") for month in (1, 2, 4)]
    seen = dates(learned("monthly 1 03:00", gap=30 * DAY), BERLIN, starts)
    assert [(item.at, item.ran) for item in seen] == [
        (moment("2026-01-01T03:00"), starts[0]),
        (moment("2026-02-01T03:00"), starts[1]),
        (moment("2026-03-01T03:00"), None),
        (moment("2026-04-01T03:00"), starts[2]),
    ]


def test_an_interval_of_days_has_times_before_its_anchor_too() -> None:
    starts = [FIRST + n * 3 * DAY for n in range(5)]
    found = learned("every 3d from 2026-01-17T01:00Z", gap=3 * DAY)
    assert [item.ran for item in dates(found, BERLIN, starts)] == starts


def test_what_counts_from_the_last_run_shows_its_runs() -> None:
    starts = [FIRST + n * timedelta(days=3, hours=1) for n in range(20)]
    gap = timedelta(days=3, hours=1)
    found = learned("every 72h from 2026-01-17T01:00Z", counts_from=CountsFrom.END, gap=gap)
    seen = dates(found, BERLIN, [*starts[:-1], starts[-1] + 2 * MINUTE])
    assert [item.at for item in seen] == starts[-12:]
    assert seen[-1].ran == starts[-1] + 2 * MINUTE
