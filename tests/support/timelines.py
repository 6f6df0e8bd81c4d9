"""Plays a timeline through the services: reports that arrive, schedules that are set, and the clock between them.

A timeline is a JSON file: `zone` of the server, `job`, from `start` to `until`, and `steps` in order of time: `at`, and
a `body` that is posted to `/api/upload` or a `schedule` that a person sets.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from duplistat.core.expectation import Source, why
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.times import from_ms
from duplistat.services.jobs.state import rhythm_of
from duplistat.store.jobs import Job
from tests.support.clock import ms
from tests.support.site import Site

TIMELINES = Path(__file__).parent.parent / "services" / "timelines"
# The clock sweeps at least so often, and learns as long after a report.
SWEEP_MS, LEARN_MS = 30 * 60_000, 30_000


class Played:
    """A timeline that is played as far as `go_on_to` says; `changes` are the changes of health so far."""

    def __init__(self, timeline: dict[str, Any], make_site: Callable[..., Site]) -> None:
        self.name = timeline["job"]
        self.until = timeline["until"]
        self.site = make_site(server={"timezone": timeline["zone"]})
        self.site.now.set(timeline["start"])
        self._steps: Iterator[dict[str, Any]] = iter(timeline["steps"])
        self._next = next(self._steps, None)
        self._swept_at = self.site.now()

    def go_on_to(self, moment: str) -> Job:
        """Play everything up to a moment, that included; the job then."""
        while self._next is not None and ms(self._next["at"]) <= ms(moment):
            step, self._next = self._next, next(self._steps, None)
            self._clock_until(ms(step["at"]))
            self._take(step)
        self._clock_until(ms(moment))
        self.site.sweep()
        return self.site.job(self.name)

    def to_the_end(self) -> Job:
        return self.go_on_to(self.until)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """(time in UTC to the minute, health) of each change."""
        return [
            (f"{from_ms(change.at).astimezone(UTC):%Y-%m-%d %H:%M}", change.after)
            for change in self.site.transitions(self.name)
        ]

    @property
    def expected(self) -> datetime | None:
        return from_ms(self.site.job(self.name).expected_at)

    @property
    def why(self) -> str:
        """How is known when it is expected."""
        job = self.site.job(self.name)
        return why(rhythm_of(job, self.site.schedule_defaults), Source(job.source))

    def _take(self, step: dict[str, Any]) -> None:
        if "schedule" in step:
            text = write_schedule(parse_schedule(step["schedule"])) if step["schedule"] != "auto" else None
            self.site.set_job(self.site.job(self.name), schedule=text, schedule_zone=None)
        if "body" in step:
            self.site.post(step["body"])

    def _clock_until(self, moment: int) -> None:
        """Let the clock learn what came last, and sweep every half hour."""
        site = self.site
        if site.now() + LEARN_MS <= moment:
            site.now.at += LEARN_MS
            site.learn()
        while self._swept_at + SWEEP_MS <= moment:
            self._swept_at += SWEEP_MS
            site.now.at = max(site.now.at, self._swept_at)
            site.sweep()
            site.learn()
        site.now.at = moment


def timeline(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((TIMELINES / f"{name}.json").read_text("utf-8"))
    return content
