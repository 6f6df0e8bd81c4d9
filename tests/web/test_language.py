"""Pages in the language that somebody chose."""

import re

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
    page = site.client.get("/events", headers={"Accept-Language": "fr"}).get_data(as_text=True)
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
