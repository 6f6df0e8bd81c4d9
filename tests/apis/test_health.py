"""GET /api/health and /api/ping."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from duplistat import __version__
from duplistat.core.causes import WORDS, Cause
from duplistat.services import commands
from duplistat.services.access.api_keys import Scope
from duplistat.services.monitoring import sweep
from duplistat.services.monitoring.sweep import tick_arguments
from duplistat.store.database import Database
from tests.support.bodies import as_bytes, duplicati
from tests.support.browsing import said
from tests.support.failing import full, read_only
from tests.support.postgres import Postgres
from tests.support.signing import session, sign_in
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
PROMETHEUS = {
    "3": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "3 with protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
    "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "2": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "1 and VictoriaMetrics": "text/plain;version=0.0.4;q=1,*/*;q=0.1",
    "blanks": "text/plain; version=0.0.4",
    "plain text": "text/plain",
}
OTHERS = {
    "axios": "application/json, text/plain, */*",
    "a browser": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "curl": "*/*",
    "JSON": "application/json",
    "nothing": "",
}


def tick(site: Site) -> None:
    site.writes.run(sweep.tick, **tick_arguments(site.config.overdue, "test", site.now()))


def test_a_server_whose_scheduler_ticks_is_healthy(site: Site) -> None:
    tick(site)
    assert site.read("/api/health") == {
        "status": "healthy",
        "database": "connected",
        "scheduler": "running",
        "schedulerLastTick": "2026-01-28T12:00:00.000Z",
        "version": __version__,
        "timestamp": "2026-01-28T12:00:00.000Z",
        "alerts": {"working": True, "warning": "", "brokenChannels": 0},
    }


def test_a_scheduler_that_misses_a_tick_or_two_is_still_running(site: Site) -> None:
    tick(site)
    site.now.forward(seconds=90)
    assert site.get("/api/health").status_code == 200


def test_a_scheduler_that_went_silent_makes_the_server_unhealthy(site: Site) -> None:
    tick(site)
    site.now.forward(seconds=90.001)
    response = site.get("/api/health")
    assert response.status_code == 503
    content = response.get_json()
    assert (content["status"], content["database"], content["scheduler"]) == (
        "unhealthy", "connected", "stopped",
    )  # fmt: skip
    assert content["reason"] == "the scheduler has not ticked since 2026-01-28T12:00:00.000Z"


def test_a_scheduler_that_never_ticked_makes_the_server_unhealthy(site: Site) -> None:
    response = site.get("/api/health")
    assert response.status_code == 503
    assert response.get_json()["schedulerLastTick"] is None


def lose_database(db: Database, postgres: Postgres) -> None:
    """Take the database away from under the server."""
    db.close_all()
    if db.on_sqlite:
        path = Path(db.url.removeprefix("sqlite:///"))
        path.unlink()
        path.mkdir()
    else:
        postgres.drop(db.url)


@pytest.mark.usefixtures("both_databases")
def test_a_database_that_is_gone_makes_the_server_unhealthy(
    site: Site, db: Database, postgres: Postgres
) -> None:
    tick(site)
    lose_database(db, postgres)
    response = site.get("/api/health")
    assert response.status_code == 503
    content = response.get_json()
    assert (content["status"], content["database"]) == ("unhealthy", "disconnected")
    assert content["reason"] == "the database cannot be read"
    assert content["cause"] == WORDS[Cause.FILE_GONE if db.on_sqlite else Cause.UNREACHABLE]


def test_a_file_that_is_no_database_makes_the_server_unhealthy(tmp_path: Path) -> None:
    from duplistat.app import create_app
    from duplistat.config import Config
    from duplistat.services.bootstrap import prepare

    config = Config(data=tmp_path)
    db = Database(config.database_url)
    prepare(db, 0)
    client = create_app(config, db=db).test_client()
    db.close()
    (tmp_path / "duplistat.db").write_bytes(b"this is no database " * 1000)
    response = client.get("/api/health")
    db.close()
    assert (response.status_code, response.get_json()["database"]) == (503, "disconnected")


@pytest.mark.usefixtures("both_databases")
def test_without_a_database_every_read_says_so_and_when_to_come_again(
    site: Site, db: Database, postgres: Postgres
) -> None:
    lose_database(db, postgres)
    for response in (site.get("/api/summary"), site.get("/api/lastbackup/1"), site.post(duplicati(START))):
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert response.get_json()["error"] == "UnavailableError"
        assert "Traceback" not in response.text


@pytest.mark.usefixtures("both_databases")
def test_a_ping_does_not_ask_the_database(site: Site, db: Database, postgres: Postgres) -> None:
    lose_database(db, postgres)
    assert site.read("/api/ping") == {"ok": True}


@pytest.mark.parametrize("accept", PROMETHEUS.values(), ids=PROMETHEUS.keys())
def test_prometheus_gets_metrics_by_what_it_accepts(site: Site, accept: str) -> None:
    site.record(duplicati(START))
    response = site.get("/api/health", Accept=accept)
    assert response.status_code == 200
    if response.content_type.startswith("application/openmetrics-text"):
        names = {family.name for family in parse_openmetrics(response.text)}  # type: ignore[no-untyped-call]  # theirs
    else:
        assert response.content_type.startswith("text/plain; version=")
        names = {family.name for family in parse_text(response.text)}
    assert {"duplistatus_backup_success_rate", "duplistatus_overdue_backups"} <= names


@pytest.mark.parametrize("accept", OTHERS.values(), ids=OTHERS.keys())
def test_everyone_else_gets_json(site: Site, accept: str) -> None:
    tick(site)
    assert site.read("/api/health", Accept=accept)["status"] == "healthy"


def test_without_an_accept_header_it_is_json_as_homepage_asks(site: Site) -> None:
    tick(site)
    assert site.read("/api/health")["status"] == "healthy"


@contextmanager
def no_writes(site: Site) -> Iterator[str]:
    """For a while nothing can be written; why."""
    tick(site)
    if site.db.on_sqlite:
        with full(site.db):
            yield "the disk is full"
    else:
        site.db.close_all()
        with read_only(site.db.url):
            yield "the database is read-only"


@pytest.mark.usefixtures("both_databases")
def test_writes_that_fail_make_the_server_unhealthy_and_the_cause_is_named(site: Site) -> None:
    admin = signed_in(site)
    with no_writes(site) as cause:
        refused = site.post(as_bytes(duplicati(START) | {"LogLines": [os.urandom(50_000).hex()]}))
        content = refused.get_json()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert content["message"] == f"The database could not take this in: {cause}"
        response = site.get("/api/health")
        assert response.status_code == 503
        content = response.get_json()
        assert (content["status"], content["database"], content["cause"]) == ("unhealthy", "connected", cause)
        assert content["reason"] == f"writes have failed since 2026-01-28T12:00:00.000Z: {cause}"
        about = said(admin.get("/settings/about"))
        assert f"duplistat has a problem: writes have failed since today 12:00 : {cause}." in about
        code = "disk_full" if site.db.on_sqlite else "read_only"
        assert samples(site) == {code}
    assert site.post(duplicati(START)).status_code == 200
    assert site.get("/api/health").status_code == 200
    assert samples(site) == set()


def signed_in(site: Site) -> FlaskClient:
    """The browser of an admin of `main`."""
    client = site.client()
    sign_in(client, session(site.db, site.everyone[0], site.now()))
    return client


def samples(site: Site) -> set[str]:
    """The causes of which the metrics say that they keep writes from being made."""
    families = {family.name: family for family in parse_text(site.get("/metrics").text)}
    found = families["duplistat_writes_failing"].samples
    assert {sample.labels["cause"] for sample in found} == set(Cause)
    return {sample.labels["cause"] for sample in found if sample.value}


@pytest.mark.usefixtures("both_databases")
def test_a_server_that_wrote_nothing_itself_finds_out_what_others_cannot_write(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker answers the same, and nobody has to report for it to be well again."""
    monkeypatch.setattr(commands, "TRY_EVERY", 0)
    monkeypatch.setattr(commands, "SMALL", 100_000)
    with no_writes(site) as cause:
        assert site.get("/api/health").get_json()["cause"] == cause
        assert site.get("/api/health").status_code == 503
    assert site.get("/api/health").status_code == 200


@pytest.mark.usefixtures("both_databases")
def test_who_asks_often_has_no_more_written(site: Site) -> None:
    tick(site)
    began = site.now()
    for _ in range(5):
        site.read("/api/health")
        site.now.forward(seconds=1)
    assert site.db.rows("SELECT at FROM write_probe") == [(began,)]


@pytest.mark.usefixtures("both_databases")
def test_what_can_be_read_is_read_while_nothing_can_be_written(site: Site) -> None:
    """That a key is used cannot be noted then, which keeps nobody from its answer."""
    site.record(duplicati(START))
    key, admin = site.key(Scope.READ), signed_in(site)
    with no_writes(site):
        site.now.forward(minutes=5)
        assert site.read("/api/summary", **{"X-Api-Key": key})["totalBackupsRuns"] == 1
        assert admin.get("/").status_code == 200


@pytest.mark.usefixtures("both_databases")
def test_what_cannot_be_read_is_told_once_a_minute(
    site: Site, db: Database, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    lose_database(db, postgres)
    for _ in range(10):
        assert site.get("/api/summary").status_code == 503
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("the database cannot be read: ")
