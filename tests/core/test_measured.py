"""When a zero that a run tells is a number."""

import pytest

from duplistat.core.measured import is_whole, measured
from duplistat.core.status import Status

ENDED_WELL = (Status.SUCCESS, Status.WARNING)


@pytest.mark.parametrize("status", Status)
def test_a_run_is_whole_that_ended_well_and_was_not_stopped(status: Status) -> None:
    assert is_whole(status, False) is (status in ENDED_WELL)
    assert not is_whole(status, True)


@pytest.mark.parametrize(("value", "whole", "known"), [
    (0, True, 0), (5, True, 5), (None, True, None),
    (0, False, None), (5, False, 5), (None, False, None),
])  # fmt: skip
def test_a_zero_is_a_number_of_a_whole_run_only(value: int | None, whole: bool, known: int | None) -> None:
    assert measured(value, whole=whole) == known
