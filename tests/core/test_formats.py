"""The table of formats says what CLDR says, which browsers go by as well."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from babel import Locale, UnknownLocaleError, localedata
from babel.units import format_unit

from duplistat.core import formatting
from duplistat.core.formats import REGIONS, Formats, formats_of
from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.weeks import SATURDAY, SUNDAY, first_weekday
from duplistat.services.languages import LANGUAGES

_FIELD = re.compile(r"'([^']*)'|([yMdE])\2*")
_NAMES = {"y": "{year}", "M": "{month}", "d": "{day}", "E": "{weekday}"}
# Portugal and Portuguese in Switzerland have numbers for months in such dates: names cannot be misread.
BY_NUMBER = {"pt-PT", "pt-CH"}
# Symbols of the SI, where CLDR abbreviates the words: "3 hrs", "3 Std.".
WORDS_FOR_UNITS = {"de", "en"}
WRITTEN = ("en", "de", "es", "fr", "pt")


def formatted(language: str, region: str = "") -> Say:
    """The formats of a language, whose words are of no account here."""
    return replace(ENGLISH, formats=formats_of(language, region))


def test_each_language_has_its_formats() -> None:
    assert set(LANGUAGES) <= set(WRITTEN)
    assert len({formats_of(language) for language in WRITTEN}) == len(WRITTEN)


def pattern(cldr: Any) -> str:
    """d 'de' MMM as {day} de {month}."""
    return _FIELD.sub(lambda found: found[1] or _NAMES[found[2]], cldr.pattern)


def of_cldr(locale: Locale) -> dict[str, Any]:
    symbols, skeletons = locale.number_symbols["latn"], locale.datetime_skeletons
    months, days = locale.months["format"]["abbreviated"], locale.days["stand-alone"]["abbreviated"]
    return {
        "decimal": symbols["decimal"],
        "group": symbols["group"],
        "percent": str(locale.percent_formats[None].pattern).replace("#,##0", "{number}"),
        "date": pattern(skeletons["MMMd"]),
        "date_of_year": pattern(skeletons["yMMMd"]),
        "day_and_date": pattern(skeletons["MMMEd"]),
        "months": tuple(months[number] for number in range(1, 13)),
        "days": tuple(days[number] for number in range(7)),
        "first_day": locale.first_week_day,
    }


def of_ours(known: Formats) -> dict[str, Any]:
    names = ("decimal", "group", "percent", "date", "date_of_year", "months", "days", "first_day")
    return {
        **{name: getattr(known, name) for name in names},
        "day_and_date": known.day_and_date.replace("{date}", known.date),
    }


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("region", ["", *REGIONS])
def test_formats_are_those_of_cldr(language: str, region: str) -> None:
    known = formats_of(language, region)
    # Babel writes what one locale shares with another into what it keeps of it.
    localedata._cache.clear()
    try:
        cldr = of_cldr(Locale.parse(known.tag, sep="-"))
    except UnknownLocaleError:
        # Where a language is not at home, its own formats are used, with the week of the region.
        assert of_ours(known) == of_ours(formats_of(language)) | {"first_day": first_weekday(region)}
        return
    ours = of_ours(known)
    if known.tag in BY_NUMBER:
        ours |= {name: cldr[name] for name in ("date", "date_of_year", "day_and_date")}
    assert ours == cldr


@pytest.mark.parametrize("language", [code for code in WRITTEN if code not in WORDS_FOR_UNITS])
def test_units_are_those_of_cldr(language: str) -> None:
    known, locale = formatted(language), Locale.parse(formats_of(language).tag, sep="-")

    def unit(name: str) -> str:
        return format_unit(2, name, length="short", locale=locale).split()[1]

    assert {unit("digital-gigabyte"), unit("digital-kilobyte")} == {
        formatting.size(2_000_000_000, known).split()[1],
        formatting.size(2_000, known).split()[1],
    }
    assert formatting.duration(2 * 86_400 + 3 * 3600, known).split()[3] == unit("duration-hour")
    assert formatting.duration(240, known).split()[1] == unit("duration-minute")


SAID = {
    ("en", ""): ("10,211", "1,024", "48.3 GB", "45%", "+0.5%", "24 Nov", "Tue 24 Nov", "2 d 3 h"),
    ("en", "US"): ("10,211", "1,024", "48.3 GB", "45%", "+0.5%", "Nov 24", "Tue, Nov 24", "2 d 3 h"),
    ("en", "DE"): ("10.211", "1.024", "48,3 GB", "45 %", "+0,5 %", "24 Nov", "Tue, 24 Nov", "2 d 3 h"),
    ("de", ""): ("10.211", "1.024", "48,3 GB", "45 %", "+0,5 %", "24. Nov.", "Di, 24. Nov.", "2 d 3 h"),
    ("de", "CH"): ("10’211", "1’024", "48.3 GB", "45%", "+0.5%", "24. Nov.", "Di, 24. Nov.", "2 d 3 h"),
    ("fr", ""): ("10 211", "1 024", "48,3 Go", "45 %", "+0,5 %", "24 nov.", "mar. 24 nov.", "2 j 3 h"),
    ("es", ""): ("10.211", "1024", "48,3 GB", "45 %", "+0,5 %", "24 nov", "mar, 24 nov", "2 d 3 h"),
    ("pt", ""): ("10.211", "1.024", "48,3 GB", "45%", "+0,5%", "24 de nov.", "ter., 24 de nov.", "2 d 3 h"),
}


@pytest.mark.parametrize(("language", "region"), SAID)
def test_numbers_dates_and_spans_are_said_so(language: str, region: str) -> None:
    say, at = formatted(language, region), date(2026, 11, 24)
    said = (
        formatting.count(10_211, say),
        formatting.count(1_024, say),
        formatting.size(48_300_000_000, say),
        formatting.percent(0.45, say),
        formatting.growth(0.005, say),
        formatting.date_of(at, say),
        formatting.day_and_date(at, at, say),
        formatting.duration(2 * 86_400 + 3 * 3600, say),
    )
    blanks = str.maketrans("\u00a0\u202f", "  ")
    assert tuple(text.translate(blanks) for text in said) == SAID[language, region]


SIGNS = {
    "en": ("Size: 3 GB", "one; two", "“full”"),
    "de": ("Size: 3 GB", "one; two", "„full“"),
    "fr": ("Size\u00a0: 3 GB", "one\u202f; two", "«\u00a0full\u00a0»"),
    "es": ("Size: 3 GB", "one; two", "«full»"),
    "pt": ("Size: 3 GB", "one; two", "“full”"),
}


@pytest.mark.parametrize("language", SIGNS)
def test_texts_are_put_together_by_the_signs_of_the_language(language: str) -> None:
    say = formatted(language, "CH")
    assert (
        formatting.labelled("Size", "3 GB", say),
        formatting.listed(["one", "two"], say),
        formatting.quoted("full", say),
    ) == SIGNS[language]


def test_a_date_of_another_year_has_its_year() -> None:
    at, today = date(2024, 11, 11), date(2026, 1, 1)
    assert formatting.date_near(at, today) == "11 Nov 2024"
    assert formatting.date_near(at, today, formatted("en", "US")) == "Nov 11, 2024"
    assert formatting.day_and_date(at, today, formatted("en", "US")) == "Mon, Nov 11, 2024"


def test_a_week_begins_as_it_does_in_the_region() -> None:
    assert formats_of("en").week == (0, 1, 2, 3, 4, 5, 6)
    assert formats_of("de", "US").first_day == SUNDAY
    assert formats_of("de", "US").week == (6, 0, 1, 2, 3, 4, 5)
    # Where numbers and dates are not known, the week is.
    assert formats_of("en", "EG").first_day == SATURDAY
    assert formats_of("en", "EG").tag == "en-GB"
