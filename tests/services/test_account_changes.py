"""Changes of the tree of accounts: done by their rules, and noted."""

import json

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.accounts import names
from duplistat.services.accounts import tree as rules
from duplistat.services.accounts.changes import (
    create_account,
    move_account,
    set_account,
    set_account_suspended,
)
from duplistat.services.audit import By
from duplistat.store import accounts, audit
from duplistat.store.audit import Filter
from tests.support.databases import at_once
from tests.support.known import id_of
from tests.support.site import Site

ADA = By(7, "ada@example.org", "192.0.2.7")


def noted(site: Site) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    entries = audit.page(site.db, site.everyone, Filter(who="ada@example.org"), before=None, limit=20)
    return [(e.action, e.subject, json.loads(e.before), json.loads(e.after)) for e in reversed(entries)]


def test_each_change_of_an_account_is_noted(site: Site) -> None:
    site.writes.run(
        create_account,
        name="acme",
        parent=id_of(site.db, "main"),
        timezone="Europe/Berlin",
        **site.signature(ADA),
    )
    site.writes.run(create_account, name="nord", parent=None, timezone="", **site.signature(ADA))
    site.writes.run(
        move_account, account=id_of(site.db, "nord"), parent=id_of(site.db, "acme"), **site.signature(ADA)
    )
    site.writes.run(
        set_account,
        account=id_of(site.db, "nord"),
        changes={"name": "north", "timezone": "Europe/Oslo"},
        **site.signature(ADA),
    )
    site.writes.run(
        set_account,
        account=id_of(site.db, "north"),
        changes={"name": "north", "timezone": "Europe/Oslo"},
        **site.signature(ADA),
    )
    site.writes.run(
        set_account_suspended, account=id_of(site.db, "acme"), suspended=True, **site.signature(ADA)
    )
    site.writes.run(
        set_account_suspended, account=id_of(site.db, "acme"), suspended=False, **site.signature(ADA)
    )
    assert noted(site) == [
        ("account.create", "acme", {}, {"parent": 1, "timezone": "Europe/Berlin"}),
        ("account.create", "nord", {}, {"parent": None, "timezone": ""}),
        ("account.move", "nord", {"parent": None}, {"parent": id_of(site.db, "acme")}),
        (
            "account.set",
            "north",
            {"name": "nord", "timezone": ""},
            {"name": "north", "timezone": "Europe/Oslo"},
        ),
        ("account.suspend", "acme", {}, {"accounts": 2}),
        ("account.reactivate", "acme", {}, {"accounts": 2}),
    ]


def test_another_name_is_one_that_nobody_has(site: Site) -> None:
    site.writes.run(
        create_account, name="acme", parent=id_of(site.db, "main"), timezone="", **site.signature(ADA)
    )
    site.writes.run(
        create_account, name="globex", parent=id_of(site.db, "main"), timezone="", **site.signature(ADA)
    )
    for name, to in (("acme", "globex"), ("acme", " "), ("main", "first"), ("acme", "main")):
        with pytest.raises(DuplistatError):
            site.writes.run(
                set_account, account=id_of(site.db, name), changes={"name": to}, **site.signature(ADA)
            )
    assert rules.rename(site.db, id_of(site.db, "acme"), " acme ") == "acme"
    assert [a.name for a in accounts.all_accounts(site.db)] == ["main", "acme", "globex"]


def test_what_was_refused_is_not_noted(site: Site) -> None:
    with pytest.raises(DuplistatError):
        site.writes.run(create_account, name="acme", parent=99, timezone="", **site.signature(ADA))
    with pytest.raises(DuplistatError):
        site.writes.run(
            set_account_suspended, account=id_of(site.db, "main"), suspended=True, **site.signature(ADA)
        )
    assert noted(site) == []


@pytest.mark.parametrize("parent", [1, None])
def test_a_name_is_taken_once_below_an_account(site: Site, parent: int | None) -> None:
    acme = rules.create(site.db, "acme", parent, site.now())
    with pytest.raises(DuplistatError, match="there is an account named 'acme' already"):
        rules.create(site.db, "acme", parent, site.now())
    # Elsewhere it is free, and does not move to where it is taken.
    below = rules.create(site.db, "acme", acme.id, site.now())
    other = rules.create(site.db, "other", parent, site.now())
    assert rules.rename(site.db, below.id, "other") == "other"
    for id, to in ((below.id, parent), (rules.create(site.db, "other", other.id, site.now()).id, acme.id)):
        with pytest.raises(DuplistatError, match="there is an account named 'other' already"):
            rules.move(site.db, id, to)
    with pytest.raises(DuplistatError, match="there is an account named 'acme' already"):
        rules.rename(site.db, other.id, "acme")


def test_nothing_but_main_is_called_so(site: Site) -> None:
    acme = rules.create(site.db, "acme", None, site.now())
    for change in (
        lambda: rules.create(site.db, "main", acme.id, site.now()),
        lambda: rules.create(site.db, "main", None, site.now()),
        lambda: rules.rename(site.db, acme.id, "main"),
    ):
        with pytest.raises(DuplistatError, match="there is an account named 'main' already"):
            change()


def test_of_many_who_take_a_name_at_once_one_gets_it(site: Site) -> None:
    def take(_: int) -> int:
        return rules.create(site.db, "acme", 1, site.now()).id

    answers = at_once(site.db, 6, take)
    assert sorted(isinstance(answer, int) for answer in answers) == [False] * 5 + [True]


def test_an_account_is_found_by_name_number_or_path(site: Site) -> None:
    acme = rules.create(site.db, "acme", 1, site.now()).id
    globex = rules.create(site.db, "globex", 1, site.now()).id
    first = rules.create(site.db, "shop", acme, site.now()).id
    second = rules.create(site.db, "shop", globex, site.now()).id
    literal = rules.create(site.db, f"shop #{second}", acme, site.now()).id
    slashed = rules.create(site.db, "acme / it", acme, site.now()).id
    for wanted, id in (
        ("acme", acme),
        ("main/acme", acme),
        (f"shop #{first}", first),
        # The number counts first.
        (f"shop #{second}", second),
        (f"shop #{second} #{literal}", literal),
        ("acme/shop", first),
        ("globex / shop", second),
        ("/main/globex/shop", second),
        ("acme / it", slashed),
    ):
        assert names.named(site.db, wanted).id == id, wanted
    with pytest.raises(DuplistatError) as e:
        names.named(site.db, "shop")
    assert (e.value.kind, e.value.message) == (
        Kind.INVALID,
        "several accounts are named 'shop', name one of them:"
        f" 'shop #{first}' (main / acme / shop), 'shop #{second}' (main / globex / shop)",
    )
    for wanted in ("", "Acme", "shop #0", f"acme #{globex}", "e/shop", "/", "globex/acme", "\0"):
        with pytest.raises(DuplistatError) as e:
            names.named(site.db, wanted)
        assert e.value.kind is Kind.NOT_FOUND, wanted


def test_names_that_several_have_are_shown_with_numbers() -> None:
    assert names.labels({1: "main", 5: "shop", 7: "shop"}) == {1: "main", 5: "shop #5", 7: "shop #7"}
