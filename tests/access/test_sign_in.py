"""In and out through the pages: with the right password, and no other way."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.http.session_cookie import COOKIE
from duplistat.services.accounts.changes import set_account_suspended
from duplistat.services.people import sessions
from duplistat.store import audit
from duplistat.store import sessions as store
from duplistat.web import access
from tests.support.browsing import Browser, said
from tests.support.clock import Clock
from tests.support.databases import statements_of
from tests.support.known import id_of
from tests.support.people import PASSWORD, People
from tests.support.site import Site

WRONG = "Wrong e-mail or password."


def actions(site: Site) -> list[tuple[str, str, str]]:
    """(who, action, subject) of all that was noted, oldest first, but for how people were made."""
    noted = [*audit.everything(site.db, site.everyone, audit.Filter())][::-1]
    return [(e.who, e.action, e.subject) for e in noted if e.action != "user.create"]


def test_a_person_signs_in_and_comes_to_the_page_that_was_wanted(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    wanted = browser.get("/events?severity=info", 303).headers["Location"]
    assert wanted == "/sign-in?next=/events?severity%3Dinfo"
    answer = browser.send(wanted, "/sign-in", email=" Jo@Example.org ", password=PASSWORD)
    assert answer.headers["Location"] == "/events?severity=info"
    assert browser.get("/events").status_code == 200
    assert actions(people.site) == [("jo@example.org", "user.sign_in", "jo@example.org")]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil.example",
        "/\x00",
        "http:evil.example",
        "//[",
        "/\\[",
    ],
)
def test_nobody_is_sent_elsewhere_after_the_sign_in(people: People, target: str) -> None:
    people.user()
    browser = Browser(people.site)
    assert browser.sign_in(next=target).headers["Location"] == "/"
    again = browser.client.get("/sign-in", query_string={"next": target})
    assert (again.status_code, again.headers["Location"]) == (303, "/")


def test_whoever_is_signed_in_needs_no_sign_in(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    browser.sign_in()
    assert browser.get("/sign-in?next=/partners", 303).headers["Location"] == "/partners"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jo@example.org", "wrong password"),
        ("nobody@example.org", PASSWORD),
        ("no e-mail", PASSWORD),
        ("jo@example.org", ""),
        ("jo@example.org", f" {PASSWORD}"),
        ("jo@example.org", PASSWORD.upper()),
        ("jo@example.org", "x" * 200_000),
        ("\x00\x1b[31m", "\x00\x1b[31m"),
    ],
)
def test_what_is_wrong_about_a_sign_in_is_not_said(people: People, email: str, password: str) -> None:
    people.user()
    browser = Browser(people.site)
    answer = browser.sign_in(email, password, 400)
    assert WRONG in said(answer)
    assert not browser.cookie
    assert "xxx" not in answer.text


@pytest.mark.usefixtures("both_databases")
def test_a_known_e_mail_and_an_unknown_one_cost_the_same_statements(people: People) -> None:
    people.user()
    costs: list[list[str]] = []
    for email in ("jo@example.org", "nobody@example.org"):
        browser = Browser(people.site, address=f"192.0.2.{len(costs)}")
        fields = browser.fields(browser.get("/sign-in"), "/sign-in")
        with statements_of(people.site.db) as ran:
            browser.post("/sign-in", 400, **(fields | {"email": email, "password": "wrong password"}))
        costs.append([re.sub(r"\d+", "N", statement) for statement in ran])
    assert costs[0] == costs[1]


def test_a_failed_sign_in_is_noted_for_whom_it_was_meant(people: People) -> None:
    people.site.account("acme")
    people.user("kim@example.org", account="acme")
    browser = Browser(people.site, address="192.0.2.9")
    browser.sign_in("kim@example.org", "wrong password", 400)
    browser.sign_in("nobody@example.org", "wrong password", 400)
    noted = [
        *audit.everything(people.site.db, people.site.everyone, audit.Filter(action="user.sign_in_failed"))
    ]
    assert [(e.account_id, e.who, e.subject, e.address) for e in noted] == [
        (1, "nobody", "nobody@example.org", "192.0.2.9"),
        (2, "nobody", "kim@example.org", "192.0.2.9"),
    ]
    assert "wrong password" not in str(noted)


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    browser.client.set_cookie(COOKIE, "planted-by-somebody-else")
    browser.sign_in()
    assert browser.cookie not in ("", "planted-by-somebody-else")
    planted = Browser(people.site)
    planted.client.set_cookie(COOKIE, "planted-by-somebody-else")
    assert not planted.is_in


def test_who_signs_in_again_has_another_session_and_the_one_before_ends(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    browser.sign_in()
    first = browser.cookie
    # As with a form that was open before.
    browser.client.delete_cookie(COOKIE)
    fields = browser.fields(browser.get("/sign-in"), "/sign-in")
    browser.client.set_cookie(COOKIE, first)
    browser.post("/sign-in", 303, **(fields | {"email": "jo@example.org", "password": PASSWORD}))
    assert browser.cookie != first
    assert store.by_hash(people.site.db, sessions.digest(first)) is None


def test_a_form_that_was_fetched_before_the_sign_in_is_worth_nothing_after_it(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    fields = browser.fields(browser.get("/sign-in"), "/sign-in")
    browser.post("/sign-in", 303, **(fields | {"email": "jo@example.org", "password": PASSWORD}))
    assert browser.client.get_cookie(access.FORM_COOKIE) is None
    browser.post("/sign-out", 403, csrf=fields["csrf"])
    assert browser.is_in


def test_who_signs_out_is_out(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    browser.sign_in()
    cookie = browser.cookie
    answer = browser.send("/", "/sign-out")
    assert (answer.headers["Location"], browser.cookie) == ("/sign-in", "")
    assert "You are signed out." in browser.text("/sign-in")
    assert "You are signed out." not in browser.text("/sign-in")
    browser.client.set_cookie(COOKIE, cookie)
    assert not browser.is_in
    assert actions(people.site)[-1] == ("jo@example.org", "user.sign_out", "jo@example.org")


def test_who_is_out_already_signs_out_without_a_word(people: People) -> None:
    assert Browser(people.site).post("/sign-out", 303).headers["Location"] == "/sign-in"
    assert actions(people.site) == []


def test_what_is_sent_after_a_session_ended_is_not_done_and_says_so(people: People) -> None:
    people.user()
    browser = Browser(people.site)
    browser.sign_in()
    fields = browser.fields(browser.get("/"), "/preferences")
    people.site.now.forward(hours=25)
    assert browser.post("/preferences", 303, **fields).headers["Location"] == "/sign-in"
    assert "nothing was changed" in browser.text("/sign-in")


def test_a_script_is_told_that_its_session_ended_without_a_dialog(people: People) -> None:
    answer = people.site.client().post("/preferences", headers={access.CSRF_HEADER: "x"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Session realm="duplistat"'


@pytest.mark.parametrize(("remember", "lasts"), [({}, 24), ({"remember": "1"}, 30 * 24)])
def test_a_session_lasts_as_long_as_was_asked(people: People, remember: dict[str, Any], lasts: int) -> None:
    people.user()
    browser = Browser(people.site)
    answer = browser.sign_in(**remember)
    assert ("Max-Age=2592000" in answer.headers["Set-Cookie"]) is bool(remember)
    # The later time first: a look prolongs a session that is not remembered.
    for forward, is_in in ((1, False), (-1, True)):
        people.site.now.set("2026-01-28T12:00:00Z")
        people.site.now.forward(hours=lasts, seconds=forward)
        later = Browser(people.site)
        later.client.set_cookie(COOKIE, browser.cookie)
        assert later.is_in is is_in


def test_ten_that_failed_lock_for_a_quarter_of_an_hour(people: People) -> None:
    people.user()
    for number in range(10):
        Browser(people.site, address=f"192.0.2.{number}").sign_in(password="wrong password", status=400)
    locked = Browser(people.site).sign_in(status=429)
    assert "Try again in 15 minutes." in said(locked)
    assert "An administrator can unlock it with “duplistat user unlock”." in said(locked)
    assert locked.headers["Retry-After"] == "900"
    assert [action for _, action, _ in actions(people.site)].count("user.locked") == 1
    people.site.now.forward(minutes=14, seconds=59)
    Browser(people.site).sign_in(status=429)
    people.site.now.forward(seconds=2)
    Browser(people.site).sign_in()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Europe/London", "UTC"])
def test_the_lock_is_as_long_in_every_zone(
    make_site: Callable[..., Site], clock: Clock, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        clock.set("2026-07-01T12:00:00Z")
        site = make_site(server={"timezone": zone})
        People(site).user()
        for _ in range(10):
            Browser(site).sign_in(password="wrong password", status=400)
        clock.forward(minutes=14, seconds=59)
        Browser(site).sign_in(status=429)
        clock.forward(seconds=2)
        Browser(site).sign_in()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_people_of_a_suspended_account_are_told_so(people: People) -> None:
    people.site.account("acme", parent="main")
    people.user(account="acme")
    browser = Browser(people.site)
    browser.sign_in()
    acme = id_of(people.site.db, "acme")
    people.site.writes.run(set_account_suspended, account=acme, suspended=True, **people.site.signature())
    assert "This account is suspended" in browser.text("/", 403)
    assert "This account is suspended" in said(Browser(people.site).sign_in(status=400))
    # With another e-mail, one gets in from there.
    people.user("kim@example.org")
    browser.sign_in("kim@example.org")


@pytest.mark.parametrize(
    ("proxy", "proto", "secure"),
    [("127.0.0.1", "https", True), ("127.0.0.1", "http", False), ("192.0.2.7", "https", False)],
)
def test_cookies_are_for_us_alone_and_for_tls_behind_a_proxy_that_has_it(
    make_site: Callable[..., Site], proxy: str, proto: str, secure: bool
) -> None:
    site = make_site(server={"trusted_proxies": ["127.0.0.1"]})
    People(site).user()
    browser = Browser(site, address=proxy, **{"X-Forwarded-Proto": proto})
    # A browser keeps what is secure for TLS; this one is told which cookies to send.
    browser.client = site.app.test_client(use_cookies=False)
    page = browser.get("/sign-in")
    browser.headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
    fields = browser.fields(page, "/sign-in") | {"email": "jo@example.org", "password": PASSWORD}
    answer = browser.post("/sign-in", 303, **fields)
    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("; Secure" in cookie) is secure


def test_the_way_in_is_kept_by_nobody(people: People) -> None:
    assert Browser(people.site).get("/sign-in").headers["Cache-Control"] == "no-store"
