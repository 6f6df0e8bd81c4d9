"""Backup runs are counted into the sums of their days, once each, whenever and however they come."""

from typing import Any

import pytest

from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.monitoring import day_sums
from duplistat.services.monitoring.day_sums import sum_noted
from duplistat.services.servers.merge import carry_on, merge_servers
from duplistat.services.servers.unmerge import unmerge_servers
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site

# The 28th of January, counted from 1970.
DAY = 20_481


def report(site: Site, start: str, **more: Any) -> None:
    site.record(duplicati(start, **more))


def count(site: Site) -> int:
    return sum_noted(site.db, site.writes, site.now)


def days(site: Site) -> list[tuple[Any, ...]]:
    """(job, day, runs, failed, uploaded) of each sum."""
    return site.db.rows("SELECT job_id, day, runs, failed, uploaded FROM job_day ORDER BY job_id, day")


def test_a_day_has_what_its_runs_did_and_the_most_that_they_saw(site: Site) -> None:
    report(site, "2026-01-28T02:00:00Z", SizeOfExaminedFiles=10, ExaminedFiles=3)
    report(site, "2026-01-28T08:00:00Z", SizeOfExaminedFiles=30, minutes=20)
    report(site, "2026-01-28T09:00:00Z", SizeOfExaminedFiles=0, ExaminedFiles=0, result="Error")
    report(site, "2026-01-27T08:00:00Z", operation="Restore")
    assert count(site) == 1
    assert site.db.rows("SELECT * FROM job_day") == [
        (1, DAY, 3, 1, 3 * 1_048_576, 40 * 60_000, 30, 536_870_912, 1250)
    ]
    # Nothing came: nothing is counted.
    assert count(site) == 0


def test_what_comes_late_or_again_is_counted_once(site: Site) -> None:
    for day in (26, 28):
        report(site, f"2026-01-{day}T02:00:00Z")
        count(site)
    report(site, "2026-01-28T02:00:00Z")
    report(site, "2026-01-27T02:00:00Z")
    count(site)
    assert [(day, runs) for _, day, runs, *_ in days(site)] == [(DAY - 2, 1), (DAY - 1, 1), (DAY, 1)]


def test_a_long_history_is_counted_some_runs_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(20, 28):
        for hour in (2, 3):
            report(site, f"2026-01-{day}T0{hour}:00:00Z")
    monkeypatch.setattr(day_sums, "RUNS", 5)
    rounds = 0
    while count(site):
        rounds += 1
    assert rounds == 4
    assert [(day, runs) for _, day, runs, *_ in days(site)] == [(DAY - back, 2) for back in range(8, 0, -1)]


def test_of_a_day_with_more_runs_than_are_read_at_once_the_first_ones_count(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in range(4):
        report(site, f"2026-01-27T02:0{minute}:00Z", minutes=0.5)
    report(site, "2026-01-28T02:00:00Z")
    monkeypatch.setattr(day_sums, "RUNS", 3)
    while count(site):
        pass
    assert [(day, runs) for _, day, runs, *_ in days(site)] == [(DAY - 1, 3), (DAY, 1)]


def test_hostile_numbers_can_be_added_up(site: Site) -> None:
    for day in (27, 28):
        for hour in range(2):
            report(site, f"2026-01-{day}T0{hour}:00:00Z", statistics={"BytesUploaded": 2**63 - 1}, minutes=1)
    count(site)
    assert [uploaded for *_, uploaded in days(site)] == [2**53, 2**53]
    assert int(site.db.rows("SELECT sum(uploaded) FROM job_day")[0][0]) == 2**54


def test_sums_outlive_their_runs_but_not_their_job_and_not_their_days(site: Site) -> None:
    report(site, "2026-01-27T02:00:00Z")
    count(site)
    site.db.execute("DELETE FROM run")
    # As an update has it: everything is counted that there is.
    site.db.execute("UPDATE job SET sums_from = 0")
    count(site)
    assert [day for _, day, *_ in days(site)] == [DAY - 1]
    kept, site.now.at = site.now.at, ms("2027-06-01T12:00:00Z")
    report(site, "2027-06-01T02:00:00Z")
    count(site)
    assert [day for _, day, *_ in days(site)] == [DAY + 489]
    site.now.at = kept
    site.writes.run(delete_job, job=1, **site.signature())
    for _ in range(10):
        site.writes.run(delete_job_rows, job=1, now=site.now())
    assert days(site) == []


def test_jobs_that_become_one_have_the_sums_of_both_and_their_own_again(site: Site) -> None:
    report(site, "2026-01-26T02:00:00Z", machine="old")
    report(site, "2026-01-27T02:00:00Z", machine="new")
    count(site)
    old, new = (server.id for server in site.servers())
    merge = site.writes.run(merge_servers, sees=[1], into=new, gone=old, **site.signature())
    assert carry_on(site.writes, merge, site.now())
    count(site)
    (kept,) = {job for job, *_ in days(site)}
    assert [(day, runs) for _, day, runs, *_ in days(site)] == [(DAY - 2, 1), (DAY - 1, 1)]
    site.writes.run(unmerge_servers, sees=[1], merge=merge, **site.signature())
    assert carry_on(site.writes, merge, site.now())
    count(site)
    assert sorted(day for _, day, *_ in days(site)) == [DAY - 2, DAY - 1]
    assert [day for job, day, *_ in days(site) if job == kept] == [DAY - 1]
