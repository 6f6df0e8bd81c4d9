"""login: the session, its cookie, and who is locked out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import pytest

from duplistat.config import Location
from duplistat.services.people import passwords, sessions
from tests.support.people import PASSWORD, Answer, People, Person, hashes_computed
from tests.support.site import Site

JO = "jo@example.org"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that were computed to compare with: what takes time."""
    return hashes_computed(monkeypatch)


def cookie_of(answer: Answer) -> dict[str, str]:
    """What stands behind the cookie: its attributes that are set."""
    (morsel,) = SimpleCookie(answer.response.headers["Set-Cookie"]).values()
    return {name: value for name, value in morsel.items() if value}


def test_login_tells_who_it_is_as_the_seed_shows(people: People) -> None:
    people.user(name="John Doe")
    answer = people.nobody().sign_in("  JO@Example.org ")
    assert answer.response.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<response><status value="ok"></status><user>'
        '<name value="John Doe"></name><email value="jo@example.org"></email>'
        '<special_locations value="0"></special_locations></user></response>\n'
    )


def test_a_contact_signs_in_for_itself(people: People) -> None:
    people.contact(people.signed_in())
    assert '<name value="Kim"></name>' in people.nobody().sign_in("kim@example.org").response.text


def test_special_locations_are_for_the_account_and_not_for_its_contacts(
    make_site: Callable[..., Site],
) -> None:
    people = People(make_site())
    object.__setattr__(people.site.config, "locations", (Location(id=1, name="Vault", special=True),))
    owner = people.signed_in()
    people.contact(owner)
    assert '<special_locations value="1">' in owner.sign_in(JO).response.text
    assert '<special_locations value="0">' in people.nobody().sign_in("kim@example.org").response.text


def test_a_session_ends_with_the_browser_and_is_no_scripts_business(people: People) -> None:
    people.user()
    assert cookie_of(people.nobody().sign_in(JO)) == {"path": "/", "httponly": True, "samesite": "Lax"}


def test_a_session_that_is_remembered_is_kept_thirty_days(people: People) -> None:
    people.user()
    answer = people.nobody().sign_in(JO, remember="1")
    assert cookie_of(answer)["max-age"] == str(30 * 86_400)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "secure"),
    [
        ((), "https", False),
        (("127.0.0.0/8",), "https", True),
        (("127.0.0.0/8",), "HTTPS, http", True),
        (("127.0.0.0/8",), "http", False),
        (("10.0.0.0/8",), "https", False),
    ],
)
def test_the_cookie_is_secure_when_a_trusted_proxy_speaks_tls(
    make_site: Callable[..., Site], proxies: tuple[str, ...], forwarded: str, secure: bool
) -> None:
    people = People(make_site(server={"trusted_proxies": proxies}))
    people.user()
    person = people.nobody()
    person.headers = {"X-Forwarded-Proto": forwarded}
    assert ("secure" in cookie_of(person.sign_in(JO))) is secure


def test_a_session_lives_on_by_being_used_and_ends_a_day_after_that(people: People) -> None:
    person = people.signed_in()
    for _ in range(5):
        people.site.now.forward(hours=23)
        assert person.is_in
    people.site.now.forward(hours=24)
    assert person.call("updateUserData").code == "auth"


def test_a_remembered_session_ends_after_thirty_days_however_it_is_used(people: People) -> None:
    people.user()
    person = people.nobody()
    person.sign_in(JO, remember="1")
    for _ in range(29):
        people.site.now.forward(days=1)
        assert person.is_in
    people.site.now.forward(days=1)
    assert not person.is_in


def test_a_use_is_noted_at_most_once_a_minute(people: People) -> None:
    def used_at() -> int:
        (row,) = people.site.db.rows("SELECT used_at FROM session")
        return int(row[0])

    person, began = people.signed_in(), people.site.now()
    people.site.now.forward(seconds=59)
    assert person.is_in
    assert used_at() == began
    people.site.now.forward(seconds=1)
    assert person.is_in
    assert used_at() == began + 60_000


def test_the_session_of_before_ends_when_the_same_browser_signs_in_again(people: People) -> None:
    person = people.signed_in()
    old = person.cookie
    assert person.sign_in(JO).code == ""
    assert person.cookie not in ("", old)
    person.client.set_cookie("duplistat_session", old)
    assert not person.is_in


def test_a_cookie_that_somebody_planted_is_not_taken_over(people: People) -> None:
    people.user()
    person = people.nobody()
    person.client.set_cookie("duplistat_session", "planted")
    person.sign_in(JO)
    assert person.cookie != "planted"


def test_somebody_has_so_many_sessions_and_the_oldest_ends_first(people: People) -> None:
    stranger, person = people.signed_in("stranger@example.org"), people.signed_in()
    with people.site.db.transaction():
        for number in range(sessions.MOST_SESSIONS - 1):
            people.site.db.execute(
                "INSERT INTO session (hash, user_id, created_at, used_at, expires_at)"
                " SELECT ?, user_id, created_at + 1, used_at + 1, expires_at FROM session WHERE hash = ?",
                (f"h{number}", sessions.digest(person.cookie)),
            )
    assert person.is_in
    people.site.now.forward(seconds=1)
    latest = people.nobody()
    assert latest.sign_in(JO).code == ""
    assert [somebody.is_in for somebody in (stranger, person, latest)] == [True, False, True]
    assert people.site.db.rows("SELECT count(*) FROM session") == [(sessions.MOST_SESSIONS + 1,)]


def test_two_browsers_have_a_session_each(people: People) -> None:
    first, second = people.signed_in(), people.nobody()
    second.sign_in(JO)
    assert first.is_in
    assert second.is_in


def test_a_wrong_password_and_an_unknown_email_are_one_answer_and_one_effort(
    people: People, computed: list[str]
) -> None:
    people.user()
    computed.clear()
    wrong = people.nobody().sign_in(JO, "wrong password")
    assert len(computed) == 2
    unknown = people.nobody().sign_in("nobody@example.org", "wrong password")
    assert len(computed) == 4
    assert (wrong.code, wrong.response.text) == ("auth", unknown.response.text)
    assert "Set-Cookie" not in wrong.response.headers
    assert len({tuple(hash.split("$")[:4]) for hash in computed}) == 1
    assert people.site.db.rows("SELECT count(*) FROM failure") == [(4,)]


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({"password": "x"}, "email"),
        ({"email": "jo", "password": "x"}, "email"),
        ({"email": JO}, "password"),
        ({"email": JO, "password": ""}, "password"),
        ({"email": JO, "password": PASSWORD, "remember": "yes"}, "remember"),
    ],
)
def test_what_is_missing_or_malformed_is_named(people: People, form: dict[str, str], names: str) -> None:
    people.user()
    answer = people.nobody().call("login", **form)
    assert (answer.code, names in answer.message) == ("invalid", True)


def fail(person: Person, times: int, email: str = JO) -> list[str]:
    return [person.sign_in(email, "wrong password").code for _ in range(times)]


def test_ten_failures_lock_an_email_whoever_asks(people: People, computed: list[str]) -> None:
    people.user()
    for number in range(10):
        assert fail(people.nobody(f"10.0.0.{number}"), 1) == ["auth"]
    effort = len(computed)
    assert people.nobody("10.1.1.1").sign_in(JO).code == "locked"
    assert len(computed) == effort
    people.user("other@example.org")
    assert people.nobody("10.0.0.1").sign_in("other@example.org").code == ""


def test_an_unknown_email_is_locked_like_a_known_one(people: People) -> None:
    assert fail(people.nobody(), 11, "nobody@example.org") == ["auth"] * 10 + ["locked"]


def test_ten_failures_lock_an_address_whatever_it_asks_for(people: People) -> None:
    people.user()
    guesser = people.nobody("10.0.0.1")
    for number in range(10):
        assert fail(guesser, 1, f"user{number}@example.org") == ["auth"]
    assert guesser.sign_in(JO).code == "locked"
    assert people.nobody("10.0.0.2").sign_in(JO).code == ""


def test_addresses_of_one_network_of_ipv6_are_one(people: People) -> None:
    for number in range(10):
        assert fail(people.nobody(f"2001:db8::{number + 1}"), 1, f"user{number}@example.org") == ["auth"]
    assert fail(people.nobody("2001:db8::ffff"), 1, "x@example.org") == ["locked"]
    assert fail(people.nobody("2001:db8:0:1::1"), 1, "x@example.org") == ["auth"]


def test_a_lock_slides_and_ends_by_the_minute(people: People) -> None:
    people.user()
    person = people.nobody()
    for _ in range(10):
        assert fail(person, 1) == ["auth"]
        people.site.now.forward(minutes=1)
    # The first of ten is ten minutes old. What is refused as locked does not count.
    assert fail(person, 5) == ["locked"] * 5
    people.site.now.forward(minutes=4, seconds=59)
    assert fail(person, 1) == ["locked"]
    people.site.now.forward(seconds=1)
    assert person.sign_in(JO).code == ""
    assert fail(person, 2) == ["auth", "locked"]


def test_a_lock_ends_no_session(people: People) -> None:
    person = people.signed_in()
    fail(people.nobody(), 10)
    assert people.nobody().sign_in(JO).code == "locked"
    assert person.is_in


def test_a_success_in_between_does_not_wash_failures_away(people: People) -> None:
    people.user()
    people.user("mallory@example.org")
    guesser = people.nobody()
    assert fail(guesser, 9) == ["auth"] * 9
    assert guesser.sign_in("mallory@example.org").code == ""
    assert fail(guesser, 2) == ["auth", "locked"]


@pytest.mark.usefixtures("both_databases")
def test_of_many_guesses_at_once_ten_are_answered(people: People) -> None:
    people.user()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: people.nobody().sign_in(JO, "wrong password").code, range(24)))
    assert (codes.count("auth"), codes.count("locked")) == (10, 14)


@pytest.mark.usefixtures("both_databases")
def test_many_who_sign_in_at_once_are_not_taken_for_guessers(people: People) -> None:
    people.user()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: people.nobody().sign_in(JO).code, range(24)))
    assert codes == [""] * 24


def test_a_hash_of_less_effort_is_made_anew_at_sign_in(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def effort(memory: int) -> None:
        monkeypatch.setattr(passwords, "EFFORT", {"time_cost": 1, "memory_cost": memory, "parallelism": 1})
        passwords._hasher.cache_clear()

    def stored() -> str:
        (row,) = people.site.db.rows("SELECT password_hash FROM account_user")
        return str(row[0])

    people.user()
    before = stored()
    effort(16)
    try:
        assert people.nobody().sign_in(JO).code == ""
        assert "m=16" in stored() != before
        assert people.nobody().sign_in(JO).code == ""
    finally:
        effort(8)
