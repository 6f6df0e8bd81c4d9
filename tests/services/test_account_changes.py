"""Changes of the tree of accounts: done by their rules, and noted."""

import json

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.accounts import tree as rules
from duplistat.services.accounts.changes import create_account, freeze_account, move_account, set_account
from duplistat.services.audit import By
from duplistat.store import accounts, audit
from duplistat.store.audit import Filter
from tests.support.site import Site

ADA = By(7, "ada@example.org", "192.0.2.7")


def noted(site: Site) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    entries = audit.page(site.db, site.everyone, Filter(who="ada@example.org"), before=None, limit=20)
    return [(e.action, e.subject, json.loads(e.before), json.loads(e.after)) for e in reversed(entries)]


def test_each_change_of_an_account_is_noted(site: Site) -> None:
    site.writes.run(
        create_account, name="acme", parent="main", timezone="Europe/Berlin", **site.signature(ADA)
    )
    site.writes.run(create_account, name="nord", parent=None, timezone="", **site.signature(ADA))
    site.writes.run(move_account, name="nord", parent="acme", **site.signature(ADA))
    site.writes.run(
        set_account, name="nord", changes={"name": "north", "timezone": "Europe/Oslo"}, **site.signature(ADA)
    )
    site.writes.run(
        set_account, name="north", changes={"name": "north", "timezone": "Europe/Oslo"}, **site.signature(ADA)
    )
    site.writes.run(freeze_account, name="acme", frozen=True, **site.signature(ADA))
    site.writes.run(freeze_account, name="acme", frozen=False, **site.signature(ADA))
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
    site.writes.run(create_account, name="acme", parent="main", timezone="", **site.signature(ADA))
    site.writes.run(create_account, name="globex", parent="main", timezone="", **site.signature(ADA))
    for name, to in (("acme", "globex"), ("acme", " "), ("main", "first"), ("acme", "main")):
        with pytest.raises(DuplistatError):
            site.writes.run(set_account, name=name, changes={"name": to}, **site.signature(ADA))
    assert rules.rename(site.db, "acme", " acme ") == "acme"
    assert [a.name for a in accounts.all_accounts(site.db)] == ["main", "acme", "globex"]


def test_what_was_refused_is_not_noted(site: Site) -> None:
    with pytest.raises(DuplistatError):
        site.writes.run(create_account, name="acme", parent="nobody", timezone="", **site.signature(ADA))
    with pytest.raises(DuplistatError):
        site.writes.run(freeze_account, name="main", frozen=True, **site.signature(ADA))
    assert noted(site) == []
