"""Four small curves near the top of a job's page: what its runs measured lately, and how that changed."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from duplistat.core import formatting
from duplistat.store.series import Point
from duplistat.store.totals import DAY_MS
from duplistat.web.formatting import Reader, count, duration, size
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext

# What a curve is drawn in, and the most points that it has: one for each column of that.
WIDTH, HEIGHT, EDGE = 120, 28, 2
MONTH_MS = 30 * DAY_MS


class Spark(NamedTuple):
    """A curve: its label, the latest value, what became of it, and its points as SVG has them ("" for too few)."""

    label: str
    value: str
    change: str
    points: str


def sparks(points: Sequence[Point], reader: Reader) -> list[Spark]:
    """The curves of what runs measured, oldest first; none of what no run told."""
    columns = (
        (_("Duration"), [(p.at, p.duration_ms) for p in points if not p.failed], _lengths),
        (_("Source size"), [(p.at, p.size) for p in points], _sizes),
        (_("Uploaded"), [(p.at, p.uploaded) for p in points if not p.failed], _uploads),
        (_("Backup size"), [(p.at, p.storage) for p in points], _sizes),
    )
    made = []
    for label, measured, words in columns:
        known = [(at, value) for at, value in measured if value is not None]
        if known:
            value, change = words(known, reader)
            made.append(Spark(label, value, change, drawn(known)))
    return made


def growth(known: Sequence[tuple[int, int]], reader: Reader) -> str:
    """How a size changed within 30 days: "+3 % in 30 days"; of a shorter time it says which, "" where it is too short
    to say anything. `known` are (ms, bytes), oldest first."""
    lately = [(at, value) for at, value in known if at >= reader.now - MONTH_MS]
    if len(lately) < 2 or lately[-1][0] - lately[0][0] < DAY_MS or not lately[0][1]:
        return ""
    (since, before), (until, after) = lately[0], lately[-1]
    # A month of daily runs has 29 days between its first and its last.
    days = 30 if until - since > MONTH_MS - 2 * DAY_MS else round((until - since) / DAY_MS)
    change = formatting.growth((after - before) / before, reader.say)
    text = ngettext("%(change)s in %(days)s day", "%(change)s in %(days)s days", days)
    return text % {"change": change, "days": days}


def drawn(known: Sequence[tuple[int, int]]) -> str:
    """The points of a curve: of several in one column the highest."""
    if len(known) < 2:
        return ""
    first, last = known[0][0], known[-1][0]
    columns: dict[int, int] = {}
    for at, value in known:
        column = round((at - first) / max(1, last - first) * WIDTH)
        columns[column] = max(value, columns.get(column, value))
    low, high = min(columns.values()), max(columns.values())
    inner = HEIGHT - 2 * EDGE
    return " ".join(
        f"{x},{EDGE + inner - (round((value - low) / (high - low) * inner) if high > low else inner // 2)}"
        for x, value in columns.items()
    )


def _lengths(known: Sequence[tuple[int, int]], _reader: Reader) -> tuple[str, str]:
    usual = duration(round(median(value for _at, value in known)))
    return duration(known[-1][1]), _("usually %(duration)s") % {"duration": usual}


def _sizes(known: Sequence[tuple[int, int]], reader: Reader) -> tuple[str, str]:
    return size(known[-1][1]), growth(known, reader)


def _uploads(known: Sequence[tuple[int, int]], reader: Reader) -> tuple[str, str]:
    lately = [(at, value) for at, value in known if at >= reader.now - MONTH_MS]
    if not lately:
        return size(known[-1][1]), ""
    days = min(30, max(1, round((reader.now - lately[0][0]) / DAY_MS)))
    total = size(sum(value for _at, value in lately))
    text = ngettext("%(total)s in %(days)s day", "%(total)s in %(days)s days", days)
    return size(known[-1][1]), text % {"total": total, "days": count(days)}
