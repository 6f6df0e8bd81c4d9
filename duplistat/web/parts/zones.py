"""The time zone of who looks, as their browser told it."""

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from flask import request

from duplistat.core.expectation import Rhythm, Source, lacks_zone, why
from duplistat.core.schedule_text import with_zone
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.web.language import say

# A script notes it there; without one nobody knows it.
COOKIE = "duplistat_zone"


def own_zone(otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of who looks; `otherwise` where it is not known."""
    name = own_zone_name()
    return ZoneInfo(name) if name else otherwise


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())


def own_zone_name() -> str:
    """The name of the zone of who looks, "" where it is not known."""
    told = request.cookies.get(COOKIE, "")
    return told if told in _all() else ""


def zoned(words: str, zone: ZoneInfo) -> str:
    """`words` that name times of day by the clock of `zone`: with its name where that is not the zone of who looks, in
    which all other times of a page are."""
    ctx = context()
    if _alike(own_zone(ctx.schedule_defaults.zone), zone, from_ms(ctx.now()).year):
        return words
    return with_zone(words, zone, say())


@lru_cache(maxsize=1024)
def _alike(one: ZoneInfo, other: ZoneInfo, year: int) -> bool:
    """Whether the clocks of two zones show the same in a year, such as those of UTC and Etc/UTC."""
    days = [datetime(year, month, day, tzinfo=one) for month in range(1, 13) for day in (1, 15)]
    return all(day.utcoffset() == day.replace(tzinfo=other).utcoffset() for day in days)


def why_zoned(rhythm: Rhythm, source: Source, when: Callable[[datetime], str]) -> str:
    """How we know when a job runs, in words; a moment is said as `when` says it."""
    words = why(rhythm, source, say(), when)
    # The only time that a client tells is a moment, and said by the clock of who reads it.
    return zoned(words, rhythm.zone) if source is not Source.TOLD and lacks_zone(rhythm, source) else words


def city(name: str) -> str:
    """New York, of America/New_York."""
    return name.rpartition("/")[2].replace("_", " ")
