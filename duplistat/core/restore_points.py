"""Which versions of a backup one can restore: what a run told of them, kept with it, and told again as times."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.times import from_ms, to_ms

# Of more than these the newest are kept, and how many more there were.
MOST = 200
# The keys in the details of a run.
_POINTS, _MORE, _LOCAL, _OFFSET = (
    "restore_points",
    "restore_points_more",
    "restore_points_local",
    "restore_points_offset",
)
# What stands in the details of a run whose log told of some, as text.
IN_DETAILS = f'"{_POINTS}":'


class RestorePoints(NamedTuple):
    """Times in ms, newest first; how many more were told; and whether their zone had to be taken from this server."""

    times: list[int]
    more: int = 0
    zone_assumed: bool = False


def kept(points: Sequence[datetime]) -> dict[str, Any]:
    """What a run keeps of its restore points, newest first. Times without an offset are kept as wall time."""
    if not points:
        return {}
    content: dict[str, Any] = {_POINTS: [to_ms(at.replace(tzinfo=at.tzinfo or UTC)) for at in points[:MOST]]}
    if len(points) > MOST:
        content[_MORE] = len(points) - MOST
    offset = points[0].utcoffset()
    if offset is None:
        content[_LOCAL] = True
    elif all(at.utcoffset() == offset for at in points):
        content[_OFFSET] = int(offset.total_seconds()) // 60
    return content


def read(details: Mapping[str, Any], zone: ZoneInfo, at: int) -> RestorePoints:
    """The restore points that a run told, which was at `at` (ms). Empty where its log left them out.

    `zone` is this server's: for times without an offset; and for summer time where the sender, whose one offset
    is all that its log has, goes by the same clock.
    """
    times = [int(point) for point in details.get(_POINTS, [])]
    more, local, offset = int(details.get(_MORE, 0)), bool(details.get(_LOCAL)), details.get(_OFFSET)
    if local:
        times = [_in_zone(point, zone) for point in times]
    elif offset is not None and _agrees(zone, offset, at):
        times = [_in_zone(point + offset * 60_000, zone) for point in times]
    return RestorePoints(times, more, local)


def carry_over(details: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Let the details of a run keep what they told before, where the new ones tell nothing."""
    if _POINTS not in details:
        details.update({name: before[name] for name in (_POINTS, _MORE, _LOCAL, _OFFSET) if name in before})


def _in_zone(wall: int, zone: ZoneInfo) -> int:
    return to_ms(from_ms(wall).replace(tzinfo=zone))


def _agrees(zone: ZoneInfo, offset: int, at: int) -> bool:
    """Whether a zone's clock was so many minutes east of UTC. Duplicati's log has whole hours: "+05" in India."""
    here = int((from_ms(at).astimezone(zone).utcoffset() or timedelta(0)).total_seconds()) // 60
    return offset in (here, int(here / 60) * 60)
