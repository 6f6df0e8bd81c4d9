"""Bodies that are nothing, broken, hostile or dressed up: recognised, or refused with a clear problem."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.errors import Unrecognised
from duplistat.core.report import LiveStatus, Report
from duplistat.formats.recognise import recognise

SAMPLES = sorted(
    path for path in (Path(__file__).parent / "duplicati").iterdir() if path.suffix in (".json", ".txt")
)
BODIES = [path.read_bytes() for path in SAMPLES]
USUAL = next(path for path in SAMPLES if path.name.startswith("04")).read_bytes()
# The same examples on every machine, and nothing left in the checkout.
REPEATABLE = settings(max_examples=300, deadline=None, derandomize=True, database=None)
SIMPLE = (
    b'{"server":{"name":"s"},"backup":{"name":"b","status":"success","startTime":"2024-01-15T02:00:00Z"}}'
)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"[]", "must be a JSON object"),
        (b'[{"Data":{}}]', "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"5", "is neither JSON nor a form nor the text of a report"),
        (b"message=hello", "is a form in which nothing says how a backup ended"),
        (b"message=Backup%20of%20Photos&server=nas", "is a form in which nothing says how a backup ended"),
        (b"\x1f\x8b\x08\0", "is compressed, but no Content-Encoding says so"),
        (b"null", "is neither JSON nor a form nor the text of a report"),
        (b"\xff\xfe\x00\x80", "is neither JSON nor a form nor the text of a report"),
        (b"{}", "is a JSON object, but no report: it needs Data and Extra, or server and backup"),
        (b'{"Data":5}', "is a JSON object, but no report: it needs Data and Extra, or server and backup"),
        (b'{"Data":', "is not JSON: Expecting value at line 1, column 9"),
        (b'{"a":1} {"b":2}', "goes on after the JSON object"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"[" * 100_000, "must be a JSON object"),
    ],
)
def test_what_is_no_report_is_refused_and_says_why(body: bytes, problem: str) -> None:
    with pytest.raises(Unrecognised, match=r"^Invalid backup data format$") as caught:
        recognise(body)
    assert [(item.field, item.problem) for item in caught.value.problems] == [("body", problem)]


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_the_content_type_decides_nothing(content_type: str) -> None:
    assert recognise(USUAL, content_type=content_type) == recognise(USUAL)


def test_a_body_may_be_dressed_up() -> None:
    plain = recognise(USUAL)
    assert recognise(b"\xef\xbb\xbf" + USUAL) == plain
    assert recognise(b" \r\n\t" + USUAL + b"\r\n") == plain
    assert recognise(json.dumps(json.loads(USUAL), indent=4).encode()) == plain
    assert recognise(b"\xef\xbb\xbf" + SIMPLE).server_name == "s"


def test_the_only_item_of_an_array_is_the_report() -> None:
    assert recognise(b"[" + USUAL + b"]") == recognise(USUAL)
    assert recognise(b'[{"headers":{},"body":' + USUAL + b"}]") == recognise(USUAL)


def test_what_python_prints_is_read_as_the_json_that_it_means() -> None:
    assert recognise(str(json.loads(USUAL)).encode()) == recognise(USUAL)


@pytest.mark.parametrize(
    "document",
    [
        {
            "server": {"name": "s"},
            "backup": {"name": "b", "status": "error", "startTime": "2026-11-28T02:00:00Z"},
        },
        {"server": "s", "job": "b", "status": "Error"},
    ],
)
def test_data_and_extra_of_others_are_no_report(document: dict[str, Any]) -> None:
    plain = recognise(json.dumps(document).encode())
    assert isinstance(plain, Report)
    assert plain.status == "error"
    for more in ('{"data": {"a": 1}, "extra": {"b": 1}}', '{"data": {}}', '{"data": {"mainOperation": "x"}}'):
        found = recognise(json.dumps(document | json.loads(more)).encode())
        assert isinstance(found, Report)
        assert (found.status, found.format) == (plain.status, plain.format)


def test_names_may_begin_with_a_small_letter() -> None:
    """Else a step inside the report, whose names a relay left as they were, would be taken for all of it."""

    def small(value: dict[str, Any], *, more: bool) -> dict[str, Any]:
        return {
            k[:1].lower() + k[1:]: small(v, more=False) if more and isinstance(v, dict) else v
            for k, v in value.items()
        }

    document = json.loads(USUAL)
    assert recognise(json.dumps(small(document, more=True)).encode()) == recognise(USUAL)
    assert recognise(json.dumps(small(document, more=False)).encode()) == recognise(USUAL)


def test_bytes_that_are_no_utf8_are_latin_1() -> None:
    report = recognise(USUAL.replace(b"nas-keller", b"nas-k\xfcche"))
    assert report.server_name == "nas-küche"


def test_numbers_that_json_does_not_know_are_not_told() -> None:
    report = recognise(
        USUAL.replace(b'"ExaminedFiles":10211', b'"ExaminedFiles":NaN,"Odd":-Infinity,"Big":1e999')
    )
    assert isinstance(report, Report)
    assert report.files is None
    assert {"Odd", "Big"}.isdisjoint(report.numbers)
    long = recognise(USUAL.replace(b":10211", b":" + b"9" * 5000))
    assert isinstance(long, Report)
    assert (long.files, long.size) == (None, 48318382080)


def test_names_from_the_url_never_replace_what_the_body_says() -> None:
    usual = recognise(USUAL)
    assert isinstance(usual, Report)
    assert recognise(USUAL, server="x", job="y") == replace(usual, said="x")
    sample = next(body for body in BODIES if b"for%20Photos" in body)
    report = recognise(sample, server=" box ", job="y")
    assert (report.server_name, report.job_name) == ("box", "Photos")


def test_megabytes_of_log_are_read_in_linear_time() -> None:
    line = "2026-01-27 03:00:00 +01 - [Warning-Duplicati.Library.Main-Odd]: file"
    document = {
        "Data": {"MainOperation": "Backup", "ParsedResult": "Warning"},
        "Extra": {},
        "LogLines": [line] * 50_000,
    }
    text = "ParsedResult: Warning\nLog data:\n" + f"{line}\n" * 50_000
    for body in (json.dumps(document), text, "message=" + quote(text)):
        began = time.process_time()
        report = recognise(body.encode())
        assert time.process_time() - began < 10
        assert isinstance(report, Report)
        assert len(report.log) == 50_000


@pytest.mark.parametrize(
    "body",
    [
        b"Duplicati Backup report for " + b"(a, " * 200_000,
        b"Failed: a\n" * 100_000,
        b"ParsedResult: x\nA: [\n" * 50_000,
        b"a=" + b"%7B&" * 200_000,
        b"%7B&" * 200_000,
        b"a=b&{" * 200_000,
        b"ParsedResult: x\nLog data:\n" + b"2026-01-27 03:00:00 +01 - [Warning-" * 30_000,
        b"ParsedResult: x" + b"\n" * 500_000,
        b"{" * 500_000,
        b" " * 1_000_000,
        b"{'" + b"\\'" * 500_000,
        b"{'a" + b"\"'" * 300_000,
        b"--a\nContent-Disposition: x\n" + b"--a\nname=" * 200_000,
        b"Duplicati Report\n==========\n" + b"Log Messages:\n----\n" * 50_000,
        b"Duplicati Report\n==========\n" + b"A: " * 300_000,
        b"Duplicati " + b" " * 500_000 + b"Report",
        b"Duplicati Report <h1>Duplicati Backup Report</h1>" + b"<p><pre><tr><td>a</td><td>" * 40_000,
        b'Duplicati Report\n{"text": "Duplicati a - b", "blocks":' * 20_000,
        b'{"text": "Duplicati a - b", "blocks": [' + b'{"fields": [{"text": "*A:* b"}]},' * 30_000 + b"{}]}",
        b"Duplicati Backup for " + b" on" * 300_000,
        b"[" * 300_000 + b"{}",
    ],
)
def test_bodies_made_to_be_slow_are_not(body: bytes) -> None:
    began = time.process_time()
    only_reports(body)
    assert time.process_time() - began < 5


def only_reports(body: bytes) -> None:
    """A body is a report whose texts can be stored anywhere, or it is refused."""
    try:
        found = recognise(body, max_log_lines=50)
    except Unrecognised:
        return
    assert isinstance(found, Report | LiveStatus)
    assert len(found.log) <= 50 or not isinstance(found, Report)
    repr(found).encode()
    for text in (
        found.server_name,
        found.job_name,
        found.machine_id,
        found.job_ref,
        *(line.text for line in found.log),
    ):
        assert "\0" not in text
        text.encode()
    assert (found.started is None) == (found.started_ticks is None)


@REPEATABLE
@given(st.binary(max_size=300))
def test_arbitrary_bytes_only_ever_are_reports_or_refused(body: bytes) -> None:
    only_reports(body)


@REPEATABLE
@given(
    st.sampled_from(BODIES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), max_size=5),
)
def test_damaged_samples_only_ever_are_reports_or_refused(
    body: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    for where, length, patch in cuts:
        at = int(where * len(body))
        body = body[:at] + patch + body[at + length :]
    only_reports(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@REPEATABLE
@given(st.sampled_from([body for body in [*BODIES, SIMPLE] if body.startswith(b"{")]), st.data())
def test_any_value_may_stand_anywhere(body: bytes, data: st.DataObject) -> None:
    document = json.loads(body)
    for _ in range(data.draw(st.integers(1, 4))):
        place = document
        while isinstance(place, dict) and place:
            key = data.draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or data.draw(st.booleans()):
                place[key] = data.draw(JSON_VALUES)
                break
            place = place[key]
    only_reports(json.dumps(document).encode())
