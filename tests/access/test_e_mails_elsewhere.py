"""Whether another account has an e-mail is told to nobody: each answer is the same as for one that is free."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.test import TestResponse

from duplistat.core.errors import DuplistatError
from duplistat.services.people import users as services
from duplistat.services.people.identity import Role
from duplistat.store import users
from tests.support.browsing import Browser, said
from tests.support.databases import at_once
from tests.support.known import the_account
from tests.support.people import PASSWORD, People, Person
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

ELSEWHERE, FREE = "ida@globex.example", "ida@nobody.example"
BOSS = "boss@acme.example"
A_PASSWORD = re.compile(r"\S{16}(?= Copy)")

Ask = Callable[[People, str], TestResponse]


@pytest.fixture
def tenants(make_site: Callable[..., Site]) -> People:
    """acme with its administrator, a user and a contact; globex, whose user and contact have the e-mail, and main's."""
    people = People(make_site(accounts={"registration": "open"}))
    for name in ("acme", "globex"):
        people.site.account(name, parent="main")
    people.user(BOSS, account="acme")
    people.user("eva@acme.example", account="acme", role=Role.VIEWER)
    people.user("owner@globex.example", account="globex")
    for account in ("main", "globex"):
        people.user(ELSEWHERE, account=account)
    return people


def boss(people: People) -> Browser:
    browser = Browser(people.site)
    browser.sign_in(BOSS)
    return browser


def program(people: People, email: str = BOSS) -> Person:
    person = people.nobody()
    assert person.sign_in(email).code == ""
    return person


def creates(people: People, email: str) -> TestResponse:
    return boss(people).send(
        "/settings/users", "/settings/users", 200, email=email, name="Ida", role="viewer"
    )


def edits(people: People, email: str) -> TestResponse:
    (eva,) = users.with_email(people.site.db, "eva@acme.example")
    address = f"/settings/users/{eva.id}"
    return boss(people).send(address, address, email=email, name="Eva", role="viewer")


def changes_own(people: People, email: str) -> TestResponse:
    return boss(people).send("/settings/me", "/settings/me/sign-in", email=email, present=PASSWORD)


def adds_contact(people: People, email: str) -> TestResponse:
    form = {"email": email, "name": "Ida", "password": PASSWORD, "role": "4"}
    return program(people).call("addContact", **form).response


def edits_contact(people: People, email: str) -> TestResponse:
    person = program(people)
    contact = people.contact(person, "kim@acme.example")
    return person.call("updateContactData", contact_id=str(contact), email=email).response


def changes_own_by_program(people: People, email: str) -> TestResponse:
    return program(people).call("updateUserData", email=email).response


def registers(people: People, email: str) -> TestResponse:
    form = {"email": email, "name": "Ida", "password": "a password that nobody has"}
    return people.nobody().call("registerNewUser", **form).response


def recovers(people: People, email: str) -> TestResponse:
    return people.nobody().call("recoverPassword", email=email).response


def signs_in(people: People, email: str) -> TestResponse:
    return people.nobody().sign_in(email, "wrong password").response


ASKS: list[Ask] = [
    creates,
    edits,
    changes_own,
    adds_contact,
    edits_contact,
    changes_own_by_program,
    registers,
    recovers,
    signs_in,
]


def told(answer: TestResponse, email: str) -> tuple[Any, ...]:
    """What an answer says, but for ids and for a new password, which is shown once."""
    text = said(answer) if answer.mimetype == "text/html" else re.sub(r"\d+", "N", answer.text)
    text = A_PASSWORD.sub("P", text.replace(email, "E"))
    return answer.status_code, answer.headers.get("Location"), text


@contextmanager
def undone(people: People) -> Iterator[None]:
    """Users and accounts are put back as they were before the block."""
    db = people.site.db
    users_before, accounts_before = users.all_users(db), people.site.everyone
    yield
    with db.transaction():
        db.change("DELETE FROM session")
        db.change(f"DELETE FROM account WHERE id NOT IN ({', '.join(map(str, accounts_before))})")
        listed = ", ".join(str(user.id) for user in users_before)
        db.change(f"DELETE FROM account_user WHERE id NOT IN ({listed})")
        for user in users_before:
            users.change(db, user.id, {"email": user.email})


@pytest.mark.parametrize("ask", ASKS)
def test_an_e_mail_elsewhere_is_answered_as_a_free_one(tenants: People, ask: Ask) -> None:
    answers = []
    for email in (ELSEWHERE, FREE):
        with undone(tenants):
            answers.append(told(ask(tenants, email), email))
    assert answers[0] == answers[1]
    assert answers[0][0] in (200, 303)


def test_one_account_has_an_e_mail_once_however_many_try_at_once(tenants: People) -> None:
    db = tenants.site.db
    owners = [the_account(db, name) for name in ("main", "acme", "globex")]

    def make(number: int) -> Any:
        owner = owners[number % 3]
        assert owner is not None
        return services.create(
            db,
            account=owner,
            email="new@example.org",
            name="N",
            password=PASSWORD,
            role=Role.VIEWER,
            now=tenants.site.now(),
        )

    answers = at_once(db, 6, make)
    made = [answer for answer in answers if isinstance(answer, int)]
    refused = [str(answer) for answer in answers if isinstance(answer, DuplistatError)]
    assert (len(made), refused) == (3, ["email is in use already"] * 3)
    assert {user.account_id for user in users.with_email(db, "new@example.org")} == {1, 2, 3}


def test_the_database_itself_lets_no_e_mail_in_twice(tenants: People) -> None:
    db, now = tenants.site.db, tenants.site.now()

    def add(account: int) -> int | None:
        with db.transaction():
            return users.add(
                db,
                account=account,
                email="new@example.org",
                name="N",
                password_hash="!",
                role="viewer",
                now=now,
            )

    assert add(1)
    assert add(1) is None
    assert add(2)
