from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duplistat.core.times import from_ms, from_unix, in_zone, iso_ms, parse_compact, parse_iso, to_ms


@pytest.mark.parametrize(
    ("text", "ticks", "offset"),
    [
        ("2026-01-27T02:00:00.1100101Z", 17694792001100101, 0),
        ("2026-01-27T03:00:00.1100101+01:00", 17694792001100101, 60),
        ("2026-01-26T21:00:00.11-0500", 17694792001100000, -300),
        ("2026-01-27T07:30:00+05:30", 17694792000000000, 330),
        ("2026-01-27T02:00:00", 17694792000000000, None),
        ("2026-01-27 02:00Z", 17694792000000000, 0),
        ("2021-09-14T01:00:00.565256Z", 16315812005652560, 0),
        ("2026-01-27T02:00:00.11001019999Z", 17694792001100101, 0),
        (" 1971-01-01T00:00:00Z ", 315360000000000, 0),
        ("9999-12-31T23:59:59.9999999Z", 2534023007999999999, 0),
    ],
)
def test_a_time_is_read_to_the_tick(text: str, ticks: int, offset: int | None) -> None:
    moment = parse_iso(text)
    assert moment is not None
    assert moment.ticks == ticks
    assert moment.offset_minutes == offset
    assert moment.at.tzinfo is UTC
    assert to_ms(moment.at) == ticks // 10_000


@settings(deadline=None)
@given(
    st.text("0123456789", min_size=4, max_size=4),
    st.text("0123456789-:.,TZ +W_\u0661", min_size=16, max_size=26),
)
@example("2026", "-01-27T02:00:00.1Z")
@example("0001", "-01-27T02:00:00.1100101Z")
@example("2026", "-W04-2T02:00:00.1100101Z")
@example("2026", "-01-27T02:00:00.110010WZ")
@example("2026", "-01-27T02:00:00.1_00101Z")
@example("2026", "-01-27T02:00:00.110010\u0661Z")
@example("2026", "-02-30T02:00:00.1100101Z")
def test_the_usual_spelling_is_read_as_any_other(year: str, rest: str) -> None:
    # A blank before it makes it no usual one.
    assert parse_iso(year + rest) == parse_iso(f" {year}{rest}")


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+02:00",
        "1970-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+99:99",
        "2026-01-01",
        "٢٠٢٦-01-01T00:00:00Z",
        "2026-01-01T00:00:00." + "1" * 5000 + "Z",
        "yesterday",
        "",
        None,
        17694792,
        [],
    ],
)
def test_what_is_no_usable_time_is_none(text: object) -> None:
    assert parse_iso(text) is None


def test_the_next_run_is_written_without_separators() -> None:
    assert parse_compact("20260128T020000Z") == datetime(2026, 1, 28, 2, tzinfo=UTC)
    assert parse_compact("20260132T020000Z") is None
    assert parse_compact("00010101T000000Z") is None
    assert parse_compact(None) is None


def test_milliseconds_survive_a_round_trip() -> None:
    at = datetime(2026, 1, 27, 2, 0, 0, 110010, tzinfo=UTC)
    assert to_ms(at) == 1769479200110
    assert from_ms(1769479200110) == at.replace(microsecond=110000)
    assert to_ms(None) is None
    assert from_ms(None) is None
    assert to_ms(from_ms(-1)) == -1


def test_answers_write_times_in_utc_with_milliseconds() -> None:
    assert iso_ms(datetime(2026, 1, 27, 2, 0, 0, 119999, tzinfo=UTC)) == "2026-01-27T02:00:00.119Z"
    assert iso_ms(datetime(2026, 1, 27, 3, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-27T02:00:00.000Z"
    assert iso_ms(None) is None


def test_a_clock_that_would_show_the_year_10000_is_not_asked() -> None:
    east, last = timezone(timedelta(hours=1)), 253_402_300_799_000
    assert in_zone(1_769_479_200_000, east) == datetime(2026, 1, 27, 3, tzinfo=east)
    assert in_zone(1_769_479_200_000, east).utcoffset() == timedelta(hours=1)
    assert in_zone(last, east).isoformat() == "9999-12-31T23:59:59+00:00"


def test_unix_seconds_of_an_unset_clock_are_no_time() -> None:
    assert from_unix(1631581200) == datetime(2021, 9, 14, 1, tzinfo=UTC)
    assert from_unix(-62135596800) is None
    assert from_unix(10**14) is None
