"""POST /api/upload: compressed, too large, broken and hostile bodies."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.store import deliveries
from tests.support.bodies import JSON, as_bytes, duplicati, form, live, simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
GZIP = {"Content-Encoding": "gzip"}
SMALL = {"max_body_bytes": 4096}
HUGE = 10**30
LONG = "x" * 100_000

# Nothing of this may be answered with 500, on either database.
HOSTILE: dict[str, bytes | str | dict[str, Any]] = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "a NUL": b"\0",
    "bytes that are no text": bytes(range(256)),
    "an array": "[]",
    "an array in an array": "[" * 50_000,
    "objects without an end": '{"a":' * 50_000,
    "deep but closed": '{"Data":' + '{"a":' * 2000 + "1" + "}" * 2001,
    "a string": '"Data"',
    "a number": "1e999",
    "an empty object": "{}",
    "half an object": '{"Data": {"MainOperation": "Backup"',
    "two objects": json.dumps(duplicati(START)) * 2,
    "null for everything": '{"Data":null,"Extra":null,"LogLines":null,"Exception":null}',
    "lists for everything": '{"Data":[],"Extra":[],"LogLines":{},"Exception":[]}',
    "numbers for everything": '{"Data":1,"Extra":2,"LogLines":3,"Exception":4}',
    "numbers for objects": '{"server":1,"backup":2}',
    "null for objects": '{"server":null,"backup":null}',
    "NaN": '{"server":{"name":"a"},"backup":{"name":"b","status":"success","startTime":"x","duration":NaN}}',
    "infinite": duplicati(START, SizeOfExaminedFiles=float("inf")),
    "a huge integer": duplicati(START, SizeOfExaminedFiles=HUGE, ExaminedFiles=-HUGE),
    "digits without end": '{"Data":{"MainOperation":"Backup","ExaminedFiles":' + "9" * 6000 + "}}",
    "NUL in names": duplicati(START, job="a\0b", server="c\0d", machine="e\0f"),
    "NUL in texts": duplicati(START, exception="a\0b") | {"LogLines": ["a\0b"]},
    "NUL in words": duplicati(START, result="a\0b", operation="c\0d", Version="e\0f"),
    "NUL in keys": duplicati(START) | {"Data": {"MainOperation": "Backup", "a\0b": 1}},
    "half a surrogate": '{"Data":{"MainOperation":"Backup"},"Extra":{"backup-name":"\\ud83d","machine-id":"\\udc00"}}',
    "half a surrogate elsewhere": '{"Data":{"\\ud83d":1,"ParsedResult":"\\ud83d"},"Extra":{},"LogLines":["\\ud83d"]}',
    "long names": duplicati(START, job=LONG, server=LONG, machine=LONG),
    "long words": duplicati(START, result=LONG, operation=LONG, Version=LONG),
    "a long message": duplicati(START, exception=LONG),
    "more lines than there can be": duplicati(START) | {"LogLines": ["... and 999999999999 more"]},
    "an offset of a day": duplicati(START)
    | {
        "LogLines": [
            "2026-01-28 02:00:00 +23:59 - [Warning-a-b]: x",
            "2026-01-28 02:00:00 +99 - [Error-a]: y",
        ]
    },
    "a year that is no year": duplicati("2026-01-28T02:00:00Z", BeginTime="0000-00-00T00:00:00Z"),
    "the first year": duplicati(START, BeginTime="0001-01-01T00:00:00", EndTime="0001-01-01T00:00:00"),
    "the last second": duplicati(START, BeginTime="9999-12-31T23:59:59.9999999Z"),
    "a start in 1971": duplicati("1971-01-02T00:00:00Z"),
    "an end long before the start": duplicati(START, EndTime="1971-01-02T00:00:00Z"),
    "a duration without end": duplicati(START, Duration="99999999.23:59:59.9999999"),
    "a negative duration": duplicati(START, Duration="-99999999.23:59:59"),
    "a next run in the last year": duplicati(START, next_run="99991231T235959Z"),
    "a next run in 1971": duplicati(START, next_run="19710102T000000Z"),
    "a start and next run at the end": duplicati("9999-12-31T20:00:00Z", next_run="99991231T235959Z"),
    "a simple start at the end": simple(start="9999-12-31T23:59:59Z", duration=3 * 10**9),
    "a live start at the end": live("Started", "9999-12-31T23:59:59Z"),
    "a live start in 1971": live("Progress", "1971-01-02T00:00:00Z", share=1e308),
    "a live post of nothing": '{"operation":null,"status":null,"startedUtc":null}',
    "HTML": "<script>alert(1)</script>",
    "a form without end": b"message=%",
    "a form of percent signs": b"message=" + b"%" * 10_000,
    "a form of fields": b"&".join(b"a%d=" % n for n in range(20_000)),
    "a form of equals signs": b"=" * 10_000,
    "text with a wrong time": form("Duplicati Backup report for x\n\nBeginTime: x (99999999999999999999)"),
    "text without an end": b"message=" + b"Duplicati Backup report for x\n\nMessages: [\n" + b"  x,\n" * 5000,
}


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_body_is_answered_with_500_and_what_was_taken_in_can_be_read_swept_and_repeated(
    site: Site, body: bytes | str | dict[str, Any]
) -> None:
    response = site.post(body)
    assert response.status_code in (200, 400), response.text
    first = response.get_json()
    assert first["status"] == ("success" if response.status_code == 200 else "error")
    (kept,) = site.deliveries()
    assert (kept.outcome == "unrecognised") is (response.status_code == 400)
    assert deliveries.body_of(site.db, kept.id) == as_bytes(body)
    site.now.forward(days=400)
    site.sweep()
    for path in ("/api/summary", "/metrics", "/api/health"):
        assert site.get(path).status_code in (200, 503)
    assert site.page("/").status_code == 200
    if first["status"] == "success":
        server = first["data"]["serverId"]
        site.read(f"/api/lastbackup/{server}")
        site.read(f"/api/lastbackups/{server}")
    assert site.post(body).status_code in (200, 400)


@pytest.mark.parametrize(
    "compress",
    [
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(zlib.compress, id="deflate"),
        pytest.param(lambda data: gzip.compress(data) + b"\0" * 10, id="padded"),
    ],
)
@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip", "deflate"])
def test_a_compressed_body_is_taken_in(site: Site, compress: Callable[[bytes], bytes], name: str) -> None:
    body = as_bytes(duplicati(START))
    site.record(compress(body), headers={"Content-Encoding": name})
    (kept,) = site.deliveries()
    assert deliveries.body_of(site.db, kept.id) == body


def test_compressed_or_not_it_is_the_same_report(site: Site) -> None:
    body = as_bytes(duplicati(START))
    site.record(body)
    assert site.record(gzip.compress(body), headers=GZIP)["duplicate"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (gzip.compress(b"x" * 1000)[:-9], "The body ends before its gzip does"),
        (b"", "The body ends before its gzip does"),
        (b'{"Data":{}}', "The body is not the gzip that Content-Encoding says"),
        (gzip.compress(b"a") + gzip.compress(b"b"), "The body goes on after its gzip"),
    ],
    ids=["cut short", "empty", "no gzip", "two members"],
)
def test_a_body_that_is_not_whole_gzip_is_refused_and_kept(site: Site, body: bytes, message: str) -> None:
    response = site.post(body, headers=GZIP)
    assert response.status_code == 400
    assert response.get_json() == {"status": "error", "error": "ValidationError", "message": message}
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.problem) == ("unrecognised", message)
    assert deliveries.body_of(site.db, kept.id) == body


def test_another_encoding_is_refused_and_kept(site: Site) -> None:
    response = site.post(b"anything", headers={"Content-Encoding": "br"})
    assert (response.status_code, response.get_json()["error"]) == (400, "ValidationError")
    assert deliveries.body_of(site.db, site.deliveries()[0].id) == b"anything"


# Made in the test: what a module makes when it is imported, each process of the tests makes.
@pytest.mark.parametrize(
    "bomb",
    [lambda: gzip.compress(b"\0" * 50_000_000), lambda: zlib.compress(b" " * 50_000_000, 9)],
    ids=["gzip", "deflate"],
)
def test_a_body_that_grows_past_the_limit_is_too_large(
    make_site: Callable[..., Site], bomb: Callable[[], bytes]
) -> None:
    site = make_site(intake={"max_body_bytes": 1_000_000})
    response = site.post(bomb(), headers=GZIP)
    assert response.status_code == 413
    assert site.deliveries() == []


def test_a_body_that_is_too_large_is_told_its_limit(make_site: Callable[..., Site]) -> None:
    response = make_site(intake=SMALL).post(b"x" * 4097)
    assert response.status_code == 413
    assert response.get_json() == {
        "status": "error",
        "error": "PayloadTooLargeError",
        "message": "The body is larger than 4096 bytes ([intake] max_body_bytes)",
    }


def test_a_body_of_exactly_the_limit_is_read(make_site: Callable[..., Site]) -> None:
    site = make_site(intake=SMALL)
    body = as_bytes(duplicati(START))
    site.record(body + b" " * (4096 - len(body)))
    assert site.job().last_status == "success"


def test_a_body_that_cannot_be_read_is_answered_with_what_is_wrong(site: Site) -> None:
    response = site.post(b"hello", kind=JSON)
    assert response.status_code == 400
    assert response.get_json() == {
        "status": "error",
        "error": "ValidationError",
        "message": "Invalid backup data format",
        "details": [{"field": "body", "problem": "is neither JSON nor a form nor the text of a report"}],
    }


def test_a_body_that_cannot_be_read_counts_for_nothing(site: Site) -> None:
    before = site.summary()
    site.post(b"hello")
    assert site.summary() == before
    assert site.deliveries()[0].problem == "body: is neither JSON nor a form nor the text of a report"


def test_of_a_log_without_end_the_first_and_last_lines_are_kept(make_site: Callable[..., Site]) -> None:
    from duplistat.store import runs

    site = make_site(intake={"max_log_lines": 10})
    lines = [f"2026-01-28 02:00:00 +00 - [Warning-a-b]: line {n}" for n in range(1000)]
    site.record(duplicati(START) | {"LogLines": lines})
    kept = [text for _, _, text, _ in runs.log_of(site.db, 1)]
    assert kept == [f"line {n}" for n in (0, 1, 2, 3, 4, 995, 996, 997, 998, 999)]
    assert site.run(1).log_lines == 1000
