"""Columns that have other names, or hold what a text held: what was stored before is found there."""

import json
import shutil
from pathlib import Path

import pytest

from duplistat.core.reason import Code, load, load_message
from duplistat.core.reason import reason as reason_of
from duplistat.core.reason_words import message_of
from duplistat.store import database, jobs
from duplistat.store.database import Database

NOTE = 'she wrote "good_at": 5'


def at_schema(db: Database, last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a database the schema that a migration makes, and an account with a server and a job."""
    before = tmp_path / "before"
    before.mkdir()
    for migration in sorted(database.MIGRATIONS.glob("0*.py")):
        if migration.name[:4] <= last:
            shutil.copy(migration, before)
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", before)
        db.migrate()
    with db.transaction():
        db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'a', '/7/', 1)")
        db.execute(
            "INSERT INTO server (id, account_id, identity, machine_id, name, facts, created_at, seen_at)"
            " VALUES (1, 7, 'name:nas', '', 'nas', '{}', 1, 1)"
        )
        db.execute(
            "INSERT INTO server_merge (id, account_id, into_id, gone_id, gone_name, at, state, plan)"
            " VALUES (1, 7, 1, 2, 'old', 1, 'done', '{}')"
        )


def test_columns_and_rows_of_merges_are_found_under_their_new_names(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0011", tmp_path, monkeypatch)
    with empty.transaction():
        empty.execute("UPDATE server SET grouped = 'home'")
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


def test_runs_that_were_collected_are_known_by_a_column(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0012", tmp_path, monkeypatch)
    details = ('{"collected":true,"behind":5}', '{"collected":true}', '{"numbers":{}}')
    with empty.transaction():
        job = job_row(empty)
        for number, text in enumerate(details):
            add_run(empty, job, number, text)
        row = {"details": details[0], "message": "m", "twin": 3}
        empty.execute(
            "INSERT INTO merge_row (merge_id, kind, item, was, content) VALUES (1, 'run', 9, 2, ?)",
            (json.dumps(row),),
        )
    empty.migrate()
    assert empty.rows("SELECT collected, details FROM run ORDER BY id") == [
        (1, '{"behind":5}'),
        (1, "{}"),
        (0, '{"numbers":{}}'),
    ]
    ((content,),) = empty.rows("SELECT content FROM merge_row")
    assert json.loads(content) == row | {"details": '{"behind":5}', "collected": 1}


def job_row(db: Database, name: str = "j") -> int:
    return insert(db, "job", account_id=7, server_id=1, name=name, created_at=1, health="ok", health_at=1)


def add_run(db: Database, job: int, number: int, details: str, message: str = "") -> None:
    values = {"operation": "backup", "key": str(number), "details": details, "message": message}
    insert(db, "run", account_id=7, job_id=job, **values)


def insert(db: Database, table: str, **values: int | str) -> int:
    """A row with these values, and something in each column that must have a value."""
    if db.on_sqlite:
        columns = [
            (row[1], row[2]) for row in db.rows(f"PRAGMA table_info({table})") if row[3] and row[4] is None
        ]
    else:
        columns = db.rows(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = ? AND is_nullable = 'NO' AND column_default IS NULL",
            (table,),
        )
    needed: dict[str, int | str] = {
        name: "" if kind.lower() == "text" else 0 for name, kind in columns if name != "id"
    }
    needed |= values
    names, marks = ", ".join(f'"{name}"' for name in needed), ", ".join("?" * len(needed))
    made = db.insert(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", tuple(needed.values()))
    assert made is not None
    return made


def test_jobs_that_are_being_deleted_or_joined_are_known_by_columns(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0013", tmp_path, monkeypatch)
    with empty.transaction():
        ids = [job_row(empty, name) for name in ("j", " deleted:2", " joined:1 k")]
        empty.execute("UPDATE job SET archived_at = 5 WHERE id = ?", (ids[1],))
    empty.migrate()
    found = [jobs.by_ids(empty, ids)[id] for id in ids]
    assert [(job.deleting_at, job.joining_at) for job in found] == [(None, None), (5, None), (None, 1)]
    assert [(job.deleting, job.joining) for job in found] == [(False, False), (True, False), (False, True)]


def test_problems_of_jobs_are_known_by_their_kind(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0014", tmp_path, monkeypatch)
    with empty.transaction():
        for number, problem in enumerate(("", "no answer", "a backup job failed: photos")):
            insert(empty, "service", account_id=7, name=f"s{number}", facts="{}", problem=problem)
    empty.migrate()
    found = empty.rows("SELECT problem_kind, problem FROM service ORDER BY id")
    assert found == [("", ""), ("", "no answer"), ("job", "photos")]


def test_messages_that_no_sender_wrote_are_codes(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0015", tmp_path, monkeypatch)
    sentences = [
        "Success, with 1,204 errors in the log; 1 file could not be read",
        "Success, with 1 error in the log",
        "Nothing examined, 4,711 files deleted: is the source mounted?",
        "3 files could not be read; nothing examined, where the run before examined 12 files: is the source mounted?",
        "It started, then went silent: no end was ever reported",
        "It started; the result that followed came under another time",
        "Duplicati said that this run ended, but its report with the result never came",
        "Duplicati said that this run failed",
        "3 files could not be read; or so",
        "It could not be read",
    ]
    old_reason = "The backup failed: 3 files could not be read"
    ended = {"code": "ended", "at": 1, "status": "warning", "message": sentences[0]}
    with empty.transaction():
        job = job_row(empty)
        for number, text in enumerate(sentences):
            add_run(empty, job, number, "{}", message=text)
        empty.execute("UPDATE job SET last_message = ?", (sentences[0],))
        for reason in (json.dumps([ended], separators=(",", ":")), old_reason):
            insert(empty, "transition", job_id=job, reason=reason)
        put_away = {"row": {"last_message": sentences[1], "name": sentences[1]}, "message": sentences[4]}
        empty.execute(
            "INSERT INTO merge_row (merge_id, kind, item, was, content) VALUES (1, 'job', 3, 2, ?)",
            (json.dumps(put_away),),
        )
    empty.migrate()
    kept = [row[0] for row in empty.rows("SELECT message FROM run ORDER BY id")]
    assert [message_of(message) for message in kept] == sentences
    assert [bool(load_message(message)) for message in kept] == [True] * 8 + [False] * 2
    assert empty.row("SELECT last_message FROM job") == (kept[0],)
    (coded,), (old,) = empty.rows("SELECT reason FROM transition ORDER BY id")
    assert (load(coded), old) == (
        [reason_of(Code.ENDED, at=1, status="warning", message=kept[0])],
        old_reason,
    )
    ((content,),) = empty.rows("SELECT content FROM merge_row")
    assert json.loads(content) == {
        "row": {"last_message": kept[1], "name": sentences[1]},
        "message": kept[4],
    }


def test_each_migration_has_a_number_of_its_own() -> None:
    numbers = [migration.name[:4] for migration in database.MIGRATIONS.glob("0*.py")]
    assert len(numbers) == len(set(numbers))
