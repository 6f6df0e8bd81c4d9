"""Changes of servers by programs: words, the archive, merging, deletion."""

import json

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import Caller, first_caller
from tests.apis.native.program import Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def two(site: Site) -> Caller:
    """Two servers with a job of the same name each."""
    caller = first_caller(site)
    caller.report("2026-01-27T02:00:00Z", server="nas", machine="one")
    caller.report("2026-01-28T02:00:00Z", server="nas-2", machine="two")
    return caller


@pytest.mark.usefixtures("two")
def test_alias_group_and_notes_are_set_and_what_is_left_out_stays(program: Program) -> None:
    changed = program.send("PATCH", "servers/1", {"alias": "NAS", "group": "Office", "notes": "a\nb"})
    assert changed.headers["ETag"] == program.send("GET", "servers/1").headers["ETag"]
    told = changed.get_json()
    assert (told["alias"], told["group"], told["notes"]) == ("NAS", "Office", "a\nb")
    again = program.send("PATCH", "servers/1", {"alias": ""}).get_json()
    assert (again["alias"], again["group"]) == (None, "Office")
    page = "https://10.0.0.5:8200/"
    assert program.send("PATCH", "servers/1", {"web_url": page}).get_json()["web_url"] == page
    assert program.refused("servers/1", {"web_url": "javascript:x"}, method="PATCH").keys() == {"web_url"}
    assert program.send("PATCH", "servers/1", {"web_url": ""}).get_json()["web_url"] is None
    assert program.refused("servers/1", {"notes": "x" * 10_001, "colour": ""}, method="PATCH").keys() == {
        "notes",
        "colour",
    }
    late = program.send("PATCH", "servers/1", {"notes": ""}, If_Match=changed.headers["ETag"])
    assert late.status_code == 412
    assert noted(program.site)[0][:2] == ("key deploy", "server.set")


@pytest.mark.usefixtures("two")
def test_a_server_goes_into_the_archive_and_comes_back(program: Program) -> None:
    assert program.post("servers/1/archive")["archived"] is True
    assert program.read("jobs/1")["archived"] is True
    assert program.post("servers/1/bring-back")["archived"] is False
    assert program.read("jobs/1")["archived"] is False


@pytest.mark.usefixtures("two")
def test_servers_are_merged_and_two_again(program: Program) -> None:
    merged = program.post("servers/1/merge", {"other_id": 2}, again="k")
    assert [(item["name"], item["state"], item["obstacle"]) for item in merged["merged"]] == [
        ("nas-2", "done", None)
    ]
    assert program.post("servers/1/merge", {"other_id": 2}, again="k") == merged
    assert program.send("GET", "servers/2").status_code == 404
    assert program.read("servers/1")["jobs"]["total"] == 1
    two_again = program.post("servers/1/unmerge", {"merge_id": merged["merged"][0]["merge_id"]})
    assert two_again["merged"] == []
    assert len(program.read("servers")["servers"]) == 2
    assert program.send("POST", "servers/1/merge", {"other_id": 1}).status_code == 400
    assert program.send("POST", "servers/1/unmerge", {"merge_id": 99}).status_code == 404


def test_names_that_alternate_are_kept_apart_or_left_one(program: Program, two: Caller) -> None:
    assert program.send("POST", "servers/1/keep-apart").status_code == 400
    for minute, name in enumerate(("nas", "pc", "nas", "pc", "nas")):
        two.report(f"2026-01-28T0{minute + 3}:00:00Z", server=name, machine="one")
    shared = program.read("servers/1")
    assert shared["names_state"] == "shared"
    assert set(shared["names"]) == {"nas", "pc"}
    assert program.post("servers/1/keep-apart", {"dismiss": True})["names_state"] == "dismissed"


@pytest.mark.usefixtures("two")
def test_a_server_is_handed_out_and_deleted(program: Program) -> None:
    export = program.send("POST", "servers/1/export")
    tables = {json.loads(line).get("table") for line in export.text.splitlines()}
    assert tables >= {"server", "job", "run"}
    gone = program.send("DELETE", "servers/1")
    assert (gone.status_code, gone.get_json()) == (202, {"state": "deleting"})
    assert [action for _, action, _ in noted(program.site)][:2] == ["server.delete", "server.export"]


@pytest.mark.usefixtures("two")
def test_an_operators_key_does_nothing_that_only_admins_do(site: Site) -> None:
    operator = Program(site, Scope.SERVERS_WRITE)
    assert operator.send("PATCH", "servers/1", {"alias": "x"}).status_code == 200
    for method, path in (("POST", "servers/1/archive"), ("DELETE", "servers/1"), ("POST", "servers/1/merge")):
        assert operator.send(method, path, {}).status_code == 403
