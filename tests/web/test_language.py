"""Pages in the language that somebody chose."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from duplistat.services.people.preferences import preferences_of
from duplistat.store import deliveries
from tests.web.site import Site

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def token(html: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', html)
    assert found
    return found[1]


def stranger(site: Site) -> FlaskClient:
    return site.client.application.test_client()


def test_a_browser_that_asks_for_german_gets_it(site: Site) -> None:
    page = site.client.get("/events", headers=GERMAN).get_data(as_text=True)
    assert '<html lang="de"' in page
    assert "<h1>Ereignisse</h1>" in page
    assert "<h1>Events</h1>" in site.html("/events")


def test_a_language_that_is_not_spoken_is_english(site: Site) -> None:
    page = site.client.get("/events", headers={"Accept-Language": "nl"}).get_data(as_text=True)
    assert '<html lang="en"' in page


def test_who_is_signed_in_chooses_in_the_menu_and_it_is_kept(site_on_both: Site) -> None:
    site = site_on_both
    answer = site.send("/preferences", language="de", next="/events")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/events")
    assert "<h1>Ereignisse</h1>" in site.html("/events")
    user = site.db.row("SELECT id FROM account_user")
    assert user
    assert preferences_of(site.db, user[0])["language"] == "de"
    site.send("/preferences", language="en", next="/events")
    assert "<h1>Events</h1>" in site.html("/events")


def test_a_language_that_is_none_changes_nothing(site: Site) -> None:
    answer = site.send("/preferences", language="tlh", next="/")
    assert "duplistat_language" not in str(answer.headers)
    assert '<html lang="en"' in site.html("/")


def test_who_is_not_signed_in_chooses_below_the_sign_in(site: Site) -> None:
    client = stranger(site)
    page = client.get("/sign-in").get_data(as_text=True)
    assert '<button name="language" value="de" lang="de">Deutsch</button>' in page
    fields = {"csrf": token(page), "language": "de", "next": "/sign-in"}
    assert client.post("/language", data=fields | {"csrf": "wrong"}).status_code == 403
    assert client.post("/language", data=fields).headers["Location"] == "/sign-in"
    german = client.get("/sign-in").get_data(as_text=True)
    assert "<h1>Anmelden</h1>" in german
    assert '<button name="language" value="en" lang="en">English</button>' in german


def test_the_language_leads_to_no_other_server(site: Site) -> None:
    client = stranger(site)
    page = client.get("/sign-in").get_data(as_text=True)
    fields = {"csrf": token(page), "language": "de", "next": "//elsewhere.example"}
    assert client.post("/language", data=fields).headers["Location"] == "/"


def test_why_a_report_could_not_be_read_is_told_in_the_language_of_who_reads(site: Site) -> None:
    site.client.post("/api/upload", data=b"{]", content_type="application/json")
    english = deliveries.recent(site.db, limit=1)[0].problem
    assert english.startswith("body: is not JSON: ")
    assert english.partition(" at line")[0] in site.text("/settings/inbox")
    german = site.client.get("/settings/inbox", headers=GERMAN).get_data(as_text=True)
    assert "body: ist kein JSON: " in german


def headers(asked: str) -> dict[str, str]:
    return {"Accept-Language": asked}


def locale(site: Site, asked: str) -> str:
    """The language and region that a page is written for, for a browser that asks for these."""
    page = site.client.get("/events", headers=headers(asked)).get_data(as_text=True)
    found = re.search(r'<html lang="([\w-]+)".* data-locale="([\w-]+)"', page)
    assert found
    assert found[2].startswith(found[1][:2])
    return found[2]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", "en-GB"),
        ("en", "en-GB"),
        ("en-US,en;q=0.9", "en-US"),
        ("de", "de-DE"),
        ("de-AT,en;q=0.8", "de-AT"),
        # The language that is asked for first is spoken, whatever its region.
        ("de-LI,en;q=0.8", "de-DE"),
        # A language that is not spoken still says where its reader is.
        ("nl-NL,en-US;q=0.5", "en-NL"),
        ("de;q=0,en-US", "en-US"),
        ("*", "en-GB"),
        ("de,en-US;q=0.7", "de-DE"),
    ],
)
def test_formats_are_those_of_the_region_that_the_browser_asks_for(
    site: Site, asked: str, wanted: str
) -> None:
    assert locale(site, asked) == wanted


def test_who_is_signed_in_chooses_the_formats(site_on_both: Site) -> None:
    site = site_on_both
    page = site.html("/settings/me")
    assert '<option value="DE">Deutschland: Tue, 24 Nov · 10.211,5 · Mon</option>' in page
    assert '<option value="US">United States: Tue, Nov 24 · 10,211.5 · Sun</option>' in page
    fields: dict[str, Any] = {"name": "Jo", "language": "en", "theme": "auto"}
    site.send("/settings/me", **fields, region="DE")
    assert locale(site, "en-US") == "en-DE"
    assert "10.211,5" in site.html("/settings/me")
    user = site.db.row("SELECT id FROM account_user")
    assert user
    assert preferences_of(site.db, user[0])["region"] == "DE"
    site.send("/settings/me", 400, **fields, region="ZZ")
    site.send("/settings/me", **fields, region="auto")
    assert locale(site, "en-US") == "en-US"


@pytest.mark.parametrize(
    ("asked", "tag", "title"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR", "Eventos"),
        ("pt", "pt-BR", "Eventos"),
        # Before English, which is asked for as well.
        ("fr-CA,en;q=0.8", "fr", "Événements"),
        ("es-MX,es;q=0.9", "es", "Eventos"),
        ("nl,fr;q=0.5,en;q=0.4", "fr", "Événements"),
    ],
)
def test_a_language_is_found_in_each_of_its_regions(site: Site, asked: str, tag: str, title: str) -> None:
    page = site.client.get("/events", headers=headers(asked)).get_data(as_text=True)
    assert f'<html lang="{tag}" dir="ltr"' in page
    assert f"<h1>{title}</h1>" in page


def test_numbers_are_written_as_the_language_does(site: Site) -> None:
    site.report("web-01", "nightly")
    french = site.client.get("/jobs/1", headers=headers("fr")).get_data(as_text=True)
    assert "48,3 Go" in french
    assert "10\u202f211" in french
    brazilian = site.client.get("/jobs/1", headers=headers("pt-BR")).get_data(as_text=True)
    assert "48,3 GB" in brazilian
    assert "10.211" in brazilian


def test_what_is_kept_for_the_next_page_is_kept_for_each_region(site: Site) -> None:
    """The words of a strip, and the state of the overview, are made once."""
    site.fail(ago=timedelta(days=4))
    for asked, day in (("en-GB", "16 Nov"), ("en-US", "Nov 16"), ("en-GB", "16 Nov")):
        page = site.client.get("/", headers=headers(asked)).get_data(as_text=True)
        assert re.search(rf"<b>.*{day}.*</b>", page)
    british, american = (
        site.client.get("/live", headers=headers(asked) | {"Accept": "application/json"}).headers["ETag"]
        for asked in ("en-GB", "en-US")
    )
    assert british != american
