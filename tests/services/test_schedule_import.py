"""Schedules of many jobs that are set at once, each only while it is as it was seen."""

import pytest

from duplistat.core.times import from_ms
from duplistat.services.audit import BY_COMMAND
from duplistat.services.commands import schedule_defaults
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.monitoring.schedule_changes import apply_schedules, set_schedules, to_set
from duplistat.services.monitoring.schedule_import import plan, read_lines
from duplistat.store import jobs
from duplistat.store.jobs import Job
from tests.support.bodies import duplicati
from tests.support.site import Site


@pytest.fixture
def two(site: Site) -> Site:
    for name in ("one", "two"):
        site.record(duplicati("2026-01-28T02:00:00Z", job=name))
    return site


def own(site: Site) -> dict[int, Job]:
    return {job.id: job for job in jobs.visible(site.db, site.everyone)}


def planned(site: Site, text: str) -> list[str]:
    """Of each line what it would make of its schedule, or what is wrong."""
    found = plan(read_lines(text.encode()), own(site), {}, schedule_defaults(site.config), site.now())
    return [str(one.problem) or (one.would.schedule or "" if one.would else "as it is") for one in found]


def test_one_that_was_changed_meanwhile_is_left_as_it_is(two: Site) -> None:
    first, second = own(two)
    text = f"job_id,schedule\n{second},daily 02:00\n{first},daily 03:00\n"
    wanted = to_set(plan(read_lines(text.encode()), own(two), {}, schedule_defaults(two.config), two.now()))
    assert [one["job"] for one in wanted] == [first, second]
    two.writes.run(set_job, job=first, changes={"grace_ms": 0}, **two.signature())
    applied = apply_schedules(two.writes, wanted, two.everyone, two.signature())
    assert (applied.done, applied.left) == (1, [first])
    assert [job.schedule for job in own(two).values()] == [None, "daily 02:00"]
    gone = wanted[1] | {"job": 999}
    left = two.writes.run(set_schedules, wanted=[gone], sees=[1], by=BY_COMMAND.plain(), now=two.now())
    assert left == [999]


def test_columns_that_are_missing_stay_as_they_are(two: Site) -> None:
    first, _ = own(two)
    changes: JobChanges = {"schedule": "daily 02:00", "schedule_zone": "Asia/Tokyo", "grace_ms": 60_000}
    two.writes.run(set_job, job=first, changes=changes, **two.signature())
    assert planned(two, f"job_id,grace_minutes\n{first},1\n") == ["as it is"]
    assert planned(two, f"job_id,grace_minutes\n{first},2\n") == ["daily 02:00"]
    assert planned(two, f"job_id,zone\n{first},Europe/Berlin\n") == ["daily 02:00"]
    # The zone goes with its schedule.
    assert planned(two, f"job_id,schedule\n{first},\n") == ["a zone is set with a schedule"]
    assert planned(two, f"job_id,schedule,zone\n{first},auto,\n") == [""]


def test_what_a_spreadsheet_writes_is_understood(two: Site) -> None:
    first, _ = own(two)
    assert planned(two, f"\ufeffJob_ID;Schedule\r\n{first};Daily 02:00\r\n;\r\n") == ["daily 02:00"]
    assert planned(two, f"job_id\tschedule\tother\n{first}\tevery 6h\t=1+1\n") == [
        f"every 6h from {from_ms(own(two)[first].last_order or 0):%Y-%m-%dT%H:%M}Z"
    ]
    lines = read_lines("job_id;schedule;job\n1;x;Büro\n".encode("cp1252"))
    assert lines[0].cells["job"] == "Büro"
