"""The small curves of a job's page: what they say, and what they draw."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from duplistat.core.times import to_ms
from duplistat.store.totals import DAY_MS
from duplistat.web.formatting import Reader
from duplistat.web.job.sparks import drawn, growth

NOW = to_ms(datetime(2026, 11, 20, 12, tzinfo=UTC))
READER = Reader(NOW, ZoneInfo("UTC"))


def ago(days: float) -> int:
    return NOW - round(timedelta(days=days).total_seconds() * 1000)


def test_growth_is_of_30_days_or_says_of_how_many() -> None:
    known = [(ago(60), 50), (ago(29.5), 100), (ago(10), 101), (ago(0.5), 103)]
    assert growth(known, READER) == "+3% in 30 days"
    assert growth(known[2:], READER) == "+2% in 10 days"


def test_what_shrank_or_stayed_says_so() -> None:
    assert growth([(ago(5), 200), (ago(0), 100)], READER) == "−50% in 5 days"
    assert growth([(ago(5), 100), (ago(0), 100)], READER) == "±0% in 5 days"
    assert growth([(ago(1), 100), (ago(0), 102)], READER) == "+2% in 1 day"


def test_too_little_says_nothing() -> None:
    assert growth([], READER) == ""
    assert growth([(ago(1), 5)], READER) == ""
    assert growth([(ago(0.5), 5), (ago(0), 9)], READER) == ""
    assert growth([(ago(9), 0), (ago(0), 9)], READER) == ""


def test_a_curve_has_one_point_a_column_the_highest() -> None:
    many = [(NOW + at * DAY_MS // 10, at % 7) for at in range(1000)]
    points = drawn(many).split()
    assert len(points) == 121
    assert {point.partition(",")[2] for point in points} <= {"2", "6"} | {str(y) for y in range(2, 27)}


def test_a_flat_curve_is_a_line_in_the_middle_and_one_point_is_none() -> None:
    assert drawn([(0, 5), (10, 5)]) == "0,14 120,14"
    assert drawn([(0, 5)]) == ""
