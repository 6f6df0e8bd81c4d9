"""Public holidays in Germany, for patterns that rest on them."""

from datetime import date, timedelta
from functools import lru_cache

_FIXED = frozenset({(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)})
# Good Friday, Easter Monday, Ascension, Whit Monday: days from Easter.
_AFTER_EASTER = (-2, 1, 39, 50)


def is_holiday(day: date) -> bool:
    if (day.month, day.day) in _FIXED:
        return True
    return any(day == easter(day.year) + timedelta(days=after) for after in _AFTER_EASTER)


@lru_cache
def easter(year: int) -> date:
    """Easter Sunday of a year of the 20th or 21st century, by Gauss's rule."""
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    late = 7 if (d, e) == (29, 6) or ((d, e) == (28, 6) and a > 10) else 0
    return date(year, 3, 22) + timedelta(days=d + e - late)
