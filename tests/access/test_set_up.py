"""The first person comes in by a link, and only the first."""

import logging
from typing import Any

import pytest

from duplistat.services.people import first_admin
from duplistat.services.people.identity import Role
from duplistat.store import audit, users
from tests.support.browsing import Browser, said
from tests.support.databases import at_once
from tests.support.people import PASSWORD, People
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

ADA: dict[str, Any] = {"email": "Ada@Example.org", "name": "Ada", "password": PASSWORD, "again": PASSWORD}


def invite(site: Site) -> str:
    """The path of the link that a start of the server prints."""
    link = first_admin.invite(site.db, site.config, site.now())
    return link.removeprefix("http://127.0.0.1:9666")


def test_the_first_one_becomes_the_admin_of_main_and_is_in(site: Site) -> None:
    link, browser = invite(site), Browser(site)
    assert "Create the administrator account" in browser.text(link)
    answer = browser.send(link, "/set-up", **ADA)
    assert answer.headers["Location"] == "/"
    assert browser.is_in
    (made,) = users.all_users(site.db)
    assert (made.email, made.name, made.role, made.account_id) == ("ada@example.org", "Ada", "admin", 1)
    noted = next(audit.everything(site.db, (1,), audit.Filter()))
    assert (noted.who, noted.action, noted.user) == ("ada@example.org", "user.set_up", made.id)
    assert "argon2" not in noted.after
    again = Browser(site)
    again.sign_in("ada@example.org")
    assert again.is_in


def test_only_the_hash_of_the_code_is_stored(site: Site) -> None:
    code = invite(site).partition("=")[2]
    ((stored,),) = site.db.rows("SELECT hash FROM set_up")
    assert len(stored) == 64
    assert code not in stored
    assert len(code) >= 43


def test_the_link_is_in_the_log_in_one_line(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        link = first_admin.invite(site.db, site.config, site.now())
    (record,) = [
        record for record in caplog.records if record.name == "duplistat.services.people.first_admin"
    ]
    assert record.getMessage().endswith(f": {link}")
    assert "\n" not in record.getMessage()


def test_afterwards_the_link_leads_to_the_sign_in(site: Site) -> None:
    link = invite(site)
    Browser(site).send(link, "/set-up", **ADA)
    for path in (link, "/set-up", "/set-up?code=x"):
        assert Browser(site).get(path, 303).headers["Location"] == "/sign-in"
    assert site.db.rows("SELECT * FROM set_up") == []
    assert first_admin.invite(site.db, site.config, site.now()) == ""


def test_a_link_of_an_earlier_start_is_not_good_any_more(site: Site) -> None:
    first = invite(site)
    site.now.forward(hours=1, seconds=1)
    second = invite(site)
    assert "This link has expired" in Browser(site).text(first, 403)
    Browser(site).send(second, "/set-up", **ADA)


def test_links_of_servers_that_start_together_are_both_good_but_for_one_person(site: Site) -> None:
    links = [invite(site), invite(site)]
    assert [Browser(site).get(link).status_code for link in links] == [200, 200]
    Browser(site).send(links[1], "/set-up", **ADA)
    assert Browser(site).get(links[0], 303).headers["Location"] == "/sign-in"


def test_of_many_who_use_the_link_at_the_same_time_one_becomes_the_admin(site: Site) -> None:
    link = invite(site)
    browsers = [Browser(site) for _ in range(6)]
    fields = [browser.fields(browser.get(link), "/set-up") for browser in browsers]

    def come(number: int) -> str:
        form = fields[number] | ADA | {"email": f"ada{number}@example.org"}
        return browsers[number].post("/set-up", 303, **form).headers["Location"]

    assert sorted(at_once(site.db, 6, come)) == ["/", *["/sign-in"] * 5]
    assert len(users.all_users(site.db)) == 1
    assert sum(browser.is_in for browser in browsers) == 1


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"email": "ada"}, "An e-mail address such as name@example.org."),
        ({"name": " "}, "Enter your name."),
        ({"password": "short", "again": "short"}, "From 8 to 1000 characters."),
        ({"again": "another one"}, "Passwords do not match."),
        ({"email": "taken@example.org"}, "Email is in use already."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_code_stays_good(
    site: Site, wrong: dict[str, str], line: str
) -> None:
    People(site).user("taken@example.org", role=Role.VIEWER)
    link, browser = invite(site), Browser(site)
    answer = browser.send(link, "/set-up", 400, **(ADA | wrong))
    assert line in said(answer)
    assert PASSWORD not in answer.text
    Browser(site).send(link, "/set-up", **ADA)


def test_without_a_code_the_page_says_what_to_do(site: Site) -> None:
    assert Browser(site).get("/", 303).headers["Location"] == "/set-up"
    text = Browser(site).text("/set-up")
    assert "Open the set-up link from the server log" in text
    assert "duplistat user create --email" in text


def test_a_code_that_was_guessed_makes_nobody(site: Site) -> None:
    invite(site)
    browser = Browser(site)
    token = browser.fields(browser.get("/sign-in"), "/sign-in")["csrf"]
    browser.post("/set-up", 403, csrf=token, code="guessed", **ADA)
    browser.post("/set-up", 200, csrf=token, **ADA)
    assert users.all_users(site.db) == []


def test_who_has_somebody_below_main_still_needs_an_admin_of_main(site: Site) -> None:
    """Whoever registers first on an open server does not lock out who runs it."""
    site.account("acme", parent="main")
    People(site).user(account="acme")
    People(site).user("looks@example.org", role=Role.VIEWER)
    assert Browser(site).get("/", 303).headers["Location"] == "/sign-in"
    Browser(site).send(invite(site), "/set-up", **ADA)


def test_the_link_is_told_to_nobody_by_the_page(site: Site) -> None:
    page = Browser(site).get(invite(site))
    assert page.headers.getlist("Referrer-Policy") == ["no-referrer"]
    assert page.headers["Cache-Control"] == "no-store"


def test_the_link_begins_with_where_the_server_is(site: Site) -> None:
    own = site.config.server
    for changes, begin in (
        ({"public_url": "https://backup.example.org/x/"}, "https://backup.example.org/x/set-up?"),
        (
            {"public_url": "https://backup.example.org", "base_path": "/b"},
            "https://backup.example.org/b/set-up?",
        ),
        ({"public_url": "https://a.example.org/b/", "base_path": "/b"}, "https://a.example.org/b/set-up?"),
        ({"host": "0.0.0.0", "port": 8080}, "http://localhost:8080/set-up?"),
        ({"host": "::1", "base_path": "/b"}, "http://[::1]:9666/b/set-up?"),
    ):
        config = site.config.model_copy(update={"server": own.model_copy(update=changes)})
        assert first_admin.invite(site.db, config, site.now()).startswith(begin)
