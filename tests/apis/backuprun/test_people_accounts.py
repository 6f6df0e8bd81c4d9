"""registerNewUser and updateUserData: one's own account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from duplistat.services.access.rate_limits import PEOPLE
from duplistat.store import accounts
from duplistat.store.users import User
from tests.support.known import the_account, the_user
from tests.support.people import PASSWORD, People
from tests.support.site import Site

NEW = {"email": "John@Example.org", "name": "John Doe", "password": PASSWORD}
ACCOUNTS = "SELECT count(*) FROM account"


@pytest.fixture
def open_people(make_site: Callable[..., Site]) -> People:
    return People(make_site(accounts={"registration": "open"}))


def user(people: People, email: str = "jo@example.org") -> User:
    found = the_user(people.site.db, email)
    assert found is not None
    return found


@pytest.mark.parametrize("form", [NEW, {}])
def test_nobody_makes_an_account_unless_that_is_allowed(people: People, form: dict[str, str]) -> None:
    assert people.nobody().call("registerNewUser", **form).code == "closed"
    assert people.site.db.rows(ACCOUNTS) == [(1,)]


def test_who_registers_gets_an_account_of_its_own(open_people: People) -> None:
    answer = open_people.nobody().call("registerNewUser", **NEW)
    assert answer.response.text.endswith('<response><status value="ok"></status></response>\n')
    assert "Set-Cookie" not in answer.response.headers
    john = user(open_people, "john@example.org")
    account = accounts.by_id(open_people.site.db, john.account_id)
    main = the_account(open_people.site.db, "main")
    assert account is not None
    assert main is not None
    assert (account.name, account.parent_id, john.role) == (f"John Doe #{account.id}", main.id, "admin")
    person = open_people.nobody()
    assert person.sign_in("john@example.org").code == ""
    open_people.contact(person)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", ""),
        ("email", "john"),
        ("name", ""),
        ("password", ""),
        ("password", "short"),
        ("password", "-"),
    ],
)
def test_what_is_wrong_with_a_registration_is_named(open_people: People, name: str, value: str) -> None:
    form = {key: text for key, text in (NEW | {name: value}).items() if text != "-"}
    answer = open_people.nobody().call("registerNewUser", **form)
    assert (answer.code, name in answer.message) == ("invalid", True)
    assert open_people.site.db.rows(ACCOUNTS) == [(1,)]


@pytest.mark.usefixtures("both_databases")
def test_an_email_registers_again_without_a_word_of_the_first_account(open_people: People) -> None:
    with ThreadPoolExecutor(6) as pool:
        forms = [NEW | {"password": f"another password {number}"} for number in range(6)]
        answers = list(pool.map(lambda form: open_people.nobody().call("registerNewUser", **form), forms))
    assert {(answer.response.status_code, answer.response.text) for answer in answers} == {
        (200, answers[0].response.text)
    }
    assert [answer.code for answer in answers] == [""] * 6
    assert open_people.site.db.rows(ACCOUNTS) == [(7,)]
    assert len({account.name for account in accounts.all_accounts(open_people.site.db)}) == 7


@pytest.mark.usefixtures("both_databases")
def test_whoever_registers_twice_has_one_account(open_people: People) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: open_people.nobody().call("registerNewUser", **NEW), range(6)))
    assert sorted(answer.code for answer in answers) == ["", *["invalid"] * 5]
    assert open_people.site.db.rows(ACCOUNTS) == [(2,)]


def test_registering_is_no_way_to_try_passwords(open_people: People) -> None:
    assert open_people.nobody().call("registerNewUser", **NEW).code == ""
    for number in range(10):
        form = NEW | {"password": f"a guess of mine {number}"}
        assert open_people.nobody().call("registerNewUser", **form).code == ""
        open_people.site.now.forward(minutes=1)
    assert open_people.nobody().call("registerNewUser", **NEW).code == ""


def test_names_of_accounts_stay_apart(open_people: People) -> None:
    for email in ("a@example.org", "b@example.org"):
        assert (
            open_people.nobody().call("registerNewUser", **NEW | {"email": email, "name": "main"}).code == ""
        )
    names = [account.name for account in accounts.all_accounts(open_people.site.db)]
    assert names == ["main", "main #2", "main #3"]


def test_an_address_registers_so_many_a_minute(open_people: People) -> None:
    def register(address: str, number: int) -> tuple[int, str]:
        form = NEW | {"email": f"user{number}@example.org"}
        answer = open_people.nobody(address).call("registerNewUser", **form)
        return answer.response.status_code, answer.code

    for number in range(PEOPLE.burst):
        assert register("10.0.0.1", number) == (200, "")
    assert register("10.0.0.1", 1000) == (429, "limited")
    assert register("10.0.0.2", 1000) == (200, "")
    open_people.site.now.forward(seconds=1)
    assert register("10.0.0.1", 1001) == (200, "")


@pytest.mark.parametrize(
    ("call", "form"),
    [
        ("addContact", NEW | {"role": "4"}),
        ("updateUserData", {}),
        ("updateContactData", {"contact_id": "KIM"}),
    ],
)
def test_asking_again_and_again_is_limited(open_people: People, call: str, form: dict[str, str]) -> None:
    person = open_people.signed_in()
    open_people.user("taken@example.org")
    kim = open_people.contact(person)
    given = {name: str(kim) if value == "KIM" else value for name, value in form.items()}
    # The contact took one.
    answers = [person.call(call, **given | {"email": "taken@example.org"}) for _ in range(PEOPLE.burst)]
    assert {answer.message for answer in answers[:-1]} == {"email is in use already"}
    assert (answers[-1].code, answers[-1].response.status_code) == ("limited", 429)
    assert answers[-1].response.headers["Retry-After"] == "1"
    assert person.call("updateUserData", name="Jo B", mobile="1").code == ""
    assert open_people.nobody("10.0.0.2").call("registerNewUser", **NEW).code == ""


def test_ones_own_data_is_changed_by_what_is_sent(people: People) -> None:
    person = people.signed_in()
    before = user(people)
    form = {"fixed-phone": "55555555", "mobile": "1", "mobile2": "2", "notify": "1"}
    answer = person.call("updateUserData", notify_email="Alerts@Example.org", **form)
    assert answer.response.text.endswith('<response><status value="ok"></status></response>\n')
    after = user(people)
    assert (after.fixed_phone, after.telephone, after.mobile2) == ("55555555", "1", "2")
    assert (after.notify, after.notify_email) == (1, "alerts@example.org")
    assert (after.name, after.email, after.password_hash) == (before.name, before.email, before.password_hash)
    assert person.call("updateUserData", FixedPhone="", notify="0", notify_email="").code == ""
    after = user(people)
    assert (after.fixed_phone, after.telephone, after.notify, after.notify_email) == ("", "1", 0, "")


def test_a_new_email_signs_in_and_the_old_one_does_not(people: People) -> None:
    person = people.signed_in()
    assert person.call("updateUserData", email="New@Example.org", name="New Name").code == ""
    assert person.is_in
    assert people.nobody().sign_in("jo@example.org").code == "auth"
    assert '<name value="New Name">' in people.nobody().sign_in("new@example.org").response.text


def test_a_new_password_ends_all_sessions_but_this_one(people: People) -> None:
    person, elsewhere = people.signed_in(), people.nobody()
    stranger = people.signed_in("stranger@example.org")
    elsewhere.sign_in("jo@example.org", remember="1")
    assert person.call("updateUserData", password=" blanks count ").code == ""
    assert [somebody.is_in for somebody in (person, elsewhere, stranger)] == [True, False, True]
    assert elsewhere.sign_in("jo@example.org", "blanks count").code == "auth"
    assert elsewhere.sign_in("jo@example.org", " blanks count ").code == ""


@pytest.mark.parametrize("password", ["12345678", "ünïcödé€", "x" * 5000, "\0\0\0\0\0\0\0\0", "😀" * 8])
def test_eight_characters_are_the_only_rule_of_a_password(people: People, password: str) -> None:
    person = people.signed_in()
    assert person.call("updateUserData", password=password).code == ""
    assert people.nobody().sign_in("jo@example.org", password).code == ""
    assert people.nobody().sign_in("jo@example.org", password[:-1]).code == "auth"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("email", ""), ("email", "x"), ("email", "taken@example.org"), ("name", "")],
        *[("password", ""), ("password", "1234567"), ("notify", "2"), ("notify", "yes")],
        *[("notify_email", "x"), ("mobile", "1" * 51), ("mobile2", "1" * 51), ("fixed-phone", "1" * 51)],
    ],
)
def test_a_wrong_change_of_oneself_changes_nothing(people: People, name: str, value: str) -> None:
    people.user("taken@example.org")
    person = people.signed_in()
    before = user(people)
    answer = person.call("updateUserData", telephone="1", **{name: value})
    assert (answer.code, name in answer.message) == ("invalid", True)
    assert user(people) == before
    assert person.is_in


def test_ones_own_email_may_be_sent_again(people: People) -> None:
    assert people.signed_in().call("updateUserData", email="JO@example.org").code == ""


def test_nobody_raises_ones_own_role_or_account(people: People) -> None:
    owner, kim = people.signed_in(), people.nobody()
    people.contact(owner)
    kim.sign_in("kim@example.org")
    before = user(people, "kim@example.org")
    assert kim.call("updateUserData", role="admin", account_id="1", user_id="1", id="1").code == ""
    assert user(people, "kim@example.org") == before
