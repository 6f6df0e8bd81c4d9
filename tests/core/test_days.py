"""A job's last days, one letter each."""

import pytest

from duplistat.core import days
from duplistat.core.status import Status


@pytest.mark.parametrize(
    ("status", "partial", "letter"),
    [
        (Status.SUCCESS, False, "s"),
        (Status.SUCCESS, True, "w"),
        (Status.WARNING, False, "w"),
        (Status.ERROR, False, "f"),
        (Status.FATAL, True, "f"),
        (Status.INTERRUPTED, False, "i"),
        (Status.RUNNING, False, "o"),
        (Status.OTHER, False, "o"),
        (Status.UNKNOWN, False, "o"),
    ],
)
def test_a_status_has_a_letter(status: Status, partial: bool, letter: str) -> None:
    assert days.letter_of(status, partial) == letter


def test_the_first_day_stands_alone() -> None:
    assert days.mark("", 0, 100, "s") == ("s", 100)


def test_days_without_a_run_are_dots() -> None:
    assert days.mark("s", 100, 103, "f") == ("s..f", 103)


def test_an_earlier_day_can_be_marked_later() -> None:
    assert days.mark("s..f", 103, 102, "w") == ("s.wf", 103)


def test_a_day_before_the_first_is_put_in_front() -> None:
    assert days.mark("s", 100, 98, "f") == ("f.s", 100)


def test_a_day_shows_the_worst_of_its_runs() -> None:
    for letter, after in (("s", "s"), ("w", "w"), ("s", "w"), ("i", "i"), ("f", "f"), ("w", "f"), ("l", "f")):
        expected, _ = days.mark("s" if after == "s" else after, 1, 1, letter)
        assert expected == after


def test_a_run_takes_the_place_of_late() -> None:
    assert days.mark("l", 1, 1, "s") == ("s", 1)
    assert days.mark("s", 1, 1, "l") == ("s", 1)


def test_no_more_than_ninety_days_are_kept() -> None:
    letters, last = "", 0
    for day in range(1, 200):
        letters, last = days.mark(letters, last, day, "s")
    assert (letters, last) == ("s" * 90, 199)


def test_a_long_gap_forgets_what_was_before() -> None:
    assert days.mark("sss", 3, 10_000, "f") == ("." * 89 + "f", 10_000)


def test_a_day_too_long_ago_changes_nothing() -> None:
    assert days.mark("s", 1000, 910, "f") == ("s", 1000)
    assert days.mark("s", 1000, 911, "f")[0] == "f" + "." * 88 + "s"


@pytest.mark.parametrize(
    ("until", "count", "letters"),
    [
        (103, 4, "s.wf"),
        (103, 2, "wf"),
        (103, 6, "..s.wf"),
        (105, 4, "wf.."),
        (102, 3, "s.w"),
        (110, 3, "..."),
        (90, 3, "..."),
    ],
)
def test_a_window_shows_so_many_days_up_to_one(until: int, count: int, letters: str) -> None:
    assert days.window("s.wf", 103, until, count) == letters


def test_a_window_of_nothing_is_dots() -> None:
    assert days.window("", 0, 20_000, 5) == "....."
