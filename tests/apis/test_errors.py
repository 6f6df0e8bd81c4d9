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
