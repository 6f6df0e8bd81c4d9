"""addContact, updateContactData, removeContact: sub-users of an account, and of no other."""

import pytest

from duplistat.services.accounts import tree
from duplistat.services.people.identity import CONTACT
from duplistat.store import accounts, users
from duplistat.store.users import User
from tests.support.agents import Customer
from tests.support.known import id_of, the_account
from tests.support.people import PASSWORD, People, Person

KIM = {"email": "kim@example.org", "name": "Kim", "password": PASSWORD, "role": "4"}
# What XML cannot hold, what it must escape, and what fools those that escape too little.
HOSTILE = "<a href='x' b=\"y\">&amp; ]]> \u202e \x01\x0b \ufffe '; DROP TABLE account_user; --"
SHOWN = "<a href='x' b=\"y\">&amp; ]]> \u202e \ufffd\ufffd \ufffd '; DROP TABLE account_user; --"


def user(people: People, id: int) -> User:
    found = users.by_id(people.site.db, id)
    assert found is not None
    return found


def everything(people: People) -> str:
    return str(users.all_users(people.site.db)) + str(accounts.all_accounts(people.site.db))


@pytest.fixture
def owner(people: People) -> Person:
    people.site.account("acme", parent="main")
    return people.signed_in("owner@example.org", account="acme")


def test_a_contact_is_a_user_of_a_child_account(people: People, owner: Person) -> None:
    answer = owner.call("addContact", telephone="1", Mobile2="2", FixedPhone="3", **KIM)
    id = int(answer.root[1].attrib["id"])
    assert answer.response.text.endswith(
        f'<response><status value="ok"></status><contact id="{id}"></contact></response>\n'
    )
    kim = user(people, id)
    assert (kim.email, kim.name, kim.role) == ("kim@example.org", "Kim", CONTACT)
    assert (kim.telephone, kim.mobile2, kim.fixed_phone) == ("1", "2", "3")
    child = accounts.by_id(people.site.db, kim.account_id)
    acme = the_account(people.site.db, "acme")
    assert child is not None
    assert acme is not None
    assert (child.parent_id, child.name) == (acme.id, "Kim")


@pytest.mark.parametrize("role", ["1", "2", "4"])
def test_the_deprecated_roles_are_contacts_too(people: People, owner: Person, role: str) -> None:
    assert user(people, people.contact(owner, role=role)).role == CONTACT


def test_two_contacts_of_one_name_are_two_accounts(people: People, owner: Person) -> None:
    people.contact(owner)
    second = user(people, people.contact(owner, "kim2@example.org"))
    child = accounts.by_id(people.site.db, second.account_id)
    assert child is not None
    assert child.name == "Kim (kim2@example.org)"
    assert owner.call("removeContact", contact_id=str(second.id)).code == ""
    people.contact(owner, "kim2@example.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("email", value) for value in ("", "kim", "@example.org", "kim@", "a b@example.org", "a@b@c")],
        *[("email", value) for value in ("kim@exa mple.org", "kim@example..org", "<kim@example.org>")],
        *[("email", f"{'k' * 250}@example.org"), ("email", "kim@example.org\r\nBcc: x@example.org")],
        *[("name", ""), ("name", " "), ("name", "x" * 201)],
        *[("password", ""), ("password", "1234567")],
        *[("role", value) for value in ("", "0", "3", "5", "x", "-1", "4.0", "²")],
        *[("telephone", "1" * 51), ("Mobile2", "1" * 51), ("FixedPhone", "1" * 51)],
    ],
)
def test_what_is_wrong_with_a_contact_is_named_and_none_is_made(
    people: People, owner: Person, name: str, value: str
) -> None:
    before = everything(people)
    answer = owner.call("addContact", **KIM | {name: value})
    assert answer.code == "invalid"
    assert name.lower() in answer.message.lower().replace("-", "")
    assert everything(people) == before


@pytest.mark.parametrize("name", ["email", "name", "password", "role"])
def test_what_is_missing_of_a_contact_is_named(people: People, owner: Person, name: str) -> None:
    before = everything(people)
    answer = owner.call("addContact", **{key: value for key, value in KIM.items() if key != name})
    assert (answer.code, answer.message) == ("invalid", f"{name} is required") or name == "email"
    assert answer.code == "invalid"
    assert everything(people) == before


@pytest.mark.usefixtures("both_databases")
def test_an_email_is_taken_once_in_an_account_and_its_contacts(people: People, owner: Person) -> None:
    kim = people.contact(owner, "own@example.org")
    other = people.contact(owner, "other@example.org")
    before = everything(people)
    for email in ("Own@Example.org", "Owner@Example.org"):
        for call, form in (("addContact", KIM), ("updateContactData", {"contact_id": str(other)})):
            answer = owner.call(call, **form | {"email": email})
            assert (answer.code, answer.message) == ("invalid", "email is in use already")
    assert everything(people) == before
    # One's own is no other's.
    assert owner.call("updateContactData", contact_id=str(kim), email="own@example.org").code == ""


def test_a_contact_is_changed_by_what_is_sent_and_nothing_else(people: People, owner: Person) -> None:
    id = people.contact(owner, telephone="1", Mobile2="2")
    before = user(people, id)
    assert owner.call("updateContactData", contact_id=str(id), telephone="55555555").code == ""
    after = user(people, id)
    assert (after.telephone, after.mobile2) == ("55555555", "2")
    assert (after.email, after.name, after.password_hash) == (before.email, before.name, before.password_hash)
    more = {"email": "Kim2@Example.org", "name": "Kim B", "Mobile2": "", "FixedPhone": "3"}
    assert owner.call("updateContactData", contact_id=str(id), **more).code == ""
    after = user(people, id)
    assert (after.email, after.name, after.mobile2, after.fixed_phone) == (
        "kim2@example.org",
        "Kim B",
        "",
        "3",
    )


def test_a_role_is_not_changed(people: People, owner: Person) -> None:
    id = people.contact(owner)
    assert owner.call("updateContactData", contact_id=str(id), role="admin").code == ""
    assert user(people, id).role == CONTACT


def test_a_new_password_of_a_contact_ends_its_sessions_and_not_its_owners(
    people: People, owner: Person
) -> None:
    id, kim = people.contact(owner), people.nobody()
    kim.sign_in("kim@example.org")
    assert owner.call("updateContactData", contact_id=str(id), password="another one").code == ""
    assert not kim.is_in
    assert owner.is_in
    assert kim.sign_in("kim@example.org").code == "auth"
    assert kim.sign_in("kim@example.org", "another one").code == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", ""), ("email", "kim"), ("email", "owner@example.org"), ("name", ""), ("password", "short")],
)
def test_a_wrong_change_changes_nothing(people: People, owner: Person, name: str, value: str) -> None:
    id = people.contact(owner)
    before = everything(people)
    answer = owner.call("updateContactData", contact_id=str(id), telephone="1", **{name: value})
    assert (answer.code, name in answer.message) == ("invalid", True)
    assert everything(people) == before


@pytest.mark.parametrize("call", ["updateContactData", "removeContact"])
def test_whom_one_does_not_have_is_answered_like_nobody(people: People, owner: Person, call: str) -> None:
    people.site.account("globex", parent="main")
    stranger = people.signed_in("stranger@example.org", account="globex")
    below = people.user("below@example.org", account="acme")
    main = people.signed_in("main@example.org")
    ids = [people.contact(owner), people.contact(stranger, "s@example.org"), below, 10**9]
    before = everything(people)
    for person, others in ((stranger, (0, 2, 3)), (owner, (1, 2, 3)), (main, (0, 1, 2, 3))):
        answers = [person.call(call, contact_id=str(ids[i]), name="x", password="x" * 8) for i in others]
        assert {answer.code for answer in answers} == {"invalid"}
        assert len({answer.response.text for answer in answers}) == 1
    assert everything(people) == before


@pytest.mark.parametrize("call", ["updateContactData", "removeContact"])
@pytest.mark.parametrize("id", ["", "0", "-1", "x", "1; DROP TABLE account_user", "9" * 19, "9" * 400])
def test_an_id_that_is_none_is_invalid(people: People, owner: Person, call: str, id: str) -> None:
    answer = owner.call(call, contact_id=id)
    assert (answer.code, "contact_id" in answer.message) == ("invalid", True)


def add_service(people: People, account: int, contact: int) -> int:
    """The id of a service that is assigned to an account."""
    with people.site.db.transaction():
        made = people.site.db.insert(
            "INSERT INTO service (account_id, contact_id, kind, name, host, port, location, created_at)"
            " VALUES (?, ?, 'VDS', 'web', 'localhost', 8200, 527, 0) RETURNING id",
            (account, contact),
        )
    assert made is not None
    return made


def test_what_a_removed_contact_had_goes_back_and_its_history_stays(people: People, owner: Person) -> None:
    id, other = people.contact(owner), people.contact(owner, "other@example.org")
    kim, account = people.nobody(), user(people, id).account_id
    kim.sign_in("kim@example.org")
    acme = the_account(people.site.db, "acme")
    assert acme is not None
    add_service(people, acme.id, account)
    add_service(people, acme.id, user(people, other).account_id)
    assert owner.call("removeContact", contact_id=str(id)).response.text.endswith(
        '<response><status value="ok"></status></response>\n'
    )
    rows = people.site.db.rows("SELECT account_id, contact_id FROM service ORDER BY id")
    assert rows == [(acme.id, None), (acme.id, user(people, other).account_id)]
    assert accounts.by_id(people.site.db, account) is not None
    assert not kim.is_in
    assert kim.sign_in("kim@example.org").code == "auth"
    assert owner.call("removeContact", contact_id=str(id)).code == "invalid"
    people.contact(owner)


def test_any_text_in_a_name_comes_back_as_xml_can_hold_it(people: People, owner: Person) -> None:
    people.contact(owner, name=HOSTILE)
    kim = people.nobody()
    answer = kim.sign_in("kim@example.org")
    name = answer.root.find("user/name")
    assert name is not None
    assert name.get("value") == SHOWN
    assert kim.call("updateUserData", name=HOSTILE, telephone=HOSTILE[:40], Mobile2=HOSTILE[:40]).code == ""
    assert kim.sign_in("kim@example.org").root.find("user/name") is not None


def test_a_contact_whose_account_moved_sees_nothing_of_the_account_before(people: People) -> None:
    acme = Customer(people.site)
    people.site.account("globex")
    made, (contact, kim) = acme.add(), acme.contact()
    given = {"sc_id": made["id"], "service_action": "set_subuser", "subuser_id": str(contact)}
    acme.ok("editService", **given)
    assert kim.call("getBackupStatus", service_id=made["service_id"]).code == ""
    tree.move(people.site.db, id_of(people.site.db, "Kim"), id_of(people.site.db, "globex"))
    for call in ("getBackupStatus", "runPolicy"):
        assert kim.call(call, service_id=made["service_id"]).code == "invalid"
    assert [*kim.call("getStatus").root[1]] == []
    tree.move(people.site.db, id_of(people.site.db, "Kim"), id_of(people.site.db, "acme"))
    assert kim.call("getBackupStatus", service_id=made["service_id"]).code == ""
