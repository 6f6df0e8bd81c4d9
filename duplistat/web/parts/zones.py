"""The time zone of who looks, as their browser told it."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import request

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


def city(name: str) -> str:
    """New York, of America/New_York."""
    return name.rpartition("/")[2].replace("_", " ")
