"""A server below a path: whoever asks with it or without it is served, and each address begins with it."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from duplistat.app import create_app
from duplistat.config import Config, ConfigError, load
from duplistat.http.session_cookie import COOKIE
from duplistat.now import wall_clock
from duplistat.services.bootstrap import main_account
from duplistat.store.database import Database
from duplistat.web.access import token_of
from tests.support.bodies import JSON, sample
from tests.support.signing import session, sign_in


@pytest.fixture
def below(tmp_path: Path, db: Database) -> FlaskClient:
    """Asked as by a browser: the proxy is at localhost, with the server below /of/backups."""
    config = Config(data=tmp_path, server={"base_path": "/of/backups"})
    client = create_app(config, db=db).test_client()
    sign_in(client, session(db, main_account(db), wall_clock()))
    return client


@pytest.mark.parametrize("path", ["/of/backups/", "/of/backups", "/"])
def test_the_proxy_may_pass_the_path_on_or_not(below: FlaskClient, path: str) -> None:
    page = below.get(path)
    assert page.status_code == 200
    assert "Waiting for the first report" in page.text


def test_every_link_and_file_of_a_page_is_below_the_path(below: FlaskClient) -> None:
    assert below.post("/api/upload", data=sample("08_backup_error"), content_type=JSON).status_code == 200
    for path in ("/", "/servers/1", "/jobs/1", "/runs/1", "/events", "/partners", "/api/docs"):
        page = below.get(f"/of/backups{path}")
        assert page.status_code == 200
        addresses = re.findall(r'(?:href|src|action)="?(/[^"\s>]*)', page.text)
        assert addresses
        assert [address for address in addresses if not address.startswith("/of/backups/")] == []


def test_who_has_to_sign_in_comes_back_to_where_they_wanted(below: FlaskClient) -> None:
    sign_in(below, "no session")
    answer = below.get("/of/backups/jobs/1?before=1-1")
    assert answer.headers["Location"] in (
        "/of/backups/set-up",
        "/of/backups/sign-in?next=/of/backups/jobs/1?before%3D1-1",
    )


def test_reports_come_in_by_either_address(below: FlaskClient) -> None:
    for address in ("/of/backups/api/upload", "/api/upload", "/of/backups/upload", "/upload"):
        assert below.post(address, data=sample("08_backup_error"), content_type=JSON).status_code == 200
    assert below.get("/of/backups/api/ping").status_code == 200
    assert below.get("/of/backupsx/api/ping").status_code == 404


def test_cookies_are_for_the_path_alone(below: FlaskClient) -> None:
    token = token_of(getattr(below.get_cookie(COOKIE), "value", ""))
    form = {"csrf": token, "theme": "dark", "language": "de"}
    kept = below.post("/of/backups/preferences", data=form)
    assert kept.headers["Location"] == "/of/backups/"
    gone = below.post("/of/backups/sign-out", data={"csrf": token})
    asked = below.get("/of/backups/forgotten")
    cookies = [line for answer in (kept, gone, asked) for line in answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in cookies} == {
        f"duplistat_{name}" for name in ("session", "form", "said", "language", "theme")
    }
    assert [line for line in cookies if "Path=/of/backups" not in line] == []


def test_nobody_is_sent_out_of_the_path(below: FlaskClient) -> None:
    assert below.get("/of/backups/sign-in?next=/elsewhere").headers["Location"] == "/of/backups/"
    assert (
        below.get("/of/backups/sign-in?next=/of/backups/events").headers["Location"] == "/of/backups/events"
    )
    page = below.get("/of/backups/forgotten")
    token = re.findall('name="csrf" value="([^"]*)"', page.text)[0]
    answer = below.post("/of/backups/language", data={"csrf": token, "language": "de"})
    assert answer.headers["Location"] == "/of/backups/"


@pytest.mark.parametrize("path", ["backups", "/backups/", "//x", "/a b", "/<script>"])
def test_a_path_that_is_none_is_refused_at_the_start(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="base_path"):
        load(environment={"DUPLISTAT_SERVER_BASE_PATH": path}, data=tmp_path)
