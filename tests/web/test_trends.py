"""How all servers, or one of them, developed: totals, numbers to draw, the same as a table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.services.accounts.changes import create_account
from duplistat.services.audit import BY_COMMAND
from duplistat.services.monitoring.day_sums import sum_noted
from duplistat.services.people.identity import Role
from tests.web.site import Site, said
from tests.web.test_job_changes import as_role

GB = 1_000_000_000


def count(site: Site) -> None:
    while sum_noted(site.db, site.writes, lambda: to_ms(site.now)):
        pass


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    """Job 1 grew five days ago; job 2, on another server, has told once, two days ago."""
    site = site_on_both
    site.db.execute("UPDATE account SET created_at = 0")
    for days in range(10, -1, -1):
        size = (2 if days <= 5 else 1) * GB
        site.report("nas", "photos", ago=timedelta(days=days, hours=1), size=size)
    site.fail("web", "dump", ago=timedelta(days=2, hours=2), size=0, storageUsed=0)
    site.report("web", "dump", ago=timedelta(days=2, hours=1), size=4 * GB, storageUsed=3 * GB)
    count(site)
    site.db.execute("UPDATE job_day SET uploaded = 10000000 WHERE job_id = 1")
    return site


def lines(site: Site, query: str = "") -> list[dict[str, Any]]:
    """What is to be drawn of each day, newest first."""
    data = site.client.get(f"/trends/series.json?{query}").get_json()
    names = ("size", "runs", "uploaded", "duration")
    return [{name: data[name][at] for name in names} for at in range(len(data["at"]) - 1, -1, -1)]


def test_what_all_jobs_hold_and_did_stands_in_a_row_for_each_day(fleet: Site) -> None:
    drawn = lines(fleet, "range=30")
    assert len(drawn) == 30
    # Of the source: both jobs, the first alone, what it had before, and nothing before there was any.
    assert [drawn[back]["size"] for back in (0, 2, 3, 6, 10, 11)] == [
        6 * GB, 6 * GB, 2 * GB, GB, GB, None,
    ]  # fmt: skip
    assert [drawn[back]["runs"] for back in (0, 2, 11)] == [1, 3, 0]
    assert drawn[0]["uploaded"] == 10_000_000
    assert (drawn[0]["duration"], drawn[2]["duration"]) == (200, 600)
    rows = fleet.text("/trends?range=30").partition("Data table")[2]
    assert "today 6.00 GB 24.0 GB 10.0 MB 3 min 20 s 20,422 1 0" in rows
    text = fleet.text("/trends?range=30")
    assert "Backups in 30 days 13 1 failed" in text
    assert "Source size 6.00 GB Backup size 24.0 GB" in text
    assert "Uploaded in 30 days 110 MB Backups ever, with dry runs 13 Uploaded ever 0 B" in text


def test_days_are_those_of_the_server(site: Site) -> None:
    # Half past midnight in Berlin.
    site.report(ago=timedelta(hours=13, minutes=30))
    count(site)
    assert [line["runs"] for line in lines(site)[:2]] == [1, 0]


def test_one_server_has_numbers_of_its_own(fleet: Site) -> None:
    drawn = lines(fleet, "range=30&server=2")
    assert [drawn[back]["size"] for back in (0, 2, 3)] == [4 * GB, 4 * GB, None]
    text = fleet.text("/trends?server=2")
    assert "Trends of web" in text
    assert "Backups in 90 days 2 1 failed" in text
    assert "Backups ever" not in text
    assert 'href="/trends?server=2"' in fleet.html("/servers/2")
    fleet.html("/trends?server=99", 404)


def test_it_tells_of_what_its_reader_sees_and_nothing_else(fleet: Site) -> None:
    other = fleet.writes.run(
        create_account, name="other", parent=None, timezone="", by=BY_COMMAND.plain(), now=to_ms(fleet.now)
    )["account"]
    stranger, _token = as_role(fleet, Role.ADMIN, other)
    data = stranger.get("/trends/series.json").get_json()
    assert (set(data["runs"]), set(data["size"])) == ({0}, {None})
    assert stranger.get("/trends?server=1").status_code == 404


def test_a_year_is_drawn_by_weeks(fleet: Site) -> None:
    drawn = lines(fleet, "range=365")
    assert len(drawn) == 53
    assert sum(line["runs"] for line in drawn) == 13
    assert "Backups in 365 days 13" in fleet.text("/trends?range=365")


def test_bars_or_lines_are_chosen_and_what_is_neither_is_refused(fleet: Site) -> None:
    drawn = [fleet.html(f"/trends?draw={draw}").count("data-bars") for draw in ("", "bars", "lines")]
    assert drawn == [3, 6, 0]
    # Without one it is as was chosen before, here and on the page of a job.
    fleet.send("/preferences", draw="lines", next="/trends#charts")
    assert fleet.html("/trends").count("data-bars") == 0
    assert 'value="lines" aria-pressed="true"' in fleet.html("/jobs/1")
    assert fleet.html("/jobs/1").count("data-bars") == 0
    fleet.send("/preferences", draw="mixed")
    assert (fleet.html("/trends").count("data-bars"), fleet.html("/jobs/1").count("data-bars")) == (3, 2)
    for query in ("draw=cakes", "range=31", "range=x"):
        fleet.html(f"/trends?{query}", 400)


def test_what_is_archived_is_left_out_and_without_backups_it_says_so(fleet: Site) -> None:
    fleet.set_job(1, archived=True)
    assert lines(fleet, "range=30")[0]["size"] == 4 * GB
    fleet.set_job(2, archived=True)
    assert "No backups in this range." in fleet.text("/trends")


def test_a_job_that_is_older_than_the_range_held_what_it_holds(site: Site) -> None:
    site.report("nas", "old", ago=timedelta(days=60), size=GB)
    count(site)
    site.report("nas", "new", ago=timedelta(days=1), size=GB)
    count(site)
    drawn = lines(site, "range=30")
    assert (drawn[0]["size"], drawn[29]["size"]) == (2 * GB, GB)


def test_it_costs_the_same_queries_whatever_there_is(site: Site, counted: Callable[[str], int]) -> None:
    site.report()
    count(site)
    few = counted("/trends"), counted("/trends?server=1")
    for number in range(9):
        for days in range(3):
            site.report(f"server-{number}", ago=timedelta(days=days, hours=7))
    count(site)
    assert (counted("/trends"), counted("/trends?server=1")) == few
    assert "Backups in 90 days 28" in said(site.html("/trends"))
