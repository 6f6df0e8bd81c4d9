"""Settings of the pages hold where nothing else says otherwise, at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import Config, load
from duplistat.core.errors import DuplistatError
from duplistat.jobs.agents import AgentWorkers
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.audit import By
from duplistat.services.configuration.overrides import in_effect, set_overrides, stored
from duplistat.services.worker_context import WorkerContext
from duplistat.store import audit, settings
from duplistat.store.audit import Filter
from duplistat.store.database import Database
from tests.support.agents import Customer
from tests.support.bodies import duplicati
from tests.support.site import Site

ADA = By(7, "ada@example.org")
HALLE = {"id": 9, "name": "Halle"}


def put(site: Site, **changes: Any) -> None:
    named = {name.replace("__", "."): value for name, value in changes.items()}
    site.writes.run(set_overrides, changes=named, subject="retention", **site.signature(ADA))


def test_what_is_set_is_in_effect_at_once_and_noted(site: Site) -> None:
    put(site, retention__runs_days=30, agents__deny=["10.0.0.0/8"], locations=[HALLE])
    config = in_effect(site.db, site.config)
    assert (config.retention.runs_days, config.retention.events_days) == (30, 365)
    assert config.agents.deny == ("10.0.0.0/8",)
    assert [place.name for place in config.locations] == ["Halle"]
    assert config.database_url == site.config.database_url
    put(site, retention__runs_days=None)
    assert in_effect(site.db, site.config).retention.runs_days == 730
    last, first = audit.page(site.db, (1,), Filter(), before=None, limit=9)
    assert json.loads(first.after)["retention.runs_days"] == 30
    assert (json.loads(last.before), json.loads(last.after)) == (
        {"retention.runs_days": 30},
        {"retention.runs_days": None},
    )


def test_without_settings_the_configuration_is_as_it_was(site: Site) -> None:
    assert in_effect(site.db, site.config) is site.config


def test_file_environment_and_command_line_win(tmp_path: Path, site: Site) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[retention]\nruns_days = 7\n[[locations]]\nid = 1\nname = "x"\n')
    config = load(
        file, {"DUPLISTAT_RETENTION_EVENTS_DAYS": "9"}, {"agents": {"collect_minutes": 3}}, data=tmp_path
    )
    put(site, retention__runs_days=30, retention__events_days=30, retention__audit_days=30)
    put(site, agents__collect_minutes=30, locations=[HALLE])
    now = in_effect(site.db, config)
    assert (now.retention.runs_days, now.retention.events_days, now.retention.audit_days) == (7, 9, 30)
    assert now.agents.collect_minutes == 3
    assert [place.name for place in now.locations] == ["x"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retention.runs_days", -1),
        ("retention.runs_days", "soon"),
        ("agents.deny", ["everything"]),
        ("server.port", 80),
        ("retention.unknown", 1),
        ("secret.key", "x"),
        ("locations", []),
        ("locations", [{"id": 1}]),
        ("locations", [HALLE, HALLE]),
        ("locations", "here"),
    ],
)
def test_what_is_not_allowed_is_refused(site: Site, name: str, value: object) -> None:
    with pytest.raises(DuplistatError):
        put(site, **{name.replace(".", "__"): value})
    assert stored(site.db) == {}


def test_what_is_no_longer_allowed_is_left_out(site: Site) -> None:
    with site.db.transaction():
        settings.put(site.db, "retention.runs_days", "-5")
        settings.put(site.db, "locations", '[{"id": "x"}]')
        settings.put(site.db, "retention.gone", "1")
    config = in_effect(site.db, site.config)
    assert config.retention == Config().retention
    assert config.locations == Config().locations


def test_the_scheduler_deletes_by_what_was_set(site: Site) -> None:
    site.record(duplicati("2026-01-20T02:00:00Z"))
    site.record(duplicati("2026-01-27T02:00:00Z"))
    scheduler = Scheduler(site.config, site.db, site.writes, site.now, "one")
    scheduler.tick()
    site.now.forward(days=3)
    scheduler.prune()
    assert len(site.deliveries()) == 2
    put(site, retention__deliveries_days=2)
    scheduler.prune()
    assert site.deliveries() == []


def test_agents_are_collected_from_as_often_as_was_set(make_site: Callable[..., Site], db: Database) -> None:
    site = make_site()
    acme = Customer(site)
    acme.add()
    with db.transaction():
        db.change("UPDATE service SET configured_at = 1")
    workers = AgentWorkers(WorkerContext(site.config, db, site.writes, site.now))
    put(site, agents__collect_minutes=0)
    assert workers.enqueue() == 0
    put(site, agents__collect_minutes=5)
    assert workers.enqueue() == 1
