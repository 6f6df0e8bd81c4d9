"""What a client tells of its next runs."""

import pytest

from duplistat.core.told import DAY_MS, Told, is_switched_off, rounded, usual_gap

HOUR = DAY_MS // 24


def days(*told: tuple[float, float | None]) -> list[Told]:
    """Runs by the day on which they began, and that of which they told."""
    return [
        Told(round(start * DAY_MS), round(following * DAY_MS) if following is not None else None)
        for start, following in told
    ]


DAILY = [(day, day + 1) for day in range(6)]


@pytest.mark.parametrize(
    "then",
    [
        [],
        [(8.9, 9)],
        [(8.9, 9), (9.05, None)],
        [(8, 9), (11, 12)],
        [(6, None), (6.1, None)],
        [(6.5, 7)],
    ],
)
def test_the_usual_gap_stays_after_a_catch_up_a_run_by_hand_and_a_run_of_days(
    then: list[tuple[float, float | None]],
) -> None:
    assert usual_gap(days(*DAILY, *then)) == DAY_MS


def test_a_first_run_has_its_own_start_to_go_by() -> None:
    assert usual_gap(days((0, 1))) == DAY_MS
    assert usual_gap(days((0, 1), (2.9, 3))) == DAY_MS
    assert usual_gap(days((0, None))) is None


def test_weekdays_are_a_day_apart() -> None:
    assert usual_gap(days((0, 1), (1, 2), (2, 3), (3, 4), (4, 7), (7, 8))) == DAY_MS


def test_a_changed_schedule_becomes_the_usual_one() -> None:
    assert usual_gap(days(*DAILY, *((6 + 7 * week, 13 + 7 * week) for week in range(4)))) == 7 * DAY_MS


@pytest.mark.parametrize(
    ("silent", "off"),
    [
        ([], False),
        ([6.4, 6.5, 6.6, 6.7], False),
        ([6, 7], False),
        ([6, 7, 8], True),
        ([6.4, 7.3, 8.2], True),
        ([5.2, 5.4, 5.6, 7], False),
    ],
)
def test_a_schedule_is_switched_off_when_runs_go_on_and_none_tells(silent: list[float], off: bool) -> None:
    runs = days(*DAILY, *((start, None) for start in silent))
    assert is_switched_off(runs, 6 * DAY_MS, DAY_MS) is off


@pytest.mark.parametrize(
    ("gap", "is_so"),
    [
        (DAY_MS - HOUR, DAY_MS),
        (7 * DAY_MS + HOUR, 7 * DAY_MS),
        (6 * HOUR + 20_000, 6 * HOUR),
        (10_000, None),
        (-DAY_MS, None),
    ],
)
def test_whole_days_are_meant_across_a_change_of_summer_time(gap: int, is_so: int | None) -> None:
    assert rounded(gap) == is_so
