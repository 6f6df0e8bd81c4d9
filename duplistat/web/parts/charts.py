"""What charts are made of, on the page of a job and over all jobs; `static/charts.js` draws them."""

from collections.abc import Iterable
from typing import NamedTuple

from duplistat.web.language import gettext as _

# What draws; without it there is the table alone.
DRAWER = "vendor/uPlot.iife.min.js"
# How charts are drawn: as suits each, or all alike; the first one without a choice.
MIXED, BARS, LINES = TYPES = ("mixed", "bars", "lines")


class Measure(NamedTuple):
    """What is drawn in a chart of its own: `kind` says how its numbers are written, `bars` that it is drawn as bars.

    One that is not `shown` waits for its button.
    """

    name: str
    label: str
    kind: str
    bars: bool = False
    shown: bool = True


def drawn_as(measures: Iterable[Measure], type: str) -> list[Measure]:
    """Measures as one of TYPES."""
    return [one if type == MIXED else one._replace(bars=type == BARS) for one in measures]


def type_words() -> list[tuple[str, str]]:
    """(one of TYPES, what it is called)."""
    return [(MIXED, _("bars and lines")), (BARS, _("bars")), (LINES, _("lines"))]
