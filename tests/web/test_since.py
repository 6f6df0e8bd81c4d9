"""What the overview says of what changed since somebody last looked."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.services.people.looks import ABSENCE_MS, NOTED_EVERY_MS
from duplistat.store.looks import health_then
from tests.support.signing import session, sign_in
from tests.web.site import Site, link, said


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    """Looked at in the evening, with a job that is good, one that fails, and one that runs every night."""
    site = site_on_both
    site.report(ago=timedelta(hours=3))
    site.fail(ago=timedelta(hours=3))
    site.nightly(nights=9)
    site.html("/")
    return site


def line(html: str) -> str:
    found = re.search(r'<p class="since">(.*?)</p>', html, re.DOTALL)
    return said(found[1]).replace(" ,", ",") if found else ""


def later(site: Site, **span: float) -> None:
    site.now += timedelta(**span)


def test_nothing_is_said_at_first_nor_when_nothing_changed(fleet: Site) -> None:
    assert line(fleet.html("/")) == ""
    later(fleet, minutes=40)
    assert line(fleet.html("/")) == ""


def test_what_is_another_way_than_it_was_is_counted_and_leads_to_its_jobs(fleet: Site) -> None:
    later(fleet, hours=9)
    fleet.fail("nas-keller", "photos", ago=timedelta(hours=1))
    fleet.report("nas-keller", "paperless", ago=timedelta(hours=1))
    fleet.warn(ago=timedelta(hours=1))
    fleet.report("new-01", "first", ago=timedelta(hours=1))
    html = fleet.html("/")
    assert line(html) == "Since you last looked, 9 h ago : 1 failed, 1 with warnings, 1 recovered, 2 new jobs"
    assert link(html, "1 failed") == "/jobs/1"
    assert link(html, "1 recovered") == "/jobs/2"
    assert link(html, "2 new jobs") == "/?changed=new#jobs"
    shown = fleet.html("/?changed=new")
    assert "2 of 5 jobs." in said(shown)
    assert re.findall(r"href=/jobs/(\d+)>", shown) == ["4", "5"]
    assert "0 of 5 jobs." in fleet.text("/?changed=stalled")


def test_a_job_that_became_overdue_is_told_before_any_sweep(fleet: Site) -> None:
    later(fleet, hours=30)
    html = fleet.html("/")
    assert "1 overdue now" in line(html)
    fleet.sweep()
    assert "1 overdue now" in line(fleet.html("/"))


def test_what_fails_as_before_is_no_change(fleet: Site) -> None:
    later(fleet, hours=2)
    fleet.fail(ago=timedelta(minutes=30))
    assert line(fleet.html("/")) == ""


def test_what_went_wrong_and_is_good_again_is_as_it_was(fleet: Site) -> None:
    later(fleet, hours=4)
    fleet.fail("nas-keller", "photos", ago=timedelta(hours=3))
    fleet.report("nas-keller", "photos", ago=timedelta(hours=1))
    assert line(fleet.html("/")) == ""


def test_a_run_that_was_on_its_way_and_failed_as_those_before_is_no_change(fleet: Site) -> None:
    since = to_ms(fleet.now)
    later(fleet, hours=2)
    fleet.fail(ago=timedelta(minutes=30))
    fleet.db.execute(
        "UPDATE job SET health_at = ?, failing_since = ? WHERE id = 2", (since + 60_000, since - 1)
    )
    fleet.db.execute(
        "INSERT INTO transition (job_id, at, before, after, reason) VALUES (2, ?, 'running', 'failed', '[]')",
        (since + 60_000,),
    )
    assert line(fleet.html("/")) == ""


def test_a_reload_and_what_follows_soon_change_nothing(fleet: Site) -> None:
    later(fleet, hours=9)
    fleet.report("new-01", "first", ago=timedelta(hours=1))
    for _ in range(4):
        assert "9 h ago : 1 new job" in line(fleet.html("/"))
        later(fleet, minutes=7)
    later(fleet, minutes=31)
    assert line(fleet.html("/")) == ""


def test_a_page_that_updates_itself_is_no_visit(fleet: Site) -> None:
    later(fleet, hours=9)
    fleet.report("new-01", "first", ago=timedelta(hours=1))
    by_itself = {"Sec-Fetch-Mode": "cors"}
    assert line(fleet.client.get("/", headers=by_itself).text) == ""
    assert "9 h ago" in line(fleet.html("/"))
    later(fleet, hours=2)
    assert "11 h ago" in line(fleet.client.get("/", headers=by_itself).text)


def test_pages_that_follow_each_other_cost_no_write(fleet: Site) -> None:
    def noted() -> list[tuple[int, int | None]]:
        return [(row[0], row[1]) for row in fleet.db.rows("SELECT last_at, since_at FROM overview_look")]

    first = to_ms(fleet.now)
    assert noted() == [(first, None)]
    later(fleet, seconds=NOTED_EVERY_MS / 1000 - 1)
    fleet.html("/")
    assert noted() == [(first, None)]
    later(fleet, seconds=1)
    fleet.html("/")
    assert noted() == [(first + NOTED_EVERY_MS, None)]
    later(fleet, seconds=ABSENCE_MS / 1000)
    fleet.html("/")
    assert noted() == [(first + NOTED_EVERY_MS + ABSENCE_MS, first + NOTED_EVERY_MS)]


def test_after_a_long_time_nothing_is_said(fleet: Site) -> None:
    later(fleet, days=31)
    fleet.report("new-01", "first", ago=timedelta(hours=1))
    assert line(fleet.html("/")) == ""


def test_each_person_has_looked_for_themselves(fleet: Site) -> None:
    later(fleet, hours=9)
    fleet.report("new-01", "first", ago=timedelta(hours=1))
    eva = fleet.app.test_client()
    sign_in(eva, session(fleet.db, 1, to_ms(fleet.now), Role.VIEWER, email="eva@example.org"))
    assert line(eva.get("/").text) == ""
    assert "1 new job" in line(fleet.html("/"))
    assert line(fleet.public().get("/").text) == ""


def test_it_reads_one_change_of_a_job_however_many_there_were(
    site: Site, counted: Callable[[str], int]
) -> None:
    site.report()
    site.html("/")
    later(site, hours=9)
    site.fail("nas-keller", "photos", ago=timedelta(hours=1))
    site.html("/")
    few = counted("/")
    at = to_ms(site.now) - 600_000
    for number in range(200):
        site.db.execute(
            "INSERT INTO transition (job_id, at, before, after, reason) VALUES (1, ?, 'warning', 'failed', '[]')",
            (at + number,),
        )
    assert counted("/") == few
    assert health_then(site.db, [1], to_ms(site.now) - 9 * 3_600_000) == {1: "ok"}


def test_of_many_jobs_those_that_changed_are_asked_for_in_parts(site_on_both: Site) -> None:
    site_on_both.report()
    site_on_both.db.execute(
        "INSERT INTO transition (job_id, at, before, after, reason) VALUES (1, 5, 'ok', 'failed', '[]')"
    )
    assert health_then(site_on_both.db, range(1, 1201), 4) == {1: "ok"}
    assert health_then(site_on_both.db, [1], to_ms(site_on_both.now)) == {}
