"""A job that was renamed, on its pages: proposed, joined, two again, dismissed."""

from datetime import timedelta

import pytest

from duplistat.services.monitoring.sweep import sweep
from duplistat.services.servers import merge as server_merge
from duplistat.web.job import joining
from tests.support.identity import report
from tests.web.site import NOW, Site


@pytest.fixture
def renamed(site_on_both: Site) -> Site:
    for day, name in ((6, "rename-1"), (7, "rename-2")):
        site_on_both.now = NOW + timedelta(days=day)
        answer = site_on_both.client.post("/api/upload", data=report(name))
        assert answer.status_code == 200, answer.text
    return site_on_both


PROPOSED = "Fotos NAS seems to be Fotos under a new name"


def test_it_is_the_first_thing_that_the_pages_of_both_say(renamed: Site) -> None:
    renamed.now += timedelta(days=3)
    renamed.writes.run(sweep, now=int(renamed.now.timestamp() * 1000))
    for number in (1, 2):
        page = renamed.html(f"/jobs/{number}")
        assert PROPOSED in renamed.text(f"/jobs/{number}")
        assert page.index("seems to be") < page.index('class="lead"')
    assert PROPOSED in renamed.text("/servers/1")


def test_joined_they_are_one_and_the_old_address_leads_there(renamed: Site) -> None:
    assert renamed.send("/jobs/2/join", other="1").location == "/jobs/2"
    text = renamed.text("/jobs/2")
    assert "Fotos was merged into this job." in text
    assert "Merged jobs Fotos" in text
    assert "seems to be" not in renamed.text("/servers/1")
    answer = renamed.client.get("/jobs/1")
    assert (answer.status_code, answer.location) == (303, "/jobs/2")


def test_and_they_are_two_again(renamed: Site) -> None:
    renamed.send("/jobs/2/join", other="1")
    assert renamed.send("/jobs/2/unjoin", merge="1").location == "/jobs/1"
    assert "Merge undone." in renamed.text("/jobs/1")
    assert PROPOSED in renamed.text("/jobs/2")


def test_what_takes_long_goes_on_in_the_background(renamed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "PATIENCE", 0)
    renamed.send("/jobs/2/join", other="1")
    assert "Merging Fotos in the background." in renamed.text("/jobs/2")
    assert "This job is being merged into another one in the background." in renamed.text("/jobs/1")
    assert "joined:" not in renamed.text("/servers/1")
    assert server_merge.carry_on(renamed.writes, 1, 0)
    assert renamed.client.get("/jobs/1").status_code == 303


def test_dismissed_it_is_not_proposed_again(renamed: Site) -> None:
    renamed.send("/jobs/2/keep", other="1")
    for address in ("/jobs/1", "/jobs/2", "/servers/1"):
        assert "seems to be" not in renamed.text(address)


@pytest.mark.parametrize("path", ["join", "unjoin", "keep"])
def test_only_what_is_there_is_joined(renamed: Site, path: str) -> None:
    for number in ("", "9", "x", "-1"):
        renamed.send(f"/jobs/2/{path}", 404, other=number, merge=number)
    assert renamed.client.post(f"/jobs/2/{path}", data={"other": "1", "merge": "1"}).status_code == 403


def test_a_job_is_not_joined_with_itself(renamed: Site) -> None:
    assert "cannot be merged with itself" in renamed.send("/jobs/2/join", 400, other="2").text
