"""Which versions remain, from the lines of the log that list them in the sender's culture."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.report import LogLine
from duplistat.formats.duplicati.log import read_line
from duplistat.formats.duplicati.restore_points import restore_points_of

HEAD = "2026-11-27 03:00:00 +01 - [Information-Duplicati.Library.Main.Operation.DeleteHandler:RetentionPolicy-A]: "
NEWER = datetime(2026, 11, 27, 1, 0, 2, tzinfo=UTC)
OLDER = datetime(2026, 11, 26, 13, 0, 2, tzinfo=UTC)


def points(*texts: str, offset: int | None = None) -> tuple[datetime, ...]:
    return restore_points_of([read_line(HEAD + text) for text in texts], offset)


@pytest.mark.parametrize(
    "dates",
    [
        "11/27/2026 2:00:02 AM, 11/26/2026 2:00:02 PM",
        "11/27/2026 2:00:02\u202fAM, 11/26/2026 2:00:02\u202fPM",
        "27/11/2026 02:00:02, 26/11/2026 14:00:02",
        "27.11.2026 02:00:02, 26.11.2026 14:00:02",
        "27-11-2026 02:00:02, 26-11-2026 14:00:02",
        "27/11/2026, 02:00:02, 26/11/2026, 14:00:02",
        "2026-11-27 02:00:02, 2026-11-26 14:00:02",
        "2026/11/27 2:00:02, 2026/11/26 14:00:02",
        "2026. 11. 27. 2:00:02, 2026. 11. 26. 14:00:02",
        "27/11/2026 2:00:02 a. m., 26/11/2026 2:00:02 p. m.",
        "2026-11-27T01:00:02Z, 2026-11-26T14:00:02+01:00",
        "26.11.2026 14:00:02, 27.11.2026 02:00:02",
    ],
)
def test_dates_are_read_in_each_culture_newest_first(dates: str) -> None:
    assert points(f"Backups to consider: {dates}") == (NEWER, OLDER)


def test_those_that_are_deleted_are_gone() -> None:
    found = points(
        "Backups to consider: 27.11.2026 02:00:02, 26.11.2026 14:00:02",
        "All backups to delete: 26.11.2026 14:00:02",
    )
    assert found == (NEWER,)


def test_days_and_months_are_told_apart_by_what_changes() -> None:
    month_first = points("Backups to consider: 03/04/2026 02:00:00, 03/03/2026 02:00:00, 03/02/2026 02:00:00")
    day_first = points("Backups to consider: 04/03/2026 02:00:00, 03/03/2026 02:00:00, 02/03/2026 02:00:00")
    assert month_first == day_first
    assert [at.day for at in day_first] == [4, 3, 2]


@pytest.mark.parametrize("written", ["11/10/2026 02:00:00", "10/11/2026 02:00:00", "11/10/2026 2:00:00 AM"])
def test_a_date_that_can_be_read_in_two_ways_is_the_one_shortly_before_the_log_line(written: str) -> None:
    """The list was written on the 11th of November: a month more, or less, is not meant."""
    line = HEAD.replace("2026-11-27", "2026-11-11") + f"Backups to consider: {written}"
    (found,) = restore_points_of([read_line(line)], None)
    assert (found.month, found.day) == (11, 10)


def test_the_offset_of_the_report_counts_and_without_any_a_time_has_none() -> None:
    line = "Backups to consider: 2026-11-27 02:00:02"
    assert points(line, offset=0) == (datetime(2026, 11, 27, 2, 0, 2, tzinfo=UTC),)
    (naive,) = restore_points_of([LogLine(line)], None)
    assert naive.tzinfo is None
    assert points(line)[0].tzinfo == timezone(timedelta(hours=1))


def test_a_log_that_does_not_tell_gives_none() -> None:
    assert points("No remote filesets were deleted", "All backups to delete: ") == ()
    assert points("Backups to consider: ") == points("Backups to consider: 99/99/2026 25:00:00") == ()


@given(st.text(alphabet="0123456789/.-: APMapmTZ,\u202f", max_size=80))
def test_any_text_gives_dates_or_none(text: str) -> None:
    assert isinstance(points(f"Backups to consider: {text}"), tuple)
