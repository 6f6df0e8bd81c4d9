"""Changes of the tree of accounts: done by their rules, and noted."""

import json

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.accounts import tree as rules
from duplistat.services.audit import Actor, By
from duplistat.store import accounts, audit
from duplistat.store.audit import Filter
from tests.support.site import Site

BY: Actor = By(7, "ada@example.org", "192.0.2.7").plain()


def change(site: Site, verb: str, name: str, **arguments: object) -> dict[str, object]:
    noted = {"now": site.now(), "by": BY, "name": name}
    done: dict[str, object] = site.writes.call(verb, noted | arguments)
    return done


def noted(site: Site) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    entries = audit.page(site.db, site.everyone, Filter(who="ada@example.org"), before=None, limit=20)
    return [(e.action, e.subject, json.loads(e.before), json.loads(e.after)) for e in reversed(entries)]


def test_each_change_of_an_account_is_noted(site: Site) -> None:
    change(site, "create_account", "acme", parent="main", timezone="Europe/Berlin")
    change(site, "create_account", "nord", parent=None, timezone="")
    change(site, "move_account", "nord", parent="acme")
    change(site, "set_account", "nord", changes={"name": "north", "timezone": "Europe/Oslo"})
    change(site, "set_account", "north", changes={"name": "north", "timezone": "Europe/Oslo"})
    change(site, "freeze_account", "acme", frozen=True)
    change(site, "freeze_account", "acme", frozen=False)
    assert noted(site) == [
        ("account.create", "acme", {}, {"parent": "main", "timezone": "Europe/Berlin"}),
        ("account.create", "nord", {}, {"parent": None, "timezone": ""}),
        ("account.move", "nord", {"parent": None}, {"parent": "acme"}),
        (
            "account.set",
            "north",
            {"name": "nord", "timezone": ""},
            {"name": "north", "timezone": "Europe/Oslo"},
        ),
        ("account.freeze", "acme", {}, {"accounts": 2}),
        ("account.thaw", "acme", {}, {"accounts": 2}),
    ]


def test_another_name_is_one_that_nobody_has(site: Site) -> None:
    change(site, "create_account", "acme", parent="main", timezone="")
    change(site, "create_account", "globex", parent="main", timezone="")
    for name, to in (("acme", "globex"), ("acme", " "), ("main", "first"), ("acme", "main")):
        with pytest.raises(DuplistatError):
            change(site, "set_account", name, changes={"name": to})
    assert rules.rename(site.db, "acme", " acme ") == "acme"
    assert [a.name for a in accounts.all_accounts(site.db)] == ["main", "acme", "globex"]


def test_what_was_refused_is_not_noted(site: Site) -> None:
    with pytest.raises(DuplistatError):
        change(site, "create_account", "acme", parent="nobody", timezone="")
    with pytest.raises(DuplistatError):
        change(site, "freeze_account", "main", frozen=True)
    assert noted(site) == []
