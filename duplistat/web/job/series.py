"""GET /jobs/….json and the charts of a job: what its runs measured, as numbers to draw and as a table."""

from datetime import timedelta
from typing import NamedTuple

from flask import Response, jsonify, request

from duplistat.core import formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.measured import measured
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.store import series
from duplistat.store.jobs import Job
from duplistat.store.series import Point
from duplistat.store.totals import DAY_MS
from duplistat.web import assets
from duplistat.web.formatting import Reader
from duplistat.web.job.sparks import Spark, sparks
from duplistat.web.language import gettext as _
from duplistat.web.parts.charts import DRAWER, Measure, drawn_as
from duplistat.web.preferences import chart_type

# Ranges in days; 0 is everything.
RANGES = (30, 90, 365, 0)
USUAL = 90
# Measures of how much there is, as against how much was done.
_STATES = ("size", "storage", "files", "versions")
# Rows of the table: it is for reading, and the CSV has all.
ROWS = 60


class Charts(NamedTuple):
    """`points` are the newest, newest first, each with its day where it is not one run.

    `total` is how many are drawn. `per` is how many days a point stands for, 0 for a run. `since_first` says how much
    time there is of, where that is less than the shortest range; else "". `type` is how charts are drawn.
    """

    range: int
    since: int
    per: int
    points: list[tuple[Point, str]]
    total: int
    drawn: bool
    sparks: list[Spark]
    since_first: str
    type: str

    @property
    def ranges(self) -> list[tuple[int, str]]:
        texts = {30: _("30 days"), 90: _("90 days"), 365: _("1 year"), 0: _("all")}
        return [(days, texts[days]) for days in RANGES]

    @property
    def measures(self) -> list[Measure]:
        usual = [
            Measure("duration", _("Duration"), "time", bars=True),
            Measure("size", _("Source size"), "bytes"),
            Measure("uploaded", _("Uploaded"), "bytes", bars=True),
            Measure("storage", _("Backup size"), "bytes"),
            Measure("files", _("Files"), "count", shown=False),
            Measure("versions", _("Versions"), "count", shown=False),
        ]
        return drawn_as(usual, self.type)


def of_page(job: int, asked: str, reader: Reader) -> Charts:
    """The charts of a job's page for `?range=`. Raises DuplistatError (invalid)."""
    if asked and (not asked.isdecimal() or len(asked) > 3 or int(asked) not in RANGES):
        raise DuplistatError(Kind.INVALID, f"?range= must be one of {', '.join(map(str, RANGES))}")
    days = int(asked) if asked else USUAL
    since = reader.now - days * DAY_MS if days else 0
    per, points = series.of_job(context().db, job, since, reader.now, _shift(reader))
    rows = [(_of_table(point), _day(point.at, reader) if per else "") for point in points[: -ROWS - 1 : -1]]
    known = [_of_table(point) for point in points]
    return Charts(
        days,
        since,
        per,
        rows,
        len(points),
        assets.has(DRAWER),
        sparks(known, reader),
        _span(points, reader),
        chart_type(),
    )


def numbers(job: Job, since: int, reader: Reader) -> Response:
    """Points since a time (ms) as columns: times in s since 1970, durations in s, sizes in bytes."""
    per, points = series.of_job(context().db, job.id, since, reader.now, _shift(reader))
    return jsonify(
        {
            "job": job.id,
            "name": job.label,
            "days_per_point": per,
            # By whose clock they are days; single runs are shown by that of the browser.
            **({"zone": reader.zone.key} if per else {}),
            "from": since // 1000 if since else (points[0].at // 1000 if points else None),
            "until": reader.now // 1000,
            "at": [point.at // 1000 for point in points],
            "run": [point.run for point in points],
            "runs": [point.runs for point in points],
            "failed": [point.failed for point in points],
            "duration": [None if p.duration_ms is None else p.duration_ms / 1000 for p in points],
            "uploaded": [point.uploaded for point in points],
            **{name: [_known(point, name) for point in points] for name in _STATES},
        }
    )


def _known(point: Point, name: str) -> int | None:
    """What a run said of how much there is; of some days, the most that one of theirs said."""
    return measured(getattr(point, name), whole=point.whole > 0)


def _of_table(point: Point) -> Point:
    size, storage, files, versions = (_known(point, name) for name in _STATES)
    return point._replace(size=size, storage=storage, files=files, versions=versions)


def since_of_request() -> int:
    """`?since=` in ms; 0 for none. Raises DuplistatError (invalid)."""
    asked = request.args.get("since", "0")
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 15):
        raise DuplistatError(Kind.INVALID, "?since= must be milliseconds since 1970")
    return int(asked)


def _day(at: int, reader: Reader) -> str:
    return formatting.day(reader.local(at).date(), reader.local(reader.now).date(), reader.say)


def _span(points: list[Point], reader: Reader) -> str:
    """How far the data goes back, where that is less than the shortest range."""
    if not points or reader.now - points[0].at >= RANGES[0] * DAY_MS:
        return ""
    return formatting.since((reader.now - points[0].at) / 1000, reader.say)


def _shift(reader: Reader) -> int:
    """By how much the clock of the reader's zone is ahead of UTC now, ms."""
    ahead = from_ms(reader.now).astimezone(reader.zone).utcoffset() or timedelta(0)
    return round(ahead.total_seconds() * 1000)
