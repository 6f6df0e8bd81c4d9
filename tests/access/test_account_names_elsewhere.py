"""What other accounts are called is told to nobody who does not see them."""

import re
from collections.abc import Callable

import pytest

from duplistat.services.accounts import tree
from duplistat.store import accounts
from tests.support.browsing import Browser, said
from tests.support.known import id_of
from tests.support.people import PASSWORD, People, Person
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

BOSS = "boss@acme.example"
# Each is taken: a root, one beside acme, one below that, and what acme would call one of its own.
TAKEN = ("reseller", "globex", "shop", "acme / branch", "main")
FREE = "quite free"


@pytest.fixture
def tenants(make_site: Callable[..., Site]) -> People:
    people = People(make_site(accounts={"registration": "open"}))
    site = people.site
    site.account("reseller")
    for name in ("acme", "globex", "other"):
        site.account(name, parent="main")
    for name in ("shop", "acme / branch"):
        site.account(name, parent="globex")
    people.user(BOSS, account="acme")
    return people


def boss(people: People) -> Browser:
    browser = Browser(people.site)
    browser.sign_in(BOSS)
    return browser


def program(people: People) -> Person:
    person = people.nobody()
    assert person.sign_in(BOSS).code == ""
    return person


def listed(people: People, name: str) -> str:
    """What acme's administrator sees of its accounts, with a name left out."""
    return said(boss(people).get("/settings/accounts")).replace(name, "NAME")


def forget(people: People) -> None:
    """All accounts below acme."""
    db = people.site.db
    acme = id_of(db, "acme")
    with db.transaction():
        db.change("DELETE FROM account WHERE parent_id = ?", (acme,))


def made(people: People, name: str) -> tuple[int, str]:
    answer = boss(people).send("/settings/accounts", "/settings/accounts", name=name, timezone="")
    return answer.status_code, listed(people, name.removeprefix("acme / "))


def renamed(people: People, name: str) -> tuple[int, str]:
    child = people.site.account("acme / child", parent="acme")
    path = f"/settings/accounts/{child}"
    answer = boss(people).send(path, path, name=name, timezone="")
    return answer.status_code, listed(people, name.removeprefix("acme / "))


def with_contact(people: People, name: str) -> tuple[int, str]:
    people.contact(program(people), name=name)
    return 0, listed(people, name)


@pytest.mark.parametrize("ask", [made, renamed, with_contact])
def test_a_name_elsewhere_is_as_good_as_a_free_one(
    tenants: People, ask: Callable[[People, str], tuple[int, str]]
) -> None:
    answers = []
    for name in (FREE, *TAKEN):
        # That nothing else is called `main` is no secret.
        if name != "main" or ask is not with_contact:
            answers.append(ask(tenants, name))
        forget(tenants)
    assert set(answers) == {answers[0]}
    assert "NAME" in answers[0][1]


def test_who_registers_has_a_name_that_tells_of_no_other(tenants: People) -> None:
    for number, name in enumerate((FREE, FREE, "globex", "main", "acme / x", "x" * 200, "x" * 200)):
        form = {"email": f"new{number}@example.org", "name": name, "password": PASSWORD}
        assert tenants.nobody().call("registerNewUser", **form).code == ""
    names = [(a.id, a.name) for a in accounts.all_accounts(tenants.site.db) if a.name.endswith(f" #{a.id}")]
    assert [name.rpartition(" #")[0] for _, name in names] == [
        FREE,
        FREE,
        "globex",
        "main",
        "acme - x",
        "x" * 180,
        "x" * 180,
    ]


def test_a_name_that_is_seen_once_has_no_number(tenants: People) -> None:
    db = tenants.site.db
    first, second = id_of(db, "shop"), tree.create(db, "shop", id_of(db, "acme"), tenants.site.now()).id
    assert first != second
    # Of acme only one of them is seen.
    assert "shop" in listed(tenants, FREE)
    assert f"shop #{second}" not in listed(tenants, FREE)


def test_the_audit_log_tells_nobody_what_accounts_above_are_called(tenants: People) -> None:
    site = tenants.site
    tenants.user("ada@example.org")
    ada = Browser(site)
    ada.sign_in("ada@example.org")
    acme, other = id_of(site.db, "acme"), id_of(site.db, "other")
    path = f"/settings/accounts/{acme}"
    ada.send(path, f"{path}/move", parent=str(other))
    assert "parent account: main → other" in ada.text("/settings/audit")
    mine = boss(tenants)
    assert f"parent account: #1 → #{other}" in mine.text("/settings/audit")
    for address in ("/settings/audit.csv", "/settings/audit.json"):
        text = mine.get(address).text
        assert "account.move" in text
        assert not {"main", "other"} & {*re.findall(r"\w+", text)}
