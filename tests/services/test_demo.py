"""The demo's fleet: believable, the same for the same seed, and consistent as if it had been there all the year."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from duplistat.cli.main import main
from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.core.event import Severity
from duplistat.core.status import Health
from duplistat.core.times import to_ms
from duplistat.demo.filling import Made, fill
from duplistat.demo.reports import report
from duplistat.demo.runs import Machine, Run, Task
from duplistat.services.bootstrap import main_account, prepare
from duplistat.services.people import passwords
from duplistat.store import events, job_lists, jobs, servers, totals
from duplistat.store.database import Database
from tests.support.known import the_user

NOW = datetime(2026, 11, 20, 8, 14, tzinfo=UTC)
# Whatever the size of the fleet.
SCRIPTED_DEVICES, SCRIPTED_JOBS = 5, 3
FIXTURES = Path(__file__).parent.parent / "formats" / "duplicati"


@pytest.fixture(scope="module")
def open_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[Database, Made]]:
    """A small fleet with a short history, made once for each seed that is asked for."""
    made: dict[int, tuple[Database, Made]] = {}

    def open_one(seed: int) -> tuple[Database, Made]:
        if seed not in made:
            made[seed] = _demo(tmp_path_factory.mktemp("demo"), seed)
        return made[seed]

    return open_one


def _demo(folder: Path, seed: int) -> tuple[Database, Made]:
    config = Config(data=folder, server={"timezone": "Europe/Berlin"})
    db = Database(config.database_url)
    account = prepare(db, to_ms(NOW))
    return db, fill(db, config, account=account, now=NOW, seed=seed, size=6, days=30)


def _rows(db: Database) -> list[Any]:
    statements = (
        "SELECT * FROM job ORDER BY id",
        "SELECT * FROM run ORDER BY id",
        "SELECT id, received_at, sha256, outcome FROM delivery ORDER BY id",
        "SELECT * FROM transition ORDER BY id",
        "SELECT * FROM event ORDER BY id",
    )
    return [db.rows(statement) for statement in statements]


def test_every_state_of_health_is_there(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    _, made = open_demo(1)

    assert {Health(state) for state, count in made.health.items() if count} == set(Health)
    assert made.health["ok"] > made.jobs / 4


def test_another_seed_has_every_state_too(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    _, made = open_demo(2)

    assert {Health(state) for state, count in made.health.items() if count} == set(Health)


def test_the_same_seed_makes_the_same_fleet(
    open_demo: Callable[[int], tuple[Database, Made]], tmp_path: Path
) -> None:
    again, _ = _demo(tmp_path, 1)

    assert _rows(again) == _rows(open_demo(1)[0])
    again.close()


def test_another_seed_makes_another(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    assert _rows(open_demo(1)[0]) != _rows(open_demo(2)[0])


def test_everything_is_read_and_named(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    db, made = open_demo(1)
    account = main_account(db)

    assert db.rows("SELECT count(*) FROM delivery WHERE outcome = 'unrecognised'") == [(0,)]
    names = [server.name for server in servers.visible(db, (account,))]
    assert len(names) == made.servers == 6 + SCRIPTED_DEVICES
    assert not [name for name in names if name.startswith("unknown")]
    assert made.jobs == len(jobs.visible(db, (account,))) == 24 + SCRIPTED_JOBS


def test_scripts_tell_of_their_jobs_as_real_ones_do(
    open_demo: Callable[[int], tuple[Database, Made]],
) -> None:
    db, _ = open_demo(1)

    assert db.rows(
        "SELECT s.name, s.sender, j.name, j.schedule IS NOT NULL OR j.source = 'learned', j.health FROM job j"
        " JOIN server s ON s.id = j.server_id WHERE s.sender <> '' ORDER BY j.name"
    ) == [
        ("pg-main", "pg_dump.sh", "WAL to offsite", 1, "ok"),
        ("pg-main", "pg_dump.sh", "postgres dump", 1, "ok"),
        ("web-02", "ops-scripts", "rsync /srv", 1, "ok"),
    ]
    said = db.rows(
        "SELECT r.message, r.size, r.uploaded FROM run r JOIN job j ON j.id = r.job_id"
        " WHERE j.name = 'rsync /srv' AND r.status = 'success'"
    )
    assert all(re.fullmatch(r"Backup completed\. \d+\.\d\d GB transferred\.", text) for text, _, _ in said)
    assert all(size > uploaded > 0 for _, size, uploaded in said)


def test_events_of_all_severities_happened_in_the_last_weeks(
    open_demo: Callable[[int], tuple[Database, Made]],
) -> None:
    db, _ = open_demo(1)
    found, following = events.page(db, (main_account(db),), events.Filter(), limit=100)

    assert following is None
    assert {event.severity for event in found} == set(Severity)
    assert {"disk_space_low", "ssl_expiry", "ups_on_battery", "service_restart"} <= {e.type for e in found}
    assert all(to_ms(NOW - timedelta(days=30)) < event.at < to_ms(NOW) for event in found)
    named = [(event.server_id, event.job_name) for event in found if event.job_name]
    assert set(job_lists.known(db, named)) == set(named)


def test_two_devices_have_one_name_and_different_senders(
    open_demo: Callable[[int], tuple[Database, Made]],
) -> None:
    db, _ = open_demo(1)
    assert db.rows("SELECT sender FROM server WHERE name = 'web-prod-1' ORDER BY sender") == [
        ("",),
        ("disk-monitor",),
    ]


def test_sums_are_those_of_the_runs(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    db, _ = open_demo(1)
    summary = totals.summary(db, (main_account(db),), to_ms(NOW))

    recounted = db.row("SELECT count(*), sum(uploaded) FROM run WHERE operation = 'backup'")
    assert (summary.runs, summary.uploaded) == recounted
    assert summary.overdue == db.rows("SELECT count(*) FROM job WHERE health = 'overdue'")[0][0]


def test_nothing_is_of_the_future(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    db, _ = open_demo(1)

    assert db.rows("SELECT count(*) FROM run WHERE ended_at > ? OR received_at > ?", (to_ms(NOW),) * 2) == [
        (0,)
    ]


def test_a_database_with_data_is_left_alone(open_demo: Callable[[int], tuple[Database, Made]]) -> None:
    db, _ = open_demo(1)
    before = _rows(db)

    with pytest.raises(DuplistatError, match="there is data already"):
        fill(db, Config(), account=main_account(db), now=NOW, seed=3, size=5, days=30)
    assert _rows(db) == before


@pytest.mark.parametrize(
    ("version", "fixture", "told"),
    [
        ("2.0.6.3", "01_backup_success_2.0.6.3.json", {}),
        ("2.1.0.5", "03_backup_success_2.1.0.5_with_compact_and_delete.json", {"compacted": True}),
        ("2.2.0.3", "04_backup_success_2.2.0.3_scheduled.json", {"next_run": NOW}),
        ("2.3.0.4", "05_backup_success_2.3.0.4_manual.json", {}),
    ],
)
def test_a_report_has_the_keys_of_a_real_one_in_their_order(
    version: str, fixture: str, told: dict[str, Any]
) -> None:
    machine = Machine("nas", "5f0c1e9a", "Linux", "Debian", "linux-x64-cli.docker", version, ZoneInfo("UTC"))
    body = report(machine, Task("Photos", "DB-1", "s3"), Run(NOW, 200.5, volumes=3, uploaded=9, **told))

    real, made = json.loads((FIXTURES / fixture).read_bytes()), json.loads(body)
    assert list(made) == list(real)
    for part in ("Data", "Extra"):
        assert list(made[part]) == list(real[part])
    for part in ("BackendStatistics", "TestResults"):
        assert list(made["Data"][part]) == list(real["Data"][part])


def test_the_command_says_what_it_made_and_how_to_look_at_it(tmp_path: Path) -> None:
    words = [
        "demo",
        "--data",
        str(tmp_path / "demo"),
        "--servers",
        "5",
        "--days",
        "30",
        "--now",
        NOW.isoformat(),
    ]

    first = CliRunner().invoke(main, words)
    second = CliRunner().invoke(main, words)

    assert first.exit_code == 0, first.output
    assert f"{5 + SCRIPTED_DEVICES} servers, {20 + SCRIPTED_JOBS} jobs" in first.output
    assert f"duplistat serve --data {tmp_path / 'demo'}" in first.output
    assert second.exit_code == 1
    assert "there is data already" in second.output
    sign_in = re.search(r"Sign in as (\S+) with the password (\S+) ", first.output)
    assert sign_in is not None
    db = Database(f"sqlite:///{tmp_path / 'demo' / 'duplistat.db'}")
    person = the_user(db, sign_in[1])
    db.close_all()
    assert person is not None
    assert (person.role, passwords.fits(sign_in[2], person.password_hash)) == ("admin", True)
    assert sign_in[2] not in second.output
