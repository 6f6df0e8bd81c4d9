"""What kopia prints, and what it means."""

import json
from typing import Any

import pytest

from duplistat.core.tool_output import Output
from duplistat.formats.kopia.read import read
from tests.support.outputs import Case, check, named, recorded, text, values_of

_RUN = {
    "server_name": "web-01",
    "job_name": "/srv/data",
    "files": 11,
    "size": 1870001,
    "uploaded": None,
    "duration_ms": 122333,
    "started": "2026-11-28T01:00:01.123456+00:00",
    "started_ticks": 17958276011234567,
    "precision": "exact",
}

CASES = (
    Case("01_snapshot_create_0.23.json", 0, "kopia.backup", "success", {**_RUN, "errors": 0, "message": ""}),
    Case(
        "02_snapshot_create_failed_entries_0.23.json",
        1,
        "kopia.backup",
        "error",
        {
            **_RUN,
            "files_failed": 1,
            "partial": True,
            "message": "docs/private.key: open /srv/data/docs/private.key: permission denied",
        },
    ),
)
MANIFEST: dict[str, Any] = json.loads(text("kopia", "01_snapshot_create_0.23.json"))


def manifest(path: str = "/srv/data", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(MANIFEST))
    made["source"]["path"] = path
    for name, value in changes.items():
        for part in (made["rootEntry"]["summ"], made["stats"]):
            if name in part or name == "numIgnoredErrors":
                part[name] = value
        if name in ("incomplete", "storageStats"):
            made[name] = value
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files)
def test_an_output_means_what_kopia_did(case: Case) -> None:
    check(read, "kopia", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("kopia") == named(CASES)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"incomplete": "canceled"}, "interrupted"),
        ({"incomplete": "checkpoint"}, "interrupted"),
        ({"incomplete": "limit reached"}, "warning"),
        ({"ignoredErrorCount": 2}, "warning"),
        ({"numIgnoredErrors": 1}, "warning"),
        ({"errorCount": 3}, "error"),
        ({"numFailed": 1}, "error"),
        ({"files": 0}, "warning"),
    ],
)
def test_how_a_manifest_says_that_it_ended(changes: dict[str, Any], status: str) -> None:
    for layout in (None, 2):
        reading = read(Output(json.dumps(manifest(**changes), indent=layout)), CASES[0].told(None))
        assert reading is not None
        assert [report.status for report in reading.reports] == [status]


def test_each_source_has_a_report_in_lines_an_array_or_one_behind_the_other() -> None:
    items = [manifest("/srv/a"), manifest("/srv/b", errorCount=1), manifest("/srv/c")]
    for printed in (
        "\n".join(json.dumps(item, indent=2) for item in items),
        "\n".join(f"Nov 28 web-01 kopia[7]: {json.dumps(item)}" for item in items),
        json.dumps(items),
        "[\n" + ",\n ".join(json.dumps(item) for item in items) + "\n]",
    ):
        reading = read(Output(f"Snapshotting soon\n{printed}\n"), CASES[0].told(1))
        assert reading is not None
        # The exit code is of the one that failed.
        assert [(r.job_name, r.status.value) for r in reading.reports] == [
            ("/srv/a", "success"),
            ("/srv/b", "error"),
            ("/srv/c", "success"),
        ]


def test_an_exit_code_that_no_source_explains_is_of_all() -> None:
    reading = read(Output("\n".join(json.dumps(manifest(path)) for path in "ab")), CASES[0].told(1))
    assert reading is not None
    assert [report.status for report in reading.reports] == ["error", "error"]


def test_what_was_added_is_what_was_packed() -> None:
    stored = {"newData": {"packedContentBytes": 52000, "originalContentBytes": 70000}}
    reading = read(Output(json.dumps(manifest(storageStats=stored))), CASES[0].told(0))
    assert reading is not None
    assert reading.reports[0].uploaded == 52000


def test_a_list_of_snapshots_is_no_run() -> None:
    listed = [{**manifest(), "retentionReason": ["latest-1"]}, {**manifest(), "retentionReason": []}]
    reading = read(Output(json.dumps(listed)), CASES[0].told(0))
    assert reading is not None
    assert (reading.recognised, reading.reports) == ("kopia.inventory", ())


def test_without_json_its_log_tells_of_the_same() -> None:
    begin = "Snapshotting backup@web-01:{} ...\n * 0 hashing, 2 hashed (70 KB), 9 cached (1.8 MB), uploaded 52 KB\n"
    created = "Created snapshot with root k2b8f1d and ID f1f4b2a in 1m2s\n"
    failed = (
        ' ! Error when processing "docs/private.key": permission denied\n'
        f"{created}Found 1 fatal error(s) while snapshotting backup@web-01:/srv/b.\n"
    )
    printed = begin.format("/srv/a") + created + begin.format("/srv/b") + failed + begin.format("/srv/c")
    reading = read(Output(printed), CASES[0].told(None))
    assert reading is not None
    assert [
        (r.server_name, r.job_name, r.status.value, r.duration_ms, r.message) for r in reading.reports
    ] == [
        ("web-01", "/srv/a", "success", 62000, ""),
        ("web-01", "/srv/b", "error", 62000, '"docs/private.key": permission denied'),
        ("web-01", "/srv/c", "unknown", None, ""),
    ]


def test_half_a_manifest_is_nobodys() -> None:
    assert read(Output(text("kopia", "01_snapshot_create_0.23.json")[:400]), CASES[0].told(0)) is None


RESTORED = "Restored 11 files, 4 directories and 1 symbolic links (1.9 MB)"


@pytest.mark.parametrize(
    ("printed", "code", "operation", "status", "values"),
    [
        (
            f"{RESTORED}.",
            None,
            "restore",
            "success",
            {"files": 11, "size": 1_900_000, "approximate": ("size",)},
        ),
        (
            f"{RESTORED}, skipped 2 (12 B), ignored 3 errors.",
            0,
            "restore",
            "warning",
            {"message": "ignored 3 errors"},
        ),
        (f"{RESTORED}.", 1, "restore", "error", {"files": 11}),
        ("Processed 0 objects.\nFinished processing 9 objects.", None, "verify", "success", {"files": 9}),
        (
            "Finished processing 9 objects.\nERROR encountered 1 errors",
            1,
            "verify",
            "error",
            {"message": "encountered 1 errors"},
        ),
        ("Processed 7 objects.", None, "verify", "unknown", {"files": None}),
        ("Running full maintenance...\nFinished full maintenance.", 0, "prune", "success", {}),
        # It says so when it failed, too.
        ("Running full maintenance...\nFinished full maintenance.", None, "prune", "unknown", {}),
        (
            "Running quick maintenance...\nFinished quick maintenance.\nERROR lock held by another",
            1,
            "prune",
            "error",
            {"message": "lock held by another"},
        ),
    ],
)
def test_a_command_that_makes_no_snapshot_is_no_backup(
    printed: str, code: int | None, operation: str, status: str, values: dict[str, Any]
) -> None:
    reading = read(Output(printed), CASES[0].told(code))
    assert reading is not None
    (report,) = reading.reports
    assert (reading.recognised, report.status) == (f"kopia.{operation}", status)
    assert values_of(report, values) == values


def test_maintenance_after_a_snapshot_is_of_that_run() -> None:
    printed = f"{text('kopia', '01_snapshot_create_0.23.json')}\nRunning full maintenance...\n"
    reading = read(Output(printed), CASES[0].told(0))
    assert reading is not None
    assert reading.recognised == "kopia.backup"
