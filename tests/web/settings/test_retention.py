"""/settings/retention: how long things are kept, who says so, and what is lost when it is less."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duplistat.app import create_app
from duplistat.config import load
from duplistat.core.times import to_ms
from duplistat.http.session_cookie import COOKIE
from duplistat.services.configuration.overrides import stored
from duplistat.store import audit
from duplistat.store.audit import Filter
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

KEYS = ("runs_days", "deliveries_days", "events_days", "audit_days")
FIELDS = dict.fromkeys(KEYS, "")


def send(site: Site, status: int = 303, **fields: str) -> str:
    return said(site.send("/settings/retention", status, **(FIELDS | fields)).text)


def test_what_is_kept_and_who_says_so(site: Site) -> None:
    page = site.text("/settings/retention")
    assert "Runs and their logs 730 days default" in page
    assert "Raw reports 90 days default" in page
    send(site, runs_days="0", deliveries_days="400")
    page = site.text("/settings/retention")
    assert "Runs and their logs forever set on this page" in page
    assert "Raw reports 400 days set on this page" in page
    assert stored(site.db) == {"retention.runs_days": 0, "retention.deliveries_days": 400}
    (entry,) = audit.page(site.db, (1,), Filter(), before=None, limit=9)
    assert (entry.action, entry.subject) == ("setting.set", "retention")
    assert json.loads(entry.after) == {"retention.runs_days": 0, "retention.deliveries_days": 400}
    send(site)
    assert stored(site.db) == {}
    send(site)
    assert "No changes." in site.text("/settings/retention")


@pytest.mark.parametrize("days", ["-1", "soon", "36501", "1.5", "1" * 40])
def test_days_are_a_number(site: Site, days: str) -> None:
    assert "Enter a whole number from 0 to 36500." in send(site, 400, runs_days=days)
    assert stored(site.db) == {}


def test_what_would_be_lost_is_asked_about(site_on_both: Site) -> None:
    site = site_on_both
    for ago in (40, 20, 1):
        site.report(ago=timedelta(days=ago))
    for ago in (20, 5):
        site.notify(ago=timedelta(days=ago))
    page = send(site, 400, runs_days="30", events_days="10", deliveries_days="36500")
    assert "Runs and their logs: 1 older than 30 days." in page
    assert "Events and status history: 2 older than 10 days." in page
    assert "Raw reports:" not in page
    assert "Confirm the deletion." in page
    assert stored(site.db) == {}
    send(site, runs_days="30", events_days="10", sure="1")
    assert stored(site.db)["retention.runs_days"] == 30
    # Nothing more is lost now.
    send(site, runs_days="31", events_days="10")


def test_going_back_to_a_default_that_is_less_is_asked_about(site: Site) -> None:
    site.report(ago=timedelta(days=100))
    send(site, deliveries_days="0")
    assert "Raw reports: 1 older than 90 days." in send(site, 400)


@pytest.fixture
def fixed(site: Site, tmp_path: Path) -> Site:
    """A server to which file, environment and command line say something."""
    file = tmp_path / "evil<script>.toml"
    file.write_text("[retention]\nruns_days = 7\n", "utf-8")
    environment = {"DUPLISTAT_RETENTION_EVENTS_DAYS": "8"}
    config = load(file, environment, {"retention": {"audit_days": 9}}, data=tmp_path)
    cookie = site.client.get_cookie(COOKIE)
    assert cookie is not None
    site.app = create_app(config, db=site.db, now=lambda: to_ms(site.now))
    site.client = site.app.test_client()
    site.client.set_cookie(COOKIE, cookie.value)
    return site


def test_what_is_said_elsewhere_cannot_be_set_here(fixed: Site) -> None:
    html = fixed.html("/settings/retention")
    page = said(html)
    assert "<script>" not in html
    assert "Runs and their logs 7 days configuration file" in page
    assert "Events and status history 8 days environment variable DUPLISTAT_RETENTION_EVENTS_DAYS" in page
    assert "Audit log 9 days command line" in page
    assert 'name="runs_days"' not in html
    assert 'name="deliveries_days"' in html
    send(fixed, runs_days="1", events_days="1", audit_days="1", deliveries_days="50")
    assert stored(fixed.db) == {"retention.deliveries_days": 50}


def test_it_is_of_the_whole_server(site: Site) -> None:
    acme = below_main(site, "acme")
    with as_role(site, "admin", acme):
        assert "You need the admin role in the account main." in site.text("/settings/retention", 403)
        fields: dict[str, Any] = FIELDS | {"runs_days": "1"}
        site.send("/settings/retention", 403, **fields)
        assert "Retention" not in site.text("/settings/keys")
