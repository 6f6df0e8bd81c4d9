"""Fields of a JSON object from outside, read one by one: what is wrong with them is gathered, not raised.

Whoever writes such a body can still change it, and is told of every field that is wrong at once. Null is the
same as missing.
"""

from collections.abc import Collection, Mapping
from typing import Any

from duplistat.core.durations import MOST_SECONDS, parse_duration
from duplistat.core.errors import Problem
from duplistat.core.i18n import Text, later
from duplistat.core.report import MAX_INTEGER
from duplistat.core.text import clean, clip_name
from duplistat.core.times import Moment, parse_iso

ONE_OF = later("must be one of {options}")
REQUIRED = later("is required: one of {options}")


class Fields:
    """Reads the fields of one object. `path` stands before each name in `problems`, such as "backup."."""

    def __init__(self, content: Mapping[str, Any], problems: list[Problem], path: str = "") -> None:
        self.content = content
        self.problems = problems
        self.path = path

    def wrong(self, field: str, problem: str) -> None:
        self.problems.append(Problem(f"{self.path}{field}", problem))

    def text(self, key: str, *, required: bool = False) -> str:
        """The text without blanks around it; "" when it is missing or wrong."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(key, "must be a string")
            return ""
        text = clean((value or "").strip())
        if required and not text:
            self.wrong(key, later("is required") if value is None else later("must not be empty"))
        return text

    def one_of(self, key: str, options: Collection[str]) -> str:
        """The one of `options` that it is, to the letter; "" when it is none, or missing. They are listed then."""
        value = self.content.get(key)
        found = value.strip() if isinstance(value, str) else value
        if isinstance(found, str) and found in options:
            return found
        self.wrong(key, Text(REQUIRED if value is None else ONE_OF, options=", ".join(options)))
        return ""

    def name(self, key: str, otherwise: str = "", *, required: bool = True) -> str:
        """A name, cut to what a name may be; `otherwise` in place of none."""
        if otherwise and self.content.get(key) in (None, ""):
            return clip_name(otherwise)
        return clip_name(self.text(key, required=required) or otherwise)

    def time(self, key: str, *, required: bool = False) -> Moment | None:
        """A time in ISO 8601 with an offset."""
        text = self.text(key, required=required)
        if not text:
            return None
        moment = parse_iso(text)
        if moment is None:
            self.wrong(key, "must be a time in ISO 8601, such as 2024-01-15T02:00:00.000Z")
        elif moment.offset_minutes is None:
            self.wrong(key, "must include a UTC offset, such as +02:00 or Z")
        return moment

    def duration(self, key: str) -> int | None:
        """A number of seconds, or a text with units such as 1h30m; as milliseconds."""
        value = self.content.get(key)
        if value is None:
            return None
        if (told := parse_duration(value)) is not None:
            return told
        # A comparison with NaN is false, and one with an integer of any size is exact.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MOST_SECONDS:
            self.wrong(key, "must be a number of seconds that is not negative")
            return None
        return round(value * 1000)

    def count(self, key: str) -> int | None:
        """A whole number that fits a column."""
        value = self.content.get(key)
        if value is None:
            return None
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not 0 <= value <= MAX_INTEGER:
            self.wrong(key, "must be a whole number that is not negative")
            return None
        return value
