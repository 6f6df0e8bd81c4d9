"""Kinds of JSON report that versions, operations and relays make."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duplistat.core.report import Precision, Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise

DATA = {
    "ExaminedFiles": 10,
    "SizeOfExaminedFiles": 1000,
    "MainOperation": "Backup",
    "ParsedResult": "Success",
    "BeginTime": "2026-01-27T02:00:00Z",
    "EndTime": "2026-01-27T02:01:00Z",
    "Duration": "00:01:00",
    "WarningsActualLength": 0,
    "ErrorsActualLength": 0,
}
EXTRA = {"OperationName": "Backup", "backup-name": "Photos"}
NOTHING_LISTED = {
    "KnownFileCount": 0,
    "KnownFileSize": 0,
    "BackupListCount": 0,
    "LastBackupDate": "0001-01-01T00:00:00",
    "TotalQuotaSpace": 0,
    "FreeQuotaSpace": 0,
    "AssignedQuotaSpace": 0,
}
ERROR = "2026-01-27 03:00:00 +01 - [Error-Duplicati.Library.Main.Controller-Failed]: It broke"
WARNING = "2026-01-27 03:00:00 +01 - [Warning-Duplicati.Library.Main.Controller-Odd]: It is odd"


def read(data: Any, max_log_lines: int = 100_000, **rest: Any) -> Report:
    document = {"Data": data, "Extra": EXTRA, "LogLines": []} | rest
    found = recognise(json.dumps(document).encode(), max_log_lines=max_log_lines)
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({}, Status.SUCCESS, ""),
        ({"ParsedResult": "Warning"}, Status.WARNING, ""),
        ({"WarningsActualLength": 1}, Status.WARNING, ""),
        ({"ErrorsActualLength": 1, "FilesWithError": 1}, Status.WARNING, ""),
        ({"PartialBackup": True}, Status.WARNING, ""),
        ({"PartialBackup": "True"}, Status.WARNING, ""),
        ({"PartialBackup": "False", "Interrupted": "None"}, Status.SUCCESS, ""),
        ({"ParsedResult": "Unknown"}, Status.UNKNOWN, ""),
        ({"ParsedResult": "None"}, Status.UNKNOWN, ""),
        ({"ParsedResult": "Sideways"}, Status.OTHER, "Sideways"),
        ({"ParsedResult": "Fatal"}, Status.FATAL, ""),
        ({"Interrupted": True}, Status.INTERRUPTED, ""),
        ({"Interrupted": True, "ParsedResult": "Warning"}, Status.INTERRUPTED, ""),
        ({"Interrupted": True, "ParsedResult": "Unknown"}, Status.INTERRUPTED, ""),
        ({"Interrupted": True, "ParsedResult": None}, Status.INTERRUPTED, ""),
        ({"Interrupted": True, "ParsedResult": "Error"}, Status.ERROR, ""),
    ],
)
def test_the_result_word_is_weighed_with_what_else_was_said(
    change: dict[str, Any], status: Status, text: str
) -> None:
    report = read(DATA | change)
    assert (report.status, report.status_text) == (status, text)


@pytest.mark.parametrize("result", ["Success", "Warning", "Fatal", None])
def test_an_exception_is_fatal_whatever_the_result_says(result: str | None) -> None:
    report = read(
        DATA | {"ParsedResult": result}, Exception="System.IO.IOException: Disk full\r\n   at Foo()"
    )
    assert report.status is Status.FATAL
    assert report.message == "Disk full"
    assert report.log[0].text == "System.IO.IOException: Disk full\r\n   at Foo()"
    assert (report.files, report.size) == (10, 1000)


@pytest.mark.parametrize("exception", [None, "", "  ", "None", "null"])
def test_a_blank_exception_is_none(exception: str | None) -> None:
    assert read(DATA, Exception=exception).status is Status.SUCCESS


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("System.Net.Sockets.SocketException (111): Connection refused", "Connection refused"),
        ("Duplicati.Library.Interface.UserInformationException: No: not at all", "No: not at all"),
        ("Error: the disk is gone", "Error: the disk is gone"),
        ("System.Exception: Broken", "Broken"),
        ("System.Exception: \n   at Foo()", "System.Exception:"),
        ("x" * 1000, "x" * 499 + "…"),
    ],
)
def test_a_message_is_one_line_without_the_type(exception: str, message: str) -> None:
    assert read(DATA, Exception=exception).message == message


@pytest.mark.parametrize(
    ("number", "status"),
    [(0, Status.UNKNOWN), (1, Status.SUCCESS), (2, Status.WARNING), (3, Status.ERROR), ("4", Status.FATAL)],
)
def test_the_result_may_be_a_number(number: object, status: Status) -> None:
    assert read(DATA | {"ParsedResult": number}).status is status


@pytest.mark.parametrize("operation", ["Backup", None])
def test_an_exception_in_place_of_the_result_is_a_failed_backup(operation: str | None) -> None:
    data: dict[str, Any] = {
        "Message": "Access to the path is denied",
        "Data": {},
        "InnerException": None,
        "StackTrace": "   at System.IO.File.Open()",
        "HelpLink": None,
        "Source": "mscorlib",
        "HResult": -2147024891,
    }
    report = read(data, Extra={"OperationName": operation, "backup-name": "Photos"})
    assert (report.operation, report.status, report.precision) == ("backup", Status.FATAL, Precision.ARRIVAL)
    assert report.message == "Access to the path is denied"
    assert report.log[0].text == "Access to the path is denied\n   at System.IO.File.Open()"
    assert (report.errors, report.numbers, report.started_ticks) == (1, {}, None)


def test_json_of_2_0_4_has_no_lengths_and_its_log_is_counted() -> None:
    data = {key: value for key, value in DATA.items() if "Length" not in key} | {"ParsedResult": "Error"}
    report = read(data, LogLines=[WARNING, ERROR, WARNING])
    assert (report.errors, report.warnings, report.messages) == (1, 2, None)
    assert report.message == "It broke"


def test_a_restore_of_2_0_4_counts_in_other_words() -> None:
    data = {"FilesRestored": 3, "SizeOfRestoredFiles": 30, "FilesDeleted": 1, "MainOperation": "Restore"}
    report = read(data | {"ParsedResult": "Warning"})
    assert (report.operation, report.files, report.size, report.files_deleted) == ("restore", 3, 30, None)
    assert report.numbers == {"FilesDeleted": 1}


@pytest.mark.parametrize(
    ("data", "operation", "numbers"),
    [
        ({"MainOperation": "ListFilesets", "Filesets": [], "EncryptedFiles": False}, "listfilesets", {}),
        ({"MainOperation": "PurgeFiles", "RemovedFileCount": 2}, "purgefiles", {"RemovedFileCount": 2}),
        ({"MainOperation": "Repair", "RecreateDatabaseResults": None}, "repair", {}),
        ({"MainOperation": "Vacuum"}, "vacuum", {}),
        (
            {"MainOperation": "Sync", "SourceFiles": 4, "FilesUploaded": 1},
            "sync",
            {"SourceFiles": 4, "FilesUploaded": 1},
        ),
        ({"MainOperation": "Defragment", "ExaminedFiles": 5}, "defragment", {"ExaminedFiles": 5}),
        ({"MainOperation": "RestoreControlfiles", "Files": ["a"]}, "restorecontrolfiles", {}),
    ],
)
def test_no_other_operation_is_taken_for_a_backup(
    data: dict[str, Any], operation: str, numbers: dict[str, int]
) -> None:
    report = read({"ParsedResult": "Success", "BackendStatistics": NOTHING_LISTED} | data, Extra={})
    assert (report.operation, report.is_backup) == (operation, False)
    assert (report.files, report.size, report.storage, report.versions) == (None, None, None, None)
    assert report.numbers == numbers


@pytest.mark.parametrize(
    ("data", "rest", "operation"),
    [
        ({"ExaminedFiles": 1, "ParsedResult": "Success"}, {}, "backup"),
        ({"ParsedResult": "Success"}, {}, "unknown"),
        ({"ParsedResult": "Success"}, {"Exception": "Broken"}, "backup"),
        ({"ParsedResult": "Success"}, {"Extra": {"OperationName": "Test"}}, "test"),
        (None, {"Extra": {"OperationName": "Backup"}}, "backup"),
    ],
)
def test_a_report_without_an_operation(data: Any, rest: dict[str, Any], operation: str) -> None:
    assert read(data, **{"Extra": {}, **rest}).operation == operation


def test_extra_may_be_empty_missing_or_all_there_is() -> None:
    bare = recognise(json.dumps({"Data": DATA}).encode())
    assert isinstance(bare, Report)
    assert (bare.operation, bare.job_name, bare.server_name) == ("backup", "", "")
    assert read(DATA, Extra={}).job_name == ""
    assert read(DATA, Extra=None).files == 10
    only = recognise(json.dumps({"Extra": EXTRA}).encode())
    assert isinstance(only, Report)
    assert (only.status, only.operation, only.job_name) == (Status.UNKNOWN, "backup", "Photos")


def test_names_are_cleaned_and_a_users_own_parameters_win() -> None:
    extra = {
        "machine-id": "",
        "machine-name": " nas\0 ",
        "backup-name": "\ud800",
        "backup": "Mine",
        "backup-id": 7,
    }
    report = read(DATA, Extra=extra)
    assert (report.machine_id, report.server_name) == ("", "nas\u2400")
    assert (report.job_name, report.job_ref) == ("Mine", "7")


def test_numbers_are_told_up_to_64_bits() -> None:
    data = DATA | {
        "SizeOfExaminedFiles": 2**63 - 1,
        "ExaminedFiles": 2**63,
        "OpenedFiles": 2**63,
        "AddedFolders": "3",
    }
    report = read(data)
    assert (report.size, report.files) == (2**63 - 1, None)
    assert report.numbers == {"AddedFolders": 3}


def test_zeros_of_a_run_that_failed_early_are_not_told() -> None:
    data = DATA | {"ExaminedFiles": 0, "SizeOfExaminedFiles": 0, "BackendStatistics": NOTHING_LISTED}
    report = read(data, Exception="Broken")
    assert (report.files, report.size, report.storage, report.numbers) == (None, None, None, {})
    assert read(data).files == 0
    assert read(data | {"Interrupted": True}).files is None


@pytest.mark.parametrize(
    ("total", "free", "expected"),
    [
        (0, 0, (None, None)),
        (-1, -1, (None, None)),
        (100, 0, (100, 0)),
        (100, 40, (100, 40)),
        (100, -1, (100, None)),
    ],
)
def test_a_quota_that_nobody_knows_is_none(total: int, free: int, expected: tuple[int | None, ...]) -> None:
    statistics = {
        "KnownFileCount": 1,
        "TotalQuotaSpace": total,
        "FreeQuotaSpace": free,
        "AssignedQuotaSpace": -1,
    }
    report = read(DATA | {"BackendStatistics": statistics})
    assert (report.quota_total, report.quota_free) == expected
    assert report.numbers == {"KnownFileCount": 1}


@pytest.mark.parametrize(
    ("change", "duration", "ended"),
    [
        ({"Duration": "-00:00:05.5"}, None, True),
        ({"Duration": "-00:00:05.5", "EndTime": "2020-01-01T00:00:00Z"}, None, True),
        ({"Duration": "00:00:00", "EndTime": "2020-01-01T00:00:00Z"}, None, True),
        ({"Duration": None, "EndTime": "2020-01-01T00:00:00Z"}, None, True),
        ({"Duration": "1h30m"}, 5_400_000, True),
        ({"Duration": "90m", "EndTime": None}, 5_400_000, True),
        ({"Duration": "PT1H30M", "EndTime": None}, 5_400_000, True),
        ({"Duration": 5400, "EndTime": None}, 5_400_000, True),
        ({"Duration": "2.00:00:00"}, 172_800_000, True),
        ({"Duration": None}, 60_000, True),
        ({"Duration": "nonsense"}, 60_000, True),
        ({"Duration": "00:00:00", "EndTime": "0001-01-01T00:00:00"}, None, False),
        ({"EndTime": None}, 60_000, True),
    ],
)
def test_durations(change: dict[str, Any], duration: int | None, ended: bool) -> None:
    report = read(DATA | change)
    assert (report.duration_ms, report.ended is not None) == (duration, ended)


def test_without_an_end_a_run_ended_as_long_after_its_start_as_it_took() -> None:
    report = read(DATA | {"Duration": "1h30m", "EndTime": None})
    assert report.ended == datetime(2026, 1, 27, 3, 30, tzinfo=UTC)
    assert read(DATA | {"Duration": "1h30m", "EndTime": None, "BeginTime": None}).ended is None


@pytest.mark.parametrize(
    "begin", [None, "", "0001-01-01T00:00:00", "14.09.2021 03:00", 5, "9999-12-31T23:00:00-05:00"]
)
def test_without_a_usable_start_only_the_arrival_is_known(begin: object) -> None:
    report = read(DATA | {"BeginTime": begin})
    assert (report.precision, report.started, report.started_ticks) == (Precision.ARRIVAL, None, None)


def test_the_senders_offset_comes_from_its_local_times() -> None:
    sets = {"DeletedSets": [{"Item1": 3, "Item2": "2024-12-01T06:30:00+05:30"}]}
    assert read(DATA | {"DeleteResults": sets}).offset_minutes == 330
    assert (
        read(DATA | {"BackendStatistics": {"LastBackupDate": "2026-01-27T03:00:00Z"}}).offset_minutes is None
    )
    assert read(DATA, LogLines=[WARNING]).offset_minutes == 60


def test_a_result_from_the_servers_own_log_has_no_wrapper() -> None:
    body = json.dumps(DATA | {"Warnings": [WARNING, "plain"], "Errors": [ERROR], "ParsedResult": "Error"})
    report = recognise(body.encode())
    assert isinstance(report, Report)
    assert (report.operation, report.precision, report.files) == ("backup", Precision.EXACT, 10)
    assert [(line.level, line.text) for line in report.log] == [
        ("warning", "It is odd"),
        ("warning", "plain"),
        ("error", "It broke"),
    ]


def test_a_synchronisation_does_not_tell_its_destination() -> None:
    step = {
        "Destination": "s3://user:secret@host",
        "CopiedFileCount": 4,
        "ParsedResult": "Warning",
        "Duration": "00:00:02",
    }
    report = read(DATA | {"RemoteSynchronizationResults": [step, None, "x"]})
    assert report.sub_results[0].operation == "remotesynchronization"
    assert report.sub_results[0].numbers == {"CopiedFileCount": 4}
    assert "secret" not in repr(report)


def test_a_long_log_loses_its_middle() -> None:
    report = read(DATA, 4, LogLines=[f"line {n}" for n in range(9)] + ["... and 30 more"])
    assert [line.text for line in report.log] == ["line 0", "line 1", "line 7", "line 8"]
    assert report.log_omitted == 35
    assert read(DATA, 0, LogLines=["a", "b"]).log_omitted == 2


def test_log_lines_may_be_anything() -> None:
    bad_time = "2026-02-31 03:00:00 +01 - [Verbose-A.B-C]: x\0\ud800"
    report = read(DATA, LogLines=["no head", None, 5, bad_time, "2026-01-27 03:00:00 +01 - [Retry]: again"])
    assert [(line.level, line.tag, line.text) for line in report.log] == [
        ("", "", "no head"),
        ("verbose", "A.B-C", "x\u2400\ufffd"),
        ("retry", "", "again"),
    ]
    assert report.log[1].at is None
    assert read(DATA, LogLines=f"{WARNING}\nmore\n{ERROR}").log[0].text == "It is odd\nmore"


def test_the_next_run_may_be_written_either_way() -> None:
    expected = datetime(2026, 1, 28, 2, tzinfo=UTC)
    for told in ("20260128T020000Z", "2026-01-28T02:00:00Z"):
        assert read(DATA, Extra={"next-scheduled-run": told}).next_run == expected
    assert read(DATA, Extra={"next-scheduled-run": "soon"}).next_run is None


def test_of_many_unknown_counters_some_are_kept() -> None:
    report = read(DATA | {f"Counter{n}": n for n in range(5000)} | {"k" * 100: 1})
    assert len(report.numbers) == 200
