"""Which versions of a backup one can restore: what a run told of them, kept with it, and told again as times."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.times import from_ms, to_ms

# Of more than these the newest are kept, and how many more there were.
MOST = 200


class RestorePoints(NamedTuple):
    """Times in ms, newest first; how many more were told; and whether their zone had to be taken from this server."""

    times: list[int]
    more: int = 0
    zone_assumed: bool = False


def kept(points: Sequence[datetime]) -> dict[str, Any]:
    """What a run keeps of its restore points, newest first. Times without an offset are kept as wall time."""
    if not points:
        return {}
    content: dict[str, Any] = {
        "restore_points": [to_ms(at.replace(tzinfo=at.tzinfo or UTC)) for at in points[:MOST]]
    }
    if len(points) > MOST:
        content["restore_points_more"] = len(points) - MOST
    if points[0].tzinfo is None:
        content["restore_points_local"] = True
    return content


def told(details: Mapping[str, Any], zone: ZoneInfo) -> RestorePoints:
    """The restore points that a run told; `zone` is for those without an offset. Empty where its log left them out."""
    times = [int(at) for at in details.get("restore_points", [])]
    local = bool(details.get("restore_points_local"))
    if local:
        times = [to_ms(from_ms(at).replace(tzinfo=zone)) for at in times]
    return RestorePoints(times, int(details.get("restore_points_more", 0)), local)
