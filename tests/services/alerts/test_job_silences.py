"""Silences for one job alone, set for many jobs at once beside their schedules."""

from typing import Any

import pytest

from duplistat.services.alerts.job_silences import own_ends
from duplistat.services.alerts.listeners import Silences, subjects
from duplistat.services.monitoring.schedule_changes import JobToSet, apply_schedules, set_schedules
from duplistat.store import jobs, silences
from tests.support.alerting import Alerting, Message
from tests.support.silences import set_silence
from tests.support.site import Site

HOUR_MS = 3_600_000
SEEN = [None, None, None, 0, None]

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def alerting(site: Site) -> Alerting:
    """Jobs 1 and 2, which failed; nobody was told yet."""
    alerting = Alerting(site)
    alerting.rule(alerting.channel())
    for job in ("one", "two"):
        alerting.run("Fatal", job=job)
    return alerting


def to_set(job: int, until: int | None, silenced: int | None = None, **changes: Any) -> JobToSet:
    wanted: JobToSet = {
        "job": job, "changes": {}, "seen": [*SEEN], "silence": {"until": until}, "silenced": silenced
    }  # fmt: skip
    wanted["changes"].update(changes)  # type: ignore[typeddict-item]  # as the test says
    return wanted


def put(site: Site, *wanted: JobToSet) -> list[int]:
    """The jobs that were left as they are."""
    return site.writes.run(set_schedules, wanted=[*wanted], sees=[*site.everyone], **site.signature())


def ends(site: Site) -> dict[int, int]:
    return own_ends(site.db, jobs.visible(site.db, site.everyone), site.everyone, site.now())


def test_silenced_jobs_are_told_of_when_that_ends_by_hand_or_by_the_clock(alerting: Alerting) -> None:
    site = alerting.site
    until = site.now() + HOUR_MS
    assert put(site, to_set(1, until), to_set(2, until, grace_ms=0)) == []
    assert ends(site) == {1: until, 2: until}
    assert site.job("two").grace_ms == 0
    assert alerting.tick() == []
    site.now.forward(minutes=10)
    assert put(site, to_set(1, None, until)) == []
    assert alerting.tick() == [Message("ops", "problem", "first", ("one",))]
    # One that is moved to an earlier time ends then.
    assert put(site, to_set(2, site.now() + 60_000, until) | {"seen": [None, None, 0, 0, None]}) == []
    assert alerting.tick() == []
    site.now.forward(minutes=1)
    assert alerting.tick() == [Message("ops", "problem", "first", ("two",))]


def test_one_that_was_changed_meanwhile_is_left_as_it_is(alerting: Alerting) -> None:
    site = alerting.site
    until = site.now() + HOUR_MS
    assert put(site, to_set(1, until)) == []
    wanted = [to_set(1, until + 1, grace_ms=0), to_set(2, until)]
    applied = apply_schedules(site.writes, wanted, site.everyone, site.signature())
    assert (applied.done, applied.left) == (1, [1])
    assert ends(site) == {1: until, 2: until}
    assert site.job("one").grace_ms is None
    # So is one whose silence would be over by now; the others are set.
    site.now.forward(minutes=30)
    assert put(site, to_set(1, site.now(), until), to_set(2, None, until)) == [1]
    assert ends(site) == {1: until}


def test_only_what_names_one_job_and_is_seen_is_its_own(alerting: Alerting) -> None:
    site = alerting.site
    now, child = site.now(), site.account("child", parent="main")

    def add(account: int, hours: int, **match: Any) -> int:
        return set_silence(site.writes, now, account=account, lasts_ms=hours * HOUR_MS, **match)

    # For all, for both, for one by its own kinds, and of an account whose job it is not.
    wide, both, narrow, elsewhere = (
        add(1, 9),
        add(1, 8, jobs=[1, 2]),
        add(1, 7, jobs=[1]),
        add(child, 6, jobs=[1]),
    )
    known = jobs.visible(site.db, site.everyone)
    found = Silences(silences.holding(site.db, now))
    of = {job: [one.id for one in found.of(subject)] for job, subject in subjects(site.db, known).items()}
    assert of == {1: [both, narrow, wide], 2: [both, wide]}
    assert own_ends(site.db, known, site.everyone, now) == {1: now + 7 * HOUR_MS}
    assert own_ends(site.db, known, (child,), now) == {}
    assert put(site, to_set(1, None, now + 7 * HOUR_MS)) == []
    assert [one.id for one in silences.holding(site.db, now)] == [wide, both, elsewhere]
