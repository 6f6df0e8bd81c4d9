"""What restic printed, in versions 0.14 to 0.19, and what it means."""

from typing import Any

import pytest

from duplistat.core.tool_output import Output
from duplistat.formats.restic.read import read
from tests.support.outputs import Case, check, named, recorded, text


def _read(added: int, duration: int, **more: Any) -> dict[str, Any]:
    """The eleven files that each backup processed."""
    return {"files": 11, "size": 1870001, "uploaded": added, "duration_ms": duration, **more}


_TEXT = {"files": 11, "size": 1869611, "uploaded": 0, "duration_ms": 0, "approximate": ("size",)}
_PRIVATE = "open /srv/data/docs/private.key: permission denied"
_NO_SOURCE = "all target directories/files do not exist"
_NO_CONFIG = "unable to open config file: stat /srv/repo/none/config: no such file or directory"
_WRONG = {"message": "wrong password or no key found"}
_DAMAGED = {"message": "repository contains errors"}
_CANCELED = {"message": "unable to save snapshot: context canceled"}
_PARTIAL = {"files_failed": 1}

CASES = (
    Case("01_backup_json_0.14.0.jsonl", 0, "restic.backup", "success", _read(1876299, 519, files_added=11)),
    Case("02_backup_json_nochange_0.14.0.jsonl", 0, "restic.backup", "success", _read(0, 326, files_added=0)),
    Case("04_backup_text_verbose_0.14.0.txt", 0, "restic.backup", "success", _TEXT),
    Case(
        "05_backup_json_unreadable_0.14.0.jsonl 05_backup_json_unreadable_0.14.0.stderr.jsonl",
        3,
        "restic.backup",
        "warning",
        _read(0, 240, message="open /srv/data/docs/private.key: permission denied", files_failed=1),
    ),
    Case(
        "06_backup_text_unreadable_0.14.0.txt 06_backup_text_unreadable_0.14.0.stderr.txt",
        3,
        "restic.backup",
        "warning",
        {**_TEXT, "message": _PRIVATE},
    ),
    Case("08_backup_json_missing_source_0.14.0.txt", 1, "restic.backup", "error", {"message": _NO_SOURCE}),
    Case("09_backup_json_wrongpw_0.14.0.txt", 1, "restic.backup", "error", _WRONG),
    Case("11_backup_json_norepo_0.14.0.txt", 1, "restic.backup", "error", {"message": _NO_CONFIG}),
    Case("12_backup_text_norepo_0.14.0.txt", 1, "restic.backup", "error", {"message": _NO_CONFIG}),
    Case(
        "13_backup_json_interrupted_sigint_0.14.0.jsonl 13_backup_json_interrupted_sigint_0.14.0.stderr.jsonl",
        130,
        "restic.backup",
        "interrupted",
        {"files": None, "size": None},
    ),
    Case(
        "15_backup_json_nospace_0.14.0.jsonl 15_backup_json_nospace_0.14.0.stderr.jsonl",
        1,
        "restic.backup",
        "error",
        {"files": None},
    ),
    Case("17_prune_text_locked_0.14.0.txt", 1, "restic.prune", "error", operation="prune"),
    Case(
        "18_forget_json_with_prune_0.14.0.txt",
        0,
        "restic.prune",
        "success",
        {"versions": 2, "storage": 1722810},
    ),
    Case("20_prune_text_0.14.0.txt", 0, "restic.prune", "success", {"approximate": ("storage",)}),
    Case("21_snapshots_json_0.14.0.json", 0, "restic.inventory"),
    Case("22_snapshots_text_0.14.0.txt", 0, "restic.inventory"),
    Case("24_check_json_ok_0.14.0.txt", 0, "restic.verify", "success"),
    Case("25_check_text_ok_0.14.0.txt", 0, "restic.verify", "success"),
    Case(
        "26_check_json_damaged_0.14.0.txt 26_check_json_damaged_0.14.0.stderr.txt",
        1,
        "restic.verify",
        "error",
        _DAMAGED,
    ),
    Case(
        "28_check_json_missing_pack_0.14.0.txt 28_check_json_missing_pack_0.14.0.stderr.txt",
        1,
        "restic.verify",
        "error",
        _DAMAGED,
    ),
    Case("29_restore_json_0.14.0.txt", 0, "restic.restore", "success", alone="unknown"),
    Case("30_restore_text_0.14.0.txt", 0, "restic.restore", "success", alone="unknown"),
    Case("32_init_json_0.14.0.txt", 0, "restic.other", "success"),
    Case(
        "33_backup_json_0.18.0.jsonl",
        0,
        "restic.backup",
        "success",
        _read(
            1876165,
            761,
            started="2026-11-28T15:28:43.560464+00:00",
            started_ticks=17958797235604645,
            ended="2026-11-28T15:28:44.321639+00:00",
            offset_minutes=60,
        ),
    ),
    Case("35_backup_text_0.18.0.txt", 0, "restic.backup", "success", _TEXT),
    Case(
        "37_backup_json_unreadable_0.18.0.jsonl 37_backup_json_unreadable_0.18.0.stderr.jsonl",
        3,
        "restic.backup",
        "warning",
        _read(0, 598, message=_PRIVATE, files_failed=1),
    ),
    Case(
        "39_backup_json_dryrun_0.18.0.jsonl",
        0,
        "restic.backup",
        "success",
        {"dry_run": True, "is_backup": False},
    ),
    Case(
        "40_backup_json_missing_source_0.18.0.jsonl",
        1,
        "restic.backup",
        "error",
        {"message": "all source directories/files do not exist"},
    ),
    Case("42_backup_text_wrongpw_0.18.0.txt", 12, "restic.backup", "error", _WRONG),
    Case(
        "43_backup_json_norepo_0.18.0.jsonl",
        10,
        "restic.backup",
        "error",
        {"message": f"repository does not exist: {_NO_CONFIG}"},
    ),
    Case(
        "45_backup_json_interrupted_sigint_0.18.0.jsonl 45_backup_json_interrupted_sigint_0.18.0.stderr.jsonl",
        1,
        "restic.backup",
        "interrupted",
        _CANCELED,
    ),
    Case("46_backup_text_interrupted_sigterm_0.18.0.txt", 1, "restic.backup", "interrupted", _CANCELED),
    Case("48_forget_json_locked_0.18.0.jsonl", 11, "restic.prune", "error", operation="prune"),
    Case("50_forget_json_with_prune_0.18.0.txt", 0, "restic.prune", "success", {"versions": 2}),
    Case("51_forget_text_with_prune_0.18.0.txt", 0, "restic.prune", "success", {"versions": 1}),
    Case("53_snapshots_json_0.18.0.json", 0, "restic.inventory"),
    Case("55_stats_json_0.18.0.json", 0, "restic.inventory"),
    Case("56_check_json_ok_0.18.0.jsonl", 0, "restic.verify", "success", {"errors": 0}),
    Case(
        "58_check_json_damaged_0.18.0.jsonl 58_check_json_damaged_0.18.0.stderr.jsonl",
        1,
        "restic.verify",
        "error",
        {"errors": 1, **_DAMAGED},
    ),
    Case(
        "59_check_text_damaged_0.18.0.txt 59_check_text_damaged_0.18.0.stderr.txt",
        1,
        "restic.verify",
        "error",
        _DAMAGED,
    ),
    Case("61_restore_json_0.18.0.jsonl", 0, "restic.restore", "success", {"files": 17, "size": 1870001}),
    Case(
        "63_restore_json_no_snapshot_0.18.0.jsonl",
        1,
        "restic.restore",
        "error",
        {"message": 'failed to find snapshot: no matching ID found for prefix "deadbeef"'},
    ),
    Case(
        "67_backup_json_one_source_missing_0.18.0.jsonl 67_backup_json_one_source_missing_0.18.0.stderr.jsonl",
        0,
        "restic.backup",
        "warning",
        _read(0, 378, message="/srv/nothing does not exist, skipping"),
    ),
    Case("69_backup_json_verbose_0.18.0.jsonl", 0, "restic.backup", "success", _read(0, 288)),
    Case("71_backup_json_skipped_0.19.1.jsonl", 0, "restic.backup", "success", _read(0, 310)),
)
NAMES = [case.files.split()[0] for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_output_means_what_its_tool_did(case: Case) -> None:
    check(read, "restic", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("restic") == named(CASES) | {"66_backup_text_quiet_0.18.0.txt"}


def test_an_output_of_nothing_is_nobodys() -> None:
    assert read(Output(text("restic", "66_backup_text_quiet_0.18.0.txt")), CASES[0].told(0)) is None


def test_a_log_around_it_and_half_of_it_cut_off_change_nothing() -> None:
    lines = text("restic", "33_backup_json_0.18.0.jsonl").splitlines()
    log = "\n".join(
        [
            "Nov 28 16:28:40 web-01 backup[12]: begin",
            *(f"Nov 28 web-01 restic[7]: {line}" for line in lines[5:]),
        ]
    )
    reading = read(Output(f"{log}\nNov 28 16:28:50 web-01 backup[12]: sent"), CASES[0].told(None))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].uploaded) == ("success", 1876165)
    # Without its summary nobody knows how it ended.
    cut = read(Output("\n".join([*lines[:-1], lines[-1][:100]])), CASES[0].told(None))
    assert cut is not None
    assert (cut.reports[0].status, cut.reports[0].files) == ("unknown", None)


def test_the_exit_code_beats_the_text_but_makes_no_success_of_a_failure() -> None:
    whole = Output(text("restic", "33_backup_json_0.18.0.jsonl"))
    damaged = Output(text("restic", "58_check_json_damaged_0.18.0.jsonl"))
    for output, code, status in ((whole, 1, "error"), (whole, 143, "interrupted"), (damaged, 0, "warning")):
        reading = read(output, CASES[0].told(code))
        assert reading is not None
        assert reading.reports[0].status == status
