"""getStatus and getBackupStatus: each attribute of the agent element."""

import json
from datetime import datetime, timedelta
from typing import Any, Unpack

import pytest

from duplistat.services.agents.task_queue import AgentChanges, note_agent_state
from tests.support.agents import Customer
from tests.support.bodies import duplicati, live
from tests.support.databases import statements_of
from tests.support.site import Site

LONG = [
    "id", "service_id", "readonly", "name", "host", "port", "type", "status", "disk_usage",
    "cpanel_instance_id", "cpanel_startup", "mysql_instances", "mysql_startup", "mssql_startup",
    "exchange_startup", "ostype", "running", "alert_history", "n_alerts", "create_status", "status_min_ok",
    "startup_ok", "activation_hint", "serverurl", "serverhostname", "serverip", "username", "password",
    "location", "location_id", "first_backup_try", "service_configured", "restricted", "maintenance",
]  # fmt: skip
START = "2026-01-28T02:00:00Z"


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


@pytest.fixture
def nas(acme: Customer) -> dict[str, str]:
    return acme.add("nas")


def report(acme: Customer, nas: dict[str, str], start: str = START, **more: Any) -> dict[str, Any]:
    return acme.site.record(duplicati(start, **more), query=acme.report_query(nas))


def note(acme: Customer, nas: dict[str, str], **changes: Unpack[AgentChanges]) -> None:
    acme.site.writes.run(note_agent_state, service=int(nas["id"]), changes=changes)


def test_all_attributes_in_their_order(acme: Customer, nas: dict[str, str]) -> None:
    (agent,) = acme.ok("getStatus")[1]
    assert list(agent.attrib) == LONG
    assert [(c.tag, list(c.attrib)) for c in agent] == [
        ("server", ["ip", "http_port", "https_port", "hostname"])
    ]
    one = acme.backup_status(nas["service_id"])
    assert one.attrib == agent.attrib
    assert [(c.tag, list(c.attrib)) for c in one] == [
        ("server", ["ip", "http_port", "https_port", "hostname"]),
        ("task", ["first_backup_try", "service_configured", "taskstate"]),
    ]


def test_a_new_service(acme: Customer, nas: dict[str, str]) -> None:
    agent = acme.agent()
    zeros = "readonly status disk_usage cpanel_startup mysql_instances mysql_startup mssql_startup"
    zeros += " exchange_startup running n_alerts status_min_ok startup_ok first_backup_try service_configured"
    zeros += " restricted maintenance"
    assert {name: agent[name] for name in zeros.split()} == dict.fromkeys(zeros.split(), "0")
    assert (agent["alert_history"], agent["create_status"], agent["cpanel_instance_id"]) == ("[]", "-1", "")
    assert acme.task_state(nas["service_id"]) == "INITIALIZING"


def test_an_empty_element_has_its_closing_tag(acme: Customer) -> None:
    assert "<account></account>" in acme.call("getStatus").response.text


@pytest.mark.parametrize(
    ("result", "status"), [("Success", "1"), ("Warning", "2"), ("Error", "3"), ("Fatal", "3")]
)
def test_the_status_is_that_of_the_last_run(
    acme: Customer, nas: dict[str, str], result: str, status: str
) -> None:
    report(acme, nas, result=result)
    assert acme.agent()["status"] == status


def test_the_worst_job_decides(acme: Customer, nas: dict[str, str]) -> None:
    report(acme, nas, job="a", result="Error")
    report(acme, nas, job="b")
    assert acme.agent()["status"] == "3"


def test_overdue_is_an_error_at_once(acme: Customer, nas: dict[str, str]) -> None:
    report(acme, nas, next_run="20260129T020000Z")
    assert acme.agent()["status"] == "1"
    acme.site.now.set("2026-01-29T04:00:01Z")
    assert acme.agent()["status"] == "3"


def test_disk_usage_is_the_last_known_of_each_job(acme: Customer, nas: dict[str, str]) -> None:
    report(acme, nas, job="a", statistics={"KnownFileSize": 5_000_000_000})
    report(acme, nas, job="b", statistics={"KnownFileSize": 7})
    nothing = {"KnownFileSize": 0, "KnownFileCount": 0, "BackupListCount": 0}
    report(acme, nas, "2026-01-28T03:00:00Z", job="a", result="Fatal", exception="x", statistics=nothing)
    assert acme.agent()["disk_usage"] == "5000000007"


@pytest.mark.parametrize("tag", ["cpanel", "mysql", "mssql", "exchange"])
def test_a_startup_turns_when_a_job_of_that_tag_has_run(
    acme: Customer, nas: dict[str, str], tag: str
) -> None:
    report(acme, nas)
    assert acme.agent()[f"{tag}_startup"] == "0"
    acme.site.set_job(acme.site.job(), tags=[tag.upper()])
    agent = acme.agent()
    names = ("cpanel_startup", "mysql_startup", "mssql_startup", "exchange_startup")
    assert {name for name in names if agent[name] == "1"} == {f"{tag}_startup"}


def test_the_operating_system_is_from_reports(acme: Customer, nas: dict[str, str]) -> None:
    note(acme, nas, facts='{"operating_system": "Windows"}')
    assert acme.agent()["ostype"] == "Windows"
    report(acme, nas, extra={"operating-system": "Linux"})
    assert acme.agent()["ostype"] == "Linux"


def test_running_while_a_job_says_so(acme: Customer, nas: dict[str, str]) -> None:
    site = acme.site
    report(acme, nas)
    body = live("Started", "2026-01-28T12:00:00Z")
    assert site.post(body, query=acme.report_query(nas)).status_code == 200
    assert (acme.agent()["running"], acme.agent()["status"]) == ("1", "1")
    assert acme.task_state(nas["service_id"]) == "RUNNING"
    report(acme, nas, "2026-01-28T11:59:59Z", minutes=0)
    assert acme.agent()["running"] == "0"


def test_running_while_the_agent_runs_what_we_started(acme: Customer, nas: dict[str, str]) -> None:
    note(acme, nas, running=1)
    assert acme.agent()["running"] == "1"


def test_the_last_twenty_runs_are_told_with_ids_that_stay(acme: Customer, nas: dict[str, str]) -> None:
    first = datetime.fromisoformat("2026-01-01T02:00:00+00:00")
    for day in range(22):
        start = (first + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")
        report(acme, nas, start, job="ab"[day % 2], result="Error" if day == 21 else "Success")
    told = json.loads(acme.agent()["alert_history"])
    ids = [run.pop("taskExecutionContextId") for run in told]
    assert (len(told), len(set(ids))) == (20, 20)
    assert told[0] == {
        "time": "2026-01-22 02:00:00",
        "job": "b",
        "state": "ERROR",
        "errors": 1,
        "warnings": 0,
    }
    assert told[1]["state"] == "FINISHED"
    report(acme, nas, "2026-01-25T02:00:00Z")
    again = json.loads(acme.agent()["alert_history"])
    assert [run["taskExecutionContextId"] for run in again][1:] == ids[:19]


def test_alerts_are_summed_over_the_last_runs_and_capped(acme: Customer, nas: dict[str, str]) -> None:
    report(acme, nas, job="a", result="Error", ErrorsActualLength=3, WarningsActualLength=20)
    report(acme, nas, job="b", result="Warning", WarningsActualLength=7)
    assert acme.agent()["n_alerts"] == "3027"
    report(acme, nas, job="c", result="Error", ErrorsActualLength=5000, WarningsActualLength=998)
    assert acme.agent()["n_alerts"] == "999999"
    report(acme, nas, "2026-01-28T03:00:00Z", job="c")
    assert acme.agent()["n_alerts"] == "3027"


def test_create_status_goes_on(acme: Customer, nas: dict[str, str]) -> None:
    seen = [acme.agent()["create_status"]]
    acme.ok("setServiceConfigured", service_id=nas["service_id"], activation_hint="install-on-Linux")
    seen.append(acme.agent()["create_status"])
    steps: list[AgentChanges] = [{"answered_at": 1}, {"jobs": 2}]
    for changes in steps:
        note(acme, nas, **changes)
        seen.append(acme.agent()["create_status"])
    report(acme, nas)
    seen.append(acme.agent()["create_status"])
    acme.ok("editService", sc_id=nas["id"], service_action="terminate")
    assert [*seen, acme.agent()["create_status"]] == ["-1", "0", "3", "5", "10", "-4"]


def test_status_min_ok_stays_after_the_first_good_run(acme: Customer, nas: dict[str, str]) -> None:
    seen = []
    for hour, result in enumerate(("Error", "Success", "Error")):
        report(acme, nas, f"2026-01-28T0{hour}:00:00Z", result=result)
        seen.append(acme.agent()["status_min_ok"])
    assert seen == ["0", "1", "1"]


def test_startup_ok_needs_a_run_and_the_configuration(acme: Customer, nas: dict[str, str]) -> None:
    note(acme, nas, started_at=1)
    assert acme.agent()["startup_ok"] == "0"
    acme.ok("setServiceConfigured", service_id=nas["service_id"], activation_hint="install-on-Linux")
    assert acme.agent()["startup_ok"] == "1"


def test_the_first_report_is_a_first_try(acme: Customer, nas: dict[str, str]) -> None:
    report(acme, nas)
    assert acme.agent()["first_backup_try"] == "1"


def test_a_suspended_account_restricts_its_services(acme: Customer, site: Site) -> None:
    acme.add()
    with site.db.transaction():
        site.db.change("UPDATE service SET suspended_at = 1")
    assert acme.agent()["restricted"] == "1"


def test_task_states(acme: Customer, nas: dict[str, str]) -> None:
    id, seen = nas["service_id"], []
    for changes in ({"answered_at": 1}, {"running": 1}, {"running": 0, "problem": "no", "problem_at": 1}):
        note(acme, nas, **changes)
        seen.append(acme.task_state(id))
    note(acme, nas, problem="")
    report(acme, nas)
    seen.append(acme.task_state(id))
    report(acme, nas, "2026-01-28T03:00:00Z", result="Fatal")
    assert [*seen, acme.task_state(id)] == ["READY", "RUNNING", "ERROR", "FINISHED", "ERROR"]


@pytest.mark.parametrize(
    ("offset", "time"),
    [("60", "2026-01-28 03:00:00"), ("-120", "2026-01-28 00:00:00"), ("0", "2026-01-28 02:00:00")],
)
def test_times_are_shifted_by_the_zone(acme: Customer, nas: dict[str, str], offset: str, time: str) -> None:
    report(acme, nas)
    agent = acme.backup_status(nas["service_id"], timezoneOffset=offset)
    assert json.loads(agent.attrib["alert_history"])[0]["time"] == time


@pytest.mark.parametrize("offset", ["x", "1e3", "100000"])
def test_a_wrong_offset_is_named(acme: Customer, nas: dict[str, str], offset: str) -> None:
    refused = acme.refused("getBackupStatus", service_id=nas["service_id"], timezoneOffset=offset)
    assert "timezoneOffset" in refused


@pytest.mark.usefixtures("both_databases")
def test_the_statements_are_as_many_for_any_number_of_services_and_runs(acme: Customer, site: Site) -> None:
    def count() -> int:
        with statements_of(site.db) as ran:
            acme.ok("getStatus")
        return len(ran)

    report(acme, acme.add("one"))
    few = count()
    for number in range(6):
        made = acme.add(f"more {number}")
        for day in range(1, 5):
            report(acme, made, f"2026-01-2{day}T02:00:00Z", server=f"m{number}", machine=f"{number}")
    assert count() == few


def test_what_is_of_another_account_is_not_listed(acme: Customer, site: Site) -> None:
    acme.add("ours")
    other = Customer(site, "stranger")
    other.add("theirs")
    assert [agent["name"] for agent in acme.agents()] == ["ours"]
    assert [agent["name"] for agent in other.agents()] == ["theirs"]
