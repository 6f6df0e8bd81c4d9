"""POST /api/upload and /upload: text in any encoding, and the older address."""

import json
from collections.abc import Callable
from urllib.parse import quote, quote_from_bytes

import pytest

from duplistat.services.reports.replay import read_again
from duplistat.store import deliveries
from tests.support.bodies import FORM, JSON, duplicati, simple, text_report
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
REPORT = json.dumps(duplicati(START, job="Überblick", server="büro"), ensure_ascii=False)
TEXT = text_report(START, job="Überblick", server="büro")
MINE = json.dumps(simple(start=START, job="Überblick", server="büro"), ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(REPORT.encode("latin-1"), JSON, id="latin-1"),
        pytest.param(REPORT.encode("latin-1"), f"{JSON}; charset=utf-8", id="latin-1, said to be utf-8"),
        pytest.param(REPORT.encode(), f"{JSON}; charset=iso-8859-1", id="utf-8, said to be latin-1"),
        pytest.param(REPORT.encode("utf-8-sig"), JSON, id="a mark"),
        pytest.param(REPORT.encode("utf-16"), JSON, id="utf-16 with its mark"),
        pytest.param(b"\xfe\xff" + REPORT.encode("utf-16-be"), JSON, id="utf-16 be with its mark"),
        pytest.param(REPORT.encode("utf-16-le"), f"{JSON}; charset=utf-16", id="utf-16 without a mark"),
        pytest.param(REPORT.encode("cp850"), f"{JSON}; charset=ibm850", id="a charset"),
        pytest.param(MINE.encode("latin-1"), JSON, id="our own shape"),
        pytest.param(b"message=" + quote_from_bytes(TEXT.encode("latin-1")).encode(), FORM, id="a form, %FC"),
        pytest.param(b"message=" + quote(TEXT).encode(), FORM, id="a form, %C3%BC"),
        pytest.param(
            b"message=" + quote_from_bytes(TEXT.encode("cp850")).encode(),
            f"{FORM}; charset=ibm850",
            id="a form in a charset",
        ),
        pytest.param(b"message=" + TEXT.encode("latin-1"), FORM, id="a form as it is"),
        pytest.param(TEXT.encode("utf-16"), "text/plain", id="text in utf-16"),
    ],
)
def test_names_are_what_they_were_in_any_encoding(site: Site, body: bytes, kind: str) -> None:
    site.record(body, kind=kind)
    (server,) = site.servers()
    assert (server.name, site.job("Überblick").name) == ("büro", "Überblick")
    (kept,) = site.deliveries()
    assert deliveries.body_of(site.db, kept.id) == body


@pytest.mark.parametrize("query", ["?server=b%FCro", "?server=b%C3%BCro", "?x=1&server=b%fcro&server=other"])
def test_a_name_in_the_address_may_be_in_latin_1(site: Site, query: str) -> None:
    body = TEXT.replace(" (4f1d2c3b, DB-1, büro)", "")
    site.record(body.encode("latin-1"), query=query)
    (kept,) = site.deliveries()
    assert "?" + kept.query == query
    assert read_again(site.db, site.writes, kept.id, max_log_lines=100) == "repeat"
    assert [s.name for s in site.servers()] == ["büro"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_older_address_is_the_same(site: Site, method: str) -> None:
    first = site.client().open("/upload", method=method, json=duplicati(START))
    again = site.record(duplicati(START))
    assert (first.status_code, first.get_json()["data"]) == (200, again["data"])
    assert [(d.endpoint, d.outcome) for d in site.deliveries()] == [
        ("/upload", "recorded"),
        ("/api/upload", "repeat"),
    ]


def test_the_older_address_answers_programs_too(site: Site) -> None:
    refused = site.client().post("/upload", data=b"nonsense")
    assert (refused.status_code, refused.get_json()["error"]) == (400, "ValidationError")


def test_limits_hold_for_both_addresses_together(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"upload_per_minute": 1}, intake={"max_body_bytes": 4096})
    assert site.client().post("/upload", data=b"x" * 5000).status_code == 413
    assert site.post(duplicati(START)).status_code == 200
    assert site.client().post("/upload", json=duplicati(START)).status_code == 429
