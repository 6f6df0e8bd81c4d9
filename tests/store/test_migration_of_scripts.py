"""The schema of scripts, made of a database that the first schema made and a server filled."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.services.access.api_keys import Scope
from duplistat.store import database, jobs
from duplistat.store.database import Database
from tests.conftest import BOTH
from tests.store.conftest import empty_database
from tests.support.bodies import as_bytes, duplicati, form, sample, simple, text_report
from tests.support.clock import Clock
from tests.support.databases import put_prepared
from tests.support.scripts import START, script_of
from tests.support.site import Site

# In an order in which each refers only to those before it.
TABLES = (
    "account", "key", "server", "job", "run", "run_log", "delivery", "transition", "total", "account_day",
    "received",
)  # fmt: skip
WITH_IDS = ("account", "key", "server", "job", "run", "delivery", "transition")
# Columns of the first schema that have another name today.
RENAMED = {"good_run": "last_success_run", "good_at": "last_success_at"}
BODIES = [
    as_bytes(body)
    for body in (
        duplicati("2026-01-27T02:00:00Z"),
        form(text_report(START)),
        duplicati(START),
        duplicati(START, operation="Restore"),
        simple(status="running", start=START),
        simple(status="failed", start=START, message="no"),
        duplicati(START, job="Großes", machine="5", server="büro") | {"LogLines": ["x" * 100] * 20},
        sample("09_"),
    )
]


class Migrated:
    """A server that took in reports of two accounts, and an old database with all of it that has a place there."""

    def __init__(self, today: Site, old: Database, folder: Path) -> None:
        self.today, self.old, self._folder = today, old, folder
        self.columns_of_old = {table: columns_of(old, table) for table in TABLES}

    def migrate(self) -> Site:
        """A server over the old database, which it has brought up to date."""
        later = sorted(file.stem for file in database.MIGRATIONS.glob("[0-9]*.py"))[1:]
        assert self.old.migrate() == later
        return site_over(self.old, self._folder)


@contextmanager
def filled(request: pytest.FixtureRequest, which: str, folder: Path) -> Iterator[Migrated]:
    """Both, before the old one is brought up to date."""
    first = folder / "first"
    first.mkdir()
    shutil.copy(database.MIGRATIONS / "0001_first.py", first)
    today = Database(f"sqlite:///{put_prepared(folder)}")
    with empty_database(request, which, folder) as old:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(database, "MIGRATIONS", first)
            old.migrate()
        site = site_over(today, folder)
        site.account("customer")
        theirs = site.key(Scope.INGEST, account="customer", name="theirs")
        for body in BODIES:
            site.record(body)
            site.record(body, query=f"?key={theirs}")
        site.post(b"hello")
        with old.transaction():
            for table in TABLES:
                copy(table, today, old)
        yield Migrated(site, old, folder)
    today.close_all()


def site_over(db: Database, folder: Path) -> Site:
    given: dict[str, Any] = {"server": {"timezone": "UTC"}, "database": {"url": db.url}}
    return Site(Config(data=folder, **given), db, Clock("2026-01-28T12:00:00Z"))


def columns_of(db: Database, table: str) -> list[str]:
    return [column[0] for column in db.execute(f"SELECT * FROM {table} LIMIT 1").description]


def copy(table: str, source: Database, target: Database) -> None:
    """Copy the columns that both have."""
    known, wanted = columns_of(source, table), columns_of(target, table)
    columns = [column for column in wanted if column in known]
    names = ", ".join(f'"{column}"' for column in columns)
    now = ", ".join(f'"{RENAMED.get(column, column)}"' for column in columns)
    rows = source.rows(f"SELECT {now} FROM {table}")
    assert rows, table
    for row in rows:
        target.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", row)
    if table in WITH_IDS and not target.on_sqlite:
        target.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


@pytest.fixture(scope="module", params=BOTH)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """For tests that change nothing."""
    with filled(request, request.param, tmp_path_factory.mktemp("both")) as both:
        yield both


@pytest.fixture(scope="module")
def migrated(both: Migrated) -> Site:
    return both.migrate()


@pytest.fixture(scope="module")
def today(both: Migrated) -> Site:
    return both.today


@pytest.fixture(scope="module", params=BOTH)
def gone_on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that has been brought up to date, for tests that report to it what it knows, or what is new."""
    with filled(request, request.param, tmp_path_factory.mktemp("on")) as both:
        yield both.migrate()


def test_the_first_schema_knows_nothing_of_scripts(both: Migrated) -> None:
    columns = both.columns_of_old
    assert "account_id" not in columns["run"]
    assert "state" not in columns["delivery"]
    assert "old_hash" not in columns["key"]


def test_a_second_start_finds_nothing_to_do(migrated: Site) -> None:
    assert migrated.db.migrate() == []


def test_jobs_have_the_columns_that_are_read_and_no_other(migrated: Site) -> None:
    assert set(columns_of(migrated.db, "job")) == set(jobs.COLUMNS)


def test_all_that_was_there_is_still_there(today: Site, migrated: Site) -> None:
    assert [(j.id, j.name, j.health, j.last_run) for j in migrated.jobs()] == [
        (j.id, j.name, j.health, j.last_run) for j in today.jobs()
    ]
    assert migrated.servers() == today.servers()
    assert [d.run for d in migrated.deliveries()] == [d.run for d in today.deliveries()]
    assert migrated.summary() == today.summary()


def test_each_run_gets_the_account_of_its_job(today: Site, migrated: Site) -> None:
    query = "SELECT r.id, r.account_id, j.account_id FROM run r JOIN job j ON j.id = r.job_id ORDER BY r.id"
    rows = migrated.db.rows(query)
    assert rows == today.db.rows(query)
    assert [row[1] for row in rows] == [row[2] for row in rows]
    assert len({row[1] for row in rows}) == 2


def test_each_delivery_of_a_run_gets_its_state_and_no_other(today: Site, migrated: Site) -> None:
    rows = migrated.db.rows("SELECT id, state, sha256, run, event FROM delivery ORDER BY id")
    assert [row[1] for row in rows] == [row[2][:16] if row[3] is not None else "" for row in rows]
    assert [row[1] for row in rows].count("") == 1
    assert {row[4] for row in rows} == {None}
    assert [row[:2] for row in rows] == today.db.rows("SELECT id, state FROM delivery ORDER BY id")


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_report_from_before_is_still_known(gone_on: Site, number: int) -> None:
    before, summary = len(gone_on.deliveries()), gone_on.summary()
    kept = gone_on.deliveries()[2 * number]
    answer = gone_on.record(BODIES[number])
    assert (answer["data"]["backupId"], answer["duplicate"]) == (kept.run, True)
    assert len(gone_on.deliveries()) == before + 1
    assert gone_on.summary() == summary


def test_an_earlier_state_from_before_does_not_undo_a_later_one(gone_on: Site) -> None:
    for body in (BODIES[4], BODIES[5], BODIES[4]):
        gone_on.record(body)
    jobs = [job for job in gone_on.jobs() if job.name == "daily"]
    assert {job.last_status for job in jobs} == {"error"}
    assert {d.outcome for d in gone_on.deliveries()[-3:]} == {"repeat"}


def test_what_is_new_works_on_it(gone_on: Site) -> None:
    script = script_of(gone_on)
    ids = script.backup(deviceName="new", status="Running")
    assert script.backup(deviceName="new", status="Success") == ids
    first = script.notify()
    assert script.notify() == first
    row = gone_on.db.row("SELECT account_id FROM run WHERE id = ?", (ids["backupId"],))
    assert row == (gone_on.everyone[0],)
    assert gone_on.db.rows("SELECT DISTINCT sender FROM server ORDER BY sender") == [
        ("",),
        ("unknown@ingest",),
    ]


def test_each_job_knows_its_latest_restore(migrated: Site) -> None:
    found = migrated.db.rows(
        "SELECT j.restore_at, r.order_at, j.delete_run FROM job j JOIN run r ON r.id = j.restore_run"
        " WHERE r.operation = 'restore'"
    )
    assert len(found) == 2
    assert all(restore_at == order_at and delete is None for restore_at, order_at, delete in found)


def test_each_job_knows_what_its_latest_verification_and_restore_found(
    request: pytest.FixtureRequest, both_databases: str, tmp_path: Path
) -> None:
    with filled(request, both_databases, tmp_path) as both:
        check_what_was_found(both.today, both.old, tmp_path)


def check_what_was_found(today: Site, old: Database, folder: Path) -> None:
    gone = [{"Key": "duplicati-b1.dblock.zip", "Value": [{"Key": "Missing", "Value": "x"}]}]
    at = "2026-01-28T{:02}:00:00Z".format
    reports = [
        (
            "stepped",
            duplicati(at(3), job="stepped", TestResults={"ParsedResult": "Success", "Verifications": gone}),
        ),
        ("good", duplicati(at(3), job="good", operation="Test", result="Error")),
        ("good", duplicati(at(4), job="good", TestResults={"ParsedResult": "Success", "Verifications": []})),
        ("plain", duplicati(at(3), job="plain", operation="Test", exception="no")),
        ("plain", duplicati(at(4), job="plain")),
        ("restored", duplicati(at(3), job="restored")),
        ("restored", duplicati(at(5), job="restored", operation="Restore", result="Error")),
        ("stopped", duplicati(at(3), job="stopped", operation="Test", result="Warning")),
    ]
    for _name, body in reports:
        today.record(body)
    names = {name for name, _body in reports}
    with old.transaction():
        for table in reversed(TABLES):
            old.execute(f'DELETE FROM "{table}"')
        for table in TABLES:
            copy(table, today.db, old)
    # As an earlier version kept a verification that said that it succeeded.
    old.execute("""UPDATE run SET details = replace(details, '"status":"error"', '"status":"success"')""")
    old.migrate()
    site = site_over(old, folder)

    def told(one: Site) -> dict[str, tuple[object, ...]]:
        return {
            job.name: (job.verify_run, job.verify_at, job.verify_failed, job.verify_broken, job.restored_run)
            for job in one.jobs()
            if job.name in names
        }

    assert told(site) == told(today)
    assert site.job("stepped").verify_broken == 1
    # The next look at the clock says it.
    site.sweep()
    health = {job.name: job.health for job in site.jobs() if job.name in names}
    assert health == {
        "stepped": "failed", "good": "ok", "plain": "failed", "restored": "warning", "stopped": "never",
    }  # fmt: skip
    assert {job.next_check_at for job in site.jobs()} == {None}
