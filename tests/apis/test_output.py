"""POST /api/report: outputs of tools become runs, with what their sender says beside them."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.replay import read_again
from duplistat.store import deliveries
from tests.support.outputs import text
from tests.support.site import Site

BACKUP = text("restic", "33_backup_json_0.18.0.jsonl")
CHECK = text("borg", "31_check_damaged_1.2.4.txt")
LISTED = text("restic", "53_snapshots_json_0.18.0.json")


@pytest.fixture
def key(site: Site) -> str:
    return site.key(Scope.INGEST)


def post(site: Site, key: str, body: str | bytes, query: str = "", status: int = 200, **headers: str) -> Any:
    response = site.client().post(
        f"/api/report?{query}",
        data=body.encode() if isinstance(body, str) else body,
        headers={"X-Api-Key": key, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )
    assert response.status_code == status, response.text
    return response.get_json()


def test_an_output_becomes_a_run_of_its_server_and_job(site: Site, key: str) -> None:
    answer = post(site, key, BACKUP, "server=web-01&job=data&exit=0")
    (report,) = answer["data"].pop("reports")
    assert answer == {
        "status": "success",
        "message": "Report recorded",
        "data": {"recognised": "restic.backup"},
    }
    run = site.run(report["runId"])
    assert report == {
        "operation": "backup",
        "status": "success",
        "dryRun": False,
        "server": "web-01",
        "job": "data",
        "startedAt": "2026-11-28T15:28:43.560Z",
        "endedAt": "2026-11-28T15:28:44.321Z",
        "durationSeconds": 0.761,
        "files": 11,
        "size": 1870001,
        "added": 1876165,
        "approximate": [],
        "message": None,
        "serverId": 1,
        "jobId": 1,
        "runId": 1,
    }
    assert (run.status, run.files, run.size, run.uploaded, run.is_backup) == (
        "success",
        11,
        1870001,
        1876165,
        1,
    )
    # An output with times of its own is the same run whenever it comes again.
    again = post(site, key, BACKUP, "server=web-01&job=data&exit=0")
    assert again["data"]["reports"][0]["runId"] == 1


def test_what_would_be_understood_is_said_and_not_stored(site: Site, key: str) -> None:
    data = post(site, key, BACKUP, "explain=1&server=a&job=b&exit=1")["data"]
    assert (data["stored"], data["recognised"]) == (False, "restic.backup")
    assert data["reports"][0]["status"] == "failed"
    assert "runId" not in data["reports"][0]
    assert site.deliveries() == []


def test_a_verification_is_no_backup(site: Site, key: str) -> None:
    data = post(site, key, CHECK, "server=web-01&job=data&exit=1")["data"]
    (report,) = data["reports"]
    assert (data["recognised"], report["operation"], report["status"]) == ("borg.verify", "verify", "failed")
    run = site.run(report["runId"])
    assert (run.operation, run.is_backup) == ("verify", 0)
    assert run.message == report["message"] == "Finished full repository check, errors found."


def test_a_list_of_versions_is_no_run(site: Site, key: str) -> None:
    answer = post(site, key, LISTED)
    assert answer["data"] == {"recognised": "restic.inventory", "reports": []}
    assert answer["message"] == "This tells of no run: nothing is recorded"


@pytest.mark.parametrize(
    ("query", "recognised", "status"),
    [
        ("", "text", "unknown"),
        ("exit=0", "text", "success"),
        ("exit=3", "text", "failed"),
        ("exit=143", "text", "interrupted"),
        ("exit=-1073741510", "text", "interrupted"),
        ("exit=3&tool=restic", "restic.backup", "warning"),
        ("exit=1&tool=borg&operation=verify", "borg.verify", "failed"),
        ("exit=0&tool=borg&operation=restore", "borg.restore", "success"),
        ("exit=24&tool=rsync", "rsync.backup", "warning"),
        ("exit=9&tool=rclone", "rclone.backup", "success"),
        ("exit=1&tool=tar", "tar.backup", "warning"),
        ("exit=1&tool=unheard-of", "text", "failed"),
    ],
)
def test_what_nobody_knows_ended_as_its_exit_code_says(
    site: Site, key: str, query: str, recognised: str, status: str
) -> None:
    data = post(site, key, "bits and pieces", f"{query}&server=a")["data"]
    assert (data["recognised"], data["reports"][0]["status"]) == (recognised, status)


def test_without_names_it_is_the_address_and_the_tool(site: Site, key: str) -> None:
    (report,) = post(site, key, BACKUP, "exit=0")["data"]["reports"]
    assert (report["server"], report["job"]) == ("unknown (127.0.0.1)", "restic")


def test_a_run_without_times_ended_when_it_arrived(site: Site, key: str) -> None:
    (report,) = post(site, key, "done", "server=a&job=b&exit=0&duration=1m30s")["data"]["reports"]
    assert (report["startedAt"], report["endedAt"], report["durationSeconds"]) == (None, None, 90)
    run, now = site.run(report["runId"]), site.now()
    assert (run.started_at, run.ended_at, run.duration_ms) == (now - 90_000, now, 90_000)
    # The same bytes within ten minutes are the same run, and later another.
    assert (
        post(site, key, "done", "server=a&job=b&exit=0&duration=1m30s")["data"]["reports"][0]["runId"]
        == run.id
    )
    site.now.forward(minutes=11)
    assert post(site, key, "done", "server=a&job=b&exit=0")["data"]["reports"][0]["runId"] != run.id


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("exit=seven", "exit"),
        ("exit=4294967296", "exit"),
        ("exit=1.5", "exit"),
        ("duration=soon", "duration"),
        ("duration=-1", "duration"),
        ("operation=dance", "operation"),
    ],
)
def test_a_wrong_parameter_is_named_and_the_bytes_are_kept(
    site: Site, key: str, query: str, field: str
) -> None:
    answer = post(site, key, BACKUP, query, 400)
    assert answer["error"] == "ValidationError"
    assert [item["field"] for item in answer["details"]] == [field]
    (kept,) = site.deliveries()
    assert (kept.outcome, deliveries.body_of(site.db, kept.id).decode()) == ("unrecognised", BACKUP)
    post(site, key, BACKUP, f"{query}&explain=1", 400)
    assert len(site.deliveries()) == 1


def test_who_has_no_key_reports_nothing(site: Site) -> None:
    assert site.client().post("/api/report", data=BACKUP).status_code == 401
    assert (
        site.client()
        .post("/api/report", data=BACKUP, headers={"X-Api-Key": site.key(Scope.READ)})
        .status_code
        == 403
    )


def test_of_a_long_output_head_and_tail_are_read_and_kept(site: Site, key: str) -> None:
    noise = "line of some other program\n" * 300_000
    log = f"{BACKUP.splitlines()[0]}\n{noise}{BACKUP}"
    plain = log.encode()
    for body, encoding in ((plain, ""), (gzip.compress(plain), "gzip")):
        data = post(site, key, body, "server=a&job=b", Content_Encoding=encoding)["data"]
        assert data["reports"][0]["status"] == "success"
    (kept,) = [item for item in site.deliveries() if item.outcome == "recorded"]
    body = deliveries.body_of(site.db, kept.id)
    left_out = len(plain) - 5 * 1024 * 1024
    assert f"\n[{left_out} bytes left out]\n".encode() in body
    assert body.endswith(BACKUP.encode())
    assert len(body) < 5 * 1024 * 1024 + 100


def test_what_is_larger_than_the_limit_is_refused(make_site: Callable[..., Site]) -> None:
    limited = make_site(intake={"max_log_bytes": 2000})
    key = limited.key(Scope.INGEST)
    answer = post(limited, key, "x" * 2001, status=413)
    assert answer["message"] == "The body is larger than 2000 bytes ([intake] max_log_bytes)"
    packed = gzip.compress(b"x" * 2001)
    assert post(limited, key, packed, status=413, Content_Encoding="gzip")["error"] == "PayloadTooLargeError"


def test_an_output_that_was_kept_can_be_read_again(site: Site, key: str) -> None:
    post(site, key, BACKUP, "server=web-01&job=data&exit=0")
    (kept,) = site.deliveries()
    assert read_again(site.db, site.writes, kept.id, max_log_lines=1000) == "repeat"
    site.db.execute("UPDATE run SET files = 10")
    assert read_again(site.db, site.writes, kept.id, max_log_lines=1000) == "corrected"
    run = site.run(1)
    assert run.files == 11
