"""/settings/about: what runs, whether it is well, what is in effect and who says so; never a secret."""

import re
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from duplistat import __version__
from duplistat.app import create_app
from duplistat.config import load
from duplistat.core.times import to_ms
from duplistat.http.session_cookie import COOKIE
from duplistat.services.configuration import libraries
from duplistat.services.monitoring import sweep
from duplistat.services.monitoring.sweep import tick_arguments
from duplistat.store import database_info
from duplistat.web.settings.about import without_password
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site


@pytest.fixture(autouse=True)
def forget_libraries() -> None:
    libraries.libraries.cache_clear()


def tick(site: Site) -> None:
    config = site.app.extensions["duplistat"].config
    site.writes.run(sweep.tick, **tick_arguments(config.overdue, "one", to_ms(site.now)))


def test_what_runs_here(site_on_both: Site) -> None:
    site = site_on_both
    tick(site)
    page = site.text("/settings/about")
    assert f"Version {__version__}" in page
    assert ("Database SQLite 3" in page) == site.db.on_sqlite
    assert f"Schema version {database_info.schema(site.db)}" in page
    assert "Started today 14:00" in page
    assert "Database and scheduler are running." in page
    assert "Scheduler last check just now" in page


def test_what_is_not_well_is_said_as_probes_are_told(site: Site) -> None:
    tick(site)
    site.now += timedelta(minutes=5)
    told = site.client.get("/api/health").get_json()["reason"]
    assert told == "the scheduler has not ticked since 2026-11-20T13:00:00.000Z"
    words = "duplistat has a problem: the scheduler has not ticked since today 14:00 ."
    assert words in site.text("/settings/about")


def test_the_libraries_have_licences(site: Site) -> None:
    page = site.text("/settings/about")
    assert re.search(r"Flask 3\.\S+ BSD-3-Clause", page)
    assert re.search(r"Werkzeug 3\.\S+ BSD", page)
    assert re.search(r"APScheduler 3\.\S+ MIT", page)
    assert "duplistat 0" not in page.partition("libraries")[2].partition("Updated")[0]


def test_from_the_source_the_libraries_are_not_known(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(libraries, "distribution", missing)
    assert "duplistat runs from a source checkout." in site.text("/settings/about")


def test_what_is_in_effect_and_who_says_so_without_secrets(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[mail]\nhost = "mail.example"\npassword = "hunter2"\n[retention]\nruns_days = 7\n', "utf-8"
    )
    url = "postgresql://me:hunter2@db.example:5433/status?password=hunter2"
    environment = {"DUPLISTAT_SECRET_KEY": "hunter2" * 6, "DUPLISTAT_SERVER_TIMEZONE": "Europe/Berlin"}
    config = load(file, environment | {"DUPLISTAT_DATABASE_URL": url}, data=tmp_path)
    site.send(
        "/settings/retention", runs_days="", deliveries_days="12", events_days="", audit_days="", sure="1"
    )
    cookie = site.client.get_cookie(COOKIE)
    assert cookie is not None
    app = create_app(config, db=site.db, now=lambda: to_ms(site.now), started=to_ms(site.now) - 7_200_000)
    site.client = app.test_client()
    site.client.set_cookie(COOKIE, cookie.value)
    html, page = site.html("/settings/about"), site.text("/settings/about")
    assert "hunter2" not in html
    assert "Started today 12:00" in page
    assert f"host mail.example configuration file {file}" in page
    assert f"password set (hidden) configuration file {file}" in page
    assert "key set (hidden) environment variable DUPLISTAT_SECRET_KEY" in page
    assert "url postgresql://db.example:5433/status environment variable DUPLISTAT_DATABASE_URL" in page
    assert "deliveries_days 12 set on this page" in page
    assert "events_days 365 default" in page
    assert "public_url empty default" in page
    assert f"Data folder {tmp_path}" in page


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("", ""),
        ("postgres://u:p%40ss@h/d", "postgres://h/d"),
        ("postgresql://u:p@[::1]:99/d?sslmode=require&password=p", "postgresql://::1:99/d"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_the_configuration_is_of_the_whole_server(site: Site) -> None:
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        page = site.text("/settings/about")
        assert f"Version {__version__}" in page
        assert "Configuration" not in page
        assert "Data folder" not in page
        assert "runs_days" not in page
