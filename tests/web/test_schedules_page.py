"""The table of all schedules: what is expected when, who would hear of it, and each row to be set in place."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.services.people.identity import Role
from duplistat.store import jobs
from duplistat.store.jobs import Job
from tests.web.site import Site, said
from tests.web.test_job_changes import as_role, noted


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    """Job 1 has run every night; job 2 once, on another server."""
    site = site_on_both
    site.nightly(nights=9)
    site.report("nas", "photos")
    return site


def job(site: Site, number: int) -> Job:
    found = jobs.by_id(site.db, (1,), number)
    assert found is not None
    return found


def row(html: str, number: int) -> str:
    found = re.search(rf'<tr id="job-{number}">.*?</tr>', html, re.DOTALL)
    assert found is not None
    return said(found[0])


def test_each_job_says_its_schedule_its_next_run_and_when_it_would_be_overdue(fleet: Site) -> None:
    html = fleet.html("/schedules")
    assert "web-01 / nightly Learned from 10 runs: every day at 04:00 ± 1 min (a guess)" in row(html, 1)
    assert "tomorrow 04:00 tomorrow 06:0" in row(html, 1)
    assert "No schedule known yet" in row(html, 2)
    assert "alerts nobody" in row(html, 1)
    # By server, then by name.
    assert html.index('id="job-2"') < html.index('id="job-1"')


def test_a_row_is_set_and_said_back(fleet: Site) -> None:
    answer = fleet.send("/schedules/2?find=photos", schedule="Mon-Fri 22:30", zone="Asia/Tokyo", grace="30")
    assert answer.headers["Location"] == "/schedules?find=photos#job-2"
    text = fleet.text("/schedules")
    assert "nas / photos: saved. Monday to Friday at 22:30, Asia/Tokyo; next run today 22:30" in text
    assert "overdue after today 23:00 ." in text
    assert (job(fleet, 2).schedule, job(fleet, 2).schedule_zone, job(fleet, 2).grace_ms) == (
        "weekdays 22:30", "Asia/Tokyo", 1_800_000,
    )  # fmt: skip
    assert noted(fleet)[1]["schedule"] == "weekdays 22:30"
    html = fleet.html("/schedules")
    assert 'value="weekdays 22:30"' in html
    assert 'value="30"' in html


def test_a_row_without_a_schedule_is_detected_again(fleet: Site) -> None:
    fleet.set_job(1, schedule="daily 02:00", schedule_zone=None, grace_ms=60_000)
    fleet.send("/schedules/1", schedule="", zone="", grace="")
    assert (job(fleet, 1).schedule, job(fleet, 1).grace_ms) == (None, None)


def test_a_job_is_paused_and_expected_again_by_its_box(fleet: Site) -> None:
    fleet.send("/schedules/1", schedule="", paused="1")
    assert job(fleet, 1).paused
    assert "web-01 / nightly: saved, paused indefinitely." in fleet.text("/schedules")
    assert "off: paused" in row(fleet.html("/schedules"), 1)
    # A pause that ends by itself stays as it is while the box does.
    until = 1_800_000_000_000
    fleet.set_job(1, paused=True, paused_until=until)
    fleet.send("/schedules/1", schedule="", paused="1", grace="5")
    assert job(fleet, 1).paused_until == until
    fleet.send("/schedules/1", schedule="")
    assert not job(fleet, 1).paused


def test_a_preview_says_what_is_understood_in_its_row_and_stores_nothing(fleet: Site) -> None:
    html = fleet.send("/schedules/2", 200, schedule="daily 03:00", zone="UTC", preview="1").text
    assert "Every day at 03:00 , UTC Expected Overdue after" in row(html, 2)
    assert 'value="daily 03:00"' in html
    assert job(fleet, 2).schedule is None
    paused = fleet.send("/schedules/2", 200, schedule="daily 03:00", paused="1", preview="1").text
    assert "Paused: no runs are expected." in row(paused, 2)


def test_what_is_wrong_stands_in_its_row(fleet: Site) -> None:
    zone = fleet.send("/schedules/2", 400, schedule="daily 02:00", zone="Mars/North").text
    assert "Enter a time zone such as Europe/Berlin" in row(zone, 2)
    html = fleet.send("/schedules/2", 400, schedule="now and then", grace="-1").text
    assert "does not begin with daily" in row(html, 2)
    assert "A number of minutes up to 527040, or leave blank." in row(html, 2)
    assert "does not begin" not in row(html, 1)
    # On a phone rows are closed, but for what is to be mended.
    assert html.count("<details open><summary") == 1
    assert "<details open><summary" not in fleet.html("/schedules")
    assert 'value="now and then"' in html
    assert job(fleet, 2).schedule is None


def test_jobs_are_found_by_words_and_by_how_their_schedule_is_known(fleet: Site) -> None:
    fleet.set_job(2, schedule="daily 02:00", schedule_zone=None)

    def shown(query: str) -> list[str]:
        return re.findall(r'<tr id="job-(\d+)"', fleet.html(f"/schedules?{query}"))

    assert shown("find=nas") == ["2"]
    assert shown("show=set") == ["2"]
    assert shown("show=detected") == ["1"]
    assert shown("show=none") == []
    assert shown("show=paused") == []
    assert shown("show=nonsense") == ["2", "1"]
    assert "1 of 2 jobs." in fleet.text("/schedules?show=set")
    assert "No matching jobs." in fleet.text("/schedules?find=nothing")


def test_who_may_only_look_has_no_fields(fleet: Site) -> None:
    client, token = as_role(fleet, Role.VIEWER)
    html = client.get("/schedules").text
    assert 'name="schedule"' not in html
    assert client.post("/schedules/1", data={"csrf": token, "schedule": "daily 02:00"}).status_code == 403
    assert job(fleet, 1).schedule is None


def test_a_job_that_is_not_there_is_not_set(fleet: Site) -> None:
    fleet.send("/schedules/99", 404, schedule="daily 02:00")
    fleet.set_job(2, archived=True)
    fleet.send("/schedules/2", 404, schedule="daily 02:00")


def test_it_is_paged_and_costs_the_same_queries_for_many(site: Site, counted: Callable[[str], int]) -> None:
    for number in range(3):
        site.report(f"server-{number}", ago=timedelta(hours=number + 1))
    site.send("/alerts/silences", why="moving", until="2026-11-20T22:00", servers=["1", "2", "3"])
    few, silenced = counted("/schedules"), counted("/schedules?show=silenced")
    for number in range(3, 53):
        site.report(f"server-{number}", ago=timedelta(hours=1))
    assert counted("/schedules") == few
    for number in range(1, 54, 5):
        site.send(f"/schedules/{number}", silenced="2026-11-21T08:00", clock="UTC")
    site.html("/schedules")  # what the last form said is read once
    assert (counted("/schedules"), counted("/schedules?show=silenced")) == (few, silenced)
    assert site.html("/schedules").count("<tr id=") == 50
    assert site.html("/schedules?page=2").count("<tr id=") == 3
    # Behind the last page is the last page.
    assert site.html("/schedules?page=999").count("<tr id=") == 3
    assert 'href="/schedules?page=2" rel="next"' in site.html("/schedules")
