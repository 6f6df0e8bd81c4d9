"""Where people are signed in: shown to them and to their admins, and ended by these."""

import re

import pytest

from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import digest
from duplistat.store import audit
from duplistat.web.settings.browsers import named
from tests.support.browsing import Browser, said
from tests.support.people import People

PAGE = "/settings/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def people(people: People) -> People:
    """An admin, somebody who looks, and an admin of an account below, all with a session that this keeps."""
    people.site.account("acme", parent="main")
    people.site.account("stranger")
    people.user("ada@example.org", name="Ada")
    people.user("vic@example.org", role=Role.VIEWER)
    people.user("kim@example.org", account="acme")
    people.user("eve@example.org", account="stranger")
    return people


def came_in(people: People, email: str, **headers: str) -> Browser:
    browser = Browser(people.site, **headers)
    browser.sign_in(email)
    return browser


def rows(browser: Browser) -> list[tuple[str, str]]:
    """(user, reference) of each session that can be ended."""
    page = browser.get(PAGE).text
    return re.findall(r'name="user" value="(\d+)"><input type="hidden" name="session" value="(\w+)"', page)


def test_a_person_sees_where_they_are_signed_in_and_which_this_is(people: People) -> None:
    came_in(people, "vic@example.org", **{"User-Agent": FIREFOX})
    people.site.now.forward(hours=3)
    here = came_in(people, "vic@example.org", **{"User-Agent": "curl/8.5.0"})
    text = here.text(PAGE)
    assert "Firefox on Linux 127.0.0.1 today 12:00 3 h ago Sign out" in text
    assert "curl · this session 127.0.0.1 today 15:00" in text
    assert "Other users" not in text


@pytest.mark.usefixtures("both_databases")
def test_a_person_ends_one_session_and_all_others(people: People) -> None:
    others = [came_in(people, "vic@example.org") for _ in range(3)]
    here = came_in(people, "vic@example.org")
    user, reference = rows(here)[0]
    here.send(PAGE, f"{PAGE}/end", user=user, session=reference)
    assert "Session signed out." in here.text(PAGE)
    assert sum(other.is_in for other in others) == 2
    here.send(PAGE, f"{PAGE}/end-others")
    assert "2 sessions signed out." in here.text(PAGE)
    assert [other.is_in for other in others] == [False] * 3
    assert here.is_in
    noted = [*audit.everything(people.site.db, (1,), audit.Filter(action="session"))]
    assert [(e.who, e.subject, e.after) for e in noted] == [
        ("vic@example.org", "vic@example.org", '{"sessions":2}'),
        ("vic@example.org", "vic@example.org", "{}"),
    ]


@pytest.mark.usefixtures("both_databases")
def test_an_admin_sees_and_ends_sessions_of_everybody_below_and_of_no_stranger(people: People) -> None:
    below, stranger = came_in(people, "kim@example.org"), came_in(people, "eve@example.org")
    ada = came_in(people, "ada@example.org")
    text = ada.text(PAGE)
    assert "kim@example.org" in text
    assert "eve@example.org" not in text
    ((user, reference),) = rows(ada)
    ada.send(PAGE, f"{PAGE}/end", user=user, session=reference)
    assert not below.is_in
    token = ada.fields(ada.get(PAGE), "/sign-out")["csrf"]
    ada.post(f"{PAGE}/end", 404, csrf=token, user=user, session=reference)
    ada.post(f"{PAGE}/end", 404, csrf=token, user=user, session="a\0b")
    ((strangers,),) = people.site.db.rows("SELECT id FROM account_user WHERE email = 'eve@example.org'")
    ada.post(f"{PAGE}/end", 404, csrf=token, user=strangers, session=digest(stranger.cookie)[:16])
    assert stranger.is_in


def test_who_is_no_admin_ends_no_session_of_another(people: People) -> None:
    ada, vic, kim = (came_in(people, f"{name}@example.org") for name in ("ada", "vic", "kim"))
    ((own,),) = people.site.db.rows("SELECT id FROM account_user WHERE email = 'ada@example.org'")
    for other in (vic, kim):
        token = other.fields(other.get(PAGE), "/sign-out")["csrf"]
        for user in (own, 0, "x", "9" * 30):
            other.post(f"{PAGE}/end", 404, csrf=token, user=user, session=digest(ada.cookie)[:16])
    assert ada.is_in


def test_neither_a_cookie_nor_its_hash_is_on_the_page(people: People) -> None:
    vic, ada = came_in(people, "vic@example.org"), came_in(people, "ada@example.org")
    page = ada.get(PAGE).text
    for browser in (vic, ada):
        assert browser.cookie not in page
        assert digest(browser.cookie) not in page


def test_a_browser_may_call_itself_anything(people: People) -> None:
    evil = "<script>alert(1)</script>\u202e"
    came_in(people, "vic@example.org", **{"User-Agent": evil.encode("utf-8").decode("latin-1")})
    page = came_in(people, "ada@example.org").get(PAGE)
    assert "<script>alert" not in page.text
    assert "alert" in said(page)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
            ("Edge", "Windows"),
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", ("Safari", "macOS")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140.0 Safari/604.1",
            ("Chrome", "iPhone"),
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("curl/8.5.0", ("curl", "")),
        ("python-requests/2.32", ("python-requests", "")),
        ("", ("", "")),
        ("x" * 500, ("x" * 40, "")),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, words: tuple[str, str]) -> None:
    assert named(agent) == words
