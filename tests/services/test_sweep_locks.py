"""A sweep that loses a race for a lock blames no job: it is looked at again by the next sweep."""

import threading
from collections.abc import Callable

import pytest

from duplistat.core.errors import WriteFailed
from duplistat.services import commands
from duplistat.services.monitoring import sweep
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.serving import until
from tests.support.site import Site

START, TOLD, DUE = "2026-01-28T02:00:00Z", "20260129T020000Z", "2026-01-29T04:00:00Z"


@pytest.fixture
def both_databases() -> str:
    """SQLite has one writer, who waits for nobody."""
    return "postgresql"


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep is one transaction, which is not tried again by itself."""
    monkeypatch.setattr(commands, "TRIES", 1)


def expect(site: Site) -> None:
    for name in ("first", "second"):
        site.record(duplicati(START, job=name, next_run=TOLD))
    site.now.set(DUE)


def jobs_of(site: Site) -> dict[str, tuple[str, int | None]]:
    return {job.name: (job.health, job.due_at) for job in site.jobs()}


def swept(site: Site) -> int:
    return sweep.sweep_due(site.db, site.writes, site.schedule_defaults, site.now)


def waits_for_lock(db: Database) -> bool:
    return bool(db.rows("SELECT 1 FROM pg_locks WHERE NOT granted"))


def beside(db: Database, work: Callable[[], None]) -> threading.Thread:
    def connected() -> None:
        with db.connection():
            work()

    thread = threading.Thread(target=connected)
    thread.start()
    return thread


def test_a_job_whose_row_is_locked_for_too_long_is_swept_again(
    site: Site, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    expect(site)
    before = jobs_of(site)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with db.transaction():
            db.execute("SELECT 1 FROM job WHERE name = 'second' FOR UPDATE")
            held.set()
            done.wait(20)

    other = beside(db, hold)
    held.wait(20)
    with db.connection():
        db.execute("SET lock_timeout = '100ms'")
        try:
            with pytest.raises(WriteFailed):
                swept(site)
        finally:
            db.execute("RESET lock_timeout")
            done.set()
            other.join()
    assert jobs_of(site) == before
    assert "could not be evaluated" not in caplog.text
    assert swept(site) == 2
    assert {health for health, _ in jobs_of(site).values()} == {"overdue"}


def test_a_sweep_that_ends_a_deadlock_is_done_again(
    site: Site, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    expect(site)
    before = jobs_of(site)
    held = threading.Event()

    def cross() -> None:
        with db.transaction():
            db.execute("SET LOCAL deadlock_timeout = '20s'")
            db.execute("SELECT 1 FROM job WHERE name = 'second' FOR UPDATE")
            held.set()
            # The sweep has the first one by then, and waits for the second.
            until(lambda: waits_for_lock(db), "a sweep that waits")
            db.execute("SELECT 1 FROM job WHERE name = 'first' FOR UPDATE")

    other = beside(db, cross)
    held.wait(20)
    with db.connection():
        # Late enough for the other one to wait as well: this one finds out first.
        db.execute("SET deadlock_timeout = '2s'")
        try:
            with pytest.raises(WriteFailed):
                swept(site)
        finally:
            db.execute("RESET deadlock_timeout")
            other.join()
    assert jobs_of(site) == before
    assert "could not be evaluated" not in caplog.text
    assert swept(site) == 2
    assert {health for health, _ in jobs_of(site).values()} == {"overdue"}
