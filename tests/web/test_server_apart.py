"""Names that alternate under one machine id: what the pages say, and what can be done there."""

from datetime import timedelta

import pytest

from tests.support.identity import report
from tests.web.site import Site


@pytest.fixture
def clones(site_on_both: Site) -> Site:
    site_on_both.now += timedelta(days=9)
    for name in ("clone-1", "clone-2", "clone-3"):
        answer = site_on_both.client.post("/api/upload", data=report(name))
        assert answer.status_code == 200, answer.text
    return site_on_both


def test_the_page_of_the_server_says_so_and_what_to_do(clones: Site) -> None:
    text = clones.text("/servers/1")
    assert "Two servers seem to share the machine ID c10ec10ec10ec10ec10ec10ec10ec10e" in text
    assert "?server=pc-anna" in text
    assert "?server=pc-ben" in text
    assert "Two servers seem to share one machine ID: pc-anna, pc-ben" in text


def test_the_events_say_so(clones: Site) -> None:
    assert "Two servers seem to share one machine ID: pc-anna, pc-ben" in clones.text("/events")


def test_in_the_language_of_who_reads_it(clones: Site) -> None:
    german = clones.client.get("/events", headers={"Accept-Language": "de"}).text
    assert "pc-anna, pc-ben" in german
    assert "Two servers seem" not in german


def test_they_are_kept_apart_with_a_button(clones: Site) -> None:
    clones.send("/servers/1/keep-apart")
    text = clones.text("/servers/1")
    assert "Two servers seem to share the machine ID" not in text
    assert "Distinguished by server=pc-anna" in text
    clones.now += timedelta(days=1)
    clones.client.post("/api/upload", data=report("clone-2").replace(b"2026-11-27", b"2026-11-28"))
    assert "pc-ben" in clones.text("/servers/2")


def test_it_is_dismissed_with_another_one(clones: Site) -> None:
    clones.send("/servers/1/keep-apart", dismiss="1")
    assert "Two servers seem to share the machine ID" not in clones.text("/servers/1")
    assert "This is one server" not in clones.html("/servers/1")


def test_what_does_not_alternate_is_refused(clones: Site) -> None:
    clones.report("other")
    clones.send("/servers/2/keep-apart", 400)


def test_hostile_names_are_shown_as_text(site: Site) -> None:
    for day, name in ((26, "a"), (27, "<b>x</b>"), (28, "a")):
        body = (
            report("clone-1").replace(b"2026-11-27", b"2026-11-%d" % day).replace(b"pc-anna", name.encode())
        )
        site.now += timedelta(days=3)
        site.client.post("/api/upload", data=body)
    html = site.html("/servers/1")
    assert "<b>x</b>" not in html
    assert "?server=%3Cb%3Ex%3C%2Fb%3E" in html
