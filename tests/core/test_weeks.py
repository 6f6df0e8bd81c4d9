"""With which day a week begins, and the weeks of a month."""

from datetime import date

import pytest

from duplistat.core.weeks import MONDAY, SATURDAY, SUNDAY, first_weekday, later_month, weeks


@pytest.mark.parametrize(
    ("region", "begins"),
    [
        ("", MONDAY),
        ("DE", MONDAY),
        ("GB", MONDAY),
        ("US", SUNDAY),
        ("TW", SUNDAY),
        ("EG", SATURDAY),
        ("*", MONDAY),
    ],
)
def test_a_week_begins_as_where_its_reader_lives(region: str, begins: int) -> None:
    assert first_weekday(region) == begins


@pytest.mark.parametrize("begins", [MONDAY, SATURDAY, SUNDAY])
def test_the_weeks_of_each_month_have_all_of_its_days_once(begins: int) -> None:
    for month in range(24):
        first = later_month(date(2026, 1, 1), month)
        found = weeks(first, begins)
        days = [day for week in found for day in week]
        assert {day.weekday() for day in days[::7]} == {begins}
        assert [day for day in days if day.month == first.month] == [
            first.replace(day=number) for number in range(1, (later_month(first, 1) - first).days + 1)
        ]
        assert 4 <= len(found) <= 6


def test_months_go_over_the_end_of_a_year() -> None:
    assert later_month(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert later_month(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert later_month(date(2026, 1, 1), -13) == date(2024, 12, 1)
