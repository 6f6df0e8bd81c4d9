"""GET /trends: how much all servers, or one of them, hold and did over time, as charts and as a table."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import Response, jsonify, render_template, request, url_for
from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import midnight
from duplistat.http.context import context
from duplistat.services.jobs.counted import chosen_or_that_count
from duplistat.services.jobs.state import EPOCH_DAY, day_of
from duplistat.services.monitoring.schedule_table import watched
from duplistat.services.monitoring.trends import Point, Trend, trend
from duplistat.store import totals
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.totals import DAY_MS
from duplistat.web import assets
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, number_in, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.charts import DRAWER, Measure, drawn_as
from duplistat.web.parts.found_server import find
from duplistat.web.parts.labels import labels_of
from duplistat.web.preferences import chart_type

RANGES = (30, 90, 365)
USUAL = 90


class Line(NamedTuple):
    """A point with its days in words; `at` (ms) is their middle."""

    point: Point
    day: Markup
    at: int


class Asked(NamedTuple):
    """What an address asks for: of which server (None for all), how many days, and `draw`, drawn how, "" for as who
    looks prefers; and what there is of it."""

    server: Server | None
    homes: dict[int, Server]
    jobs: list[Job]
    days: int
    draw: str
    trend: Trend
    reader: Reader

    def address(self, endpoint: str, **others: object) -> str:
        """That of a page with other choices; what is usual is left out."""
        values: dict[str, Any] = {
            "server": self.server.id if self.server else None,
            "range": self.days if self.days != USUAL else None,
            "draw": self.draw or None,
        }
        return url_for(endpoint, **values | others)


def trends() -> str:
    """The page. `?server=` chooses one, `?range=` how many days, `?draw=` bars or lines.

    Its statements are the same few, whatever the history. Raises DuplistatError: not_found for a server that is not
    there to be seen, invalid for what cannot be chosen.
    """
    asked = _asked()
    server, jobs, found = asked.server, asked.jobs, asked.trend
    return render_template(
        "trends.html",
        server=server,
        server_label=visible(server.label) if server else "",
        options=[(id, label.text) for id, label in labels_of([*asked.homes.values()]).items()],
        trend=found,
        lines=[_line(point, found.per, asked.reader) for point in reversed(found.points)],
        whole=totals.summary(context().db, viewer().sees, asked.reader.now) if server is None else None,
        jobs=len(jobs),
        size=_sum([job.size for job in jobs]),
        storage=_sum([job.storage for job in jobs]),
        files=_sum([job.files for job in jobs]),
        days=asked.days,
        ranges=[(length, asked.address("web.trends", range=length)) for length in RANGES],
        draw=asked.draw,
        type=chart_type(),
        here=asked.address("web.trends", draw=None, _anchor="charts"),
        series=asked.address("web.trends_series", draw=None),
        measures=drawn_as(_measures(), chart_type()),
        drawn=assets.has(DRAWER),
        reader=asked.reader,
    )


def trends_series() -> Response:
    """The same as columns, to be drawn: times in s since 1970, durations in s, sizes in bytes. Raises as the page."""
    asked = _asked()
    lines = [_line(point, asked.trend.per, asked.reader) for point in asked.trend.points]
    points, half = asked.trend.points, asked.trend.per * DAY_MS // 2
    return jsonify(
        {
            "days_per_point": asked.trend.per,
            # By whose clock they are days.
            "zone": asked.reader.zone.key,
            "from": (lines[0].at - half) // 1000,
            "until": (lines[-1].at + half) // 1000,
            "at": [line.at // 1000 for line in lines],
            "run": [None] * len(points),
            "failed": [0] * len(points),
            "duration": [point.duration_ms / 1000 for point in points],
            **{
                name: [getattr(point, name) for point in points]
                for name in ("size", "storage", "uploaded", "files", "runs")
            },
        }
    )


def _asked() -> Asked:
    ctx, sees, now = context(), viewer().sees, context().now()
    zone, days = ctx.schedule_defaults.zone, _range()
    wanted = request.args.get("server")
    server = find(number_in(wanted)) if wanted else None
    homes, known = watched(ctx.db, sees)
    jobs = chosen_or_that_count(known, homes.values(), server.id if server else None)
    found = trend(ctx.db, sees, jobs, day_of(now, zone), days, server.id if server else None)
    return Asked(server, homes, jobs, days, request.args.get("draw", ""), found, Reader(now, zone))


def _range() -> int:
    asked = request.args.get("range", "") or str(USUAL)
    if asked not in map(str, RANGES):
        raise DuplistatError(Kind.INVALID, f"?range= must be one of {', '.join(map(str, RANGES))}")
    return int(asked)


def _measures() -> list[Measure]:
    """What was done suits bars, and how much there is suits lines."""
    return [
        Measure("size", _("Source size"), "bytes"),
        Measure("storage", _("Backup size"), "bytes"),
        Measure("uploaded", _("Uploaded"), "bytes", bars=True),
        Measure("duration", _("Duration"), "time", bars=True),
        Measure("files", _("Files"), "count"),
        Measure("runs", _("Runs"), "count", bars=True),
    ]


def _line(point: Point, per: int, reader: Reader) -> Line:
    first = date.fromordinal(point.day + EPOCH_DAY)
    today = reader.local(reader.now).date()
    last = min(first + timedelta(days=per - 1), today)
    text = reader.day(first, formatting.day(first, today, reader.say))
    if last > first:
        until = reader.day(last, formatting.day(last, today, reader.say))
        text = say(_("%(first)s to %(last)s"), first=text, last=until)
    begin, end = midnight(first, reader.zone), midnight(last, reader.zone, 1)
    return Line(point, text, (begin + end) // 2)


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
