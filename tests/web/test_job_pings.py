"""The ping URL and the badge on the page of a job: for operators alone, with lines to paste, replaced and refused."""

import re
from html import unescape

import pytest

from tests.web.settings.people import as_role
from tests.web.site import Site

SHOWN = re.compile(r'<code aria-label="(Ping URL|Push URL|Badge)">([^<]+)</code>')


def shown(site: Site, job: int) -> dict[str, str]:
    return {name: unescape(text) for name, text in SHOWN.findall(site.html(f"/jobs/{job}"))}


@pytest.fixture
def job(site: Site) -> int:
    site.report()
    ((number,),) = site.db.rows("SELECT id FROM job")
    return int(number)


def call(site: Site, address: str) -> int:
    return site.app.test_client().get(address.removeprefix("http://localhost")).status_code


def test_a_job_gets_a_ping_url_that_works(site: Site, job: int) -> None:
    assert shown(site, job) == {}
    site.send(f"/jobs/{job}/ping")
    found = shown(site, job)
    assert {call(site, found[name]) for name in ("Ping URL", "Push URL")} == {200}
    page = site.html(f"/jobs/{job}")
    assert f"curl -fsS -m 10 --retry 5 {found['Ping URL']}" in unescape(page)
    for client in ("cron", "runitor", "borgmatic", "Uptime Kuma", "Cronitor", "Proxmox, gotify", "gatus"):
        assert f"<dt>{client}</dt>" in page
    assert "Last ping" in page


def test_nothing_in_a_name_acts_where_a_line_is_pasted(site: Site) -> None:
    site.report("$(reboot)", '`id`";x')
    site.send("/jobs/1/ping")
    page = unescape(site.html("/jobs/1"))
    line = page[page.index("/api/v1/endpoints/") : page.index("/external")]
    assert line == "/api/v1/endpoints/%24%28reboot%29_%60id%60%22%3Bx"


def test_a_page_with_a_ping_url_is_kept_by_nobody(site: Site, job: int) -> None:
    assert "no-store" not in site.client.get(f"/jobs/{job}").headers.get("Cache-Control", "")
    site.send(f"/jobs/{job}/ping")
    assert site.client.get(f"/jobs/{job}").headers["Cache-Control"] == "no-store"


def test_a_ping_url_is_replaced_and_refused(site: Site, job: int) -> None:
    site.send(f"/jobs/{job}/ping")
    first = shown(site, job)["Ping URL"]
    site.send(f"/jobs/{job}/ping/rotate", keep="1")
    second = shown(site, job)["Ping URL"]
    assert first != second
    assert (call(site, first), call(site, second)) == (200, 200)
    assert "The previous URL is valid until" in site.text(f"/jobs/{job}")
    site.send(f"/jobs/{job}/ping/rotate", keep="0")
    assert call(site, second) == 404
    third = shown(site, job)["Ping URL"]
    site.send(f"/jobs/{job}/ping/revoke")
    assert {call(site, address) for address in (first, third)} == {404}
    assert shown(site, job) == {}


def test_kumas_ping_can_be_something_else(site: Site, job: int) -> None:
    site.send(f"/jobs/{job}/ping")
    ticked = re.compile(r'name="timed" type="checkbox" value="timed"\s+checked')
    assert ticked.search(site.html(f"/jobs/{job}"))
    site.send(f"/jobs/{job}/ping/timed")
    assert not ticked.search(site.html(f"/jobs/{job}"))
    site.send(f"/jobs/{job}/ping/timed", timed="timed")
    assert ticked.search(site.html(f"/jobs/{job}"))


def test_a_badge_is_made_and_revoked(site: Site, job: int) -> None:
    site.send(f"/jobs/{job}/badge")
    badge = shown(site, job)["Badge"]
    assert call(site, badge) == 200
    site.send(f"/jobs/{job}/badge/revoke")
    assert call(site, badge) == 404
    assert shown(site, job) == {}


def test_only_operators_see_and_change_it(site: Site, job: int) -> None:
    site.send(f"/jobs/{job}/ping")
    with as_role(site, "viewer", 1):
        assert 'id="ping"' not in site.html(f"/jobs/{job}")
        site.send(f"/jobs/{job}/ping/rotate", 403)
    with as_role(site, "operator", 1):
        assert "Ping URL" in shown(site, job)
