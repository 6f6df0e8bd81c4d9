"""Accounts and services that were frozen are suspended, and the audit log says so."""

from pathlib import Path

import pytest

from duplistat.services.accounts import tree
from duplistat.store import services
from duplistat.store.database import Database
from tests.store.test_migration_of_columns import at_schema, insert

ACTIONS = ("account.freeze", "account.thaw", "service.freeze", "service.thaw", "account.set", "key.freeze")


def test_what_was_frozen_is_suspended_and_noted_so(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0052", tmp_path, monkeypatch)
    with empty.transaction():
        empty.execute("UPDATE account SET frozen_at = 5 WHERE id = 7")
        insert(empty, "service", account_id=7, name="nas", facts="{}", frozen_at=6)
        insert(empty, "service", account_id=7, name="pc", facts="{}")
        for action in ACTIONS:
            insert(empty, "audit", account_id=7, action=action, before="{}", after="{}")
    empty.migrate()
    assert tree.by_id(empty, 7).suspended_at == 5
    found = services.visible(empty, (7,))
    assert [(row.name, row.suspended_at, row.account_suspended_at) for row in found] == [
        ("nas", 6, 5),
        ("pc", None, 5),
    ]
    assert [action for (action,) in empty.rows("SELECT action FROM audit ORDER BY id")] == [
        "account.suspend",
        "account.reactivate",
        "service.suspend",
        "service.reactivate",
        "account.set",
        "key.freeze",
    ]
