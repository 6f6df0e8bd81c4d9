"""POST /api/ingest/…: every field that is wrong is named, and a body that cannot be read is kept."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.store import deliveries
from tests.support.bodies import as_bytes
from tests.support.scripts import (
    BACKUP,
    NOTIFICATION,
    Script,
    backup,
    events_of,
    notification,
    script_of,
    without,
)
from tests.support.site import Site

OFFSET = "must include a UTC offset, such as +02:00 or Z"
ISO = "must be a time in ISO 8601, such as 2024-01-15T02:00:00.000Z"
SECONDS = "must be a number of seconds that is not negative"
WHOLE = "must be a whole number that is not negative"
GOOD = {BACKUP: backup(), NOTIFICATION: notification()}
REQUIRED = [
    *((BACKUP, name) for name in ("deviceName", "jobName", "timestamp", "status", "message")),
    *((NOTIFICATION, name) for name in ("deviceName", "timestamp", "severity", "type")),
]
# Of one that is to be one of a few, they are told whatever was sent.
REQUIRED_TEXT = [(path, name) for path, name in REQUIRED if name != "severity"]
FOUR = "info, warning, error, critical"
HUGE = "1" + "0" * 400


@pytest.mark.parametrize(("path", "name"), REQUIRED_TEXT)
def test_a_field_that_is_required_must_be_there(script: Script, path: str, name: str) -> None:
    body = without(GOOD[path], name)
    assert script.problems(path, body) == [(name, "is required")]
    assert script.problems(path, body | {name: None}) == [(name, "is required")]


@pytest.mark.parametrize(("path", "name"), REQUIRED_TEXT)
@pytest.mark.parametrize("blank", ["", " ", "\t\r\n"], ids=["empty", "a blank", "blanks"])
def test_a_field_that_is_required_must_not_be_blank(script: Script, path: str, name: str, blank: str) -> None:
    assert script.problems(path, GOOD[path] | {name: blank}) == [(name, "must not be empty")]


@pytest.mark.parametrize(
    ("path", "name"),
    [*REQUIRED_TEXT, (BACKUP, "sender"), (NOTIFICATION, "sender"), (NOTIFICATION, "jobName")],
)
@pytest.mark.parametrize("value", [7, True, ["a"], {"a": "b"}], ids=["number", "bool", "list", "object"])
def test_a_text_must_be_a_string(script: Script, path: str, name: str, value: Any) -> None:
    assert script.problems(path, GOOD[path] | {name: value}) == [(name, "must be a string")]


@pytest.mark.parametrize(
    "value", ["", " ", "fatal", "Info", "info,error", 5, 0, 1.5, True, False, [], ["info"], {}, {"info": 1}]
)
def test_a_severity_of_whatever_type_is_refused_with_the_four(script: Script, value: Any) -> None:
    body = GOOD[NOTIFICATION] | {"severity": value}
    assert script.problems(NOTIFICATION, body) == [("severity", f"must be one of {FOUR}")]


def test_a_severity_that_is_missing_is_asked_for_with_the_four(script: Script) -> None:
    body = without(GOOD[NOTIFICATION], "severity")
    assert script.problems(NOTIFICATION, body) == [("severity", f"is required: one of {FOUR}")]
    assert script.problems(NOTIFICATION, body | {"severity": None}) == [
        ("severity", f"is required: one of {FOUR}")
    ]


@pytest.mark.parametrize("path", GOOD)
def test_a_time_without_an_offset_is_told_so(site: Site, script: Script, path: str) -> None:
    response = script.send(path, GOOD[path] | {"timestamp": "2024-06-04T14:00:00"})
    assert response.status_code == 400
    assert response.get_json() == {
        "status": "error",
        "error": "ValidationError",
        "message": f"timestamp {OFFSET}",
        "details": [{"field": "timestamp", "problem": OFFSET}],
    }
    assert site.servers() == []


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2024-06-04", "04.06.2024 14:00Z", "2024-02-30T00:00:00Z", "1717502400", "0001-01-01T00:00:00Z"],
    ids=["a word", "a date", "local", "no such day", "seconds", "unset clock"],
)  # fmt: skip
@pytest.mark.parametrize("path", GOOD)
def test_a_time_that_is_none_is_told_so(script: Script, path: str, text: str) -> None:
    assert script.problems(path, GOOD[path] | {"timestamp": text}) == [("timestamp", ISO)]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"endTime": "2026-01-28T02:10:00"}, ("endTime", OFFSET)),
        ({"endTime": "later"}, ("endTime", ISO)),
        ({"endTime": 5}, ("endTime", "must be a string")),
        ({"duration": -1}, ("duration", SECONDS)),
        ({"duration": "90"}, ("duration", SECONDS)),
        ({"duration": True}, ("duration", SECONDS)),
        ({"duration": 10**12}, ("duration", SECONDS)),
        ({"files": -1}, ("files", WHOLE)),
        ({"files": 1.5}, ("files", WHOLE)),
        ({"size": "142 GB"}, ("size", WHOLE)),
        ({"size": 2**63}, ("size", WHOLE)),
        ({"storageUsed": True}, ("storageUsed", WHOLE)),
        ({"uploadedSize": []}, ("uploadedSize", WHOLE)),
        ({"log": 5}, ("log", "must be a text, one line each")),
        ({"log": ["a", 5]}, ("log", "must be a text, one line each")),
    ],
)
def test_a_field_of_our_own_that_is_wrong_is_named(
    script: Script, fields: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert script.problems(BACKUP, backup(**fields)) == [problem]


def test_everything_that_is_wrong_with_a_run_is_told_at_once(site: Site, script: Script) -> None:
    response = script.send(
        BACKUP,
        {
            "deviceName": 5,
            "timestamp": "2026-01-28T02:00:00",
            "status": " ",
            "sender": [],
            "files": -1,
            "duration": "long",
            "endTime": "later",
            "log": {},
        },
    )
    content = response.get_json()
    assert [(d["field"], d["problem"]) for d in content["details"]] == [
        ("deviceName", "must be a string"),
        ("jobName", "is required"),
        ("timestamp", OFFSET),
        ("status", "must not be empty"),
        ("message", "is required"),
        ("sender", "must be a string"),
        ("files", WHOLE),
        ("duration", SECONDS),
        ("endTime", ISO),
        ("log", "must be a text, one line each"),
    ]
    assert content["message"] == "; ".join(f"{d['field']} {d['problem']}" for d in content["details"])
    assert site.deliveries()[0].problem.startswith("deviceName: must be a string; jobName: is required; ")


def test_everything_that_is_wrong_with_a_notification_is_told_at_once(script: Script) -> None:
    body = {"timestamp": "soon", "severity": "bad", "type": 7, "jobName": 1, "message": 2, "sender": 3}
    assert script.problems(NOTIFICATION, body) == [
        ("deviceName", "is required"),
        ("timestamp", ISO),
        ("severity", "must be one of info, warning, error, critical"),
        ("type", "must be a string"),
        ("jobName", "must be a string"),
        ("message", "must be a string"),
        ("sender", "must be a string"),
    ]


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "a word": b"hello",
    "a form": b"deviceName=web-01&jobName=nightly",
    "half an object": as_bytes(backup())[:-1],
    "an array": json.dumps([backup()]).encode(),
    "an empty array": b"[]",
    "a string": b'"Success"',
    "null": b"null",
    "an endless number": b"1e999",
    "two objects": as_bytes(backup()) * 2,
    "arrays without end": b"[" * 50_000,
    "objects without end": b'{"a":' * 50_000,
    "too deep": b'{"deviceName":' * 20_000 + b"1" + b"}" * 20_000,
    "a NUL": b"\0",
    "UTF-32": json.dumps(backup()).encode("utf-32"),
    "bytes that are no text": bytes(range(256)),
}


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_a_body_that_is_no_object_is_refused_and_kept(
    site: Site, script: Script, path: str, body: bytes
) -> None:
    ((field, problem),) = script.problems(path, body)
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.endpoint, kept.problem) == ("unrecognised", path, f"{field}: {problem}")
    assert deliveries.body_of(site.db, kept.id) == body
    assert (site.servers(), events_of(site), field) == ([], [], "body")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b"[]", "must be a JSON object"),
        (b"{} {}", "goes on after the JSON object"),
        (b"{]", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        (b"[" * 50_000, "is nested too deeply"),
    ],
    ids=["empty", "array", "two", "broken", "deep"],
)
def test_what_is_wrong_with_a_body_is_told(script: Script, body: bytes, problem: str) -> None:
    assert script.problems(BACKUP, body) == [("body", problem)]


def test_a_body_with_wrong_fields_is_kept_too(site: Site, script: Script) -> None:
    body = as_bytes(backup(status="", timestamp="now"))
    script.problems(BACKUP, body)
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.run, kept.job) == ("unrecognised", None, None)
    assert kept.problem == f"timestamp: {ISO}; status: must not be empty"
    assert deliveries.body_of(site.db, kept.id) == body


def test_a_body_that_cannot_be_read_counts_for_nothing(site: Site, script: Script) -> None:
    script.backup()
    before = site.summary(), site.job("nightly"), script.counts()
    script.problems(BACKUP, backup(status=5))
    assert (site.summary(), site.job("nightly"), script.counts()) == before


def raw(**fields: str) -> str:
    """A run as text; `fields` are JSON as it stands."""
    text = {name: json.dumps(value) for name, value in backup().items()} | fields
    return "{" + ",".join(f'"{name}":{value}' for name, value in text.items()) + "}"


# None of these may be answered with 500, on either database.
HOSTILE: dict[str, str] = {
    "NaN for a number": raw(files="NaN", duration="Infinity", size="-Infinity"),
    "NaN for a text": raw(deviceName="NaN"),
    "10^400 for numbers": raw(files=HUGE, duration=HUGE, size=HUGE),
    "1e400 for numbers": raw(files="1e400", duration="-1e400"),
    "10^400 for a text": raw(jobName=HUGE),
    "6000 digits": raw(size="9" * 6000),
    "NUL in texts": raw(**dict.fromkeys(("deviceName", "jobName", "status", "message"), '"a\\u0000b"')),
    "NUL alone": raw(deviceName='"\\u0000"', sender='"\\u0000"'),
    "raw NUL": raw(message='"a\0b"', log='"\0"'),
    "lone surrogates": raw(
        **dict.fromkeys(("deviceName", "jobName", "sender", "status", "message", "log"), '"\\ud83d"')
    ),
    "surrogates the wrong way round": raw(jobName='"\\ude00\\ud83d"'),
    "names of 10,000 characters": raw(
        **{name: json.dumps("ü" * 10_000) for name in ("deviceName", "jobName", "sender", "status", "message")}
    ),
    "raw line ends": raw(message='"a\nb\r\nc"'),
    "a field twice": raw(**{"status": '"Success","status":"Error"'}),
    "an unknown field that is deep": raw(more="[" * 400 + "]" * 400),
    "the first time": raw(timestamp='"1971-01-01T00:00:00Z"'),
    "the last time": raw(timestamp='"9999-12-31T23:59:59.9999999Z"', duration="3000000000"),
    "an end before the start": raw(endTime='"1971-01-02T00:00:00Z"'),
    "an offset of a day": raw(timestamp='"2026-01-28T02:00:00+23:59"'),
    "markup": raw(deviceName='"<script>alert(1)</script>"', status='"</td><b>"'),
    "a log of many lines": raw(log=json.dumps("x\n" * 50_000)),
    "0 and -0": raw(files="-0", size="0.0", duration="-0.0"),
}  # fmt: skip


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_body_is_answered_with_500_and_what_was_taken_in_can_be_read(
    site: Site, script: Script, path: str, body: str
) -> None:
    if path == NOTIFICATION:
        body = body.replace('"status":', '"severity":"info","type":', 1)
    first = script.send(path, body)
    assert first.status_code in (201, 400), first.text
    (kept,) = site.deliveries()
    assert (kept.outcome == "unrecognised") is (first.status_code == 400)
    assert deliveries.body_of(site.db, kept.id) == as_bytes(body)
    site.now.forward(days=400)
    site.sweep()
    for page in ("/", "/events"):
        assert site.page(page).status_code == 200
    for read in ("/metrics", "/api/summary"):
        assert site.get(read).status_code == 200
    again = script.send(path, body)
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())


def test_surrogates_and_nuls_are_replaced_and_not_lost(site: Site, script: Script) -> None:
    script.told(BACKUP, HOSTILE["NUL in texts"])
    script.told(BACKUP, HOSTILE["lone surrogates"])
    assert [server.name for server in site.servers()] == ["a␀b", "�"]
    assert site.job("a␀b").last_message == "a␀b"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"]
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_body_may_come_in_every_encoding_that_powershell_sends(
    site: Site, script: Script, encoding: str
) -> None:
    body = json.dumps(backup(deviceName="Büro", message="Größe: 5 €"), ensure_ascii=False)
    text = body if encoding != "latin-1" else body.replace("€", "EUR")
    script.told(BACKUP, MARKS.get(encoding, b"") + text.encode(encoding))
    assert [server.name for server in site.servers()] == ["Büro"]
    assert site.job("nightly").last_message == ("Größe: 5 €" if text is body else "Größe: 5 EUR")


@pytest.mark.parametrize("path", GOOD)
def test_a_compressed_body_is_taken_in_and_is_the_same_report(site: Site, script: Script, path: str) -> None:
    body = as_bytes(GOOD[path])
    first = script.told(path, gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert script.told(path, body) == first
    assert [d.outcome for d in site.deliveries()] == ["recorded", "repeat"]
    assert deliveries.body_of(site.db, 1) == body


def test_a_body_that_is_not_the_gzip_it_claims_is_refused_and_kept(site: Site, script: Script) -> None:
    response = script.send(BACKUP, backup(), **{"Content-Encoding": "gzip"})
    message = "The body is not the gzip that Content-Encoding says"
    assert (response.status_code, response.get_json()["message"]) == (400, message)
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.problem) == ("unrecognised", message)


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_a_body_that_is_too_large_is_told_its_limit(
    make_site: Callable[..., Site], path: str, compressed: bool
) -> None:
    script = script_of(make_site(intake={"max_body_bytes": 4096}))
    body = as_bytes(GOOD[path] | {"message": "x" * 4096})
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    response = script.send(path, gzip.compress(body) if compressed else body, **headers)
    assert response.status_code == 413
    assert response.get_json() == {
        "status": "error",
        "error": "PayloadTooLargeError",
        "message": "The body is larger than 4096 bytes ([intake] max_body_bytes)",
    }
    assert (script.site.deliveries(), script.site.servers()) == ([], [])
