"""The audit log as admins see it: what is theirs, filtered, page by page, and as files that are safe to open."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services import audit as services
from duplistat.services.accounts import export, tree
from duplistat.services.accounts.changes import set_account_suspended
from duplistat.services.audit import By
from duplistat.services.people.identity import Role
from duplistat.store import audit
from tests.support.browsing import Browser, said
from tests.support.databases import statements_of
from tests.support.known import id_of
from tests.support.people import People
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

PAGE = "/settings/audit"


@pytest.fixture
def ada(people: People) -> Browser:
    """An admin of main, with an account below it and a stranger's beside it."""
    people.site.account("acme", parent="main")
    people.site.account("stranger")
    people.user("ada@example.org")
    people.user("kim@example.org", account="acme")
    people.user("eve@example.org", account="stranger")
    people.user("vic@example.org", role=Role.OPERATOR)
    browser = Browser(people.site)
    browser.sign_in("ada@example.org")
    return browser


def note(
    site: Site, subject: str, *, account: int = 1, action: str = "job.set", who: str = "ada", **sides: Any
) -> None:
    """Note something; `sides` are what was before and after."""
    with site.db.transaction():
        by = By(None, who, "192.0.2.1")
        services.note(site.db, by, action, account=account, subject=subject, now=site.now(), **sides)


def subjects(browser: Browser, query: str = "") -> list[str]:
    entries = json.loads(browser.get(f"{PAGE}.json{query}").text)["entries"]
    return [entry["subject"] for entry in entries]


def test_a_change_is_told_with_what_was_before_and_what_is_now(ada: Browser) -> None:
    before = {"grace_seconds": 7200, "tags": [], "paused": False, "same": 1}
    after = {"grace_seconds": 3600, "tags": ["offsite", "db"], "paused": True, "same": 1}
    note(ada.site, "nas / photos", before=before, after=after)
    note(ada.site, "notes", before={"notes": "W" * 500}, after={"notes": "Z" * 500})
    text = ada.text(PAGE)
    assert "job edited nas / photos" in text
    assert "grace: 2 h → 1 h" in text
    assert "tags: – → offsite, db" in text
    assert "paused: no → yes" in text
    assert "same" not in text
    assert f"{'W' * 300}… → {'Z' * 300}…" in text
    assert "ada 192.0.2.1" in text


def test_what_is_changed_often_is_told_in_the_words_and_the_language_of_who_reads(ada: Browser) -> None:
    note(ada.site, "eva", action="user.create", who="nobody", after={"role": "viewer", "timezone": "UTC"})
    text = ada.text(PAGE)
    assert "role: viewer time zone: UTC not signed in 192.0.2.1" in text
    ada.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    text = ada.text(PAGE)
    assert "Rolle: Betrachter Zeitzone: UTC nicht angemeldet" in text


def test_an_admin_sees_the_whole_tree_below_and_nothing_beside_it(ada: Browser) -> None:
    for account, subject in ((1, "of-main"), (2, "of-acme"), (3, "of-stranger")):
        note(ada.site, subject, account=account)
    kim = Browser(ada.site)
    kim.sign_in("kim@example.org")
    for browser, seen in ((ada, {"of-main", "of-acme"}), (kim, {"of-acme"})):
        text, files = browser.text(PAGE), browser.get(f"{PAGE}.csv").text
        for subject in ("of-main", "of-acme", "of-stranger"):
            assert (subject in text) is (subject in seen)
            assert (subject in files) is (subject in seen)
        assert {name for name in subjects(browser) if name.startswith("of-")} == seen


def test_only_admins_see_it(ada: Browser) -> None:
    vic = Browser(ada.site)
    vic.sign_in("vic@example.org")
    for path in (PAGE, f"{PAGE}.csv", f"{PAGE}.json"):
        vic.get(path, 403)


def test_it_is_filtered_by_who_what_and_when(ada: Browser) -> None:
    note(ada.site, "one", who="kim")
    note(ada.site, "two", action="job.delete")
    note(ada.site, "three", action="jobs.set")
    ada.site.now.forward(hours=13)
    note(ada.site, "four")
    assert subjects(ada, "?who=kim") == ["one"]
    assert subjects(ada, "?action=job") == ["four", "two", "one"]
    assert subjects(ada, "?action=job.delete") == ["two"]
    assert subjects(ada, "?since=2026-01-29") == ["four"]
    assert subjects(ada, "?until=2026-01-28&action=job") == ["two", "one"]
    assert subjects(ada, "?since=2026-01-28&until=2026-01-29&who=ada&action=job.set") == ["four"]
    assert subjects(ada, "?who=' OR 1=1 --") == []
    text = ada.text(f"{PAGE}?action=job&who=kim")
    assert "one" in text
    assert "four" not in text


def test_actions_are_found_under_their_former_names(ada: Browser) -> None:
    acme = id_of(ada.site.db, "acme")
    for suspended in (True, False):
        ada.site.writes.run(set_account_suspended, account=acme, suspended=suspended, **ada.site.signature())
    for former, action in (("account.freeze", "account.suspend"), ("account.thaw", "account.reactivate")):
        entries = json.loads(ada.get(f"{PAGE}.json?action={former}").text)["entries"]
        assert [entry["action"] for entry in entries] == [action]
    chosen = ada.client.get(f"{PAGE}?action=account.freeze").text
    assert '<option value="account.suspend" selected>account suspended</option>' in chosen


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "9999-12-31", "0001-01-01", "-1"])
def test_a_day_that_is_none_is_said_and_chooses_nothing(ada: Browser, day: str) -> None:
    for name in ("since", "until"):
        status = ada.client.get(f"{PAGE}?{name}={day}").status_code
        assert status in (200, 400)
        if status == 400:
            assert subjects(ada, f"?{name}={day}") == []
    assert "Enter a date such as 2027-01-31." in ada.text(f"{PAGE}?since=yesterday", 400)


def test_the_days_are_those_of_the_server(make_site: Callable[..., Site]) -> None:
    site = make_site(server={"timezone": "Pacific/Auckland"})
    People(site).user()
    browser = Browser(site)
    browser.sign_in()
    site.now.set("2026-01-28T10:59:00Z")
    note(site, "in the evening of the 28th")
    site.now.set("2026-01-28T11:01:00Z")
    note(site, "in the night of the 29th")
    assert subjects(browser, "?until=2026-01-28&action=job") == ["in the evening of the 28th"]
    assert subjects(browser, "?since=2026-01-29&action=job") == ["in the night of the 29th"]


def test_long_logs_have_pages_and_cost_the_same(ada: Browser) -> None:
    with statements_of(ada.site.db) as few:
        ada.get(PAGE)
    for number in range(250):
        note(ada.site, f"s{number:03}")
    with statements_of(ada.site.db) as many:
        page = ada.get(f"{PAGE}?action=job")
    assert len(many) == len(few)
    seen = []
    while True:
        seen += [word for word in said(page).split() if word.startswith("s") and word[1:].isdigit()]
        older = [part.partition('"')[0] for part in page.text.split('href="')[1:] if "before=" in part[:80]]
        if not older:
            break
        page = ada.get(older[0].replace("&amp;", "&"))
    assert seen == [f"s{number:03}" for number in range(249, -1, -1)]
    assert ada.get(f"{PAGE}?before=99999999999999999999").status_code == 200


def test_the_files_hold_all_of_it_a_few_at_a_time(ada: Browser) -> None:
    for number in range(1201):
        note(ada.site, f"s{number}")
    assert len(subjects(ada, "?action=job")) == 1201
    answer = ada.get(f"{PAGE}.csv?action=job")
    rows = [*csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))]
    assert rows[0] == ["time", "account", "who", "address", "action", "subject", "before", "after"]
    assert len(rows) == 1202
    assert rows[1] == ["2026-01-28T12:00:00.000Z", "main", "ada", "192.0.2.1", "job.set", "s1200", "{}", "{}"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert answer.mimetype == "text/csv"


def test_the_json_holds_changes_as_objects(ada: Browser) -> None:
    note(ada.site, "x", before={"a": None}, after={"a": [1, "ü"]})
    entry = json.loads(ada.get(f"{PAGE}.json?action=job").text)["entries"][0]
    assert (entry["before"], entry["after"]) == ({"a": None}, {"a": [1, "ü"]})
    assert ada.get(f"{PAGE}.json?action=nothing").get_json() == {"entries": []}


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\t=1", '"=1', "a;=1", "\r=1", "＝1", "%0a", "|x"]
)
def test_no_cell_is_a_formula(ada: Browser, text: str) -> None:
    note(ada.site, text, who=text, after={text: text})
    answer = ada.get(f"{PAGE}.csv")
    row = [*csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))][1]
    for value in row:
        assert not value.lstrip(" \"'").startswith(tuple("=+-@|%＝")) or value.startswith("'")
        assert not value.startswith(("\t", "\r", "\n"))


def test_hostile_names_are_shown_as_they_are(ada: Browser) -> None:
    evil = "<script>alert(1)</script>\u202e\x1b[31m"
    note(ada.site, evil, who=evil, action="job.set", before={evil: evil}, after={evil: evil + "x"})
    page = ada.get(PAGE).text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "⟪U+202E⟫␛[31m" in page


def test_what_a_deleted_account_had_is_in_its_export_and_who_deleted_it_is_noted_above(
    ada: Browser,
) -> None:
    note(ada.site, "of-acme", account=2)
    chosen = tree.to_delete(ada.site.db, id_of(ada.site.db, "acme"))
    lines = [json.loads(line) for line in export.lines(ada.site.db, chosen, ada.site.now())]
    assert "of-acme" in [line["subject"] for line in lines if line.get("table") == "audit"]
    tree.close(ada.site.db, chosen, ada.site.now())
    tree.delete(ada.site.db, chosen, ada.site.now())
    assert "of-acme" not in subjects(ada)
    (deleted,) = audit.everything(ada.site.db, (1,), audit.Filter(action="account.delete"))
    assert (deleted.subject, deleted.who) == ("acme", "command line")
