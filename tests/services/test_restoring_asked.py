"""A restore that is asked for on a page: looked into first, put in place while nobody uses the database, or undone."""

import json
from pathlib import Path
from typing import Any

import pytest

from duplistat.services.audit import Actor, By
from duplistat.services.bootstrap import prepare
from duplistat.services.maintenance import restore_asked
from duplistat.store import audit, background_tasks
from duplistat.store.audit import Filter
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.database import Database
from tests.services.test_backups import jobs_in, site
from tests.services.test_restoring import backup, database
from tests.support.background import work_off
from tests.support.site import Site

__all__ = ["backup", "site"]
BY: Actor = By(7, "ada@example.org").plain()


def look(site: Site, source: Path | str, *, file: str = "") -> BackgroundTask:
    """Have a backup looked into; what came of it."""
    site.writes.run(
        restore_asked.request_look,
        file=file,
        source=str(source),
        name=Path(source or "sent.db").name,
        by=BY,
        now=site.now(),
    )
    work_off(site)
    return background_tasks.latest(site.db, (1,), restore_asked.KIND)[0]


def state(task: BackgroundTask) -> dict[str, Any]:
    assert not task.problem
    content: dict[str, Any] = json.loads(task.state)
    return content


def swap(site: Site) -> int:
    site.db.close_all()
    return restore_asked.put_in_place(site.config, lambda db: prepare(db, site.now()), site.now())


def test_a_look_says_what_a_backup_holds_and_changes_nothing(site: Site, backup: Path) -> None:
    found = state(look(site, backup))
    assert found["holds"]["job"] == 1
    assert found["holds"]["run"] == 1
    assert found["holds"]["accounts"] == ["main"]
    assert found["holds"]["newest_at"] == 1_769_565_600_000
    copy = site.config.data / found["file"]
    assert jobs_in(copy) == {"before"}
    assert copy.stat().st_mode & 0o777 == 0o600
    assert jobs_in(database(site)) == {"before", "after"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not a database", "is no backup of duplistat"),
        (b"PGDMP" + b"x" * 100, "is a backup of PostgreSQL"),
        (b"SQLite format 3\0" + b"\xff" * 8192, ""),
    ],
)
def test_what_cannot_be_restored_is_refused(site: Site, content: bytes, why: str) -> None:
    sent = restore_asked.new_file(site.config)
    sent.write_bytes(content)
    task = look(site, "", file=sent.name)
    assert task.problem
    assert why in task.problem
    assert not list(site.config.data.glob("restore-*.db"))


def test_it_takes_the_place_of_the_database_which_is_kept(site: Site, backup: Path) -> None:
    found = state(look(site, backup))
    assert not restore_asked.is_asked(site.config)
    restore_asked.ask(site.config, site.config.data / found["file"], found["name"], BY)
    assert restore_asked.is_asked(site.config)
    assert swap(site) == 1
    assert not restore_asked.is_asked(site.config)
    assert jobs_in(database(site)) == {"before"}
    told = restore_asked.outcome(site.config)
    assert told is not None
    assert (told["name"], told["problem"]) == ("a.db", "")
    assert jobs_in(Path(told["before"])) == {"before", "after"}
    db = Database(site.config.database_url)
    entry = audit.page(db, (1,), Filter(action="database.restored"), before=None, limit=1)[0]
    assert (entry.who, entry.subject) == ("ada@example.org", "a.db")
    db.close_all()
    # What was put aside can be chosen, to undo it.
    assert Path(told["before"]) in restore_asked.kept(site.config)


def test_when_it_fails_the_database_from_before_is_put_back(site: Site, backup: Path) -> None:
    found = state(look(site, backup))
    copy = site.config.data / found["file"]
    copy.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    restore_asked.ask(site.config, copy, found["name"], BY)
    assert swap(site) == 1
    assert jobs_in(database(site)) == {"before", "after"}
    told = restore_asked.outcome(site.config)
    assert told is not None
    assert told["problem"]
    assert told["before"] == ""
    assert not restore_asked.is_asked(site.config)
    assert not list(site.config.data.glob("*-before-restore-*"))


@pytest.mark.parametrize("content", ["", "{}", '{"name": "a.db", "file": "../duplistat.db", "by": null}'])
def test_what_was_not_asked_by_a_page_changes_nothing(site: Site, backup: Path, content: str) -> None:
    (site.config.data / restore_asked.PENDING).write_text(content)
    assert swap(site) == 1
    assert jobs_in(database(site)) == {"before", "after"}
    assert not restore_asked.is_asked(site.config)


def test_what_nobody_restores_is_deleted_after_a_day(site: Site, backup: Path) -> None:
    copy = site.config.data / state(look(site, backup))["file"]
    other = site.config.data / "restore-of-mine.db"
    other.write_bytes(b"")
    written = round(copy.stat().st_mtime * 1000)
    restore_asked.discard_old(site.config, written + restore_asked.KEPT_MS - 1000)
    assert copy.exists()
    restore_asked.discard_old(site.config, written + restore_asked.KEPT_MS + 1000)
    assert not copy.exists()
    assert other.exists()


def test_only_backups_of_ours_can_be_chosen(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for name in ("duplistat-20260128-020000.db", "duplistat-20260128-020000.dump", "other.db"):
        (folder / name).write_bytes(b"")
    config = site.config.model_copy(
        update={"backup": site.config.backup.model_copy(update={"folder": str(folder)})}
    )
    assert [path.name for path in restore_asked.kept(config)] == ["duplistat-20260128-020000.db"]


def test_a_backup_that_is_pruned_while_we_look_cannot_be_chosen(
    site: Site, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = database(site).with_name("duplistat-before-restore-20260128-020000.db")
    aside.write_bytes(b"")
    assert restore_asked.kept(site.config) == [aside]

    def pruned(path: Path) -> bool:
        path.unlink()
        return True

    monkeypatch.setattr(Path, "is_file", pruned)
    assert restore_asked.kept(site.config) == []
