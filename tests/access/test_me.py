"""One's own account: changed by its person, and by nobody who only found the browser open."""

import json

import pytest

from duplistat.http.session_cookie import COOKIE
from duplistat.services.people.identity import Role
from duplistat.store import audit, users
from tests.support.browsing import Browser, said
from tests.support.people import PASSWORD, People

NEW = "another battery staple"
ME = "/settings/me"
SIGN_IN = "/settings/me/sign-in"


@pytest.fixture
def jo(people: People) -> Browser:
    people.user()
    browser = Browser(people.site)
    browser.sign_in()
    return browser


def noted(jo: Browser) -> list[tuple[str, str, str]]:
    """(action, before, after) of what was noted after the sign-in, oldest first."""
    found = [(e.action, e.before, e.after) for e in audit.everything(jo.site.db, (1,), audit.Filter())]
    return found[:-2][::-1]


def test_a_person_changes_the_name(jo: Browser) -> None:
    assert 'value="Jo"' in jo.get(ME).text
    jo.send(ME, ME, name="  Joanna ", language="auto", region="auto", theme="auto")
    (user,) = users.all_users(jo.site.db)
    assert user.name == "Joanna"
    assert "Profile saved." in jo.text(ME)
    ((action, before, after),) = noted(jo)
    assert action == "user.set"
    assert json.loads(before)["name"] == "Jo"
    assert json.loads(after)["name"] == "Joanna"


def test_nothing_is_offered_that_has_no_effect_and_what_was_kept_of_it_stays(jo: Browser) -> None:
    jo.site.db.execute("UPDATE account_user SET notify = 1, notify_email = 'alerts@example.org'")
    page = jo.get(ME).text
    assert 'name="notify' not in page
    assert "alerts@example.org" not in page
    jo.send(ME, ME, name="Joanna", language="auto", region="auto", theme="auto")
    (user,) = users.all_users(jo.site.db)
    assert (user.name, user.notify, user.notify_email) == ("Joanna", 1, "alerts@example.org")


def test_the_language_and_the_colours_follow_a_person_to_another_browser(jo: Browser) -> None:
    answer = jo.send(ME, ME, name="Jo", language="de", region="auto", theme="dark")
    assert {"duplistat_language=de", "duplistat_theme=dark"} <= {
        cookie.partition(";")[0] for cookie in answer.headers.getlist("Set-Cookie")
    }
    elsewhere = Browser(jo.site)
    elsewhere.sign_in()
    page = elsewhere.get("/").text
    assert '<html lang="de" dir="ltr" data-theme="dark"' in page
    jo.send(ME, ME, name="Jo", language="auto", region="auto", theme="auto")
    assert '<html lang="en" dir="ltr" data-worker' in jo.get("/").text


def test_the_switches_of_the_menu_are_those_of_ones_account(jo: Browser) -> None:
    jo.send(ME, "/preferences", language="de")
    jo.send(ME, "/preferences", theme="dark")
    page = jo.get(ME).text
    assert '<option value="de" selected>' in page
    assert '<option value="dark" selected>' in page
    elsewhere = Browser(jo.site)
    elsewhere.sign_in()
    assert '<html lang="de" dir="ltr" data-theme="dark"' in elsewhere.get("/").text
    jo.send(ME, "/preferences", theme="auto")
    assert '<option value="auto" selected>' in jo.get(ME).text


def test_what_a_browser_was_told_before_the_sign_in_stays_when_the_account_is_saved(jo: Browser) -> None:
    jo.client.set_cookie("duplistat_language", "de")
    jo.client.set_cookie("duplistat_theme", "light")
    page = jo.get(ME).text
    assert '<option value="de" selected>' in page
    assert '<option value="light" selected>' in page


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"name": " "}, "Enter your name."),
        ({"name": "x" * 201}, "At most 200 characters."),
        ({"language": "xx"}, "Select one."),
        ({"theme": "pink"}, "Select one."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(jo: Browser, fields: dict[str, str], line: str) -> None:
    good = {"name": "Jo", "language": "auto", "theme": "auto"}
    assert line in said(jo.send(ME, ME, 400, **(good | fields)))
    assert noted(jo) == []


def test_a_new_password_needs_the_present_one_and_ends_all_other_sessions(jo: Browser) -> None:
    other = Browser(jo.site)
    other.sign_in()
    jo.send(ME, SIGN_IN, password=NEW, again=NEW, present=PASSWORD)
    assert "Your other sessions were signed out." in jo.text(ME)
    assert not other.is_in
    Browser(jo.site).sign_in(password=NEW)
    Browser(jo.site, address="192.0.2.1").sign_in(password=PASSWORD, status=400)
    actions = [(action, after) for action, _, after in noted(jo)]
    assert ("user.password", "{}") in actions
    assert not any("argon2" in after for _, after in actions)


def test_without_the_present_password_nothing_changes(jo: Browser) -> None:
    for present in ("", "wrong password", NEW):
        answer = jo.send(
            ME, SIGN_IN, 400, email="other@example.org", password=NEW, again=NEW, present=present
        )
        assert "The current password is wrong." in said(answer)
        assert NEW not in answer.text
    (user,) = users.all_users(jo.site.db)
    assert user.email == "jo@example.org"
    assert {action for action, _, _ in noted(jo)} == {"user.sign_in_failed"}
    Browser(jo.site).sign_in()


def test_whoever_guesses_the_present_password_is_locked_out(jo: Browser) -> None:
    for _ in range(10):
        jo.send(ME, SIGN_IN, 400, present="wrong password")
    assert "Too many failed sign-ins" in said(jo.send(ME, SIGN_IN, 429, present=PASSWORD))
    Browser(jo.site).sign_in(status=429)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"email": "jo"}, "An e-mail address such as name@example.org."),
        ({"email": "kim@example.org"}, "Email is in use already."),
        ({"password": "short", "again": "short"}, "From 8 to 1000 characters."),
        ({"password": NEW}, "Passwords do not match."),
        ({"again": NEW}, "From 8 to 1000 characters."),
    ],
)
def test_what_is_wrong_with_a_way_to_sign_in_is_said(
    jo: Browser, people: People, fields: dict[str, str], line: str
) -> None:
    people.user("kim@example.org")
    assert line in said(jo.send(ME, SIGN_IN, 400, **({"present": PASSWORD} | fields)))
    Browser(jo.site).sign_in()


def test_another_e_mail_signs_in_from_then_on(jo: Browser) -> None:
    jo.send(ME, SIGN_IN, email="Joanna@example.org", present=PASSWORD)
    assert jo.is_in
    Browser(jo.site).sign_in("joanna@example.org")
    Browser(jo.site, address="192.0.2.1").sign_in("jo@example.org", status=400)


def test_everybody_has_an_account_also_who_only_looks(people: People) -> None:
    people.site.account("acme", parent="main")
    people.user("viewer@example.org", role=Role.VIEWER)
    people.user("contact@example.org", account="acme", role=Role.CONTACT)
    for email in ("viewer@example.org", "contact@example.org"):
        browser = Browser(people.site)
        browser.sign_in(email)
        browser.send(ME, ME, name="Somebody", language="en", region="auto", theme="light")
        assert 'value="Somebody"' in browser.get(ME).text


def test_a_session_of_somebody_who_is_gone_is_none(jo: Browser, people: People) -> None:
    cookie = jo.cookie
    people.user("kim@example.org")
    (user,) = [user for user in users.all_users(jo.site.db) if user.name == "Jo" and user.id == 1]
    with jo.site.db.transaction():
        users.remove(jo.site.db, user)
    assert cookie
    assert jo.client.get_cookie(COOKIE) is not None
    assert jo.get(ME, 303).headers["Location"].startswith("/sign-in")
