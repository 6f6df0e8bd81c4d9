"""/wall: how all jobs of an account are, by a link of its own."""

import re
from datetime import timedelta
from html import unescape

import pytest

from duplistat.services.accounts import tree
from duplistat.store import audit
from duplistat.store.audit import Filter
from tests.support.databases import statements_of
from tests.support.known import id_of
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said


def link(site: Site, **fields: str) -> str:
    """The path of a new link."""
    html = site.send("/settings/walls", 200, **({"name": "server room"} | fields)).text
    (address,) = re.findall(r'<div class="secret"><code[^>]*>(.*?)</code>', html)
    assert unescape(address).startswith("http://localhost/wall/")
    return unescape(address).removeprefix("http://localhost")


def shown(site: Site, path: str, status: int = 200) -> str:
    """What whoever is not signed in sees there."""
    answer = site.app.test_client().get(path)
    assert answer.status_code == status
    return answer.text


def test_it_says_how_jobs_are_and_which_need_somebody(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    site.fail()
    path = link(site)
    page = said(shown(site, path))
    assert "1 of 2 jobs needs attention" in page
    assert "nas-keller / paperless" in page
    assert "last report 6 h ago" in page
    assert "server room" in page
    # Without a script times are the server's.
    assert "Time zone: Europe/Berlin" in page


def test_it_shows_nothing_that_reports_brought_and_nothing_to_touch(site: Site) -> None:
    site.fail()
    html = shown(site, link(site))
    assert "The source path" not in html
    assert "<form" not in html
    assert "<a " not in html


def test_when_all_is_well_it_says_so(site: Site) -> None:
    site.report()
    page = said(shown(site, link(site)))
    assert "Your job is protected" in page
    assert "nas-keller" not in page


def test_an_acknowledged_problem_is_not_shown(site: Site) -> None:
    site.report()
    site.fail()
    number = next(row[0] for row in site.db.rows("SELECT id FROM job WHERE name = 'paperless'"))
    site.send(f"/jobs/{number}/acknowledge", hours="24")
    assert "paperless" not in shown(site, link(site))


def test_names_are_never_markup(site: Site) -> None:
    site.fail("<script>alert(1)</script>", "<b>x</b>")
    html = shown(site, link(site, name="<i>y</i>"))
    assert "<script>alert" not in html
    assert "<b>x</b>" not in html
    assert "<i>y</i>" not in html


def test_a_link_shows_its_account_and_those_below_it_alone(site: Site) -> None:
    site.fail()
    acme = below_main(site, "acme")
    page = said(shown(site, link(site, account=str(acme))))
    assert "paperless" not in page
    assert "No jobs yet" in page


def test_a_link_that_was_revoked_shows_nothing(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    path = link(site)
    number = next(row[0] for row in site.db.rows("SELECT id FROM wall_link"))
    assert shown(site, path)
    assert "Type server room to confirm" in site.text(f"/settings/walls?revoke={number}")
    site.send(f"/settings/walls/{number}/revoke", 400, confirm="room")
    site.send(f"/settings/walls/{number}/revoke", confirm="server room")
    assert "revoked" in shown(site, path, 404)
    assert "revoked" in shown(site, "/wall/nonsense", 404)
    site.send(f"/settings/walls/{number}/revoke", 404)
    entries = audit.page(site.db, (1,), Filter(action="wall"), before=None, limit=9)
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("wall.revoke", "server room"),
        ("wall.create", "server room"),
    ]


def test_a_suspended_account_shows_nothing(site: Site) -> None:
    acme = below_main(site, "acme")
    path = link(site, account=str(acme))
    tree.suspend(site.db, acme, 1)
    shown(site, path, 404)


def test_a_link_is_kept_as_a_hash_and_shown_once(site: Site) -> None:
    path = link(site)
    token = path.removeprefix("/wall/")
    assert len(token) == 43
    assert token not in str(site.db.rows("SELECT * FROM wall_link"))
    assert token not in site.html("/settings/walls")


def test_when_it_was_used_is_noted_once_an_hour(site: Site) -> None:
    path, writes = link(site), []
    for minutes in (0, 10, 70):
        site.now += timedelta(minutes=minutes)
        shown(site, path)
        writes.append(site.db.rows("SELECT used_at FROM wall_link")[0][0])
    assert writes[0] == writes[1] < writes[2]
    assert "just now" in site.text("/settings/walls")


def test_no_search_engine_and_no_referrer_learns_of_it(site: Site) -> None:
    answer = site.app.test_client().get(link(site))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_there_are_so_many_links_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.services.access.wall_links.MOST", 1)
    link(site)
    page = said(site.send("/settings/walls", 400, name="hall").text)
    assert "the maximum number of links" in page


def test_a_link_needs_a_name_and_an_account_of_ones_own(site: Site) -> None:
    assert "Enter a name." in said(site.send("/settings/walls", 400, name=" ").text)
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        site.send("/settings/walls", 404, name="x", account=str(id_of(site.db, "main")))
        path = link(site)
    number = next(row[0] for row in site.db.rows("SELECT id FROM wall_link"))
    other = below_main(site, "other")
    with as_role(site, "admin", other):
        site.send(f"/settings/walls/{number}/revoke", 404)
    assert shown(site, path)


def test_what_it_costs_does_not_grow(site: Site) -> None:
    path = link(site)
    counts = []
    for number in range(3):
        for job in range(1 + 5 * number):
            site.fail("nas", f"{number}-{job}")
        shown(site, path)
        with statements_of(site.db) as statements:
            shown(site, path)
        counts.append(len(statements))
    assert len(set(counts[1:])) == 1
