"""What a silent job missed is counted as it would be slot by slot, whatever its schedule, zone and clock changes."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.expectation import following
from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import to_dict
from duplistat.core.schedule import moments_after, next_after
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import from_ms, to_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.missed import COUNTED, count_missed
from duplistat.services.jobs.state import mark_late, rhythm_of
from duplistat.services.monitoring import sweep
from duplistat.store.jobs import Job
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site

HOUR, DAY = 3_600_000, 86_400_000
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]
SCHEDULES = [
    "daily 02:00",
    "daily 02:30,03:15,23:55",
    "mon,wed,fri 00:00,12:00",
    "weekdays 08:00,10:00; sat 12:00",
    "monthly 31 02:30",
    "monthly last 23:30",
    "monthly first sun 02:15",
    "monthly last fri 22:00",
    "every 1h from 2024-01-01T00:20:00Z",
    "every 7h from 2024-01-01T00:20:00Z",
    "every 1d from 2024-01-01T01:30:00Z",
    "every 3d from 2024-01-01T01:30:00Z",
    "cron 30 2 * * *",
    "cron */20 1-3 * * 0",
    "cron 0 2 1 * *",
]


def slot_by_slot(job: Job, defaults: ScheduleDefaults, now: int) -> None:
    """As it is meant: one time after the other."""
    rhythm = rhythm_of(job, defaults)
    counted = 0
    while job.due_at is not None and job.due_at <= now:
        job.missed += 1
        counted += 1
        if job.expected_at is None:
            job.due_at = None
            break
        mark_late(job, job.expected_at, defaults.zone)
        after = from_ms(job.expected_at) if counted < COUNTED else from_ms(now)
        expected = following(rhythm, after)
        if expected.at is not None and to_ms(expected.at) <= job.expected_at:
            raise ValueError("the next expected time does not move on")
        job.expected_at = to_ms(expected.at) if expected.at else job.expected_at
        job.due_at = to_ms(expected.due)


def a_job(**columns: Any) -> Job:
    empty = {each.name: "" if each.type in ("str", str) else None for each in fields(Job)}
    numbers = {each.name: 0 for each in fields(Job) if each.type in ("int", int)}
    return Job(**(empty | numbers | columns))


def outcome(count: Any, job: Job, defaults: ScheduleDefaults, now: int) -> tuple[Any, ...]:
    counted = replace(job)
    try:
        count(counted, defaults, now)
    except ValueError as e:
        return (str(e),)
    return counted.missed, counted.expected_at, counted.due_at, counted.days, counted.days_to


def learned(start: int, hours: int, jitter: int) -> str:
    runs = [Ran(start + run * hours * HOUR + run * 7919 % 60 * jitter, None) for run in range(-40, 1)]
    found = learn(runs, ZoneInfo("Europe/Berlin"), [])
    return json.dumps(to_dict(found)) if found else ""


moments = st.integers(ms("2024-01-01T00:00:00Z"), ms("2027-06-01T00:00:00Z"))


@st.composite
def rhythms(draw: st.DrawFn, start: int) -> dict[str, Any]:
    """The columns that say when a job runs."""
    kind = draw(st.sampled_from(["schedule", "agent_schedule", "told", "learned", "none"]))
    if kind == "told":
        # Sometimes switched off, or in less than a minute.
        gaps = st.sampled_from([None, 0, 30_000, HOUR, 90 * 60_000, DAY, DAY + 1234, 7 * DAY])
        return {"told_next": start + draw(st.integers(-DAY, DAY)), "told_gap": draw(gaps)}
    if kind == "learned":
        hours = draw(st.sampled_from([1, 6, 24, 168]))
        return {"learned": learned(start, hours, draw(st.sampled_from([0, 1000, 30_000])))}
    return {kind: draw(st.sampled_from(SCHEDULES))} if kind != "none" else {}


@given(data=st.data(), start=moments, zone=st.sampled_from(ZONES), own=st.sampled_from(["", *ZONES]))
@settings(max_examples=250, deadline=None)
def test_what_was_missed(data: st.DataObject, start: int, zone: str, own: str) -> None:
    columns = data.draw(rhythms(start))
    grace = data.draw(st.sampled_from([0, HOUR, 9 * HOUR, 40 * DAY]))
    now = start + data.draw(st.one_of(st.integers(-DAY, 3 * DAY), st.integers(0, 500 * DAY)))
    rest = data.draw(
        st.sampled_from([{}, {"paused_from": start + 5 * DAY, "paused_until": start + 9 * DAY + 777}])
    )
    job = a_job(
        id=1,
        created_at=start - 100 * DAY,
        schedule_zone=own or None,
        agent_zone=own or None,
        # Not always a time of the schedule: that may have been changed.
        expected_at=data.draw(st.one_of(st.none(), st.just(start), st.just(start - start % HOUR))),
        due_at=data.draw(st.sampled_from([start, start + grace, None])),
        missed=data.draw(st.integers(0, 500)),
        days=data.draw(st.text("slwf.", max_size=90)),
        days_to=start // DAY + data.draw(st.integers(-120, 120)),
        **columns,
        **rest,
    )
    defaults = ScheduleDefaults(ZoneInfo(zone), grace, HOUR)
    assert outcome(count_missed, job, defaults, now) == outcome(slot_by_slot, job, defaults, now)


@given(
    text=st.sampled_from(SCHEDULES),
    zone=st.sampled_from(ZONES),
    # Samoa left out a day, and a schedule may end with the calendar.
    start=st.one_of(moments, st.integers(ms("2011-12-01T00:00:00Z"), ms("2012-01-15T00:00:00Z"))),
    odd=st.integers(0, 999),
)
@settings(max_examples=150, deadline=None)
def test_moments_are_those_found_one_by_one(text: str, zone: str, start: int, odd: int) -> None:
    schedule, clock = parse_schedule(text), ZoneInfo(zone)
    after = from_ms(start) + timedelta(microseconds=odd)
    for _, moment in zip(range(60), moments_after(schedule, clock, after), strict=False):
        assert moment == next_after(schedule, clock, after)
        after = moment


def test_moments_end_with_the_calendar() -> None:
    after = datetime(9999, 12, 29, 12, tzinfo=UTC)
    assert [at.day for at in moments_after(parse_schedule("daily 02:00"), ZoneInfo("UTC"), after)] == [30, 31]


def silent(site: Site) -> dict[str, tuple[Any, ...]]:
    """Jobs that nobody heard of for a year; what each missed by now."""
    for number, text in enumerate(SCHEDULES):
        name = f"job {number}"
        site.record(duplicati("2026-01-28T02:00:00Z", job=name))
        site.set_job(site.job(name), schedule=text, schedule_zone=ZONES[number % len(ZONES)])
    site.now.forward(days=365)
    defaults, now = site.schedule_defaults, site.now()
    return {job.name: outcome(slot_by_slot, job, defaults, now) for job in site.jobs()}


def of(job: Job) -> tuple[Any, ...]:
    return job.missed, job.expected_at, job.due_at, job.days, job.days_to


def test_the_clock_writes_down_what_it_counted(site: Site) -> None:
    expected = silent(site)
    pauses: list[float] = []
    changed = sweep.sweep_due(
        site.db, site.writes, site.schedule_defaults, site.now, pause=lambda seconds: pauses.append(seconds)
    )
    assert changed == len(expected)
    assert {job.name: of(job) for job in site.jobs()} == expected
    assert {job.health for job in site.jobs()} == {"overdue"}
    # The others of one look are done without one.
    assert len(pauses) == (len(expected) - 1) // sweep.COUNTED_AT_ONCE


def test_a_transaction_counts_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    silent(site)
    counted = [sweep._counted(job, site.schedule_defaults, site.now()) for job in site.jobs()]

    def counts(*_: object) -> None:
        raise AssertionError("it takes long, and reports wait")

    monkeypatch.setattr(sweep, "count_missed", counts)
    done = site.writes.run(sweep.sweep, now=site.now(), counted=counted)
    assert done["changed"] == done["looked_at"] > 0


def test_a_job_that_changed_since_it_was_counted_is_left_alone(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", next_run="20260129T020000Z"))
    site.now.set("2026-01-29T04:00:00Z")
    counted = [sweep._counted(site.job(), site.schedule_defaults, site.now())]
    site.record(duplicati("2026-01-29T03:50:00Z", next_run="20260130T020000Z"))
    before = site.job()
    assert site.writes.run(sweep.sweep, now=site.now(), counted=counted) == {"looked_at": 1, "changed": 0}
    assert site.job() == before


def test_a_job_that_cannot_be_counted_is_put_off(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("one", "two"):
        site.record(duplicati("2026-01-28T02:00:00Z", job=name, next_run="20260129T020000Z"))
    with site.db.transaction():
        site.db.change("UPDATE job SET schedule = 'no schedule at all' WHERE name = 'one'")
    site.now.set("2026-01-29T04:00:00Z")
    assert sweep.sweep_due(site.db, site.writes, site.schedule_defaults, site.now) == 1
    assert (site.job("one").health, site.job("two").health) == ("ok", "overdue")
    assert site.job("one").due_at == ms("2026-01-29T05:00:00Z")
    assert "could not be evaluated" in caplog.text
