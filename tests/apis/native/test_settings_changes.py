"""Settings of the whole server by programs: with a key of `main`, and only what nothing else sets."""

from collections.abc import Callable

import pytest

from duplistat.services.configuration.overrides import in_effect
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_retention_is_changed_and_goes_back_to_the_default(program: Program, site: Site) -> None:
    before = program.send("GET", "settings/retention")
    assert before.get_json() == {
        "runs_days": 730,
        "deliveries_days": 90,
        "events_days": 365,
        "audit_days": 730,
        "fixed": [],
    }
    tag = before.headers["ETag"]
    changed = program.send("PATCH", "settings/retention", {"runs_days": 30, "audit_days": 0}, If_Match=tag)
    assert (changed.get_json()["runs_days"], changed.get_json()["audit_days"]) == (30, 0)
    assert in_effect(site.db, site.config).retention.runs_days == 30
    late = program.send("PATCH", "settings/retention", {"runs_days": 10}, If_Match=tag)
    assert late.status_code == 412
    again = program.send("PATCH", "settings/retention", {"runs_days": None}).get_json()
    assert (again["runs_days"], again["audit_days"]) == (730, 0)
    wrong = program.refused("settings/retention", {"runs_days": -1, "x": 1}, method="PATCH")
    assert wrong.keys() == {"runs_days", "x"}
    assert [action for _, action, _ in noted(site)] == ["setting.set", "setting.set"]


def test_what_the_configuration_sets_is_not_changed_here(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(retention={"runs_days": 100})
    # As `config.load` notes it of a file.
    monkeypatch.setitem(site.config._sources, ("retention", "runs_days"), "config.toml")
    program = Program(site)
    assert program.read("settings/retention")["fixed"] == ["runs_days"]
    wrong = program.refused("settings/retention", {"runs_days": 30}, method="PATCH")
    assert wrong == {"runs_days": "is set by the configuration file, the environment or the command line"}
    assert program.read("settings/retention")["runs_days"] == 100


def test_networks_and_how_often_data_are_collected_are_changed(program: Program) -> None:
    changes = {"collect_minutes": 5, "deny": ["10.0.0.0/8"], "allow": ["10.1.2.0/24"]}
    changed = program.send("PATCH", "settings/connections", changes).get_json()
    assert changed == changes | {"fixed": []}
    wrong = program.refused("settings/connections", {"deny": ["10.0.0.1/8"]}, method="PATCH")
    assert wrong == {"deny": "10.0.0.1/8 is not a network such as 10.0.0.0/8"}
    again = program.send("PATCH", "settings/connections", {"deny": None, "allow": []}).get_json()
    assert (again["collect_minutes"], again["allow"]) == (5, [])
    assert "169.254.0.0/16" in again["deny"]


def test_storage_locations_are_created_changed_and_removed(program: Program) -> None:
    new = {"id": 600, "name": "Attic", "url": "https://backup.example.com", "ip": "192.0.2.7"}
    made = program.post("settings/locations", new)
    assert (made["id"], made["https_port"], made["services"]) == (600, 443, 0)
    assert program.read("settings/locations/600") == made
    changed = program.send("PATCH", "settings/locations/600", {"name": "Cellar"}).get_json()
    assert changed == made | {"name": "Cellar"}
    assert program.refused("settings/locations", new).keys() == {"id"}
    assert program.refused("settings/locations", new | {"id": 601, "ip": "x"}).keys() == {"ip"}
    for location in program.read("settings/locations")["locations"][:-1]:
        assert program.send("DELETE", f"settings/locations/{location['id']}").status_code == 204
    assert program.send("DELETE", "settings/locations/600").status_code == 400
    assert program.send("DELETE", "settings/locations/527").status_code == 404


def test_a_backup_and_a_check_of_the_database_are_asked_for(program: Program, site: Site) -> None:
    asked = program.send("POST", "database/check", again="k")
    if not site.db.on_sqlite:
        assert asked.status_code == 400
        return
    assert (asked.status_code, asked.get_json()["check"]["state"]) == (202, "under_way")
    assert program.send("POST", "database/check", again="k").data == asked.data
    assert program.send("POST", "database/backup").status_code == 202
    told = program.read("database")
    assert (told["engine"], told["backup"]["state"]) == ("sqlite", "under_way")


def test_only_a_key_of_main_sees_and_changes_them(site: Site) -> None:
    site.account("tenant", parent="main")
    tenant = Program(site, account="tenant")
    for path in ("settings/retention", "settings/connections", "settings/locations", "database"):
        assert tenant.send("GET", path).status_code == 403
    assert tenant.send("PATCH", "settings/retention", {"runs_days": 1}).status_code == 403
    assert tenant.send("POST", "database/backup").status_code == 403
