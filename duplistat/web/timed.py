"""Times in sentences that were made before anybody knew who reads them, each as the element that pages have for times.

In such a sentence a moment stands as ISO 8601 has it, with the zone that it shall be read in behind it where that is
known (RFC 9557): 2026-11-20T02:00:13+01:00[Europe/Berlin]. Times of day are of a schedule, by the clock of a zone.
"""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from duplistat.core.times import parse_iso, to_ms
from duplistat.web.formatting import Reader

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?:\[([A-Za-z0-9/_+-]{1,64})\])?", re.ASCII
)
_CLOCK = re.compile(r"\b(?:[01]\d|2[0-3]):[0-5]\d\b", re.ASCII)


def written(at: int, reader: Reader) -> str:
    """A time (ms) as `timed` finds it, to be read in the zone of a reader."""
    return f"{reader.local(at).isoformat(timespec='seconds')}[{reader.zone.key}]"


def timed(text: str, reader: Reader, zone: ZoneInfo | None = None) -> Markup:
    """A sentence with its moments for a reader; with a `zone` its times of day are those of that one."""
    return Markup("").join(_pieces(text, reader, zone))


def _pieces(text: str, reader: Reader, zone: ZoneInfo | None) -> Iterator[Markup]:
    end = 0
    for found in _MOMENT.finditer(text):
        moment = parse_iso(found[1])
        if moment is None:
            continue
        yield _of_day(text[end : found.start()], zone)
        yield Reader(reader.now, _zone(found[2]) or reader.zone, reader.say).moment(to_ms(moment.at))
        end = found.end()
    yield _of_day(text[end:], zone)


def _of_day(text: str, zone: ZoneInfo | None) -> Markup:
    if zone is None:
        return Markup.escape(text)
    clock = Markup('<time datetime="{0}" title="{0} ({1})">{0}</time>')
    escaped = str(Markup.escape(text))
    return Markup(_CLOCK.sub(lambda found: clock.format(found[0], zone.key), escaped))  # noqa: S704  # escaped above


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
