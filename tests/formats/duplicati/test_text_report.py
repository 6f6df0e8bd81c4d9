"""Text reports of all ages, as raw text; how forms carry them is test_form's business."""

import pytest

from duplistat.core.report import Precision, Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise

MACHINE = "5f0c1e9a7b3d4c2f8a6e0d1b2c3f4a5e"
HEAD = "2026-01-27 03:00:00 +01 - [Warning-Duplicati.Library.Main.Controller-Odd]: "


def read(text: str) -> Report:
    found = recognise(text.encode(), content_type="text/plain")
    assert isinstance(found, Report)
    return found


def test_a_text_of_2017_has_a_start_in_an_unknown_zone() -> None:
    report = read(
        "Duplicati Backup report for Documents\n\nDeletedFiles: 0\n"
        "ExaminedFiles: 1234\nSizeOfExaminedFiles: 99\n"
        "MainOperation: Backup\nParsedResult: Warning\nEndTime: 9/13/2017 1:48:55 PM\n"
        "BeginTime: 9/13/2017 12:48:55 PM\nDuration: 01:00:00.1234567\nMessages: [\n"
        "    removing temp files, as part of 0 files,\n    No remote filesets were deleted\n]\n"
        "Warnings: [\n    Something odd\n]\nErrors: []\n"
    )
    assert (report.precision, report.started, report.ended) == (Precision.ARRIVAL, None, None)
    assert (report.status, report.files, report.size) == (Status.WARNING, 1234, 99)
    assert report.duration_ms == 3_600_123
    assert [(line.level, line.text) for line in report.log] == [
        ("information", "removing temp files, as part of 0 files"),
        ("information", "No remote filesets were deleted"),
        ("warning", "Something odd"),
    ]
    assert (report.message, report.warnings, report.errors) == ("Something odd", 1, 0)


@pytest.mark.parametrize(
    "begin",
    [
        "5/16/2020 6:03:06 PM (1589670186)",
        "5/16/2020 6:03:06\u202fPM (1589670186)",
        "2020-05-16 18:03:06 PM (1589670186)",
        "16.05.2020 18:03:06 (1589670186)",
    ],
)
def test_of_a_date_in_any_culture_only_the_seconds_count(begin: str) -> None:
    report = read(f"Duplicati Backup report for X\r\n\r\nBeginTime: {begin}\r\nParsedResult: Success\r\n")
    assert (report.precision, report.started_ticks) == (Precision.SECOND, 15896701860000000)
    assert (report.status, report.message) == (Status.SUCCESS, "")


def test_a_failure_of_2_0_7_1_is_only_a_message_and_details() -> None:
    report = read(
        "Duplicati Backup report for Photos\n\nFailed: Disk full\nDetails: System.IO.IOException: Disk full\n"
        "   at Foo()\n\nUserInformationException: The source\n"
    )
    assert (report.operation, report.status, report.precision) == ("backup", Status.FATAL, Precision.ARRIVAL)
    assert (report.message, report.errors, report.job_name) == ("Disk full", 1, "Photos")
    assert report.log[0].text.endswith("at Foo()\n\nUserInformationException: The source")


def test_a_failure_with_counters_after_it_tells_both() -> None:
    report = read(
        "Duplicati Restore report for X\n\nFailed: one\ntwo\nDetails: System.Exception: one\n\n"
        "RestoredFiles: 4\n"
        "MainOperation: Restore\nParsedResult: Fatal\nLog data:\n" + HEAD + "odd\nmore\n... and 7 more\n"
    )
    assert (report.operation, report.status, report.files) == ("restore", Status.FATAL, 4)
    assert report.message == "one"
    assert [line.text for line in report.log] == ["odd\nmore", "System.Exception: one"]
    assert report.log_omitted == 7


@pytest.mark.parametrize(
    ("rest", "job", "machine", "ref", "server"),
    [
        ("Photos", "Photos", "", "", ""),
        ("Photos (NAS)", "Photos (NAS)", "", "", ""),
        ("Photos (a, b)", "Photos (a, b)", "", "", ""),
        (f"Photos ({MACHINE}, DB-3)", "Photos", MACHINE, "DB-3", ""),
        (f"Photos (a, b) ({MACHINE}, DB-3, nas, (old))", "Photos (a, b)", MACHINE, "DB-3", "nas, (old)"),
        ("Photos (my-box, DB-3, nas)", "Photos", "my-box", "DB-3", "nas"),
        ("Photos (, , )", "Photos", "", "", ""),
        (f" ({MACHINE}, , )", "", MACHINE, "", ""),
        ("", "", "", "", ""),
    ],
)
def test_the_header_names_job_and_machine(rest: str, job: str, machine: str, ref: str, server: str) -> None:
    report = read(f"Duplicati Backup report for {rest}\n\nParsedResult: Success\n")
    assert (report.job_name, report.machine_id, report.job_ref, report.server_name) == (
        job,
        machine,
        ref,
        server,
    )


def test_a_header_alone_is_a_run_of_unknown_end() -> None:
    report = read("Duplicati Test report for Photos\n\n")
    assert (report.operation, report.status, report.job_name) == ("test", Status.UNKNOWN, "Photos")


def test_a_users_text_without_a_header_is_a_report_all_the_same() -> None:
    report = read("Hello!\nParsedResult: Error\nmachine-name: nas\nbackup-name: Photos\n")
    assert (report.operation, report.status) == ("backup", Status.ERROR)
    assert (report.server_name, report.job_name) == ("nas", "Photos")
    assert read("Failed: No space left").message == "No space left"
    assert read("ParsedResult: Success\nFailed: 0").status is Status.SUCCESS


def test_words_of_a_text_mean_what_they_mean_in_json() -> None:
    text = "Duplicati Backup report for X\n\nParsedResult: Success\n"
    assert read(text + "Fatal: True\n").status is Status.FATAL
    assert read(text + "Interrupted: True\n").status is Status.INTERRUPTED
    assert read(text + "PartialBackup: True\n").partial
    assert read(text + "Dryrun: True\n").dry_run
    assert read(text + "WarningsActualLength: 3\n").status is Status.WARNING
    assert read(text + "MainOperation: ListFilesets\n").operation == "listfilesets"
    assert read(text + "OpenedFiles: 9223372036854775808\nAddedFolders: 2\n").numbers == {"AddedFolders": 2}


def test_items_of_a_list_may_have_many_lines() -> None:
    report = read(
        "ParsedResult: Error\nErrorsActualLength: 12\nWarningsActualLength: 0\nLimitedErrors: [\n"
        "    2026-01-27 03:00:02 +01 - [Error-A.B-C]: one, two,\n   at Foo(),\n"
        "    2026-01-27 03:00:03 +01 - [Error-A.B-C]: three,\n...\n]\nLimitedMessages: [\n"
        "    2026-01-27 03:00:01 +01 - [Information-A.B-C]: began\n]\nVersion: 2.2.0.3 (x)\n"
    )
    assert [line.text for line in report.log] == ["began", "one, two,\n   at Foo()", "three"]
    assert (report.errors, report.log_omitted, report.message) == (12, 10, "one, two,")
    assert report.facts == {"agent_version": "2.2.0.3"}


def test_a_list_whose_end_was_deleted_swallows_no_other_list() -> None:
    report = read(
        "ParsedResult: Warning\nLimitedMessages: [\n    x 50LimitedWarnings: [\n"
        f"LimitedErrors: [\n    {HEAD}y\n]"
    )
    assert [line.text for line in report.log][-1] == "y"
