"""The tree of accounts by programs: created, moved, suspended, deleted; nobody does that to the own."""

import json

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_an_account_is_created_changed_moved_suspended_and_deleted(program: Program, site: Site) -> None:
    acme = program.post("accounts", {"name": "acme", "timezone": "Europe/Berlin"}, again="k")
    assert program.post("accounts", {"name": "acme", "timezone": "Europe/Berlin"}, again="k") == acme
    assert (acme["name"], acme["parent_id"], acme["timezone"]) == ("acme", 1, "Europe/Berlin")
    path = f"accounts/{acme['id']}"
    assert program.read(path) == acme
    shop = program.post("accounts", {"name": "shop", "parent_id": acme["id"]})
    assert [row["name"] for row in program.read("accounts")["accounts"]] == ["main", "acme", "shop"]
    renamed = program.send("PATCH", path, {"name": "Acme Inc", "timezone": ""}).get_json()
    assert (renamed["name"], renamed["timezone"]) == ("Acme Inc", "")
    assert program.post(f"accounts/{shop['id']}/move", {"parent_id": 1})["parent_id"] == 1
    assert program.send("DELETE", path).status_code == 400
    assert program.post(f"{path}/suspend")["suspended_at"] == "2026-01-28T12:00:00.000Z"
    assert program.post(f"{path}/reactivate")["suspended_at"] is None
    program.post(f"{path}/suspend")
    lines = program.send("POST", f"{path}/export").text.splitlines()
    assert json.loads(lines[0])["accounts"] == ["Acme Inc"]
    gone = program.send("DELETE", path)
    assert (gone.status_code, gone.get_json()) == (202, {"state": "deleting"})
    assert {who for who, _, _ in noted(site)} == {"key deploy"}


def test_nobody_renames_moves_suspends_or_deletes_the_own_account(program: Program, site: Site) -> None:
    tenant = site.account("tenant")
    own = Program(site, account="tenant", name="own")
    assert own.read(f"accounts/{tenant}")["parent_id"] is None
    for who, id in ((own, tenant), (program, 1)):
        assert who.send("PATCH", f"accounts/{id}", {"name": "x"}).status_code == 403
        for method, act in (("POST", "/suspend"), ("POST", "/reactivate"), ("DELETE", "")):
            assert who.send(method, f"accounts/{id}{act}").status_code == 403, act
        assert who.send("POST", f"accounts/{id}/move", {"parent_id": id}).status_code == 403
    assert own.send("PATCH", f"accounts/{tenant}", {"timezone": "UTC"}).status_code == 200


def test_what_a_tenant_makes_has_its_name_before_its_own(site: Site) -> None:
    site.account("tenant")
    own = Program(site, account="tenant", name="own")
    made = own.post("accounts", {"name": "main office"})
    assert made["name"].startswith("tenant")
    renamed = own.send("PATCH", f"accounts/{made['id']}", {"name": "acme"}).get_json()
    assert renamed["name"].startswith("tenant")


def test_what_is_wrong_is_told(program: Program, site: Site) -> None:
    assert program.refused("accounts", {"name": " ", "parent_id": 0}).keys() == {"name", "parent_id"}
    assert program.refused("accounts", {"name": "x", "parent_id": 99}).keys() == {"parent_id"}
    assert program.send("POST", "accounts", {"name": "x", "timezone": "Mars/Base"}).status_code == 400
    program.post("accounts", {"name": "x"})
    assert program.send("POST", "accounts", {"name": "x"}).status_code == 400
    lacking = Program(site, Scope.READ, Scope.USERS_ADMIN, name="reader")
    assert lacking.send("GET", "accounts").status_code == 403
