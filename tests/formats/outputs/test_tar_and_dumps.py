"""What GNU tar and programs that dump databases printed, and what it means."""

import pytest

from duplistat.core.tool_output import Output, Told
from duplistat.formats.dumps.read import read as read_dump
from duplistat.formats.tar.read import read as read_tar
from tests.support.outputs import RECEIVED, Case, Read, check, named, recorded

FOLDER = "tar-and-dumps"
CASES: tuple[tuple[Read, Case], ...] = (
    (
        read_tar,
        Case(
            "02_tar_unreadable_exit2_1.34.txt",
            2,
            "tar.backup",
            "error",
            {"message": "./docs/private.key: Cannot open: Permission denied"},
        ),
    ),
    (
        read_tar,
        Case(
            "03_tar_changed_exit1_1.34.txt",
            1,
            "tar.backup",
            "warning",
            {"message": "grow.bin: file changed as we read it"},
        ),
    ),
    (
        read_dump,
        Case(
            "05_pg_dump_no_server_15.txt",
            1,
            "pg_dump.backup",
            "error",
            {"message": 'connection to server at "127.0.0.1", port 1 failed: Connection refused'},
        ),
    ),
)


@pytest.mark.parametrize(("read", "case"), CASES, ids=[case.files for _, case in CASES])
def test_an_output_means_what_its_tool_did(read: Read, case: Case) -> None:
    check(read, FOLDER, case)


def test_every_recorded_output_is_read() -> None:
    assert recorded(FOLDER) == named(tuple(case for _, case in CASES)) | {"01_tar_ok_1.34.txt"}


def test_totals_of_tar_are_a_success_unless_a_sentence_says_more() -> None:
    totals = "Total bytes written: 1884160 (1.8MiB, 92MiB/s)"
    notice = "tar: Removing leading `/' from member names"
    for text, status, size in (
        (totals, "success", 1884160),
        (f"{notice}\n{totals}", "success", 1884160),
        (f"tar: /srv/a: Cannot stat: No such file or directory\n{totals}", "error", 1884160),
        (notice, "unknown", None),
    ):
        reading = read_tar(Output(text), Told(None, RECEIVED))
        assert reading is not None
        assert (reading.reports[0].status, reading.reports[0].size) == (status, size)


def test_a_warning_of_a_dump_alone_says_nothing_of_its_end() -> None:
    warning = "mysqldump: [Warning] Using a password on the command line interface can be insecure."
    for code, status in ((None, "unknown"), (0, "success"), (2, "error")):
        reading = read_dump(Output(warning), Told(code, RECEIVED))
        assert reading is not None
        assert reading.reports[0].status == status
