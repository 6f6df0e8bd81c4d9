"""With which day a week begins, by where somebody lives, and the weeks of a month."""

from datetime import date, timedelta

MONDAY, SATURDAY, SUNDAY = 0, 5, 6
# As Unicode's CLDR has it; everywhere else it is Monday.
_SUNDAY = (
    "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK"
    " PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
)
_SATURDAY = "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"


def first_weekday(region: str) -> int:
    """0 for Monday to 6 for Sunday, of a region by its ISO 3166 code; Monday for one that is not known."""
    return SUNDAY if region in _SUNDAY.split() else SATURDAY if region in _SATURDAY.split() else MONDAY


def weeks(first: date, begins: int) -> list[list[date]]:
    """The days of the month that begins with `first`, in whole weeks that begin with the weekday `begins`."""
    day = first - timedelta(days=(first.weekday() - begins) % 7)
    found = []
    while (day.year, day.month) <= (first.year, first.month):
        found.append([day + timedelta(days=place) for place in range(7)])
        day += timedelta(days=7)
    return found


def later_month(first: date, months: int) -> date:
    """The first day of the month that is so many later, or earlier for less than 0."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
