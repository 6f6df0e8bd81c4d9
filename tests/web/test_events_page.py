"""The page of events: newest first, page after page, whatever strangers wrote. On both databases."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.web import events
from tests.support.signing import session, sign_in
from tests.web.site import Site, headline, link, rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(site_on_both: Site) -> Site:
    return site_on_both


def test_events_stand_newest_first_with_all_that_was_told(site: Site) -> None:
    site.script(job="nightly")
    site.notify(ago=30 * MINUTE, type="ups_on_battery", severity="critical", message="22 min remain.")
    site.notify(ago=3 * MINUTE, jobName="nightly", severity="info", type="pruned", message="")

    html = site.html("/events")

    assert rows(html) == [
        "info pruned web-01 nightly today 13:57 Download",
        "critical ups_on_battery 22 min remain. web-01 today 13:30 Download",
    ]
    assert re.search(r'<time datetime="2026-11-20T13:30:00\+01:00" title="2026-11-20 13:30:00 CET', html)
    assert link(html, "nightly") == "/jobs/1"


def test_each_row_leads_to_the_request_that_told_it_first(site: Site) -> None:
    site.notify(ago=2 * MINUTE)
    site.notify(ago=MINUTE, type="other")
    site.notify(ago=2 * MINUTE)  # again

    html = site.html("/events")

    assert re.findall(r'href="/deliveries/(\d+)"', html) == ["2", "1"]
    assert b"disk_space_low" in site.client.get("/deliveries/1").data


def test_who_may_not_have_the_request_has_no_link_to_it(site: Site) -> None:
    site.notify()
    for role, sees in ((Role.VIEWER, False), (Role.OPERATOR, True)):
        client = site.app.test_client()
        sign_in(client, session(site.db, 1, to_ms(site.now), role))
        html = client.get("/events").text
        assert (">Download</a>" in html, ">Raw report<" in html, "/deliveries/" in html) == (sees, sees, sees)
        assert (client.get("/deliveries/1").status_code == 200) == sees


def test_without_its_request_a_row_has_no_link_to_it(site: Site) -> None:
    site.notify()
    site.db.execute("DELETE FROM delivery")
    assert ">Download</a>" not in site.html("/events")


def test_a_job_that_is_not_known_on_that_device_is_named_without_a_link(site: Site) -> None:
    site.script("other", "nightly")
    site.notify(jobName="nightly")
    html = site.html("/events")
    assert "<bdi>nightly</bdi>" in html
    assert "/jobs/" not in html


def test_pages_are_joined_without_gap_or_repeat_and_keep_the_filters(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE", 4)
    for number in range(10):
        # Two at a time of the clock.
        site.notify(ago=(20 - number // 2) * MINUTE, message=f"no. {number}", type="t")
        site.notify("other", ago=MINUTE, message=f"elsewhere {number}")
    seen, address, pages = [], "/events?server=1&type=t", 0
    while address:
        html = site.html(address)
        seen += [int(found) for found in re.findall(r"no\. (\d)", html)]
        pages += 1
        address = link(html, "Older events") if "Older events" in html else ""
        assert not address or address.startswith("/events?type=t&server=1&before=")
        assert pages == 1 or link(html, "Newest events") == "/events?type=t&server=1"
    assert seen == list(range(9, -1, -1))
    assert pages == 3


def test_what_comes_while_one_reads_shifts_no_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PAGE", 2)
    for number in range(5):
        site.notify(ago=(9 - number) * MINUTE)
    following = link(site.html("/events"), "Older events")
    before = rows(site.html(following))
    site.notify(ago=0 * MINUTE)
    assert rows(site.html(following)) == before


def test_without_any_event_the_page_says_how_to_send_one(site: Site) -> None:
    html = site.html("/events")
    assert link(html.partition("No events yet")[2], "API keys") == "/settings/keys"
    assert "duplistat key create --name my-script --scope ingest" in html
    assert "curl -X POST http://localhost/api/ingest/notification" in html
    assert '"timestamp": "2026-11-20T13:00:00Z"' in unescape(html)
    assert "<form" not in html.partition("<main")[2].partition("</main>")[0]


def test_events_of_another_account_are_not_shown(site: Site) -> None:
    site.notify("mine", message="mine")
    site.notify("theirs", message="theirs")
    site.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    site.db.execute("UPDATE event SET account_id = 7 WHERE server_id = 2")
    site.db.execute("UPDATE server SET account_id = 7 WHERE id = 2")

    assert "theirs" not in site.html("/events")
    assert headline(site.html("/events?server=2", 404)) == "Server not found."


def test_devices_of_one_name_are_told_apart_by_their_sender(site: Site) -> None:
    site.notify("web-01", sender="nut")
    site.notify("web-01", sender="smartd")
    site.notify("db", sender="nut")
    html = site.html("/events")
    assert {row.partition("remaining. ")[2].partition(" today")[0] for row in rows(html)} == {
        "web-01 ( nut )",
        "web-01 ( smartd )",
        "db",
    }
    assert '<option value="2">web-01 (smartd)</option>' in html


def test_a_long_message_is_folded_and_a_short_one_keeps_its_lines(site: Site) -> None:
    site.notify(message="one\r\ntwo\n\tthree")
    site.notify(message="x" * 9_999, ago=MINUTE)
    site.notify(message="line\n" * 30, ago=2 * MINUTE)
    html = site.html("/events")
    assert '<p class="message" dir="auto">one\ntwo\n\tthree</p>' in html
    assert html.partition("<main")[2].count("<details") == 2
    assert f'<span class="start">{"x" * 200}… </span><span class="dim">(9,999 characters)</span>' in html
    assert re.search(r'<span class="start">line… </span>.*?<div>line\nline\n', html)


def test_a_message_of_blanks_is_none(site: Site) -> None:
    site.notify(message=" \n" * 4_000)
    assert 'class="message"' not in site.html("/events")


def test_text_of_strangers_does_nothing(site: Site) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202egnp.exe\x1b[31m'
    site.notify(evil, type=evil, jobName=evil, message=evil * 50, sender=evil)
    site.notify(evil, type="t", sender="x", message=evil)
    for address in ("/events", "/events?server=1", "/servers/1", "/"):
        html = site.html(address)
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
        assert "␛[31m" in html
        assert "⟪U+202E⟫" in html
    # What is no character of a field cannot be chosen there, but by its link.
    assert rows(site.html(link(site.html("/events"), "<script>")))
    assert "<script>" not in site.html("/events?type=%3Cscript%3E")


def test_the_page_costs_the_same_few_statements_however_much_there_is(
    site: Site, counted: Callable[[str], int]
) -> None:
    site.script(job="nightly")
    site.notify(jobName="nightly")
    few = {query: counted(f"/events?{query}") for query in ("", "server=1&severity=warning")}
    for number in range(30):
        site.script(f"d{number % 10}", f"job {number}")
        site.notify(f"d{number % 10}", jobName=f"job {number}", ago=number * MINUTE)
        site.notify(jobName="nightly", ago=number * MINUTE)
    assert {query: counted(f"/events?{query}") for query in few} == few
    assert max(few.values()) <= 11
