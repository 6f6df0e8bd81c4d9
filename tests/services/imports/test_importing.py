"""Imports into a database of ours: once, quiet, and as what they are."""

from pathlib import Path

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.alerts.routing import route
from duplistat.services.imports import importing, places
from duplistat.services.imports.result import Result
from duplistat.services.pings import keys, urls
from duplistat.store import job_notes, ping_urls, transitions
from tests.services.imports.conftest import Imported
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.foreign import made
from tests.support.known import the_account
from tests.support.site import Site

HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-11-29T12:00:00Z")


def counts(result: Result) -> tuple[int, int, int, int, int]:
    return result.servers, result.jobs, result.runs, result.known, result.left


@pytest.mark.parametrize(
    ("program", "file", "first"),
    [
        ("duplistatus", "duplistatus_1.0", (1, 1, 2, 0, 0)),
        ("duplistatus", "duplistatus_3.1", (1, 1, 2, 0, 0)),
        ("uptime-kuma", "uptime_kuma_2", (1, 2, 2, 0, 1)),
        ("healthchecks", "healthchecks_4.4", (1, 11, 24, 0, 3)),
    ],
)
def test_twice_is_the_same_as_once(
    program: str,
    file: str,
    first: tuple[int, int, int, int, int],
    imported: Imported,
    site: Site,
    tmp_path: Path,
) -> None:
    source = made(tmp_path, file)
    assert counts(imported(program, source, dry_run=True)) == first
    assert site.jobs() == []
    assert counts(imported(program, source)) == first
    before = [(job.name, job.days, job.health, job.expected_at, job.tags) for job in site.jobs()]
    summary = site.summary()["data"]
    site.now.forward(hours=1)
    again = (0, 0, 0, first[2], first[4])
    assert counts(imported(program, source, dry_run=True)) == again
    assert counts(imported(program, source)) == again
    assert [(job.name, job.days, job.health, job.expected_at, job.tags) for job in site.jobs()] == before
    assert site.summary()["data"] == summary


def test_a_later_version_of_a_file_brings_what_is_new(imported: Imported, site: Site, tmp_path: Path) -> None:
    assert counts(imported("duplistatus", made(tmp_path, "duplistatus_1.0"))) == (1, 1, 2, 0, 0)
    assert counts(imported("duplistatus", made(tmp_path, "duplistatus_3.1"))) == (0, 0, 0, 2, 0)
    job = site.job("Files")
    assert (job.schedule, job.grace_ms, job.source) == ("weekdays 01:00", HOUR, "set")


def test_runs_are_marked_and_counted_for_their_day(imported: Imported, site: Site, tmp_path: Path) -> None:
    imported("duplistatus", made(tmp_path, "duplistatus_3.1"))
    first, second = site.runs("Files")
    assert (first.imported, first.collected, first.status, second.status) == (
        "duplistatus",
        1,
        "success",
        "warning",
    )
    assert (first.size, first.duration_ms, first.order_at) == (1_870_001, 122_000, 1_795_741_201_337)
    job = site.job("Files")
    assert (job.last_run, job.last_success_run, job.size, job.storage) == (
        second.id,
        second.id,
        1_870_001,
        1_725_995,
    )
    days = site.db.rows("SELECT day, success, warning FROM account_day ORDER BY day")
    assert days == [(first.order_at // DAY, 1, 0), (second.order_at // DAY, 0, 1)]
    assert site.summary()["data"]["totalBackupJobs"] == 1


def test_nobody_is_alarmed_by_what_failed_or_was_late_before(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    change = "UPDATE backups SET status = 'Fatal', begin_time = '2026-10-01T01:00:00.000Z' WHERE status = 'Warning'"
    late = "UPDATE backups SET begin_time = '2026-09-01T01:00:00.000Z' WHERE status = 'Success'"
    imported("duplistatus", made(tmp_path, "duplistatus_3.1", change, late))
    site.learn()
    site.sweep()
    assert site.job("Files").health == "failed"
    assert transitions.unrouted(site.db, 10) == []
    assert site.writes.run(route, now=site.now())["opened"] == 0


def test_what_does_not_come_after_an_import_is_overdue(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    imported("uptime-kuma", made(tmp_path, "uptime_kuma_2"))
    assert site.job("web-01 files").expected_at == site.now() + 25 * HOUR
    site.now.forward(hours=24)
    site.sweep()
    assert site.job("web-01 files").health == "ok"
    site.now.forward(hours=2)
    site.sweep()
    assert site.job("web-01 files").health == "overdue"
    assert transitions.any_unrouted(site.db)


def test_history_teaches_when_a_job_runs(imported: Imported, site: Site, tmp_path: Path) -> None:
    rows = ", ".join(
        f"('r{day}', 'fa767f034cb523b80bf39cc29de32ea5', 'Daily', 'DB-2', '2026-11-{day:02}T03:00:05.000Z', 'Success',"
        f" 60, 'Backup', 'Success', '2026-11-{day:02}T03:00:05.000Z', '2026-11-{day:02}T03:01:05.000Z',"
        f" '2026-11-{day:02} 03:01:10')"
        for day in range(1, 30)
    )
    insert = (
        "INSERT INTO backups (id, server_id, backup_name, backup_id, date, status, duration_seconds, main_operation,"
        f" parsed_result, begin_time, end_time, created_at) VALUES {rows}"
    )
    imported("duplistatus", made(tmp_path, "duplistatus_3.1", insert))
    assert site.learn() >= 1
    job = site.job("Daily")
    assert (job.source, job.health) == ("learned", "ok")
    assert job.expected_at is not None
    assert abs(job.expected_at - (site.now() + 15 * HOUR)) < 60_000


def test_a_later_report_of_an_imported_run_is_that_run(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    imported("duplistatus", made(tmp_path, "duplistatus_3.1"))
    before = site.runs("Files")
    body = duplicati(
        "2026-11-28T01:00:01.7921234Z",
        job="Files",
        machine="fa767f034cb523b80bf39cc29de32ea5",
        server="web-01",
        result="Warning",
        SizeOfExaminedFiles=1_870_007,
    )
    assert site.record(body)["duplicate"] is True
    after = site.runs("Files")
    assert [run.id for run in after] == [run.id for run in before]
    assert (after[1].size, after[1].imported, after[1].collected) == (1_870_007, "", 0)
    assert counts(imported("duplistatus", made(tmp_path, "duplistatus_1.0"))) == (0, 0, 0, 2, 0)


def test_clients_go_on_to_ping_what_they_did(imported: Imported, site: Site, tmp_path: Path) -> None:
    imported("healthchecks", made(tmp_path, "healthchecks_4.4"))
    imported("uptime-kuma", made(tmp_path, "uptime_kuma_2"))
    backup, old = site.job("DB backup"), site.job("old")
    kept = urls.shown(site.db, backup.id)
    assert kept is not None
    addresses = urls.addresses(site.config, "", kept)
    assert addresses.ping == "/ping/8116e449-d71c-4112-8f5d-a66f60902091"
    assert ping_urls.slugs(site.db, [backup.id]) == {backup.id: "db-backup"}
    token = urls.shown(site.db, old.id)
    assert token is not None
    assert urls.addresses(site.config, "", token).push == "/api/push/OldToken12"
    key = keys.find(site.db, "fqOOd6-F4MMNuCEnzTU01w")
    assert key is not None
    assert key.name == "Home"


def test_a_ping_url_of_another_account_is_left_out(imported: Imported, site: Site, tmp_path: Path) -> None:
    site.account("other")
    source = made(tmp_path, "healthchecks_4.4")
    imported("healthchecks", source)
    result = imported("healthchecks", source, account="other")
    assert counts(result) == (1, 11, 24, 0, 3 + 11 + 1)
    assert result.left_out[places.NOT_ITS_URL][0] == 11
    assert result.left_out[places.NOT_ITS_KEY][0] == 1
    other = the_account(site.db, "other")
    assert other is not None
    theirs = [job for job in site.jobs() if job.account_id == other.id]
    assert ping_urls.of_job(site.db, theirs[0].id) == []


def test_a_job_that_was_renamed_there_is_known_by_its_ping_url(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    source = made(tmp_path, "healthchecks_4.4")
    imported("healthchecks", source)
    renamed = made(tmp_path, "healthchecks_4.4", "UPDATE api_check SET name = 'Database' WHERE id = 1")
    assert counts(imported("healthchecks", renamed)) == (0, 0, 0, 24, 3)
    assert [job.name for job in site.jobs() if job.name in ("DB backup", "Database")] == ["DB backup"]


def test_what_a_person_set_here_stays(imported: Imported, site: Site, tmp_path: Path) -> None:
    source = made(tmp_path, "healthchecks_4.4", "UPDATE api_check SET desc = 'theirs' WHERE id = 1")
    imported("healthchecks", source)
    assert job_notes.get(site.db, site.job("DB backup").id) == "theirs"
    site.set_job(
        site.job("DB backup"), schedule="daily 02:00", schedule_zone="UTC", grace_ms=5, tags=["mine"]
    )
    site.set_job(site.job("Paused"), paused=False)
    imported("healthchecks", source)
    job = site.job("DB backup")
    assert (job.schedule, job.grace_ms, job.tags) == ("daily 02:00", 5, '["mine"]')
    assert site.job("Paused").paused == 0


def test_pings_with_a_body_are_read_as_their_tools(imported: Imported, site: Site, tmp_path: Path) -> None:
    body = (
        b'{"message_type":"summary","files_new":1,"files_changed":0,"files_unmodified":0,"data_added":9,'
        b'"total_files_processed":1,"total_bytes_processed":7,"total_duration":2.5,"snapshot_id":"ab"}'
    )
    change = f"UPDATE api_ping SET body_raw = x'{body.hex()}' WHERE id = 22"
    failed = "UPDATE api_ping SET body_raw = x'6469736b2066756c6c', kind = 'fail' WHERE id = 24"
    imported("healthchecks", made(tmp_path, "healthchecks_4.4", change, failed))
    run, _ = site.runs("nosuch2")
    assert (run.status, run.files, run.size, run.duration_ms, run.imported) == (
        "success",
        1,
        7,
        2500,
        "healthchecks",
    )
    (wrong,) = site.runs("under_score")
    assert (wrong.status, wrong.message) == ("error", "disk full")


def test_runs_that_would_be_deleted_at_once_are_left_out(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    old = (
        "UPDATE backups SET begin_time = '2019-01-01T00:00:00.000Z', created_at = '2019-01-01 01:00:00'"
        " WHERE status = 'Success'"
    )
    result = imported("duplistatus", made(tmp_path, "duplistatus_3.1", old))
    assert (result.runs, result.left_out[importing.TOO_OLD][0]) == (1, 1)


def test_a_time_in_the_future_makes_no_run_the_newest_for_ever(
    imported: Imported, site: Site, tmp_path: Path
) -> None:
    ahead = (
        "UPDATE backups SET begin_time = '2037-01-01T00:00:00.000Z', created_at = '2037-01-01 01:00:00'"
        " WHERE status = 'Success'"
    )
    imported("duplistatus", made(tmp_path, "duplistatus_3.1", ahead))
    assert max(run.order_at for run in site.runs("Files")) == site.now()


def test_what_was_read_before_is_passed_over(imported: Imported, site: Site, tmp_path: Path) -> None:
    assert imported("duplistatus", made(tmp_path, "duplistatus_3.1"), after=1).runs == 1
    assert len(site.runs("Files")) == 1


def test_what_was_cut_off_is_settled_by_the_next_import(
    imported: Imported, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = made(tmp_path, "duplistatus_3.1")
    with monkeypatch.context() as patch:
        patch.setattr(importing.Import, "_settle", lambda _: None)
        imported("duplistatus", source)
    assert (site.job("Files").health, site.job("Files").due_at) == ("never", None)
    assert counts(imported("duplistatus", source)) == (0, 0, 0, 2, 0)
    assert site.job("Files").health == "warning"
    assert site.job("Files").due_at is not None


def test_one_report_that_is_there_twice_comes_once(imported: Imported, site: Site, tmp_path: Path) -> None:
    double = (
        "INSERT INTO backups (id, server_id, backup_name, backup_id, date, status, duration_seconds, main_operation,"
        " parsed_result, begin_time, end_time) SELECT 'x', server_id, backup_name, backup_id, date, status,"
        " duration_seconds, main_operation, parsed_result, begin_time, end_time FROM backups LIMIT 1"
    )
    source = made(tmp_path, "duplistatus_3.1", double)
    assert counts(imported("duplistatus", source, dry_run=True)) == (1, 1, 2, 1, 0)
    assert counts(imported("duplistatus", source)) == (1, 1, 2, 1, 0)


def test_a_wrong_file_changes_nothing(imported: Imported, site: Site, tmp_path: Path) -> None:
    with pytest.raises(DuplistatError, match="no database of Healthchecks"):
        imported("healthchecks", made(tmp_path, "duplistatus_3.1"))
    assert (site.jobs(), site.servers()) == ([], [])


def test_days_on_which_nothing_came_are_marked(imported: Imported, site: Site, tmp_path: Path) -> None:
    result = imported("uptime-kuma", made(tmp_path, "uptime_kuma_2"))
    assert result.missed == 1
    assert site.job("web-01 files").days[-1] == "l"
