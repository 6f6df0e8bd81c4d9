"""Times in sentences that were made before anybody knew who reads them."""

from zoneinfo import ZoneInfo

import pytest

from duplistat.core.times import to_ms
from duplistat.web.formatting import Reader, sentence
from duplistat.web.timed import timed, written
from tests.web.site import NOW

READER = Reader(to_ms(NOW), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "shown", "title"),
    [
        ("2026-11-20T07:03:20.000Z", "today 08:03", "2026-11-20 08:03:20 CET (UTC+01:00)"),
        ("2026-11-21T03:00:00+09:00[Asia/Tokyo]", "tomorrow 03:00", "2026-11-21 03:00:00 JST (UTC+09:00)"),
        ("2026-11-20T13:00:00+00:00[no/zone]", "today 14:00", "2026-11-20 14:00:00 CET (UTC+01:00)"),
    ],
)
def test_a_moment_in_a_sentence_is_told_to_its_reader(at: str, shown: str, title: str) -> None:
    told = timed(f"<b> waits since {at}.", READER)
    assert told.striptags() == f"<b> waits since {shown}."
    assert told.startswith('&lt;b&gt; waits since <time datetime="2026-11-2')
    assert f'title="{title}" data-as="moment">{shown}</time>.' in told


@pytest.mark.parametrize(
    "text", ["2026-13-20T07:03:20Z", "1970-01-01T00:00:00.001Z", "at 02:00", "on 2026-11-20"]
)
def test_what_is_no_moment_stays_as_it_is(text: str) -> None:
    assert timed(text, READER) == text


def test_what_is_written_for_later_is_found_again() -> None:
    tokyo = Reader(READER.now, ZoneInfo("Asia/Tokyo"))
    assert written(READER.now, tokyo) == "2026-11-20T22:00:00+09:00[Asia/Tokyo]"
    assert timed(written(READER.now, tokyo), READER) == tokyo.moment(READER.now)


def test_times_of_day_are_those_of_the_clock_of_a_schedule() -> None:
    told = timed("daily 04:00 & more", READER, ZoneInfo("UTC"))
    assert told == 'daily <time datetime="04:00" title="04:00 (UTC)">04:00</time> &amp; more'


def test_a_day_has_its_year_and_its_zone_on_hover() -> None:
    day = NOW.date().replace(day=2)
    assert READER.day(day) == '<time datetime="2026-11-02" title="2026-11-02 (Europe/Berlin)">2 Nov</time>'


def test_a_sentence_that_ends_with_a_quotation_has_one_full_stop() -> None:
    assert sentence("Failed: “disk full”") == "Failed: “disk full”."
    assert sentence("Échec : «\u00a0disque plein\u00a0»") == "Échec : «\u00a0disque plein\u00a0»."
    for whole in ("Failed: “Disk full.”", "Fehler: „Voll!“", "Échec : «\u00a0Plein.\u00a0»", "Done."):
        assert sentence(whole) == whole
