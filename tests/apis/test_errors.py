"""What /api answers to what it does not understand."""

import pytest

from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.site import Site


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/lastbackup", "/api/lastbackup/", "/api/summary/x"]
)
def test_an_address_where_nothing_is_is_not_found(site: Site, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 404
    assert response.get_json() == {
        "status": "error",
        "error": "NotFoundError",
        "message": "There is nothing at this address",
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/upload", "OPTIONS, POST, PUT"),
        ("DELETE", "/api/upload", "OPTIONS, POST, PUT"),
        ("GET", "/upload", "OPTIONS, POST, PUT"),
        ("DELETE", "/upload/", "OPTIONS, POST, PUT"),
        ("POST", "/api/summary", "GET, HEAD, OPTIONS"),
        ("PATCH", "/api/lastbackup/1", "GET, HEAD, OPTIONS"),
        ("POST", "/api/health", "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_told_which_are_allowed(site: Site, method: str, path: str, allowed: str) -> None:
    response = site.client().open(path, method=method)
    assert response.status_code == 405
    assert response.get_json() == {
        "status": "error",
        "error": "MethodNotAllowedError",
        "message": f"{method} is not allowed here; allowed: {allowed}",
    }
    assert response.headers["Allow"] == allowed


def test_a_mistake_of_ours_shows_no_trace(site: Site, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.apis.duplistatus.shapes.summary", lambda *_: 1 / 0)
    response = site.get("/api/summary")
    assert response.status_code == 500
    assert response.get_json() == {
        "status": "error",
        "error": "InternalError",
        "message": "Something went wrong here; the log of the server says what",
    }


def test_a_write_that_the_database_refuses_can_be_tried_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.store.deliveries.add", lambda *_, **__: 1 / 0)
    response = site.post(duplicati("2026-01-28T02:00:00Z"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.get_json()["error"] == "UnavailableError"
    monkeypatch.undo()
    assert site.summary()["totalServers"] == 0
    site.record(duplicati("2026-01-28T02:00:00Z"))
    assert site.summary()["totalBackupsRuns"] == 1


@pytest.mark.parametrize("path", ["/api/summary", "/api/nothing", "/metrics", "/"])
def test_every_answer_forbids_what_a_page_does_not_need(site: Site, path: str) -> None:
    headers = site.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_head_request_has_no_body(site: Site) -> None:
    response = site.client().head("/api/summary")
    assert (response.status_code, response.data) == (200, b"")


# How an error begins in the words of each.
JSON, PARTNERS, XML, PAGE = (
    '{"status":"error","error":"',
    '{"error": {"code": ',
    "<?xml version=",
    "<!doctype html>",
)


def test_an_address_without_a_route_answers_as_its_neighbours_do(site: Site) -> None:
    for method, path, status, begins in (
        ("GET", "/api/v1/nothing", 404, JSON),
        ("GET", "/api/ingest", 404, JSON),
        ("GET", "/api/ingest/backup", 405, JSON),
        ("GET", "/api", 404, PAGE),
        ("POST", "/metrics", 405, JSON),
        ("POST", "/metrics/", 405, JSON),
        ("GET", "/metrics/more", 404, PAGE),
        ("GET", "/upload/more", 404, PAGE),
        ("GET", "/uploads", 404, PAGE),
        ("GET", "/v1/nothing", 404, PARTNERS),
        ("POST", "/v1/partners/x/reports/backup_status", 405, PARTNERS),
        ("GET", "/v1", 404, PAGE),
        ("GET", "/oauth2/token", 405, JSON),
        ("GET", "/oauth2/nothing", 404, JSON),
        ("GET", "/oauth2", 404, PAGE),
        ("GET", "/api.php", 405, XML),
        ("GET", "/api.php/", 405, XML),
        ("POST", "/api.php/more", 404, PAGE),
        ("POST", "/events", 405, PAGE),
        ("GET", "/static/nothing.css", 404, PAGE),
    ):
        response = site.client().open(path, method=method)
        assert (path, response.status_code) == (path, status)
        assert response.text.startswith(begins), path


def test_a_mistake_of_ours_is_said_in_the_words_of_each_protocol(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method, path, status, begins in (
        ("POST", "/api/upload", 500, JSON),
        ("PUT", "/upload", 500, JSON),
        ("GET", "/api/summary", 500, JSON),
        ("POST", "/api/ingest/backup", 500, JSON),
        ("GET", "/api/integration/counts", 500, JSON),
        ("GET", "/api/v1/servers", 500, JSON),
        ("GET", "/api/docs", 500, JSON),
        ("GET", "/metrics", 500, JSON),
        ("POST", "/oauth2/token", 500, JSON),
        ("GET", "/v1/partners/x/reports/backup_status", 500, PARTNERS),
        ("POST", "/api.php", 200, XML),
        ("GET", "/sign-in", 500, PAGE),
    ):
        endpoint, _ = site.app.url_map.bind("localhost").match(path, method)
        monkeypatch.setitem(site.app.view_functions, endpoint, lambda **_: 1 / 0)
        response = site.client().open(path, method=method)
        assert (path, response.status_code) == (path, status)
        assert response.text.startswith(begins), path
        assert "Something went wrong here; the log of the server says what" in response.text
        assert "division" not in response.text


def test_a_body_that_is_too_large_is_said_in_the_words_of_each_protocol(site: Site) -> None:
    body = b"x" * (site.config.intake.max_body_bytes + 1)
    for path, status, begins in (
        ("/api/upload", 413, JSON),
        ("/oauth2/token", 413, JSON),
        ("/api.php", 200, XML),
    ):
        response = site.client().post(path, data=body)
        assert (path, response.status_code) == (path, status)
        assert response.text.startswith(begins), path


@pytest.mark.parametrize(
    "path",
    [
        "/api//push/none",
        "/p//none/run",
        "/api//report",
        "/api//upload",
        "/api/ingest//backup",
        "/api/v1//endpoints/a/external",
    ],
)
def test_a_slash_too_many_is_no_redirect_where_reports_come_in(site: Site, path: str) -> None:
    """Many clients take a redirect for success, and none repeats a report."""
    answers = [site.client().post(where).status_code for where in (path, path.replace("//", "/"))]
    assert answers[0] == answers[1]
    assert 400 <= answers[0] < 500


def test_a_slash_too_many_elsewhere_is_redirected(site: Site) -> None:
    assert site.client().get("/api//summary").status_code == 308
