"""Columns that have other names: what was stored under the old ones is found under the new ones."""

import json
import shutil
from pathlib import Path

import pytest

from duplistat.store import database
from duplistat.store.database import Database

LAST_BEFORE = "0011"
NOTE = 'she wrote "good_at": 5'


def test_columns_and_rows_of_merges_are_found_under_their_new_names(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for migration in sorted(database.MIGRATIONS.glob("0*.py")):
        if migration.name[:4] <= LAST_BEFORE:
            shutil.copy(migration, before)
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", before)
        empty.migrate()
    with empty.transaction():
        empty.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'a', '/7/', 1)")
        empty.execute(
            "INSERT INTO server (id, account_id, identity, machine_id, name, facts, created_at, seen_at, grouped)"
            " VALUES (1, 7, 'name:nas', '', 'nas', '{}', 1, 1, 'home')"
        )
        empty.execute(
            "INSERT INTO server_merge (id, account_id, into_id, gone_id, gone_name, at, state, plan)"
            " VALUES (1, 7, 1, 2, 'old', 1, 'done', '{}')"
        )
        row = {"row": {"good_at": 5, "quiet_from": None, "wake_at": 9, "name": NOTE}, "note": NOTE}
        empty.execute(
            "INSERT INTO merge_row (merge_id, kind, item, was, content) VALUES (1, 'job', 3, 2, ?)",
            (json.dumps(row),),
        )
    empty.migrate()
    assert empty.row("SELECT group_name FROM server") == ("home",)
    assert empty.rows("SELECT last_success_at, maintenance_until, next_check_at FROM job") == []
    ((content,),) = empty.rows("SELECT content FROM merge_row")
    assert json.loads(content) == {
        "row": {"last_success_at": 5, "maintenance_from": None, "next_check_at": 9, "name": NOTE},
        "note": NOTE,
    }
