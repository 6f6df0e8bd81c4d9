"""Which answers are compressed, for whom, and what their headers say then."""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.app import create_app
from duplistat.http.compression import LEAST, compress
from duplistat.services.access.api_keys import Scope
from duplistat.store.database import Database
from duplistat.web.access import token_of
from duplistat.web.assets import send_packed
from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.known import the_account
from tests.support.signing import session, sign_in
from tests.support.site import Site

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
LONG = b"a" * LEAST


@pytest.fixture
def jobs(site: Site) -> Site:
    for number in range(5):
        site.record(duplicati("2026-01-28T02:00:00Z", job=f"Job {number}"))
    return site


@pytest.fixture
def admin(jobs: Site) -> FlaskClient:
    owner = the_account(jobs.db, "main")
    assert owner is not None
    client = jobs.client()
    sign_in(client, session(jobs.db, owner.id, jobs.now()))
    return client


def unpacked(answer: TestResponse) -> bytes:
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    return gzip.decompress(answer.data)


def without_tokens(page: bytes) -> bytes:
    return re.sub(rb'name="csrf" value="\w+"', b"", page)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs/1",
        "/api/lastbackups/1",
        "/metrics",
        "/static/app.css",
        "/static/app.js",
        "/static/icon.svg",
    ],
)
def test_what_is_long_enough_is_compressed_for_whoever_asks_for_it(admin: FlaskClient, path: str) -> None:
    plain, packed = admin.get(path), admin.get(path, headers=GZIP)
    for answer in (plain, packed):
        # What is in it stays.
        answer.get_data()
        answer.close()
    assert "Content-Encoding" not in plain.headers
    if len(plain.data) < LEAST:
        assert packed.data == plain.data
        assert "Accept-Encoding" not in packed.headers.get("Vary", "")
        return
    assert without_tokens(unpacked(packed)) == without_tokens(plain.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert plain.headers["Content-Type"] == packed.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/", "/api/lastbackups/1", "/static/app.css"])
def test_head_says_what_get_would_send(admin: FlaskClient, path: str) -> None:
    got, asked = admin.get(path, headers=GZIP), admin.head(path, headers=GZIP)
    assert asked.data == b""
    assert asked.headers["Content-Encoding"] == got.headers["Content-Encoding"] == "gzip"
    # The masks of a page's forms are others each time.
    assert abs(int(asked.headers["Content-Length"]) - len(got.data)) < 50


def test_a_short_answer_is_sent_as_it_is(jobs: Site) -> None:
    answer = jobs.get("/api/summary", **GZIP)
    assert len(answer.data) < LEAST
    assert not {"Content-Encoding", "Vary"} & set(answer.headers.keys())


def test_an_etag_is_weak_where_the_bytes_are_others_and_is_met_either_way(jobs: Site) -> None:
    key = {"X-Api-Key": jobs.key(Scope.READ)}
    plain = jobs.get("/api/v1/jobs", **key)
    packed = jobs.get("/api/v1/jobs", **key, **GZIP)
    assert unpacked(packed) == plain.data
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    for etag in (plain.headers["ETag"], packed.headers["ETag"]):
        for more in ({}, GZIP):
            again = jobs.get("/api/v1/jobs", **key, **more, **{"If-None-Match": etag})
            assert (again.status_code, again.data) == (304, b"")
            assert "Accept-Encoding" in again.headers["Vary"]
            assert "Content-Encoding" not in again.headers


def test_a_static_file_is_compressed_once_and_a_part_of_it_never(
    jobs: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = jobs.get("/static/app.css", **GZIP)
    assert unpacked(first) == Path("static/app.css").read_bytes()
    monkeypatch.setattr("duplistat.http.compression.packed", None)
    again = jobs.get("/static/app.css", **GZIP)
    assert again.data == first.data
    known = jobs.get("/static/app.css", **GZIP, **{"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    known.close()
    part = jobs.get("/static/app.css", **GZIP, Range="bytes=0-1999")
    assert (part.status_code, len(part.data)) == (206, 2000)
    assert "Content-Encoding" not in part.headers
    part.close()


def test_a_file_that_changed_is_compressed_anew(tmp_path: Path) -> None:
    app = Flask("alone", static_folder=str(tmp_path), static_url_path="/static")
    app.after_request(send_packed)
    for text in ("a {}\n" * 400, "b {}\n" * 400):
        (tmp_path / "x.css").write_text(text)
        assert unpacked(app.test_client().get("/static/x.css", headers=GZIP)).decode() == text


@pytest.mark.parametrize("path", ["/jobs/1.csv", "/settings/audit.csv", "/partners.csv"])
def test_files_to_be_kept_are_sent_as_they_are(admin: FlaskClient, path: str) -> None:
    answer = admin.get(path, headers=GZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_last_backups_are_remembered_as_they_are_sent(jobs: Site) -> None:
    db = Database(jobs.db.url, read_only=True)
    client = create_app(jobs.config, db=db, now=jobs.now).test_client()
    plain, packed = client.get("/api/lastbackups/1"), client.get("/api/lastbackups/1", headers=GZIP)
    assert unpacked(packed) == plain.data
    with statements_of(db) as ran:
        assert client.get("/api/lastbackups/1", headers=GZIP).data == packed.data
        assert client.get("/api/lastbackups/1").data == plain.data
    assert not db.on_sqlite or len(ran) == 2
    db.close_all()


def alone(response: Response) -> TestResponse:
    """An answer of an application that has no other."""
    app = Flask("alone")
    app.add_url_rule("/", view_func=lambda: response)
    app.after_request(compress)
    return app.test_client().get("/", headers=GZIP, buffered=False)


def test_what_is_made_while_it_is_sent_is_not_gathered() -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            yield LONG

    answer = alone(Response(pieces(), mimetype="text/event-stream"))
    assert list(answer.iter_encoded()) == [LONG] * 3
    assert not {"Content-Encoding", "Content-Length"} & set(answer.headers.keys())


@pytest.mark.parametrize("cache_control", ["private, no-cache", "no-store"])
def test_a_page_that_is_made_while_it_is_sent_has_its_first_part_sent_at_once(cache_control: str) -> None:
    made: list[bytes] = []

    def parts() -> Iterator[bytes]:
        for part in (b"top", LONG, b"foot"):
            made.append(part)
            yield part

    answer = alone(Response(parts(), mimetype="text/html", headers={"Cache-Control": cache_control}))
    sent = answer.iter_encoded()
    first, begun = next(sent), list(made)
    assert begun == [b"top"]
    body = first + b"".join(sent)
    if cache_control == "no-store":
        # A page with a secret.
        assert (first, body) == (b"top", b"top" + LONG + b"foot")
        assert not {"Content-Encoding", "Vary"} & set(answer.headers.keys())
        return
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert zlib.decompressobj(31).decompress(first) == b"top"
    assert gzip.decompress(body) == b"top" + LONG + b"foot"


@pytest.mark.parametrize(
    "response",
    [
        Response(gzip.compress(LONG * 9), mimetype="text/plain", headers={"Content-Encoding": "gzip"}),
        Response(LONG, mimetype="image/png"),
        Response(LONG, mimetype="application/gzip"),
        Response(LONG, mimetype="text/html", headers={"Cache-Control": "no-store"}),
        Response(LONG, mimetype="text/plain", headers={"Content-Disposition": "attachment"}),
        Response(LONG[1:], mimetype="text/plain"),
    ],
    ids=["compressed", "picture", "archive", "secret page", "file", "short"],
)
def test_others_are_sent_as_they_are(response: Response) -> None:
    body, headers = response.get_data(), dict(response.headers)
    answer = alone(response)
    assert answer.data == body
    assert dict(answer.headers) == headers


def test_an_answer_that_depends_on_more_says_all_of_it() -> None:
    answer = alone(Response(LONG, mimetype="text/plain", headers={"Vary": "Accept"}))
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert unpacked(answer) == LONG


def test_the_token_of_forms_is_another_text_in_each_answer_and_proves_the_same(jobs: Site) -> None:
    client = jobs.client()
    pages = [client.get("/sign-in").text for _ in range(3)]
    tokens = [set(re.findall(r'name="csrf" value="(\w+)"', page)) for page in pages]
    assert [len(found) for found in tokens] == [1, 1, 1]
    assert len(set.union(*tokens)) == 3
    cookie = client.get_cookie("duplistat_form")
    assert cookie is not None
    plain = token_of(cookie.value)
    for found in (*set.union(*tokens), plain):
        assert client.post("/language", data={"csrf": found, "language": "en"}).status_code == 303
    (first,) = tokens[0]
    other = "0" if first[0] != "0" else "1"
    for wrong in (
        other + first[1:],
        first[:64],
        first[64:],
        "zz" + first[2:],
        f"{first}00",
        " " * 128,
        "é" * 128,
    ):
        assert client.post("/language", data={"csrf": wrong, "language": "en"}).status_code == 403
