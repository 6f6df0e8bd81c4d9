"""What a schedule would mean for the jobs that were selected, said back before it is set and after."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import render_template

from duplistat.config import zone_named
from duplistat.core import formatting
from duplistat.core.schedule import Interval, Schedule, Unplanned, Within
from duplistat.core.schedule_text import describe_in_zone, parse_schedule
from duplistat.core.text import capital
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.services.jobs.bulk import BulkChanges
from duplistat.services.jobs.settings import is_automatic
from duplistat.services.monitoring.schedule_preview import preview_of
from duplistat.store.jobs import Job
from duplistat.web.formatting import Reader, sentence
from duplistat.web.job.page import in_ms
from duplistat.web.language import gettext as _
from duplistat.web.language import say

# Jobs that are named of those that would be overdue.
NAMED = 5


class Understood(NamedTuple):
    """What a schedule means: in `words`, with times of day by a `clock`; (expected, overdue from) of its next times in
    ms, and how late a run may be: `grace`, or up to `longest` where jobs differ ("" where they do not).

    `of_each`: its times are those of each job. `overdue` are (id, name, since when in ms) of some of the `late` jobs
    that would be overdue at once.
    """

    words: str
    clock: ZoneInfo
    reader: Reader
    expected: list[tuple[int, int]]
    grace: str
    longest: str
    manual: bool
    of_each: bool
    overdue: list[tuple[int, str, int]]
    late: int


def understood(changes: BulkChanges, jobs: Sequence[Job], names: Mapping[int, str]) -> Understood:
    """What the changes would mean for jobs, which are called by `names`. Nothing is stored."""
    ctx = context()
    now = ctx.now()
    found = preview_of(jobs, changes["schedule"], changes["zone"], ctx.schedule_defaults, now)
    shortest, longest = (formatting.duration(grace.total_seconds(), say()) for grace in found.grace)
    return Understood(
        _words(found.schedule, found.zone),
        found.zone,
        Reader(now, found.zone),
        in_ms(found.expected),
        shortest,
        longest if longest != shortest else "",
        isinstance(found.schedule, Unplanned),
        isinstance(found.schedule, Interval | Within),
        [(job, names[job], since) for job, since in list(found.overdue.items())[:NAMED]],
        len(found.overdue),
    )


def part(shown: Understood | None, wrong: Mapping[str, str]) -> str:
    """That alone, for a page that asks while one types."""
    return render_template("_bulk_understood.html", understood=shown, wrong=wrong)


def set_now(changes: BulkChanges) -> str:
    """What was set, as a sentence."""
    text, zone = changes["schedule"], changes["zone"]
    schedule = None if is_automatic(text) else parse_schedule(text, anchor=from_ms(0))
    return sentence(_words(schedule, zone_named(zone) if zone else context().schedule_defaults.zone))


def _words(schedule: Schedule | None, zone: ZoneInfo) -> str:
    if schedule is None:
        return _("The schedule of each job is detected automatically.")
    return capital(describe_in_zone(schedule, zone, say()))
