"""What notifications of Proxmox Backup Server say, and what they mean."""

import json
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Output, Told
from duplistat.formats.proxmox.read import read
from tests.support.outputs import RECEIVED, values_of

END = """

Please visit the web interface for further details:

<https://pbs1.example.com:8007/#{part}>
"""
COLLECTED = """Datastore:            tank
Task ID:              UPID:pbs1:0000A1B2:00C3D4E5:00000001:65F1A2B3:garbage_collection:tank:root@pam:
Index file count:     412

Removed garbage:      12.001 GiB
Removed chunks:       7340
Removed bad chunks:   0

Leftover bad chunks:  0
Pending removals:     1.5 GiB (in 900 chunks)

Original Data usage:  20.25 TiB
On-Disk usage:        1.5 TiB (7.41%)
On-Disk chunks:       801234

Deduplication Factor: 13.50

Garbage collection successful.
"""
VERIFIED = """
Job ID:    v-9a3f
Datastore: tank

Verification {result}
"""
DAMAGED = """failed on these snapshots/groups:

    vm/100/2026-11-28T01:00:03Z
    ct/101
    vm/102
    vm/103"""
SYNCED = """Job ID:             s-1
Datastore:          tank
Remote:             offsite
Remote Store:       backup
Synchronization {result}
"""
PRUNED = """
Job ID:       default-tank
Datastore:    tank

Pruning {result}
"""
TAPED = """Job ID:     t-1
Datastore:  tank
Tape Pool:  weekly
Tape Drive: drive0

Snapshots included:

vm/100/2026-11-28T01:00:03Z

Duration: 1h 2m 3s

Used Tapes:
LTO001
Tape Backup successful.
"""


def report_of(printed: str, code: int | None = None) -> tuple[str, Report]:
    reading = read(Output(printed), Told(code, RECEIVED))
    assert reading is not None
    (report,) = reading.reports
    return reading.recognised, report


@pytest.mark.parametrize(
    ("printed", "recognised", "status", "values"),
    [
        (
            COLLECTED,
            "proxmox.prune",
            "success",
            {"job_name": "gc tank", "storage": 1_649_267_441_664, "approximate": ("storage",)},
        ),
        (
            "Datastore: tank\n\nGarbage collection failed: unable to get exclusive lock\n",
            "proxmox.prune",
            "error",
            {"job_name": "gc tank", "message": "unable to get exclusive lock"},
        ),
        (
            VERIFIED.format(result="successful."),
            "proxmox.verify",
            "success",
            {"job_name": "verify tank v-9a3f"},
        ),
        (
            VERIFIED.format(result=DAMAGED),
            "proxmox.verify",
            "error",
            {"message": "Verification failed on vm/100/2026-11-28T01:00:03Z, ct/101, vm/102 (and 1 more)"},
        ),
        (SYNCED.format(result="successful."), "proxmox.backup", "success", {"job_name": "sync tank s-1"}),
        (SYNCED.format(result="failed: timed out"), "proxmox.backup", "error", {"message": "timed out"}),
        (
            PRUNED.format(result="failed: no space"),
            "proxmox.prune",
            "error",
            {"job_name": "prune tank default-tank"},
        ),
        (TAPED, "proxmox.backup", "success", {"job_name": "tape tank t-1", "duration_ms": 3_723_000}),
    ],
)
def test_a_notification_tells_of_one_run(
    printed: str, recognised: str, status: str, values: dict[str, Any]
) -> None:
    found, report = report_of(printed + END.format(part="DataStore-tank"))
    assert (found, report.status.value, report.server_name) == (recognised, status, "pbs1")
    assert values_of(report, values) == values


@pytest.mark.parametrize(
    ("title", "recognised", "status", "job"),
    [
        ("Garbage Collect Datastore 'tank' failed", "proxmox.prune", "error", "gc tank"),
        ("Verify Datastore 'tank' successful", "proxmox.verify", "success", "verify tank"),
        ("Sync remote 'offsite' datastore 'tank' successful", "proxmox.backup", "success", "sync tank"),
        ("Sync local datastore 'tank' failed", "proxmox.backup", "error", "sync tank"),
        ("Pruning datastore 'tank' successful", "proxmox.prune", "success", "prune tank"),
        ("Tape Backup 't-1' datastore 'tank' failed", "proxmox.backup", "error", "tape tank"),
    ],
)
def test_the_title_is_enough(title: str, recognised: str, status: str, job: str) -> None:
    """As Gotify's API brings it, and as the subject of a mail."""
    fields = {"type": "gc", "hostname": "pbs1.example.com"}
    relayed = json.dumps({"title": title, "message": "See the log.", "priority": 1, "fields": fields})
    found, report = report_of(relayed)
    assert (found, report.status.value, report.job_name, report.server_name) == (
        recognised,
        status,
        job,
        "pbs1",
    )
    assert report_of(f"Subject: {title}\n\nSee the log.\n")[0] == recognised


def test_an_exit_code_beats_the_text() -> None:
    assert report_of(VERIFIED.format(result="successful."), 1)[1].status.value == "error"
    assert report_of(VERIFIED.format(result=DAMAGED), 0)[1].status.value == "warning"


@pytest.mark.parametrize(
    "printed",
    [
        "Verification successful.\n",
        "Datastore: tank\n",
        "Pruning failed: no datastore\n",
        "we use datastore 'tank' for this\n",
    ],
)
def test_what_only_looks_like_one_is_none(printed: str) -> None:
    assert read(Output(printed), Told(None, RECEIVED)) is None
