"""Bodies as users' templates and relays make them: job, outcome and counters are read, and no failure is refused."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.errors import Unrecognised
from duplistat.core.json_mending import mend_object
from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise

FIELD = Path(__file__).parent / "field"
NAME = "Firma: NAS - Büro"
RESULT = """DeletedFiles: 12
ModifiedFiles: 3
ExaminedFiles: 1200
PartialBackup: False
MainOperation: Backup
ParsedResult: {}
Version: 2.0.8.1 (2.0.8.1_beta_2024-05-07)
EndTime: 11/27/2026 2:10:05 AM (1795745405)
BeginTime: 11/27/2026 2:00:02 AM (1795744802)
Duration: 00:10:03.1234567
WarningsActualLength: 0
ErrorsActualLength: 0
LimitedMessages: [
    2026-11-27 02:00:00 +01 - [Information-A-B]: x,
    2026-11-27 02:00:00 +01 - [Information-A-B]: y
]
LimitedErrors: []"""
FATAL = "Failed: Access denied\nDetails: System.UnauthorizedAccessException: Access denied\n   at X.Y()"
REPEATABLE = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def read(body: bytes | str) -> Report:
    found = recognise(body if isinstance(body, bytes) else body.encode())
    assert isinstance(found, Report)
    return found


def form(text: str) -> str:
    return f"message={quote(text, safe='')}"


@pytest.mark.parametrize(
    ("name", "status", "job", "files"),
    [
        ("oneline-message.form", Status.SUCCESS, "one-liner", 1200),
        ("oneliner.form", Status.SUCCESS, "one-liner", 1200),
        ("oneline-fatal.form", Status.FATAL, "one-liner", None),
        ("tpl1.form", Status.FATAL, "Firma NAS", None),
        ("tpl3.form", Status.FATAL, "", None),
        ("relay-json-text-ok.json", Status.SUCCESS, "Testing", 1200),
        ("relay-json-text-failed.json", Status.FATAL, "Testing", None),
        ("success-with-errors.json", Status.WARNING, "d4", 100),
        ("files-with-error.json", Status.WARNING, "d2", 100),
        ("source-unmounted.json", Status.WARNING, "d5", 0),
        ("duration-1h30m.json", Status.SUCCESS, "d", 100),
        ("failed-without-version.json", Status.FATAL, "v", None),
    ],
)
def test_each_body_is_what_it_says(name: str, status: Status, job: str, files: int | None) -> None:
    report = read((FIELD / name).read_bytes())
    assert (report.status, report.job_name, report.files) == (status, job, files)


@pytest.mark.parametrize("joint", [" ", ", ", "; ", " | ", "\t", "\n"], ids=repr)
@pytest.mark.parametrize("outcome", ["Success", "Warning", "Error", "Fatal"])
def test_fields_are_found_however_they_are_joined(joint: str, outcome: str) -> None:
    result = FATAL if outcome == "Fatal" else RESULT.format(outcome)
    told = f"Duplicati Backup report for {NAME}{joint}{outcome}{joint}{result}".replace("\n", joint)
    report = read(form(told))
    assert (report.job_name, report.status.value.title()) == (NAME, outcome)
    if outcome != "Fatal":
        assert (report.files, report.duration_ms, report.log[0].level) == (1200, 603_123, "information")


@pytest.mark.parametrize(
    ("template", "job"),
    [
        ("Backup {op} completed: {out}", ""),
        ("{op} {name} completed: {out}", NAME),
        ("{name}: {out}", NAME),
        ("{out}: {name}", NAME),
        ("[{out}] {name}", NAME),
        ("{name} | {op} | {out}", NAME),
        ("{op}\t{name}\t{out}", NAME),
        ("{out}, {op}, {name}", NAME),
        ("Job: {name}, Result: {out}, Operation: {op}", NAME),
        ("Auftrag={name};Ergebnis={out}", NAME),
        ("Sicherung {name}: Ergebnis {out}", NAME),
        ("Duplicati Backup Bericht für {name}: {out}", NAME),
        ("Duplicati {op} report for {name}, Ergebnis: {out}", NAME),
        ("Duplicati {op} report for {name} {out}", NAME),
        ("The backup of {name} finished with result {out}.", NAME),
        ("[{out}] {op} report for {name}", NAME),
        ("*{name}* {op}: {out}", NAME),
        ("`{name}` {out}", NAME),
        ("{name} ({op}): {out}", NAME),
        ("Backup-Bericht {name}: {out}", NAME),
        ("{out}", ""),
    ],
)
def test_a_template_names_the_same_job_whatever_the_outcome(template: str, job: str) -> None:
    for outcome in ("Success", "Warning", "Error", "Fatal"):
        report = read(form(template.format(op="Backup", name=NAME, out=outcome)))
        assert (report.job_name, report.operation) == (job, "backup")
        assert report.status.value.title() == outcome


@pytest.mark.parametrize(
    "name",
    ["Daily backup", "NAS-Backup", "CESAR-PC", "Büro PC", "Offsite Job", "file-server", "Mein Backup-Job"],
)
@pytest.mark.parametrize(
    "template", ["{name}: {out}", "Backup {name}: {out}", "{name} - Backup: {out}", "{name}\nStatus: {out}"]
)
def test_a_name_may_end_in_a_word_that_can_be_a_label(template: str, name: str) -> None:
    for outcome in ("Success", "Error"):
        report = read(form(template.format(name=name, out=outcome)))
        assert (report.job_name, report.status.value.title()) == (name, outcome)


@pytest.mark.parametrize(
    "first", ["27.01.2026", "2026-01-27 02:00", "Run at 2:03", "Backup report", "Status: Success"]
)
def test_a_first_line_that_is_another_one_each_time_is_no_name(first: str) -> None:
    assert read(form(f"{first}\nStatus: Success\nFiles 5")).job_name == ""


@pytest.mark.parametrize("result", ["", "\n\n" + RESULT.format("Warning")])
def test_the_template_of_duplicatis_manual_names_job_and_machine(result: str) -> None:
    told = (
        "Duplicati Backup for Fotos on Regal on CESAR-PC\n\nThe Backup operation has completed with the result: Warning"
        "\n\nSource folders: \n/home:/data\n\nEncryption module: aes"
    )
    report = read(form(told + result))
    assert (report.job_name, report.server_name, report.status) == (
        "Fotos on Regal",
        "CESAR-PC",
        Status.WARNING,
    )


@pytest.mark.parametrize(
    "words",
    [
        "Photos: Success, no Error",
        "Photos: Success (0 Error)",
        "Photos Success Fatal: False",
        "Photos: Success\n  Fatal: False",
        "Photos: Success\nwithout Warning",
        "Job: Photos\nStatus: Success\nError: none",
    ],
)
def test_a_failure_that_the_words_deny_is_none(words: str) -> None:
    report = read(form(words))
    assert (report.job_name, report.status) == ("Photos", Status.SUCCESS)
    assert read(form(words.replace("Success", "Warning"))).status is Status.WARNING
    assert read(form("Photos: no Error")).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("words", "job", "status"),
    [
        ("Photos Fatal: No such file or directory", "Photos", Status.FATAL),
        ("Photos: Error: No space left on device", "Photos", Status.ERROR),
        ("Photos: Error not enough space", "Photos", Status.ERROR),
        ("Photos - Error: 0 bytes free", "Photos", Status.ERROR),
        ("Photos Error: None of the destinations", "Photos", Status.ERROR),
        ("Backup Photos: Error: No such host is known\nLast Success: 2026-11-29", "Photos", Status.ERROR),
        ("Backup Success: Photos\nWarning: No files found in source", "Photos", Status.WARNING),
        ("Photos: Warning: no new files\nPhotos: Success", "Photos", Status.WARNING),
        ("Photos v2.0 Fatal", "Photos v2.0", Status.FATAL),
        ("Backup Raid 0 Error", "Raid 0", Status.ERROR),
        ("Backup Raid 0 Error\nLast Success: 2026-11-29", "Raid 0", Status.ERROR),
        ("Server 2.0 Success", "Server 2.0", Status.SUCCESS),
        ("Photos exit code 0 Success", "Photos exit code 0", Status.SUCCESS),
    ],
)
def test_why_it_failed_denies_no_failure(words: str, job: str, status: Status) -> None:
    report = read(form(words))
    assert (report.job_name, report.status) == (job, status)


def test_signs_of_an_outcome_are_no_part_of_a_name() -> None:
    for sign, outcome in (("\u2705", "Success"), ("\u274c", "Error"), ("\u26a0\ufe0f", "Warning")):
        for template in (f"{sign} Photos: {outcome}", f"{outcome} - Photos {sign}"):
            assert read(form(template)).job_name == "Photos"
    assert read(form("\U0001f4f7 Photos: Success")).job_name == "\U0001f4f7 Photos"


@pytest.mark.parametrize(
    "template", ["backup: {out}", "backup: {out} - ", "server:{out}", "backup: {out}\nHost: nas"]
)
def test_a_job_that_is_called_as_a_parameter_is_not_called_as_its_outcome(template: str) -> None:
    (name,) = {
        read(form(template.format(out=out))).job_name for out in ("Success", "Warning", "Error", "Fatal")
    }
    assert name in ("", "server")
    assert read(form(template.format(out="Success"))).server_name in ("", "nas")


def test_an_ampersand_in_a_name_ends_no_field() -> None:
    for outcome in ("Success", "Warning"):
        report = read(form(f"Host=nas Job=Photos & Videos Result={outcome} {RESULT.format(outcome)}"))
        assert (report.job_name, report.server_name) == ("Photos & Videos", "nas")


def test_an_operation_in_words_is_no_backup() -> None:
    assert read(form("Photos (Restore): Success")).operation == "restore"
    assert read(form("*Photos* Verify [Test]: Error")).operation == "test"
    assert read(form("Backup Restore completed: Success")).operation == "restore"
    assert read(form("Restore of Photos: Success")).operation == "restore"


def test_a_name_that_holds_an_outcome_stays_whole_in_duplicatis_own_text() -> None:
    report = read(form("Duplicati Backup report for Big Error Logs\n\n" + RESULT.format("Success")))
    assert (report.job_name, report.status) == ("Big Error Logs", Status.SUCCESS)


@pytest.mark.parametrize(
    "behind", [RESULT.format("Error"), '{"Data":{"MainOperation":"Backup","ParsedResult":"Error"}}']
)
@pytest.mark.parametrize("joint", ["", "\n", "\r\n\r\n"])
def test_a_header_in_json_names_machine_and_job(behind: str, joint: str) -> None:
    for told in (
        f'{{"host":"nas","job":"Photos"}}{joint}{behind}',
        rf'{{"host":"nas","job":"Photos","p":"C:\Users\n"}} {behind}',
    ):
        for body in (told, form(told)):
            report = read(body)
            assert (report.server_name, report.job_name, report.status) == ("nas", "Photos", Status.ERROR)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r'{"p":"C:\Users\name\new\backup\temp"}', {"p": r"C:\Users\name\new\backup\temp"}),
        (r'{"p":"C:\Users\","r":"Fatal"}', {"p": "C:\\Users\\", "r": "Fatal"}),
        (r'{"p":"\\server\share\new","r":1,}', {"p": r"\\server\share\new", "r": 1}),
        (r'{"m":"no C:\data\r\n   at X","p":"C:\Users"}', {"m": "no C:\\data\r\n   at X", "p": "C:\\Users"}),
        (r'{"p":"C:\\Users\\x","u":"M\u00fcller \ud83d\ude00",}', {"p": r"C:\Users\x", "u": "Müller 😀"}),
        ('{"m":"could not find "foo", sorry","r":"Fatal"}', {"m": 'could not find "foo", sorry', "r": "Fatal"}),
        ('{"job": Firma NAS, "ok": True, "n": None}', {"job": "Firma NAS", "ok": True, "n": None}),
        ('{"r":"Fatal","job":"Docum', {"r": "Fatal"}),
        ('{"r":"Fatal","n":12', {"r": "Fatal"}),
        ('{"r":"Fatal","message":"line', {"r": "Fatal", "message": "line"}),
        ('{"a":[1,"x "y" z",],', {"a": [1, 'x "y" z']}),
    ],
)  # fmt: skip
def test_broken_json_is_read_as_it_was_meant(text: str, content: object) -> None:
    assert (mend_object(text) or ({}, 0))[0] == content


@pytest.mark.parametrize(
    "body",
    [
        '{"result":"Fatal"}',
        '{"Exception":"System.Exception: no"}',
        '{"ClassName":"System.Exception","Message":"m","InnerException":null}',
        r'{"job":"Photos","path":"C:\Users\n","result":"Fatal"}',
        r'{"Data":{"MainOperation":"Backup","ParsedResult":"Fatal","X":"C:\Users"},"Extra":{},',
        '{"body":{"message":"Backup Photos: Fatal"}}',
        '{"content":"Duplicati Backup report for X\\r\\n\\r\\nFailed: a\\r\\nDetails: b"}',
        '{"body":"message=Duplicati%20Backup%20report%20for%20X%0AFailed%3A%20b"}',
        '{"Data":null,"Extra":{},"LogLines":["2026-11-27 23:15:11 -08 - [Error-D.BackupHandler-FatalError]: no"]}',
        "message=Fatal",
        "message=Backup+Firma+NAS%3A+Fatal",
        '{"Data" {{{ "Fatal" backup',
        json.dumps(json.dumps({"Data": {"ParsedResult": "Fatal"}, "Extra": {}})),
    ],
)
def test_a_fatal_report_is_never_refused(body: str) -> None:
    assert read(body).status is Status.FATAL


@pytest.mark.parametrize(
    "body",
    [
        "<html>Error</html>",
        "Backup finished, have a nice day",
        '{"a":1} {"b":2}',
        '{"result":"Success"}',
        "x=Success",
    ],
)
def test_what_is_no_report_stays_refused(body: str) -> None:
    with pytest.raises(Unrecognised):
        recognise(body.encode())


PIECES = st.lists(
    st.sampled_from(
        ["Duplicati Backup report for ", "Failed: ", "Details: ", "ExaminedFiles: 5", "ParsedResult: ", "Warning",
         "\\", "{", "}", '{"job":"', "C:\\U", "\n", " ", "|", "Log data:", "LimitedErrors: [", "]", "message=", "%FC",
         ":", "Fatal", "Error", '"']
    )
    | st.text(max_size=5),
    max_size=25,
).map("".join)  # fmt: skip


@REPEATABLE
@given(PIECES)
def test_nothing_raises_and_nothing_is_a_success_that_was_not_claimed(text: str) -> None:
    for body in (text, form(text), json.dumps({"message": text})):
        try:
            found = recognise(body.encode("utf-8", "surrogatepass"))
        except Unrecognised:
            continue
        assert isinstance(found, Report)
        assert found.status is not Status.SUCCESS or "success" in text.lower()


@REPEATABLE
@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(max_size=5),
        lambda x: st.dictionaries(st.text(max_size=4), x),
        max_leaves=8,
    )
)
def test_what_is_valid_json_is_read_as_it_is(value: object) -> None:
    text = json.dumps({"a": value})
    assert mend_object(text) == ({"a": value}, len(text))
