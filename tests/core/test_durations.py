"""How long something took, in each way in which senders write it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.durations import between, known, parse_duration


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:03:20.3899899", 200_390),
        ("00:00:19", 19_000),
        ("1.21:18:20.7495731", 163_100_750),
        ("1.02:03:04", 93_784_000),
        ("26:00:00", 93_600_000),
        ("00:00:00", 0),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("90m", 5_400_000),
        ("5400s", 5_400_000),
        ("1.5 hours", 5_400_000),
        ("1,5h", 5_400_000),
        ("1 day, 2 hours", 93_600_000),
        ("90 Min", 5_400_000),
        ("1500ms", 1500),
        ("0s", 0),
        ("PT1H30M", 5_400_000),
        ("PT90M", 5_400_000),
        ("PT5400S", 5_400_000),
        ("P1DT2H3M4.5S", 93_784_500),
        ("P1W", 604_800_000),
        ("pt0.25s", 250),
    ],
)
def test_a_duration_becomes_milliseconds(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "-00:00:01.5000000", "-1.00:00:00", "-5s", "-PT5S", "PT-5S", "00:61:00", "9" * 500 + ".00:00:00", "P", "PT",
        "P1M", "P1Y", "P1DT", "1h1h", "1 fortnight", "h", "90", "", "soon", "99999999.00:00:00", "1h" * 60, None, 12,
    ],
)  # fmt: skip
def test_what_is_none_or_below_zero_is_unknown(text: object) -> None:
    assert parse_duration(text) is None


def test_a_clock_that_steps_back_leaves_a_duration_unknown() -> None:
    early, late = datetime(2026, 1, 28, 2, tzinfo=UTC), datetime(2026, 1, 28, 3, tzinfo=UTC)
    assert (between(early, late), between(late, early), between(late, None)) == (3_600_000, None, None)
    assert (known(-1), known(0), known(None)) == (None, 0, None)


@given(st.text(max_size=40) | st.from_regex(r"[-PT]?[0-9.,:]{1,8}[a-zA-Z ]{0,4}[0-9.,:]{0,6}[a-zA-Z]{0,3}"))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    found = parse_duration(text)
    assert found is None or found >= 0
