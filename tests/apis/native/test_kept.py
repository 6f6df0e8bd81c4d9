"""Answers that a caller has already are not sent again."""

import pytest

from tests.apis.native.cast import Caller

PATHS = (
    "/api/v1/servers",
    "/api/v1/servers/1",
    "/api/v1/jobs",
    "/api/v1/jobs/1",
    "/api/v1/runs",
    "/api/v1/runs/1",
    "/api/v1/runs/1/log",
    "/api/v1/events",
    "/api/v1/events/1",
    "/api/openapi.json",
    "/api/docs",
)


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_answer_gets_304_without_it(full: Caller, path: str) -> None:
    first = full.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    again = full.get(path, **{"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "private, no-cache")
    assert full.get(path, **{"If-None-Match": '"other"'}).data == first.data


def test_what_changed_is_sent_again(caller: Caller) -> None:
    tag = caller.get("/api/v1/runs").headers["ETag"]
    caller.report("2026-01-28T02:00:00Z")
    changed = caller.get("/api/v1/runs", **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_without_a_valid_key_an_etag_opens_nothing(full: Caller) -> None:
    tag = full.get("/api/v1/runs").headers["ETag"]
    assert full.site.get("/api/v1/runs", **{"If-None-Match": tag}).status_code == 401


def test_head_answers_as_get_does_without_a_body(full: Caller) -> None:
    got = full.get("/api/v1/jobs")
    head = full.site.client().head("/api/v1/jobs", headers={"X-Api-Key": full.key})
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(got.data))


def test_an_error_is_not_to_be_kept(caller: Caller) -> None:
    response = caller.get("/api/v1/runs?limit=0")
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
