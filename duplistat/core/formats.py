"""How languages write numbers and dates, and what regions do otherwise: as Unicode's CLDR says, and browsers do.

Also the signs that code puts between texts: a colon, a semicolon, quotation marks. What stands within a text is said
by its catalogue.

A table of what is used here, which `tests/core/test_formats.py` compares with CLDR. Times of day are those of logs and
schedules everywhere, from 00:00 to 23:59.
"""

from dataclasses import dataclass, replace
from functools import cache

from duplistat.core.weeks import MONDAY, SUNDAY, first_weekday

NBSP, NARROW = "\u00a0", "\u202f"


@dataclass(frozen=True, slots=True)
class Formats:
    """`tag` is what scripts give to Intl. `days` begin with Monday; `first_day` is that of a week, 0 for Monday.

    `thousands` is the least number of digits that are put in groups. `date`, `date_of_year` and `day_and_date` are
    patterns of {day}, {month}, {year}, {weekday} and {date}, which is one of the first two.
    """

    tag: str
    decimal: str
    group: str
    percent: str
    date: str
    date_of_year: str
    day_and_date: str
    month_of_year: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    thousands: int = 4
    first_day: int = MONDAY
    day_unit: str = "d"
    byte: str = "B"
    colon: str = ": "
    semicolon: str = "; "
    quotes: tuple[str, str] = ("“", "”")

    @property
    def week(self) -> tuple[int, ...]:
        """The days of a week in their order, 0 for Monday."""
        return tuple((self.first_day + day) % 7 for day in range(7))


# English is that of most regions unless a browser or a person says otherwise: 24 Nov rather than Nov 24.
ENGLISH_FORMATS = Formats(
    tag="en-GB",
    decimal=".",
    group=",",
    percent="{number}%",
    date="{day} {month}",
    date_of_year="{day} {month} {year}",
    day_and_date="{weekday} {date}",
    month_of_year="{month} {year}",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
_LANGUAGES = {
    "en": ENGLISH_FORMATS,
    "de": Formats(
        tag="de-DE",
        decimal=",",
        group=".",
        percent=f"{{number}}{NBSP}%",
        date="{day}. {month}",
        date_of_year="{day}. {month} {year}",
        day_and_date="{weekday}, {date}",
        month_of_year="{month} {year}",
        months=(
            *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
            *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
        ),
        days=("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
        quotes=("„", "“"),
    ),
    "fr": Formats(
        tag="fr-FR",
        decimal=",",
        group=NARROW,
        percent=f"{{number}}{NBSP}%",
        date="{day} {month}",
        date_of_year="{day} {month} {year}",
        day_and_date="{weekday} {date}",
        month_of_year="{month} {year}",
        months=(
            *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
            *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
        ),
        days=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
        day_unit="j",
        byte="o",
        colon=f"{NBSP}: ",
        semicolon=f"{NARROW}; ",
        quotes=(f"«{NBSP}", f"{NBSP}»"),
    ),
    "es": Formats(
        tag="es-ES",
        decimal=",",
        group=".",
        percent=f"{{number}}{NBSP}%",
        date="{day} {month}",
        date_of_year="{day} {month} {year}",
        day_and_date="{weekday}, {date}",
        month_of_year="{month} {year}",
        months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
        days=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
        thousands=5,
        quotes=("«", "»"),
    ),
    "pt": Formats(
        tag="pt-BR",
        decimal=",",
        group=".",
        percent="{number}%",
        date="{day} de {month}",
        date_of_year="{day} de {month} de {year}",
        day_and_date="{weekday}, {date}",
        month_of_year="{month} de {year}",
        months=(
            *("jan.", "fev.", "mar.", "abr.", "mai.", "jun."),
            *("jul.", "ago.", "set.", "out.", "nov.", "dez."),
        ),
        days=("seg.", "ter.", "qua.", "qui.", "sex.", "sáb.", "dom."),
        first_day=SUNDAY,
    ),
}
# Regions that can be chosen, by their ISO 3166 code: their own names.
REGIONS = {
    "AT": "Österreich",
    "AU": "Australia",
    "BE": "Belgique / België",
    "BR": "Brasil",
    "CA": "Canada",
    "CH": "Schweiz / Suisse",
    "DE": "Deutschland",
    "DK": "Danmark",
    "ES": "España",
    "FI": "Suomi",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IT": "Italia",
    "MX": "México",
    "NL": "Nederland",
    "NO": "Norge",
    "NZ": "New Zealand",
    "PL": "Polska",
    "PT": "Portugal",
    "SE": "Sverige",
    "US": "United States",
}
# (language, region): how it differs from the language. Where nothing stands, it does in the week alone.
_NUMBERS: dict[tuple[str, str], tuple[str, str, str]] = {
    **{("en", region): (",", ".", "{number}%") for region in ("BE", "ES", "IT", "NL", "PL")},
    **{("en", region): (",", ".", f"{{number}}{NBSP}%") for region in ("AT", "DE", "DK")},
    **{("en", region): (",", NBSP, f"{{number}}{NBSP}%") for region in ("FI", "NO", "SE")},
    ("en", "CH"): (".", "’", "{number}%"),
    ("en", "FR"): (",", NARROW, "{number}%"),
    ("en", "PT"): (",", NBSP, "{number}%"),
    ("de", "CH"): (".", "’", "{number}%"),
    ("es", "BR"): (".", ",", "{number}%"),
    ("es", "MX"): (".", ",", "{number}%"),
    ("es", "US"): (".", ",", "{number}%"),
    ("fr", "CA"): (",", NBSP, f"{{number}}{NBSP}%"),
    ("fr", "CH"): (",", NARROW, "{number}%"),
    ("pt", "CH"): (",", NBSP, "{number}%"),
    ("pt", "PT"): (",", NBSP, "{number}%"),
}
# (language, region): the months, by their number, that are called otherwise there.
_MONTHS = {
    ("en", "US"): {9: "Sep"},
    ("en", "CA"): {9: "Sep"},
    ("en", "AU"): {6: "June", 7: "July"},
    ("de", "AT"): {1: "Jän.", 9: "Sep."},
    ("de", "IT"): {1: "Jän.", 9: "Sep."},
    ("es", "MX"): {9: "sep"},
    ("fr", "CA"): {7: "juill."},
}
# Days as they are called in a region, Monday first.
_IN_PORTUGAL = ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo")
_DAYS = {("pt", "PT"): _IN_PORTUGAL, ("pt", "CH"): _IN_PORTUGAL}
_AMERICAN = ("{month} {day}", "{month} {day}, {year}", "{weekday}, {date}")
_DATES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("en", "US"): _AMERICAN,
    ("en", "CA"): _AMERICAN,
    **{
        ("en", region): ("{day} {month}", "{day} {month} {year}", "{weekday}, {date}")
        for region in set(REGIONS) - {"US", "CA", "GB", "BR", "MX"}
    },
    ("es", "MX"): ("{day} {month}", "{day} {month} {year}", "{weekday} {day} de {month}"),
    ("es", "US"): ("{day} {month}", "{day} {month} {year}", "{weekday}, {day} de {month}"),
}


@cache
def formats_of(language: str, region: str = "") -> Formats:
    """Those of a language, as they are in a region; of the language alone for "".

    A region that is none of REGIONS differs in the first day of the week alone.
    """
    own = _LANGUAGES.get(language, ENGLISH_FORMATS)
    if not region:
        return own
    own = replace(own, first_day=first_weekday(region))
    if region not in REGIONS:
        return own
    decimal, group, percent = _NUMBERS.get((language, region), (own.decimal, own.group, own.percent))
    date, date_of_year, day_and_date = _DATES.get(
        (language, region), (own.date, own.date_of_year, own.day_and_date)
    )
    others = _MONTHS.get((language, region), {})
    return replace(
        own,
        tag=f"{language}-{region}",
        decimal=decimal,
        group=group,
        percent=percent,
        date=date,
        date_of_year=date_of_year,
        day_and_date=day_and_date,
        days=_DAYS.get((language, region), own.days),
        months=tuple(others.get(number, month) for number, month in enumerate(own.months, 1)),
    )
