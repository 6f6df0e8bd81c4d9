"""A worker that has just started: programs are answered at once, and a page when all is loaded."""

from pathlib import Path

import pytest
from flask import Flask

from duplistat.app import whole
from duplistat.beginning import Beginning
from duplistat.config import Config
from duplistat.http.context import Context
from duplistat.programs import context_of, give, routed_for_programs
from duplistat.services.bootstrap import main_account
from duplistat.services.commands import Direct
from duplistat.store.database import Database
from tests.support.bodies import JSON, sample


@pytest.fixture
def given(tmp_path: Path, db: Database) -> Context:
    config = Config(data=tmp_path)
    return context_of(config, db, Direct(db, config), lambda: 0, started=0, main=main_account(db))


@pytest.fixture
def loaded() -> list[Context]:
    """What was loaded, once for each time."""
    return []


@pytest.fixture
def app(given: Context, loaded: list[Context]) -> Flask:
    def load() -> Flask:
        loaded.append(given)
        return whole(given)

    app = give(routed_for_programs(), given)
    app.wsgi_app = Beginning(app, load)  # type: ignore[method-assign]  # Flask's own way
    return app


def test_programs_report_and_read_before_the_rest_is_loaded(app: Flask, loaded: list[Context]) -> None:
    client = app.test_client()
    assert client.post("/api/upload/", data=sample("08_backup_error"), content_type=JSON).status_code == 200
    assert client.get("/api/summary").json["totalBackupsRuns"] == 1  # type: ignore[index]
    assert client.post("/api/upload", data=b"{", content_type=JSON).json["error"]  # type: ignore[index]
    assert client.get("/api/health").headers["X-Content-Type-Options"] == "nosniff"
    assert loaded == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/sign-in", 200), ("/api/v1/servers", 401), ("/static/app.css", 200), ("/nothing", 404)],
)
def test_whatever_else_is_asked_for_is_loaded_then_and_once(
    app: Flask, loaded: list[Context], path: str, status: int
) -> None:
    for _ in range(2):
        with app.test_client().get(path) as answer:
            assert answer.status_code == status
    assert len(loaded) == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/upload"), ("POST", "/api/nothing")])
def test_errors_where_no_route_is_are_those_of_all_routes(
    app: Flask, given: Context, method: str, path: str
) -> None:
    early = app.test_client().open(path, method=method)
    late = whole(given).test_client().open(path, method=method)
    assert (early.status_code, early.data) == (late.status_code, late.data)
