"""When a run ended and how long it took, from what a sender says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.run_times import Span, span_of
from duplistat.core.times import Moment, from_ms, parse_iso, to_ms

DISAGREE = "duration ({}) and endTime (2026-01-28T02:10:00.000Z) disagree; the duration is kept"


def moment(text: str) -> Moment:
    found = parse_iso(text)
    assert found is not None
    return found


START, END = moment("2026-01-28T02:00:00Z"), moment("2026-01-28T03:10:00+01:00")


def test_a_sender_that_says_neither_says_neither() -> None:
    assert span_of(START, None, None) == Span(None, None, "")


def test_an_end_tells_the_duration() -> None:
    assert span_of(START, END, None) == Span(END.at, 600_000, "")


def test_a_duration_tells_the_end() -> None:
    assert span_of(START, None, 600_000) == Span(END.at, 600_000, "")


@pytest.mark.parametrize("duration", [599_001, 600_000, 600_999])
def test_within_a_second_both_are_right(duration: int) -> None:
    assert span_of(START, END, duration) == Span(END.at, duration, "")


@pytest.mark.parametrize(
    ("duration", "words"), [(599_000, "599 s"), (601_000, "601 s"), (0, "0 s"), (601_500, "601.5 s")]
)
def test_from_a_second_on_they_disagree_and_both_are_kept(duration: int, words: str) -> None:
    assert span_of(START, END, duration) == Span(END.at, duration, DISAGREE.format(words))


def test_an_end_before_the_start_is_kept_and_said_and_tells_no_duration() -> None:
    found = span_of(END, START, None)
    assert found == Span(START.at, None, "endTime (2026-01-28T02:00:00.000Z) is before its start")


def test_an_end_after_the_last_year_is_none() -> None:
    assert span_of(moment("9999-12-31T23:59:59Z"), None, 3_000_000_000_000) == Span(
        None, 3_000_000_000_000, ""
    )


@given(st.integers(31_536_000_000, 4_000_000_000_000), st.integers(0, 10**12))
def test_end_and_duration_tell_each_other(start: int, duration: int) -> None:
    began = Moment(from_ms(start), start * 10_000, 0)
    ended = span_of(began, None, duration).ended
    assert ended is not None
    told = Moment(ended, to_ms(ended) * 10_000, 0)
    assert span_of(began, told, None) == span_of(began, told, duration) == Span(ended, duration, "")
