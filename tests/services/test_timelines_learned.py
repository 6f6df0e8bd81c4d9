"""Jobs of which nobody told when they run, played through the services as users lived them."""

from collections.abc import Callable

import pytest

from duplistat.core.times import to_ms
from tests.support.clock import ms
from tests.support.site import Site
from tests.support.timelines import Played, timeline

MakeSite = Callable[..., Site]


@pytest.fixture
def both_databases() -> str:
    """SQLite alone: this is about times. What it asks of the database, others ask of both."""
    return "sqlite"


@pytest.mark.parametrize(
    "name",
    [
        # Five runs within one afternoon are no rhythm.
        "overdue-after-test-runs",
        # Hourly on working days from 8 to 18 o'clock: its nights and weekends are learned.
        "overdue-every-evening-office-hours",
        # No weekend day ever had a run.
        "overdue-first-weekend",
        # At a fixed time of UTC, over the night in which the clocks of its zone go back.
        "utc-job-in-autumn",
    ],
)
def test_a_healthy_job_is_never_overdue(make_site: MakeSite, name: str) -> None:
    played = Played(timeline(name), make_site)
    played.to_the_end()
    assert {health for _, health in played.changes} == {"ok"}


def test_the_end_of_a_job_is_noticed_in_its_third_week(make_site: MakeSite) -> None:
    """Ten runs from Monday to Friday at 22:30, and then silence: with two hours of grace, in the night to Tuesday."""
    played = Played(timeline("weekday-job-dies-in-week-two"), make_site)
    assert played.go_on_to("2026-02-16T23:30:00Z").health == "ok"
    job = played.go_on_to("2026-02-17T00:00:00Z")
    assert (job.health, job.missed) == ("overdue", 1)
    assert played.expected is not None
    assert to_ms(played.expected) == ms("2026-02-17T21:30:00Z")
    assert played.to_the_end().health == "overdue"
