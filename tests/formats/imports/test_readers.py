"""What each reader makes of a real schema: servers, jobs, runs and pings, and what it leaves out."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.core.imports import PROGRAMS
from duplistat.core.times import parse_iso
from duplistat.formats.duplicati.log import read_line
from duplistat.formats.imports import duplistatus, healthchecks, uptime_kuma
from duplistat.formats.imports.duplistatus import Duplistatus
from duplistat.formats.imports.healthchecks import Healthchecks
from duplistat.formats.imports.healthchecks_export import HealthchecksExport
from duplistat.formats.imports.records import (
    JobRecord,
    KeyRecord,
    LeftOut,
    MissedRecord,
    PingRecord,
    RunRecord,
)
from duplistat.formats.imports.uptime_kuma import UptimeKuma
from duplistat.store.foreign import ForeignDatabase
from tests.support.foreign import empty, made

Read = tuple[list[Any], list[Any]]


def read(file: Path) -> Read:
    """The places and the history of a file, by the reader of its program."""
    with ForeignDatabase(file) as tables:
        reader: Any
        if file.name.startswith("duplistatus"):
            reader = Duplistatus(tables, read_line, 1000)
        else:
            reader = (UptimeKuma if file.name.startswith("uptime") else Healthchecks)(tables)
        return list(reader.places()), list(reader.history())


def left_out(items: list[Any]) -> Counter[str]:
    return Counter(item.why for item in items if isinstance(item, LeftOut))


def at(text: str) -> Any:
    moment = parse_iso(text)
    assert moment is not None
    return moment.at


def test_a_run_of_duplistatus_keeps_its_numbers_and_its_lines(tmp_path: Path) -> None:
    places, history = read(made(tmp_path, "duplistatus_1.0"))
    server, job = places
    assert (server.name, server.machine_id) == ("web-01", "fa767f034cb523b80bf39cc29de32ea5")
    assert (job.name, job.ref, job.schedule, job.grace_ms) == ("Files", "DB-1", None, None)
    good, warned = (item.report for item in history)
    assert (good.status, good.started, good.ended) == (
        "success",
        at("2026-11-27T01:00:01.337Z"),
        at("2026-11-27T01:02:03.337Z"),
    )
    assert (good.duration_ms, good.size, good.uploaded, good.files) == (122_000, 1_870_001, 52_000, 11)
    assert (good.storage, good.versions, good.facts) == (
        1_725_995,
        10,
        {"agent_version": "2.1.0.5 (2.1.0.5_stable_2025-03-04)"},
    )
    assert (warned.status, warned.warnings, warned.message) == ("warning", 1, "file in use")
    assert [(line.level, line.tag, line.text) for line in warned.log] == [("warning", "X", "file in use")]
    assert [item.received for item in history] == [at("2026-11-27 01:03:00Z"), at("2026-11-28 01:03:00Z")]


def test_settings_of_duplistatus_become_schedule_and_grace(tmp_path: Path) -> None:
    places, _ = read(made(tmp_path, "duplistatus_3.1"))
    (job,) = (place for place in places if isinstance(place, JobRecord))
    assert (job.schedule, job.zone, job.grace_ms) == ("weekdays 01:00", "UTC", 3_600_000)


def test_settings_before_3_0_are_named_by_the_machine(tmp_path: Path) -> None:
    settings = '{"web-01:Files": {"expectedInterval": 1, "intervalUnit": "day"}}'
    places, _ = read(
        made(
            tmp_path,
            "duplistatus_1.0",
            "CREATE TABLE configurations (key TEXT, value TEXT)",
            f"INSERT INTO configurations VALUES ('backup_settings', '{settings}')",
        )
    )
    assert places[-1].schedule == "every 1d from 2026-11-28T01:00:01Z"


def test_zeros_of_duplistatus_that_say_nothing_are_not_told(tmp_path: Path) -> None:
    change = "UPDATE backups SET size = 0, examined_files = 0, uploaded_size = 0, known_file_size = 0"
    _, (first, _) = read(made(tmp_path, "duplistatus_1.0", change))
    report = first.report
    assert (report.size, report.files, report.uploaded, report.storage, report.files_added) == (None,) * 5


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE backups SET begin_time = 'never', date = '' WHERE status = 'Warning'", duplistatus.NO_START),
        ("UPDATE backups SET machine_id = 'x' WHERE status = 'Warning'", duplistatus.NO_SERVER),
        ("UPDATE backups SET backup_name = ' ' WHERE status = 'Warning'", duplistatus.NO_NAME),
    ],
)
def test_a_bad_row_of_duplistatus_is_left_out_and_said(statement: str, why: str, tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "duplistatus_1.0", statement))
    assert [type(item) for item in history].count(RunRecord) == 1
    assert left_out(history) == {why: 1}


def test_odd_values_of_duplistatus_break_nothing(tmp_path: Path) -> None:
    change = (
        "UPDATE backups SET duration_seconds = 'x', size = 1e300, uploaded_size = -5, messages_array = '[[[', "
        "warnings_array = '{\"a\": 1}', errors_array = x'00ff', version = 9, warnings = NULL"
    )
    _, history = read(made(tmp_path, "duplistatus_1.0", change))
    assert [(item.report.duration_ms, item.report.size, item.report.log) for item in history] == [
        (None, None, ())
    ] * 2
    assert history[0].report.ended == at("2026-11-27T01:02:03.337Z")


@pytest.mark.parametrize(
    "written",
    [
        "CAST(strftime('%s', time) AS INTEGER)",
        "CAST(strftime('%s', time) AS INTEGER) * 1000",
        "CAST(strftime('%s', time) AS INTEGER) * 1000000",
        "CAST(strftime('%s', time) AS REAL)",
        "CAST(strftime('%s', time) AS TEXT)",
        "replace(substr(time, 1, 19), ' ', 'T') || 'Z'",
        "substr(time, 1, 19) || '+00:00'",
        "strftime('%Y-%m-%dT%H:%M:%S', time, '+5 hours', '+30 minutes') || '+05:30'",
        "CAST(substr(time, 1, 19) AS BLOB)",
    ],
)
def test_a_time_may_be_written_as_it_comes_from_other_databases(written: str, tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "uptime_kuma_2", f"UPDATE heartbeat SET time = {written}"))
    assert history[0].received == at("2026-11-27 01:02:03")
    assert history[1].started == at("2026-11-28 01:00:00")


@pytest.mark.parametrize("written", ["12", "-5", "1e300", "''", "'soon'", "99999999999999999"])
def test_a_time_that_is_none_leaves_its_row_out(written: str, tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "uptime_kuma_2", f"UPDATE heartbeat SET time = {written} WHERE id = 1"))
    assert left_out(history) == {uptime_kuma.NO_TIME: 1}


def test_a_check_of_no_project_is_left_out_and_said(tmp_path: Path) -> None:
    places, _ = read(made(tmp_path, "healthchecks_4.4", "UPDATE api_check SET project_id = 99 WHERE id = 3"))
    assert [
        item.what for item in places if isinstance(item, LeftOut) and item.why == healthchecks.NO_PROJECT
    ] == ["Weekly"]


def test_push_monitors_are_jobs_and_beats_are_their_runs(tmp_path: Path) -> None:
    places, history = read(made(tmp_path, "uptime_kuma_2"))
    jobs = {place.name: place for place in places if isinstance(place, JobRecord)}
    assert {name: (job.push, job.paused, job.schedule) for name, job in jobs.items()} == {
        "web-01 files": ("AbcdEfghIjklMnopQrstUvwxYz012345", False, "within 25h"),
        "old": ("OldToken12", True, "within 1d"),
    }
    assert left_out(places) == {uptime_kuma.OTHER_TYPE: 1}
    first, second, missed = history
    assert (first.failed, first.started, first.received) == (False, None, at("2026-11-27 01:02:03.456"))
    assert (second.started, second.duration_ms) == (at("2026-11-28 01:00:00.001"), 122_000)
    assert (type(missed), missed.at) == (MissedRecord, at("2026-11-29 02:02:04.790"))


def test_monitors_of_one_name_are_two_jobs_and_groups_are_servers(tmp_path: Path) -> None:
    places, _ = read(
        made(
            tmp_path,
            "uptime_kuma_2",
            "INSERT INTO monitor (id, name, type) VALUES (20, 'NAS', 'group')",
            "INSERT INTO monitor (id, name, type, parent, push_token, interval, maxretries, retry_interval)"
            " VALUES (21, 'a', 'push', 20, 't1', 600, 2, 60), (22, 'a', 'push', 20, 't2', 600, 0, 0)",
            "INSERT INTO tag (id, name) VALUES (1, 'prod'), (2, 'site')",
            "INSERT INTO monitor_tag (monitor_id, tag_id, value) VALUES (21, 1, ''), (21, 2, 'attic')",
        )
    )
    jobs = [place for place in places if isinstance(place, JobRecord) and place.server == "NAS"]
    assert [(job.name, job.push, job.grace_ms) for job in jobs] == [("a", "t1", 120_000), ("a (22)", "t2", 0)]
    assert jobs[0].tags == ("prod", "site: attic")


@pytest.mark.parametrize(
    ("beat", "failed"),
    [("1, 'OK'", False), ("1, 'start up'", False), ("0, 'disk full'", True)],
)
def test_a_beat_says_how_a_run_ended(beat: str, failed: bool, tmp_path: Path) -> None:
    insert = (
        f"INSERT INTO heartbeat (monitor_id, time, status, msg) VALUES (9, '2026-11-20 01:00:00', {beat})"
    )
    _, history = read(made(tmp_path, "uptime_kuma_2", insert))
    (ping,) = (item for item in history if isinstance(item, PingRecord) and item.job == "9")
    assert (ping.failed, ping.message) == (failed, "disk full" if failed else "")


def test_beats_that_are_no_reports_are_no_runs(tmp_path: Path) -> None:
    beats = ("2, 'x'", "3, 'Monitor under maintenance'", "0, 'No heartbeat in the time window'", "1, 'START'")
    rows = ", ".join(f"(9, '2026-11-20 0{hour}:00:00', {beat})" for hour, beat in enumerate(beats))
    insert = f"INSERT INTO heartbeat (monitor_id, time, status, msg) VALUES {rows}"
    _, history = read(made(tmp_path, "uptime_kuma_2", insert))
    assert not [item for item in history if isinstance(item, PingRecord) and item.job == "9"]
    assert left_out(history) == {uptime_kuma.PENDING: 1, uptime_kuma.NO_END: 1}


def test_an_upside_down_monitor_says_the_opposite(tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "uptime_kuma_2", "UPDATE monitor SET upside_down = 1 WHERE id = 7"))
    assert [item.failed for item in history if isinstance(item, PingRecord)] == [True, True, True]


def test_checks_keep_uuid_slug_schedule_and_pause(tmp_path: Path) -> None:
    places, _ = read(made(tmp_path, "healthchecks_4.4"))
    jobs = {place.name: place for place in places if isinstance(place, JobRecord)}
    backup, nightly = jobs["DB backup"], jobs["Nightly"]
    assert (backup.ping, backup.slug, backup.tags) == (
        "8116e449-d71c-4112-8f5d-a66f60902091",
        "db-backup",
        ("prod", "db"),
    )
    assert (backup.schedule, backup.grace_ms) == ("within 1d", 3_600_000)
    assert (nightly.schedule, nightly.zone, nightly.grace_ms) == (
        "cron 5 2 * * *",
        "Europe/Berlin",
        1_800_000,
    )
    assert (jobs["Weekly"].schedule, jobs["Paused"].paused) == ("sun 03:00", True)
    assert [job.slug for job in (jobs["Dup a"], jobs["Dup b"])] == ["dup", "dup"]
    assert [place for place in places if isinstance(place, KeyRecord)] == [
        KeyRecord("Home", "fqOOd6-F4MMNuCEnzTU01w")
    ]


def test_pings_that_end_a_run_are_runs_and_starts_say_when_they_began(tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "healthchecks_4.4"))
    pings = [item for item in history if isinstance(item, PingRecord)]
    of_first = [ping for ping in pings if ping.job == "1"]
    assert len(of_first) == 21
    assert [ping.exit for ping in of_first if ping.exit is not None] == [0, 1, 7, 255, 3]
    assert [ping.received for ping in of_first if ping.started] == [
        at("2026-11-28 15:32:36.192345"),
        at("2026-11-28 15:32:38.954816"),
    ]
    assert left_out(history) == {healthchecks.IGNORED: 1, healthchecks.NO_END: 1}
    assert len({ping.key for ping in of_first}) == 21


def test_a_check_that_went_silent_is_a_missed_run(tmp_path: Path) -> None:
    insert = (
        "INSERT INTO api_flip (created, old_status, new_status, owner_id, reason)"
        " VALUES ('2026-11-20 03:00:00', 'up', 'down', 9, 'timeout')"
    )
    _, history = read(made(tmp_path, "healthchecks_4.4", insert))
    assert history[-1] == MissedRecord(10, "9", at("2026-11-20 03:00:00"))


EXPORT: dict[str, Any] = {
    "checks": [
        {"name": "DB backup", "slug": "db-backup", "tags": "prod db", "desc": "", "grace": 3600, "status": "up",
         "uuid": "8116e449-d71c-4112-8f5d-a66f60902091", "timeout": 86400,
         "pings": [
             {"type": "fail", "date": "2026-11-28T15:32:36.192345+00:00", "n": 10, "rid": None},
             {"type": "start", "date": "2026-11-28T15:32:35.739180+00:00", "n": 9, "rid": None},
         ]},
        {"name": "Nightly", "slug": "nightly", "grace": 1800, "status": "paused", "schedule": "5 2 * * *",
         "tz": "Europe/Berlin", "unique_key": "0123"},
        {"name": "Weekly", "slug": "weekly", "grace": 60, "status": "new", "schedule": "Sun 03:00", "tz": "UTC"},
    ]
}  # fmt: skip


def test_what_the_api_of_healthchecks_tells_is_the_same_as_its_database() -> None:
    reader = Healthchecks(HealthchecksExport(EXPORT))
    _, backup, *rest = reader.places()
    assert isinstance(backup, JobRecord)
    assert (backup.ping, backup.schedule, backup.grace_ms, backup.tags) == (
        "8116e449-d71c-4112-8f5d-a66f60902091",
        "within 1d",
        3_600_000,
        ("prod", "db"),
    )
    jobs = [place for place in rest if isinstance(place, JobRecord)]
    assert [(job.schedule, job.zone, job.paused) for job in jobs] == [
        ("cron 5 2 * * *", "Europe/Berlin", True),
        ("sun 03:00", "UTC", False),
    ]
    assert left_out(rest) == {healthchecks.NO_UUID: 2}
    (ping,) = reader.history()
    assert isinstance(ping, PingRecord)
    assert (ping.failed, ping.started, ping.received) == (
        True,
        at("2026-11-28 15:32:35.739180"),
        at("2026-11-28 15:32:36.192345"),
    )


def test_a_ping_has_one_name_in_the_database_and_in_the_api(tmp_path: Path) -> None:
    _, history = read(made(tmp_path, "healthchecks_4.4"))
    reader = Healthchecks(HealthchecksExport(EXPORT))
    list(reader.places())
    (ping,) = reader.history()
    assert isinstance(ping, PingRecord)
    assert ping.key in {item.key for item in history if isinstance(item, PingRecord)}


@pytest.mark.parametrize("document", [[], {}, {"checks": 1}, {"checks": [1]}, {"checks": [{"name": "x"}]}])
def test_json_of_something_else_is_refused(document: Any) -> None:
    with pytest.raises(DuplistatError, match="no answer of Healthchecks"):
        HealthchecksExport(document)


@pytest.mark.parametrize("program", PROGRAMS)
def test_another_programs_database_is_refused(program: str, tmp_path: Path) -> None:
    readers: dict[str, Callable[[Any], object]] = {
        "duplistatus": lambda tables: Duplistatus(tables, read_line, 10),
        "healthchecks": Healthchecks,
        "uptime-kuma": UptimeKuma,
    }
    file = empty(
        tmp_path, "CREATE TABLE backups (x)", "CREATE TABLE monitor (x)", "CREATE TABLE api_check (x)"
    )
    with ForeignDatabase(file) as tables, pytest.raises(DuplistatError, match="no database of"):
        readers[program](tables)


def test_a_kuma_that_keeps_its_data_in_mariadb_is_told(tmp_path: Path) -> None:
    with (
        ForeignDatabase(empty(tmp_path, "CREATE TABLE knex_migrations (x)")) as tables,
        pytest.raises(DuplistatError, match="MariaDB"),
    ):
        UptimeKuma(tables)
