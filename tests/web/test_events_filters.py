"""The filters of the page of events: by severity, type and device, shown, kept and taken off. On both databases."""

import re
from datetime import timedelta

import pytest

from duplistat.store import pagination
from duplistat.web import events
from tests.web.site import Site, headline, link, rows, said

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(site_on_both: Site) -> Site:
    return site_on_both


def test_events_are_chosen_by_severity_type_and_device(site: Site) -> None:
    site.notify("a", type="disk", severity="warning")
    site.notify("a", type="ups", severity="error")
    site.notify("b", type="disk", severity="error")

    assert len(rows(site.html("/events?severity=error"))) == 2
    assert len(rows(site.html("/events?type=disk"))) == 2
    assert len(rows(site.html("/events?server=1"))) == 2
    assert [row.split()[:2] for row in rows(site.html("/events?severity=error&type=disk&server=2"))] == [
        ["error", "disk"]
    ]
    assert len(rows(site.html("/events?severity=&type=&server="))) == 3


def test_a_filter_that_holds_is_shown_and_can_be_taken_off_alone(site: Site) -> None:
    site.notify("web-01", type="a&b=c")
    html = site.html("/events?severity=warning&type=a%26b%3Dc&server=1")

    assert "severity: warning × , remove filter" in said(html)
    assert link(html, "severity: warning") == "/events?type=a%26b%3Dc&server=1"
    assert link(html, "type: a&b=c") == "/events?severity=warning&server=1"
    assert link(html, "server: web-01") == "/events?severity=warning&type=a%26b%3Dc"
    assert link(html, "Open server") == "/servers/1"
    assert '<option value="warning" selected>warning</option>' in html
    assert 'value="a&amp;b=c"' in html
    assert '<option value="1" selected>web-01</option>' in html


def test_type_and_device_of_a_row_narrow_what_is_shown(site: Site) -> None:
    site.notify("web-01")
    html = site.html("/events?severity=warning")
    assert link(html, "disk_space_low") == "/events?severity=warning&type=disk_space_low"
    assert link(html, "web-01") == "/events?severity=warning&server=1"


def test_a_type_too_long_to_be_stored_whole_is_found_by_what_was_sent(site: Site) -> None:
    site.notify(type="t" * 300)
    assert len(rows(site.html(f"/events?type={'t' * 300}"))) == 1


def test_a_page_on_which_nothing_fits_says_so_and_leads_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE", 2)
    monkeypatch.setattr(pagination, "LOOKED_AT", 4)
    site.notify(ago=60 * MINUTE, severity="critical", type="rare")
    for number in range(9):
        site.notify(ago=(20 - number) * MINUTE)
    html, pages = site.html("/events?type=rare"), 1
    while not rows(html):
        assert "No matches yet – search older events." in html
        assert "No matching events" not in html
        html, pages = site.html(link(html, "Older events")), pages + 1
    assert pages > 1
    assert rows(html)[0].startswith("critical rare")


def test_where_no_event_fits_all_can_be_had(site: Site) -> None:
    site.notify()
    html = site.html("/events?severity=critical")
    assert "No matching events." in html
    assert link(html, "Show all events") == "/events"
    assert "No older matching events." in site.html("/events?severity=critical&before=1-1")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("severity=bogus", "?severity= must be one of info, warning, error, critical, and not “bogus”."),
        ("severity=WARNING", "?severity= must be one of"),
        ("server=abc", "?server= must be the number of a server, as in its address, and not “abc”."),
        ("server=-1", "?server= must be the number of a server"),
        ("server=١", "?server= must be the number of a server"),
        (f"server={2**63}", "?server= must be the number of a server"),
        (f"server={'0' * 5000}", "?server= must be the number of a server"),
        ("before=yesterday", "?before= must be a time and an id"),
    ],
)
def test_a_wrong_value_is_refused_in_words(site: Site, query: str, words: str) -> None:
    assert headline(site.html(f"/events?{query}", 400)).startswith(words)


def test_of_very_many_devices_those_of_the_page_and_the_latest_are_offered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_CHOICES", 3)
    monkeypatch.setattr(events, "PAGE", 1)
    for number in range(6):
        site.notify(f"d{number}", ago=(10 - number) * MINUTE)
    html = site.html("/events?server=1")
    assert re.findall(r'<option value="(\d+)"', html) == ["1", "5", "6"]
    assert "3 more servers without recent reports: their pages link to their events." in html
