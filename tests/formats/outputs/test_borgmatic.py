"""What borgmatic 2.1 printed, and what it means."""

import pytest

from duplistat.formats.borg.borgmatic import read
from tests.support.outputs import Case, check, named, recorded

CASES = (
    Case("01_create_prune_check_text_2.1.10.txt", 0, "borgmatic.backup", "success"),
    Case(
        "02_create_unreadable_2.1.10.txt 02_create_unreadable_2.1.10.stderr.txt",
        1,
        "borgmatic.backup",
        "error",
        {"message": "/srv/data/docs/private.key: open: [Errno 13] Permission denied: 'private.key'"},
    ),
    Case(
        "04_create_monitor_answers_404_2.1.10.txt 04_create_monitor_answers_404_2.1.10.stderr.txt",
        0,
        "borgmatic.backup",
        "success",
    ),
    Case(
        "05_create_json_2.1.10.json",
        0,
        "borgmatic.backup",
        "success",
        {
            "files": 13,
            "size": 1870678,
            "storage": 1728027,
            "duration_ms": 110,
            "started": "2026-11-28T15:36:31+00:00",
            "ended": "2026-11-28T15:36:32+00:00",
            "offset_minutes": 60,
            "approximate": ("storage",),
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.files.split()[0] for case in CASES])
def test_an_output_means_what_its_tool_did(case: Case) -> None:
    check(read, "borgmatic", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("borgmatic") == named(CASES)
