"""What charts are made of, on the page of a job and over all jobs; `static/charts.js` draws them."""

from typing import NamedTuple

# What draws; without it there is the table alone.
DRAWER = "vendor/uPlot.iife.min.js"


class Measure(NamedTuple):
    """What is drawn in a chart of its own: `kind` says how its numbers are written, `bars` that it is drawn as bars.

    One that is not `shown` waits for its button.
    """

    name: str
    label: str
    kind: str
    bars: bool = False
    shown: bool = True
