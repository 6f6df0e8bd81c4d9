"""Backups and checks of a database on SQLite: whole, of one moment, bounded, and nothing is left of what failed."""

import json
import os
import sqlite3
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.audit import Actor, By
from duplistat.services.maintenance import database_copies
from duplistat.services.worker_context import WorkerContext
from duplistat.store import audit, background_tasks
from duplistat.store import copies as store
from duplistat.store.audit import Filter
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database
from tests.support.background import work_off
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.site import Site

BY: Actor = By(7, "ada@example.org").plain()
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def site(prepared_sqlite: Path, tmp_path: Path, clock: Clock) -> Site:
    db = Database(f"sqlite:///{tmp_path / 'duplistat.db'}")
    (tmp_path / "duplistat.db").write_bytes(prepared_sqlite.read_bytes())
    return Site(Config(data=tmp_path, database={"url": db.url}), db, clock)


def ask(site: Site, kind: str) -> int:
    return site.writes.run(database_copies.request_backup_or_check, kind=kind, by=BY, now=site.now())


def done(site: Site, kind: str) -> BackgroundTask:
    id = ask(site, kind)
    work_off(site)
    found = background_tasks.get(site.db, id)
    assert found is not None
    return found


def files(site: Site) -> list[str]:
    return sorted(path.name for path in site.config.data.glob("backup*"))


def test_a_backup_is_whole_while_reports_come_in(site: Site) -> None:
    for number in range(30):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"before {number}"))
    ended, failed = threading.Event(), []

    def go_on_reporting() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            try:
                site.record(duplicati("2026-01-28T02:00:00Z", job=f"during {number}"))
            except AssertionError as e:
                failed.append(e)
        site.db.close()

    reporting = threading.Thread(target=go_on_reporting)
    reporting.start()
    task = done(site, database_copies.BACKUP)
    ended.set()
    reporting.join()
    assert failed == []
    path = database_copies.backup_file(site.config, task)
    assert path is not None
    assert json.loads(task.state)["size"] == path.stat().st_size
    copied = sqlite3.connect(path)
    names = {row[0] for row in copied.execute("SELECT name FROM job")}
    assert {f"before {number}" for number in range(30)} <= names
    assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    # Of one moment: each job with its run, each run with what told of it.
    runs = copied.execute("SELECT count(*) FROM run").fetchone()[0]
    assert runs == len(names) == copied.execute("SELECT count(*) FROM delivery").fetchone()[0]
    copied.close()


def test_a_database_that_is_well_has_no_problems(site: Site) -> None:
    assert json.loads(done(site, database_copies.CHECK).state) == {"problems": []}


@pytest.mark.parametrize("where", [0.5, 0.0])
def test_a_damaged_database_is_found(site: Site, where: float) -> None:
    for number in range(50):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"job {number}"))
    path = database_copies.backup_file(site.config, done(site, database_copies.BACKUP))
    assert path is not None
    assert store.problems(path, lambda: True) == []
    with path.open("r+b") as file:
        file.seek(round(path.stat().st_size * where))
        file.write(b"\xa5" * 3 * 4096)
    assert store.problems(path, lambda: True)


def test_who_asks_is_noted_and_one_is_made_at_a_time(site: Site) -> None:
    ask(site, database_copies.BACKUP)
    with pytest.raises(DuplistatError, match="already running"):
        ask(site, database_copies.BACKUP)
    ask(site, database_copies.CHECK)
    with pytest.raises(DuplistatError, match="unknown background task"):
        ask(site, "format")
    entries = audit.page(site.db, (1,), Filter(), before=None, limit=9)
    assert [(e.who, e.action) for e in entries] == [
        ("ada@example.org", "database.check"),
        ("ada@example.org", "database.backup"),
    ]


def test_a_new_backup_takes_the_place_of_the_old_one(site: Site) -> None:
    first, second = done(site, database_copies.BACKUP), done(site, database_copies.BACKUP)
    assert database_copies.backup_file(site.config, first) is None
    assert files(site) == [f"backup-{second.id}.db"]


def test_a_backup_that_nobody_fetches_is_deleted(site: Site) -> None:
    done(site, database_copies.BACKUP)
    (name,) = files(site)
    made = site.now() / 1000
    os.utime(site.config.data / name, (made, made))
    scheduler = Scheduler(site.config, site.db, site.writes, site.now, "one")
    site.now.forward(minutes=59)
    scheduler.discard()
    assert files(site) == [name]
    site.now.forward(minutes=2)
    scheduler.discard()
    assert files(site) == []


def test_no_file_of_anybody_else_is_deleted(site: Site) -> None:
    check = done(site, database_copies.CHECK).id
    names = [
        "backup-2026-01-27.db",
        "backup-20260127.db",
        f"backup-{check}.db",
        "backup-.db",
        "backup-mine.db",
    ]
    for name in names:
        (site.config.data / name).write_bytes(b"mine")
        os.utime(site.config.data / name, (0, 0))
    made = done(site, database_copies.BACKUP)
    assert files(site) == sorted([*names, f"backup-{made.id}.db"])
    os.utime(site.config.data / f"backup-{made.id}.db", (0, 0))
    Scheduler(site.config, site.db, site.writes, site.now, "one").discard()
    assert files(site) == sorted(names)


def test_a_full_disk_is_told_before(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10, 10, 5_000_000))
    task = done(site, database_copies.BACKUP)
    assert "has 5.00 MB left" in task.problem
    assert files(site) == []


@pytest.mark.parametrize("kind", [database_copies.BACKUP, database_copies.CHECK])
def test_what_takes_too_long_is_given_up(site: Site, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.store.copies.STEPS", 1)
    monkeypatch.setitem(database_copies.LIMIT_MS, kind, 0)
    site.record(duplicati("2026-01-28T02:00:00Z"))
    assert done(site, kind).problem == "it timed out after 0 minutes"
    assert files(site) == []


def test_while_it_goes_on_it_is_held(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever lost it, or has to end, leaves nothing behind."""
    monkeypatch.setattr("duplistat.store.copies.STEPS", 1)
    monkeypatch.setattr(database_copies, "BEAT_MS", 0)
    told: list[dict[str, Any]] = []

    class EndedError(Exception):
        pass

    def go_on(state: dict[str, Any]) -> None:
        told.append(state)
        if len(told) == 3:
            raise EndedError

    id = ask(site, database_copies.BACKUP)
    task = background_tasks.get(site.db, id)
    assert task is not None
    with pytest.raises(EndedError):
        database_copies.backup(WorkerContext(site.config, site.db, site.writes, site.now), task, go_on)
    assert len(told) == 3
    assert files(site) == []


def test_a_name_of_another_file_is_none(site: Site) -> None:
    task = BackgroundTask(3, database_copies.BACKUP, 1, "", "{}", 0, None, 1, '{"file": "secret.key"}', "")
    (site.config.data / "secret.key").write_text("x")
    assert database_copies.backup_file(site.config, task) is None
