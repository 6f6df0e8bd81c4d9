"""POST /api/upload: every form in which a report can come."""

import json
from typing import Any

import pytest

from tests.support.bodies import FORM, JSON, SAMPLES, duplicati, form, live, sample, simple, text_report
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
LIVE = {"38_": "live", "39_": "progress"}
# The example of the documented API.
DOCUMENTED = {
    "server": {"name": "server-01", "version": "2.0.7.1"},
    "backup": {
        "name": "daily-backup",
        "status": "success",
        "startTime": "2024-01-15T02:00:00.000Z",
        "endTime": "2024-01-15T03:30:00.000Z",
        "duration": 5400,
        "files": 1250,
        "size": 1073741824,
        "storageUsed": 536870912,
        "messages": [{"level": "info", "message": "Backup completed successfully"}],
    },
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_of_duplicati_is_taken_in(site: Site, name: str) -> None:
    response = site.post(sample(name), kind=FORM if name.endswith(".txt") else JSON)
    assert response.status_code == 200
    assert response.get_json()["status"] == "success"
    assert [d.outcome for d in site.deliveries()] == [LIVE.get(name[:3], "recorded")]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_sent_twice_gets_the_same_ids(site: Site, name: str) -> None:
    first, second = site.record(sample(name)), site.record(sample(name))
    assert second["data"] == first["data"]
    assert len(site.servers()) == len(site.jobs()) == 1


def test_the_documented_example_is_answered_as_documented(site: Site) -> None:
    response = site.post(DOCUMENTED)
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.get_json() == {
        "status": "success",
        "message": "Backup data uploaded successfully",
        "data": {"backupId": 1, "serverId": 1},
        "success": True,
    }


def test_a_repeat_says_that_it_is_one(site: Site) -> None:
    site.record(DOCUMENTED)
    assert site.record(DOCUMENTED) == {
        "status": "success",
        "message": "Backup data already recorded",
        "data": {"backupId": 1, "serverId": 1},
        "success": True,
        "duplicate": True,
    }


def test_the_documented_example_keeps_all_that_it_says(site: Site) -> None:
    run = site.run(site.record(DOCUMENTED)["data"]["backupId"])
    assert (run.status, run.operation, run.duration_ms) == ("success", "backup", 5_400_000)
    assert (run.files, run.size, run.storage, run.uploaded) == (1250, 1073741824, 536870912, None)
    assert (run.messages, run.warnings, run.errors, run.log_lines) == (1, 0, 0, 1)


@pytest.mark.parametrize("kind", [JSON, FORM, "text/plain", "", "application/json; charset=utf-8"])
def test_the_content_type_does_not_matter(site: Site, kind: str) -> None:
    site.record(duplicati(START), kind=kind)
    assert site.job().last_status == "success"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps(duplicati(START)), id="raw JSON"),
        pytest.param(json.dumps(duplicati(START), indent=2), id="printed JSON"),
        pytest.param("\ufeff" + json.dumps(duplicati(START)), id="with a byte order mark"),
        pytest.param(form(json.dumps(duplicati(START))), id="JSON in a form field"),
        pytest.param(b"report=" + form(json.dumps(duplicati(START)))[8:], id="another field name"),
        pytest.param(form(json.dumps(duplicati(START))) + b"&a=b&c=d", id="with extra parameters"),
        pytest.param(form(text_report(START)), id="text in a form field"),
        pytest.param(text_report(START), id="raw text"),
    ],
)
def test_one_run_in_any_form_is_that_run(site: Site, body: bytes | str) -> None:
    site.record(body)
    job = site.job()
    assert (job.last_status, job.last_duration) == ("success", 600_000)
    assert [s.machine_id for s in site.servers()] == ["4f1d2c3b"]


def test_another_verb_will_do(site: Site) -> None:
    response = site.client().put("/api/upload", json=duplicati(START))
    assert response.status_code == 200
    assert len(site.runs()) == 1


def test_the_bytes_are_kept_as_received(site: Site) -> None:
    from duplistat.store import deliveries

    body = form(text_report(START)) + b"&a=%20b"
    site.record(body, query="?server=x&a=b")
    (kept,) = site.deliveries()
    assert deliveries.body_of(site.db, kept.id) == body
    assert (kept.size, kept.query, kept.endpoint) == (len(body), "server=x&a=b", "/api/upload")
    assert (kept.outcome, kept.format, kept.run) == ("recorded", "duplicati-text", 1)


def test_a_live_post_makes_no_run(site: Site) -> None:
    answer = site.record(live("Started", START))
    assert answer["data"] == {"backupId": None, "serverId": 1}
    assert site.runs() == []
    assert site.summary()["totalBackupsRuns"] == 0


def test_other_operations_are_kept_but_are_no_backups(site: Site) -> None:
    site.record(duplicati(START, operation="Restore"))
    assert [run.operation for run in site.runs()] == ["restore"]
    assert site.job().last_run is None
    assert site.summary()["totalBackupsRuns"] == 0


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Success", "success"),
        ("Warning", "warning"),
        ("Error", "error"),
        ("Fatal", "fatal"),
        ("Unknown", "unknown"),
        ("Splendid", "other"),
    ],
)
def test_a_result_becomes_a_status(site: Site, word: str, status: str) -> None:
    site.record(duplicati(START, result=word))
    assert site.job().last_status == status


def test_a_word_of_the_senders_own_is_shown_as_it_is(site: Site) -> None:
    site.record(simple(status="Halfway there", start=START))
    answer = site.read("/api/lastbackup/1")
    assert answer["data"]["lastBackup"]["status"] == "other"
    assert answer["latest_backup"]["status"] == "Halfway there"
    assert site.why("daily").endswith("ended with an unrecognised status: Halfway there")


def test_an_exception_is_a_failure_whatever_the_result_says(site: Site) -> None:
    site.record(duplicati(START, result="Success", exception="System.Exception: No space left"))
    job = site.job()
    assert (job.last_status, job.health, job.last_message) == ("fatal", "failed", "No space left")


@pytest.mark.parametrize(
    ("flags", "status", "health"),
    [
        ({"Interrupted": True}, "interrupted", "failed"),
        ({"PartialBackup": True}, "warning", "warning"),
        ({"PartialBackup": True, "ParsedResult": "Warning"}, "warning", "warning"),
    ],
)
def test_a_run_that_was_stopped_is_no_good_backup(
    site: Site, flags: dict[str, Any], status: str, health: str
) -> None:
    good = site.record(duplicati("2026-01-27T02:00:00Z"))["data"]["backupId"]
    site.record(duplicati(START, **flags))
    job = site.job()
    assert (job.last_status, job.health) == (status, health)
    assert (job.last_success_run, job.last_run) == (good, 2)


def test_a_dry_run_is_no_backup_at_all(site: Site) -> None:
    good = site.record(duplicati("2026-01-27T02:00:00Z"))["data"]["backupId"]
    site.now.set("2026-01-28T02:10:00Z")
    site.record(duplicati(START, Dryrun=True))
    job = site.job()
    assert (job.last_success_run, job.last_run) == (good, good)
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"]["id"] == good
    assert site.summary()["secondsSinceLastBackup"] == 24 * 3600 + 600


def test_a_dry_run_counts_as_neither_success_nor_failure(site: Site) -> None:
    site.record(duplicati(START, Dryrun=True))
    summary = site.summary()
    assert summary["totalBackupsRuns"] == 1
    assert summary["data"]["successfulBackups"] == summary["data"]["failedBackups"] == 0


def test_a_size_of_zero_from_an_early_failure_does_not_replace_what_was_known(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z"))
    site.record(
        duplicati(
            START,
            result="Fatal",
            exception="System.Exception: x",
            ExaminedFiles=0,
            SizeOfExaminedFiles=0,
            statistics={"KnownFileSize": 0, "KnownFileCount": 0, "BackupListCount": 0},
        )
    )
    job = site.job()
    assert (job.last_status, job.size, job.storage, job.versions) == ("fatal", 1073741824, 536870912, 7)
