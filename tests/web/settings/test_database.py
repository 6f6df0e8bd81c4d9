"""/settings/database: what it is like, a backup to download, a check; and how PostgreSQL does it."""

import sqlite3
from pathlib import Path

import pytest

from duplistat.store import database_info
from tests.web.settings.people import as_role, below_main
from tests.web.settings.test_accounts import work_off
from tests.web.site import Site, said


def test_what_a_database_is_like(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    page = site.text("/settings/database")
    assert ("SQLite 3." in page) == site.db.on_sqlite
    assert ("PostgreSQL 1" in page) != site.db.on_sqlite
    assert database_info.schema(site.db) in page
    assert " job 1 " in page
    assert "run_log" in page


def test_no_password_is_shown(site_on_both: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_on_both
    if site.db.on_sqlite:
        assert str(Path(site.db.url.removeprefix("sqlite:///"))) in site.html("/settings/database")
        return
    monkeypatch.setattr(site.db, "url", "postgresql://me:hunter2@db.example:5433/status?password=hunter2")
    html = site.html("/settings/database")
    assert "hunter2" not in html
    assert "db.example:5433/status" in html


def test_large_tables_are_estimated(site_on_both: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_on_both
    monkeypatch.setattr("duplistat.store.database_info.COUNTED", 2)
    for number in range(4):
        site.report(job=f"job {number}")
    assert " about " in site.text("/settings/database")


def test_a_backup_is_made_fetched_and_gone(site: Site) -> None:
    site.report()
    site.client.get("/settings/database/backup")
    assert site.client.get("/settings/database/backup").status_code == 404
    site.send("/settings/database/backup")
    site.send("/settings/database/backup")
    page = site.html("/settings/database")
    assert "Creating a backup…" in said(page)
    assert 'http-equiv="refresh"' in page
    work_off(site)
    page = site.text("/settings/database")
    assert "Backup created just now (" in page
    assert "It is deleted after the download, or today 15:00 ." in page
    folder = Path(site.db.url.removeprefix("sqlite:///")).parent
    (kept,) = folder.glob("backup-*.db")
    part = site.client.get("/settings/database/backup", buffered=False)
    next(iter(part.response))
    part.close()
    assert kept.exists()
    answer = site.client.get("/settings/database/backup")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="duplistat-2026-11-20-1400.db"'
    assert answer.headers["Cache-Control"] == "no-store"
    fetched = folder / "fetched.db"
    fetched.write_bytes(answer.data)
    copied = sqlite3.connect(fetched)
    assert copied.execute("SELECT name FROM job").fetchall() == [("photos",)]
    copied.close()
    assert not kept.exists()
    assert site.client.get("/settings/database/backup").status_code == 404


def test_a_check_says_that_all_is_well(site: Site) -> None:
    site.send("/settings/database/check")
    assert "Checking all pages of the database…" in site.text("/settings/database")
    work_off(site)
    assert "No problems found, checked just now ." in site.text("/settings/database")


def test_what_failed_says_why(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object) -> list[str]:
        return ["*** in database <main> ***"]

    monkeypatch.setattr("duplistat.store.copies.problems", damaged)
    site.send("/settings/database/check")
    work_off(site)
    html = site.html("/settings/database")
    assert "Database damaged, found just now ." in said(html)
    assert "*** in database &lt;main&gt; ***" in html


def test_postgresql_has_programs_of_its_own(site_on_both: Site) -> None:
    site = site_on_both
    if site.db.on_sqlite:
        assert "pg_dump" not in site.html("/settings/database")
        return
    page = site.text("/settings/database")
    assert "pg_dump --format=custom" in page
    assert "Page checksums" in page
    assert "PostgreSQL has programs of its own" in said(site.send("/settings/database/check", 400).text)
    site.html("/settings/database/backup", 404)


def test_it_is_of_the_whole_server(site: Site) -> None:
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        for address in ("", "/backup"):
            site.html(f"/settings/database{address}", 403)
        for address in ("/backup", "/check"):
            site.send(f"/settings/database{address}", 403)
