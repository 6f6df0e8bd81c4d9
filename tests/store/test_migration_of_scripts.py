"""The schema of scripts, made of a database that the first schema made and a server filled."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.services.access.api_keys import Scope
from duplistat.store import database, jobs
from duplistat.store.database import Database
from tests.support.bodies import as_bytes, duplicati, form, sample, simple, text_report
from tests.support.clock import Clock
from tests.support.databases import FOUNDED
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


@pytest.fixture
def old(empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with the first schema, and nothing but the account `main` in it."""
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(database.MIGRATIONS / "0001_first.py", first)
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", first)
        empty.migrate()
    with empty.transaction():
        empty.execute("INSERT INTO account (name, path, created_at) VALUES ('main', '/1/', ?)", (FOUNDED,))
    return empty


def site_over(db: Database, folder: Path, clock: Clock) -> Site:
    given: dict[str, Any] = {"server": {"timezone": "UTC"}, "database": {"url": db.url}}
    return Site(Config(data=folder, **given), db, clock)


@pytest.fixture
def today(prepared_sqlite: Path, tmp_path: Path, old: Database, clock: Clock) -> Site:
    """A server that took in reports of two accounts; all of it that has a place there is in `old` too."""
    db = Database(f"sqlite:///{shutil.copy(prepared_sqlite, tmp_path / 'today.db')}")
    site = site_over(db, tmp_path, clock)
    site.account("customer")
    theirs = site.key(Scope.INGEST, account="customer", name="theirs")
    for body in BODIES:
        site.record(body)
        site.record(body, query=f"?key={theirs}")
    site.post(b"hello")
    with old.transaction():
        old.execute("DELETE FROM account")
        for table in TABLES:
            copy(table, db, old)
    return site


def copy(table: str, source: Database, target: Database) -> None:
    """Copy the columns that both have."""
    known, wanted = (
        [column[0] for column in db.execute(f"SELECT * FROM {table} LIMIT 1").description]
        for db in (source, target)
    )
    columns = [column for column in wanted if column in known]
    names = ", ".join(f'"{column}"' for column in columns)
    now = ", ".join(f'"{RENAMED.get(column, column)}"' for column in columns)
    rows = source.rows(f"SELECT {now} FROM {table}")
    assert rows, table
    for row in rows:
        target.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", row)
    if table in WITH_IDS and not target.on_sqlite:
        target.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


@pytest.fixture
def migrated(today: Site, old: Database, tmp_path: Path, clock: Clock) -> Site:
    """A server over the old database, which it has brought up to date."""
    later = sorted(file.stem for file in database.MIGRATIONS.glob("[0-9]*.py"))[1:]
    assert old.migrate() == later
    return site_over(old, tmp_path, clock)


def test_the_first_schema_knows_nothing_of_scripts(old: Database) -> None:
    columns = {table: [c[0] for c in old.execute(f"SELECT * FROM {table}").description] for table in TABLES}
    assert "account_id" not in columns["run"]
    assert "state" not in columns["delivery"]
    assert "old_hash" not in columns["key"]


def test_a_second_start_finds_nothing_to_do(migrated: Site) -> None:
    assert migrated.db.migrate() == []


def test_jobs_have_the_columns_that_are_read_and_no_other(old: Database, migrated: Site) -> None:
    columns = {column[0] for column in migrated.db.execute("SELECT * FROM job").description}
    assert columns == set(jobs.COLUMNS)


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
def test_a_report_from_before_is_still_known(migrated: Site, number: int) -> None:
    before, summary = len(migrated.deliveries()), migrated.summary()
    kept = migrated.deliveries()[2 * number]
    answer = migrated.record(BODIES[number])
    assert (answer["data"]["backupId"], answer["duplicate"]) == (kept.run, True)
    assert len(migrated.deliveries()) == before + 1
    assert migrated.summary() == summary


def test_an_earlier_state_from_before_does_not_undo_a_later_one(migrated: Site) -> None:
    for body in (BODIES[4], BODIES[5], BODIES[4]):
        migrated.record(body)
    jobs = [job for job in migrated.jobs() if job.name == "daily"]
    assert {job.last_status for job in jobs} == {"error"}
    assert {d.outcome for d in migrated.deliveries()[-3:]} == {"repeat"}


def test_what_is_new_works_on_it(migrated: Site) -> None:
    script = script_of(migrated)
    ids = script.backup(deviceName="new", status="Running")
    assert script.backup(deviceName="new", status="Success") == ids
    first = script.notify()
    assert script.notify() == first
    row = migrated.db.row("SELECT account_id FROM run WHERE id = ?", (ids["backupId"],))
    assert row == (migrated.everyone[0],)
    assert migrated.db.rows("SELECT DISTINCT sender FROM server ORDER BY sender") == [
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
    today: Site, old: Database, tmp_path: Path, clock: Clock
) -> None:
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
    site = site_over(old, tmp_path, clock)

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
