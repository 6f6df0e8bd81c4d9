"""What rustic prints, and what it means."""

import json

import pytest

from duplistat.core.tool_output import Output, Told
from duplistat.formats.restic.rustic import read
from tests.support.outputs import RECEIVED, Case, check, named, recorded, text

CASES = (
    Case(
        "01_backup_json_0.11.json",
        0,
        "rustic.backup",
        "success",
        {
            "server_name": "web-01",
            "job_name": "/srv/data",
            "files": 11,
            "size": 1870001,
            "uploaded": 70000,
            "duration_ms": 2900,
            "started": "2026-11-28T01:00:01.200000+00:00",
            "ended": "2026-11-28T01:00:03.700000+00:00",
            "offset_minutes": 60,
            "precision": "exact",
        },
    ),
)
SNAPSHOT = text("rustic", "01_backup_json_0.11.json")
LINES = """[INFO] using no config file
[INFO] Files:       2 new, 1 changed, 8 unchanged
[INFO] Dirs:        0 new, 2 changed, 3 unchanged
[INFO] Added to the repo: 50.8 KiB (raw: 68.4 KiB)
[INFO] processed 11 files, 1.8 MiB
[INFO] snapshot 5cfb0e68860a3bce165de504eb83a4d5faa881b9ec657a2212aae51a887504a0 successfully saved.
[INFO] backup of /srv/data done.
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files)
def test_an_output_means_what_rustic_did(case: Case) -> None:
    check(read, "rustic", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("rustic") == named(CASES)


def test_each_snapshot_has_a_report_also_where_one_is_right_behind_the_other() -> None:
    other = SNAPSHOT.replace("/srv/data", "/srv/mail").rstrip()
    for printed in (SNAPSHOT.rstrip() + other, f"{SNAPSHOT}\n{other}", f"[{SNAPSHOT},{other}]"):
        reading = read(
            Output(f"[INFO] repository local:/srv/repo: password is correct.\n{printed}"), CASES[0].told(0)
        )
        assert reading is not None
        assert [report.job_name for report in reading.reports] == ["/srv/data", "/srv/mail"]


def test_text_has_rounded_sizes() -> None:
    reading = read(Output(LINES), CASES[0].told(0))
    assert reading is not None
    report = reading.reports[0]
    assert (report.status, report.files, report.size, report.uploaded) == ("success", 11, 1887437, 70042)
    assert report.approximate == ("size", "added")


@pytest.mark.parametrize(
    ("printed", "code", "status"),
    [
        (
            LINES.replace(
                "[INFO] using", "[WARN] ignoring error: private.key: permission denied\n[INFO] using"
            ),
            0,
            "warning",
        ),
        (SNAPSHOT, 1, "error"),
        (f"{SNAPSHOT}[WARN] ignoring error: private.key: permission denied", None, "warning"),
        (f"[ERROR] error backing up /srv/mail: no such file\n{SNAPSHOT}", None, "warning"),
        (
            f"{LINES.partition('[INFO] snapshot')[0]}[ERROR] error backing up /srv/data: disk full",
            None,
            "error",
        ),
        (LINES.partition("[INFO] snapshot")[0], None, "unknown"),
    ],
)
def test_how_it_ended(printed: str, code: int | None, status: str) -> None:
    reading = read(Output(printed), CASES[0].told(code))
    assert reading is not None
    assert [report.status for report in reading.reports] == [status]


def test_a_list_of_snapshots_is_no_run() -> None:
    snapshot = json.loads(SNAPSHOT)
    for listed in ([{"group_key": {}, "snapshots": [snapshot]}], [[{"hostname": "web-01"}, [snapshot]]]):
        reading = read(Output(json.dumps(listed)), CASES[0].told(0))
        assert reading is not None
        assert (reading.recognised, reading.reports) == ("rustic.inventory", ())


PROGRESS = text("restic", "01_backup_json_0.14.0.jsonl")


def test_lines_of_progress_are_rustics_where_their_sender_says_so() -> None:
    assert read(Output(PROGRESS), Told(0, RECEIVED)) is None
    reading = read(Output(PROGRESS), Told(0, RECEIVED, tool="rustic"))
    assert reading is not None
    assert (reading.recognised, reading.reports[0].format) == ("rustic.backup", "rustic-backup")
    assert reading.reports[0].uploaded == 1876299
    assert read(Output("done"), Told(0, RECEIVED, tool="rustic")) is None
