"""Duplicati connections by programs: added, changed, asked for things, held, removed; passwords are never told."""

import json

import pytest

from duplistat.http.answers import iso
from duplistat.services.access.api_keys import Scope
from duplistat.services.configuration import secrets
from duplistat.store import services
from tests.apis.native.cast import first_caller
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

PASSWORD = "s3cret-of-the-test"
NEW = {"name": "nas", "url": "https://10.0.0.5:8300/ngclient/", "password": PASSWORD}


def stored(site: Site, id: int) -> services.Service:
    found = services.get(site.db, id)
    assert found is not None
    return found


def test_a_connection_is_added_read_changed_and_removed(program: Program, site: Site) -> None:
    made = program.post("services", NEW)
    assert (made["number"], made["host"], made["port"]) == (f"S{10000 + made['id']}", "10.0.0.5", 8300)
    assert (made["state"], made["waiting"], made["has_password"]) == ("untried", ["probe"], True)
    assert secrets.decrypt(site.config, stored(site, made["id"]).agent_secret) == PASSWORD
    path = f"services/{made['id']}"
    assert program.read(path) == made
    assert program.read("services")["services"] == [made]
    site.db.execute("UPDATE service SET collected_at = ?", (site.now() - 3_600_000,))
    changed = program.send("PATCH", path, {"fingerprint": "AB:" * 31 + "AB", "name": "attic"}).get_json()
    assert (changed["fingerprint"], changed["name"], changed["has_password"]) == ("ab" * 32, "attic", True)
    # Another way into the same machine, from which was collected before.
    assert changed["collected_at"] == iso(site.now() - 3_600_000)
    moved = program.send("PATCH", path, {"url": "10.0.0.6"}).get_json()
    # It was meant for whoever answers at the address before.
    assert (moved["host"], moved["port"], moved["has_password"]) == ("10.0.0.6", 8200, False)
    assert moved["collected_at"] is None
    assert program.send("DELETE", path).status_code == 204
    assert program.read(path)["state"] == "removed"
    assert program.send("PATCH", path, {"name": "x"}).status_code == 400
    assert [action for _, action, _ in noted(site)] == [
        "service.cancel",
        "service.set",
        "service.set",
        "service.add",
    ]


def test_nothing_tells_a_password(program: Program, site: Site) -> None:
    made = program.post("services", NEW, again="k")
    told = [json.dumps(made), program.send("GET", "services").text, program.send("GET", "services/1").text]
    for table in ("service", "audit", "idempotency"):
        told += [repr(row) for row in site.db.rows(f"SELECT * FROM {table}")]
    assert not any(PASSWORD in text for text in told)


def test_what_is_wrong_is_told_by_field(program: Program) -> None:
    wrong = NEW | {"url": "https://10.0.0.5/path", "name": " "}
    assert program.refused("services", wrong).keys() == {"name"}
    assert program.refused("services", NEW | {"url": "https://u:p@10.0.0.5"}).keys() == {"url"}
    assert program.refused("services", NEW | {"fingerprint": "zz"}).keys() == {"fingerprint"}
    assert program.refused("services", NEW | {"location_id": 9}).keys() == {"location_id"}


def test_it_is_tested_collected_from_and_started_in_the_background(program: Program, site: Site) -> None:
    id = program.post("services", NEW)["id"]
    assert program.post(f"services/{id}/test")["waiting"] == ["probe"]
    assert program.post(f"services/{id}/collect")["waiting"] == ["probe", "collect"]
    assert program.post("services/collect") == program.post("services/test") == {"services": 1}
    assert program.post("services/start") == {"services": 1}
    assert program.post(f"services/{id}/start")["waiting"] == ["probe", "collect", "run"]
    assert program.refused(f"services/{id}/start", {"jobs": ["none"]}) == {
        "jobs": "there is no job 'none' to start"
    }
    assert [action for _, action, _ in noted(site)][:6] == [
        "service.run",
        "service.run",
        "service.test",
        "service.collect",
        "service.collect",
        "service.test",
    ]


def test_the_agent_of_a_server_is_asked_by_the_server(program: Program, site: Site) -> None:
    first_caller(site).report("2026-01-28T02:00:00Z")
    for path in ("servers/1/collect", "servers/1/start"):
        assert program.send("POST", path).status_code == 404
    program.post("services", NEW)
    assert program.post("servers/1/collect")["waiting"] == ["probe", "collect"]
    assert program.post("servers/1/start")["waiting"] == ["probe", "collect", "run"]
    assert program.refused("servers/1/start", {"job": "none"}).keys() == {"job"}


def test_it_is_suspended_and_reactivated_by_who_looks_after_it(program: Program, site: Site) -> None:
    below = site.account("child", parent="main")
    id = program.post("services", NEW | {"account_id": below})["id"]
    own = Program(site, account="child", name="own")
    refused = own.send("POST", f"services/{id}/suspend")
    assert refused.status_code == 403
    assert program.post(f"services/{id}/suspend")["state"] == "suspended"
    assert own.send("POST", f"services/{id}/collect").status_code == 403
    assert program.post(f"services/{id}/reactivate")["state"] == "untried"
    held = program.post(f"services/{id}/maintenance", {"until": "2026-01-28T14:00:00Z"})
    assert (held["state"], held["maintenance_until"]) == ("maintenance", "2026-01-28T14:00:00.000Z")
    past = {"until": "2026-01-28T11:00:00Z"}
    assert program.refused(f"services/{id}/maintenance", past).keys() == {"until"}
    assert program.send("DELETE", f"services/{id}/maintenance").get_json()["state"] == "untried"


def test_a_report_url_is_told_and_rotated_and_kept_in_no_answer(program: Program, site: Site) -> None:
    id = program.post("services", NEW)["id"]
    path = f"services/{id}/report-url"
    first = program.send("GET", path)
    assert first.headers["Cache-Control"] == "no-store"
    again = program.post(path, {"keep_hours": 2}, again="k")
    assert again["url"] != first.get_json()["url"]
    assert again["old_until"] == "2026-01-28T14:00:00.000Z"
    # The same request does not rotate it once more.
    assert program.post(path, {"keep_hours": 2}, again="k") == again
    secret = again["url"].rpartition("=")[2]
    assert not any(secret in repr(row) for row in site.db.rows("SELECT * FROM idempotency"))
    reader = Program(site, Scope.READ, name="reader")
    assert reader.send("GET", path).status_code == 403
    assert reader.send("GET", f"services/{id}").status_code == 200


def test_several_are_asked_and_the_answer_says_which_were_not(program: Program, site: Site) -> None:
    first, second = (program.post("services", NEW | {"name": name})["id"] for name in ("a", "b"))
    program.post(f"services/{second}/suspend")
    answer = program.post("services/selected/collect", {"ids": [first, second, 999]}, again="k")
    assert answer == {
        "asked": [first],
        "failed": [
            {"id": second, "problem": "this connection is suspended"},
            {"id": 999, "problem": "there is no such connection"},
        ],
    }
    assert program.post("services/selected/collect", {"ids": [first, second, 999]}, again="k") == answer
    assert program.post("services/selected/start", {"ids": [first]}) == {"asked": [first], "failed": []}
    assert program.read(f"services/{first}")["waiting"] == ["probe", "collect", "run"]
    reader = Program(site, Scope.READ, name="reader")
    assert reader.send("POST", "services/selected/start", {"ids": [first]}).status_code == 403
    assert program.post("services/selected/test", {"ids": [first]}) == {"asked": [first], "failed": []}
    gone = program.post("services/selected/remove", {"ids": [second, first]})
    assert (gone["removed"], gone["failed"][0]["id"]) == ([first], second)
    assert program.read(f"services/{first}")["state"] == "removed"
