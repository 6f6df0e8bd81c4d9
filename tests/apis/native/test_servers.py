"""/api/v1/servers: machines, and their jobs counted by health."""

import pytest

from tests.apis.native.cast import Caller

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_server_has_its_names_times_facts_and_jobs_by_health(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z")
    caller.report("2026-01-28T03:00:00Z", job="Photos", result="Error")
    assert caller.read("/api/v1/servers/1") == {
        "id": 1,
        "name": "nas",
        "alias": None,
        "sender": None,
        "machine_id": "4f1d2c3b",
        "account": "main",
        "group": None,
        "archived": False,
        "facts": {"agent_version": "2.2.0.3"},
        "may_be_id": None,
        "created_at": "2026-01-28T12:00:00.000Z",
        "seen_at": "2026-01-28T12:00:00.000Z",
        "jobs": {
            "total": 2,
            "overdue": 0,
            "failed": 1,
            "stuck": 0,
            "warning": 0,
            "never": 0,
            "running": 0,
            "ok": 1,
            "paused": 0,
        },
        "notes": "",
        "web_url": None,
        "names_state": "",
        "names": [],
        "merged": [],
    }


def test_the_list_is_an_object_with_the_same_servers_by_id(full: Caller) -> None:
    page = full.read("/api/v1/servers")
    assert list(page) == ["servers", "next_cursor"]
    assert [row["id"] for row in page["servers"]] == sorted(row["id"] for row in page["servers"])
    # A single one has more.
    for row in page["servers"]:
        single = full.read(f"/api/v1/servers/{row['id']}")
        assert {name: single[name] for name in row} == row
    assert page["next_cursor"] is None


def test_jobs_are_counted_as_of_now_and_not_as_of_the_last_sweep(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", next_run="20260128T130000Z")
    assert caller.read("/api/v1/servers/1")["jobs"]["ok"] == 1
    caller.site.now.forward(hours=5)
    counts = caller.read("/api/v1/servers/1")["jobs"]
    assert (counts["ok"], counts["overdue"], counts["total"]) == (0, 1, 1)


def test_a_server_is_found_by_its_exact_name_alias_or_machine_id(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", server="nas", machine="one")
    caller.report("2026-01-28T02:00:00Z", server="nas", machine="two")
    caller.report("2026-01-28T02:00:00Z", server="nas-3", machine="nas")
    caller.site.set_server(2, alias="attic")
    assert caller.ids("/api/v1/servers?name=nas") == [1, 2, 3]
    assert caller.ids("/api/v1/servers?name=attic") == [2]
    assert caller.ids("/api/v1/servers?name=one") == [1]
    assert caller.ids("/api/v1/servers?name=NAS") == []


def test_pages_of_servers_end_where_the_next_begins(caller: Caller) -> None:
    for number in range(5):
        caller.report("2026-01-28T02:00:00Z", machine=f"m{number}")
    pages = [[row["id"] for row in page["servers"]] for page in caller.pages("/api/v1/servers?limit=2")]
    assert pages == [[1, 2], [3, 4], [5]]
    assert [len(page["servers"]) for page in caller.pages("/api/v1/servers?limit=5")] == [5]
