"""What a notification of vzdump says, and what it means."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Output, Told
from duplistat.formats.proxmox.read import read
from tests.support.outputs import RECEIVED, recorded, text

MESSAGE = text("proxmox", "01_vzdump_text.txt")
TITLE = "vzdump backup status (pve1.example.com): backup failed: job errors"
# A minute after its end, by a clock in Berlin.
SENT = datetime(2026, 11, 28, 1, 3, tzinfo=UTC)
GOOD = """Details
=======
VMID    Name          Status    Time      Size           Filename
1000    web server    ok        2m 41s    128.001 GiB    vm/1000/2026-06-12T01:00:03Z
1003    scripts       ok        18s       512 B          vm/1003/2026-06-12T01:02:44Z

Total running time: 3m
Total size: 128.001 GiB

Logs
====
Log output was too long to be sent.
"""
OLD = """vzdump --quiet 1 --mailto root

VMID NAME                 STATUS      TIME       SIZE  FILENAME
100  web-01               OK      00:02:05     1.20GB  /mnt/pve/dump/vzdump-qemu-100-2026_11_28-02_00_01.vma.zst
101  db-01                FAILED  00:00:03             no lock
"""


def reports_of(printed: str, received: datetime = RECEIVED, code: int | None = None) -> list[Report]:
    reading = read(Output(printed), Told(code, received))
    assert reading is not None
    assert reading.recognised == "proxmox.backup"
    return list(reading.reports)


def webhook(message: str, **more: Any) -> str:
    """As a target of Proxmox posts it, whose template has all it can have."""
    fields = {"type": "vzdump", "hostname": "pve1", "job-id": "backup-9a3f"}
    return json.dumps({"title": TITLE, "message": message, "severity": "error", "fields": fields, **more})


def test_every_recorded_output_is_read() -> None:
    assert recorded("proxmox") == {"01_vzdump_text.txt"}


@pytest.mark.parametrize("code", [None, 255])
def test_a_message_tells_of_each_guest_and_of_the_whole(code: int | None) -> None:
    web, db, whole = reports_of(MESSAGE, code=code)
    assert (web.job_name, web.status, web.duration_ms, web.size) == (
        "100 web-01",
        "success",
        125000,
        1292785156,
    )
    assert web.approximate == ("size",)
    assert (db.job_name, db.status, db.message) == ("101 db-01", "error", "no lock")
    assert (whole.job_name, whole.status, whole.message) == ("vzdump", "error", "101 db-01: no lock")
    assert (whole.duration_ms, whole.size) == (128000, 1292785156)
    # It was received half a day later: nobody knows its zone.
    assert {report.started for report in (web, db, whole)} == {None}


@pytest.mark.parametrize(
    ("printed", "whole", "server"),
    [
        (webhook(MESSAGE), "vzdump backup-9a3f", "pve1"),
        (json.dumps({"title": TITLE, "message": MESSAGE, "priority": 9, "extras": {}}), "vzdump", "pve1"),
        (f"Subject: {TITLE}\n\n{MESSAGE}", "vzdump", "pve1"),
        (MESSAGE, "vzdump", ""),
    ],
)
def test_it_comes_as_text_and_as_json(printed: str, whole: str, server: str) -> None:
    reports = reports_of(printed, SENT)
    assert [(report.job_name, report.status.value) for report in reports] == [
        ("100 web-01", "success"),
        ("101 db-01", "error"),
        (whole, "error"),
    ]
    assert {report.server_name for report in reports} == {server}


def test_times_are_by_the_clock_of_the_node_whose_zone_the_arrival_tells() -> None:
    sent = int(SENT.timestamp())
    for printed, received in ((MESSAGE, SENT), (webhook(MESSAGE, timestamp=sent), RECEIVED)):
        web, db, whole = reports_of(printed, received)
        assert [report.started.isoformat() for report in (web, db, whole) if report.started] == [
            "2026-11-28T01:00:01+00:00",
            "2026-11-28T01:02:06+00:00",
            "2026-11-28T01:00:01+00:00",
        ]
        assert (web.precision, web.started_ticks, web.offset_minutes) == ("second", 17958276010000000, 60)
        assert web.ended == datetime(2026, 11, 28, 1, 2, 6, tzinfo=UTC)


def test_a_backup_server_names_dumps_in_utc_and_names_may_have_blanks() -> None:
    web, scripts, whole = reports_of(GOOD)
    assert (web.job_name, web.status) == ("1000 web server", "success")
    assert web.started == datetime(2026, 6, 12, 1, 0, 3, tzinfo=UTC)
    assert (scripts.size, scripts.approximate) == (512, ())
    assert (whole.status, whole.duration_ms, whole.message) == ("success", 180000, "")


def test_the_table_of_older_versions() -> None:
    web, db, whole = reports_of(OLD)
    assert (web.job_name, web.status, web.duration_ms, web.size) == (
        "100 web-01",
        "success",
        125000,
        1200000000,
    )
    assert (db.job_name, db.status, db.duration_ms, db.message) == ("101 db-01", "error", 3000, "no lock")
    assert whole.status == "error"


@pytest.mark.parametrize(
    ("printed", "status", "message"),
    [
        # All guests are well, and yet it failed.
        (
            f"vzdump backup status (pve1): backup failed: job-end hook denied\n{GOOD}",
            "error",
            "job-end hook denied",
        ),
        (json.dumps({"title": "Backup", "message": GOOD, "severity": "error"}), "error", ""),
        (json.dumps({"title": "Backup", "message": GOOD, "severity": "warning"}), "warning", ""),
        (json.dumps({"title": "Backup", "message": GOOD, "severity": "info"}), "success", ""),
        (f"vzdump backup status (pve1): backup successful\n{GOOD.split('Total')[0]}", "success", ""),
        # A guest that failed may be missing.
        (GOOD.split("Total")[0], "unknown", ""),
        (GOOD.split("1003")[0], "unknown", ""),
        (
            json.dumps({"title": "vzdump backup status (pve1): backup failed: no space", "message": ""}),
            "error",
            "no space",
        ),
    ],
)
def test_how_the_whole_ended(printed: str, status: str, message: str) -> None:
    whole = reports_of(printed)[-1]
    assert (whole.status, whole.message) == (status, message)


def test_without_its_table_the_log_tells_of_guests_that_it_names() -> None:
    log = (
        "INFO: starting new backup job: vzdump 100 101 --mode snapshot\n"
        "INFO: Starting Backup of VM 100 (qemu)\nINFO: VM Name: web-01\n"
        "INFO: Finished Backup of VM 100 (00:02:05)\n"
        "INFO: Starting Backup of VM 101 (lxc)\nINFO: CT Name: db-01\n"
        "ERROR: Backup of VM 101 failed - no lock\nINFO: Backup job finished with errors\nTASK ERROR: job errors\n"
    )
    assert [(r.job_name, r.status.value, r.duration_ms, r.message) for r in reports_of(log, code=255)] == [
        ("100 web-01", "success", 125000, ""),
        ("101 db-01", "error", None, "no lock"),
        ("vzdump", "error", None, "101 db-01: no lock"),
    ]
    assert [report.job_name for report in reports_of(MESSAGE[MESSAGE.index("Logs") :])] == ["vzdump"]


def test_other_notifications_are_nobodys() -> None:
    for fields in ({"type": "package-updates"}, {}):
        printed = json.dumps(
            {"title": "New software packages available (pve1)", "message": "x", "fields": fields}
        )
        assert read(Output(printed), Told(0, RECEIVED)) is None
