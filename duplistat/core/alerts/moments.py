"""Times in a message: by the clock of its channel, and readable days later, in another zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from duplistat.core import formatting
from duplistat.core.i18n import Say
from duplistat.core.times import from_ms, in_zone, iso_ms


@dataclass(frozen=True, slots=True)
class Moments:
    """Says times (ms) by the clock of `zone` in the language of `say`; `now` (ms) is when the message goes out."""

    zone: ZoneInfo
    say: Say
    now: int

    def short(self, at: int) -> str:
        """For subjects and lists: 02:14 on the day itself, Tue 02:14 within six days, else 11 Nov 02:14."""
        moment, today = self._local(at), self._local(self.now).date()
        days = (today - moment.date()).days
        if days == 0:
            return f"{moment:%H:%M}"
        day = formatting.day_name(moment, self.say) if 0 < days <= 6 else self._date(moment)
        return f"{day} {moment:%H:%M}"

    def full(self, at: int) -> str:
        """Tue 24 Nov 02:14 (UTC+01:00)."""
        moment = self._local(at)
        day = formatting.day_and_date(moment, self._local(self.now), self.say)
        return f"{day} {moment:%H:%M} ({formatting.offset(moment)})"

    def between(self, begin: int, end: int) -> str:
        """02:00–03:10, or Mon 23:50–Tue 03:10, with the offset of its end behind it."""
        first, last = self._local(begin), self._local(end)
        until = f"{last:%H:%M}" if first.date() == last.date() else self.short(end)
        return f"{self.short(begin)}–{until} ({formatting.offset(last)})"

    def took(self, begin: int, end: int) -> str:
        """How long from one time to another: 3 h 10 min."""
        return formatting.duration(max(end - begin, 0) / 1000, self.say)

    def age(self, at: int) -> str:
        """How long ago, in one unit: 31 h, 9 days."""
        return formatting.span(max(self.now - at, 0) / 1000, self.say)

    def lasting(self, at: int) -> str:
        """The same behind "for", where other languages bend it."""
        return formatting.since(max(self.now - at, 0) / 1000, self.say)

    def _date(self, moment: datetime) -> str:
        return formatting.date_near(moment, self._local(self.now), self.say)

    def _local(self, at: int) -> datetime:
        return in_zone(at, self.zone)


def rfc3339(at: int | None) -> str | None:
    """A time (ms) for programs: 2026-11-24T01:14:00.000Z."""
    return None if at is None else iso_ms(from_ms(at))
