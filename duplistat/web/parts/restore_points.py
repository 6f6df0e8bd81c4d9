"""The list of restore points of a run, and the words where none was told."""

import json
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.core import restore_points
from duplistat.store.runs import Run
from duplistat.web.formatting import Reader


class Point(NamedTuple):
    """A restore point: when it was made, and how long ago that is."""

    when: Markup
    ago: Markup


class Points(NamedTuple):
    """`number` is what the run says there are (None: nothing); `shown` are those that it names, of `total`."""

    number: int | None
    shown: list[Point]
    more: int
    total: int
    zone: str


def points_of(run: Run | None, reader: Reader, zone: ZoneInfo) -> Points | None:
    """What a run tells of its restore points; None where it tells neither which nor how many.

    `zone` is this server's, for times that came without any; it is named where it was needed.
    """
    if run is None:
        return None
    found = restore_points.read(json.loads(run.details), zone, run.order_at)
    if not found.times and run.versions is None:
        return None
    shown = [Point(reader.shown(at), reader.ago(at)) for at in found.times]
    return Points(
        run.versions, shown, found.more, len(shown) + found.more, zone.key if found.zone_assumed else ""
    )
