"""A long overview is sent in two parts: what is above the rows at once, and then these."""

import re
import zlib
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from duplistat.core.times import to_ms
from duplistat.web.overview.page import MANY
from duplistat.web.parts import jobs_table
from tests.support.databases import statements_of
from tests.support.many_jobs import add_jobs
from tests.web.site import NOW, Site

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def many(site: Site) -> Site:
    add_jobs(site.db, MANY, to_ms(NOW - timedelta(hours=6)))
    return site


def unbuffered(site: Site, **headers: str) -> TestResponse:
    return site.client.get("/", headers=headers, buffered=False)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf" value="\w+"', "", page)


def test_the_top_is_sent_before_the_rows_are_made(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    rows = jobs_table.rows

    def counting(*given: Any) -> Any:
        made.append(given)
        return rows(*given)

    monkeypatch.setattr(jobs_table, "rows", counting)
    answer = unbuffered(many)
    parts = answer.iter_encoded()
    top = str(next(parts), "utf-8")
    assert f"All {MANY} jobs are protected" in top
    assert "Skip to jobs" in top
    assert "<table" not in top
    assert made == []
    # What is read is of one moment, and no connection is held while a slow client reads.
    with statements_of(many.db) as ran:
        rest = b"".join(parts).decode()
    assert (len(made) > 1, ran) == (True, [])
    assert rest.count("<tr><th scope=row>") == MANY
    assert rest.rstrip().endswith("</html>")
    assert "<!--" not in top + rest
    answer.close()


def test_it_is_the_page_that_fewer_jobs_have(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed = many.client.get("/")
    monkeypatch.setattr("duplistat.web.overview.page.MANY", MANY + 1)
    whole = many.client.get("/")
    assert "Content-Length" in whole.headers
    assert "Content-Length" not in streamed.headers
    assert without_tokens(streamed.text) == without_tokens(whole.text)
    own = {"Content-Length"}
    assert {k: v for k, v in whole.headers if k not in own} == dict(streamed.headers)


def test_compressed_its_first_part_is_a_top_that_can_be_read(many: Site) -> None:
    plain = many.client.get("/")
    answer = unbuffered(many, **GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == answer.headers["Vary"] == "Accept-Encoding"
    parts, machine = answer.iter_encoded(), zlib.decompressobj(16 + zlib.MAX_WBITS)
    top = machine.decompress(next(parts)).decode()
    assert f"All {MANY} jobs are protected" in top
    rest = b"".join(map(machine.decompress, parts)).decode()
    assert machine.eof
    assert without_tokens(top + rest) == without_tokens(plain.text)
    answer.close()


def test_a_form_below_the_rows_is_taken_from_whoever_has_no_cookie_yet(many: Site) -> None:
    public = many.public()
    found = re.search(r'name="csrf" value="(\w+)"', public.get("/").text.partition("</table>")[2])
    assert found is not None
    answer = public.post("/language", data={"csrf": found[1], "language": "de", "next": "/"})
    assert answer.status_code == 303
    assert 'lang="de"' in public.get("/").text


def test_head_renders_no_rows(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_table, "rows", None)
    for headers in ({}, GZIP):
        answer = many.client.head("/", headers=headers)
        assert (answer.status_code, answer.data) == (200, b"")


def test_an_error_in_the_top_is_answered_as_an_error(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    many.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("duplistat.web.overview.page.headline", lambda *_, **__: 1 // 0)
    assert "check the server log" in many.text("/", 500)


def test_an_error_in_the_rows_ends_the_answer_without_its_end(
    many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_table, "rows", lambda *_: 1 // 0)
    for headers in ({}, GZIP):
        answer = unbuffered(many, **headers)
        assert answer.status_code == 200
        parts = answer.iter_encoded()
        assert next(parts)
        with pytest.raises(ZeroDivisionError):
            next(parts)
        answer.close()


def test_whoever_leaves_early_leaves_nothing_open(many: Site) -> None:
    for headers in ({}, GZIP):
        answer = unbuffered(many, **headers)
        next(answer.iter_encoded())
        answer.close()
    assert many.client.get("/").status_code == 200


def test_rows_that_lay_themselves_out_have_the_usual_columns_of_a_table(many: Site) -> None:
    def tables(**query: str) -> list[str]:
        return re.findall(r'<table class="(jobs [^"]*)"', many.client.get("/", query_string=query).text)

    assert tables() == tables(sort="size") == ["jobs table lazy"]
    assert (
        tables(columns="days,size")
        == tables(columns="days,last,next,size,growth,versions,files")
        == ["jobs table"]
    )
    assert tables(view="cards") == ["jobs cards"]
    assert tables(q="documents-1") == ["jobs table"]
