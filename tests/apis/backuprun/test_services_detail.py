"""getTaskDetailById: the log of one run."""

import json
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from duplistat.apis.backuprun.task_detail import MOST_LINES
from duplistat.services.agents.run_uuid import id_of, run_of
from duplistat.services.agents.task_queue import AgentChanges, note_agent_state
from tests.support.agents import Customer
from tests.support.bodies import duplicati
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
ATTRIBUTES = [
    "messagesource", "messagekey", "messagekeyparameters", "messagelevel", "messagestring", "messagetime",
]  # fmt: skip
LINES = [
    "2026-01-28 03:00:05 +01 - [Warning-Duplicati.Library.Main.X-Late]: one <&\"'> \x01 \ufffe",
    "2026-01-28 03:00:07 +01 - [Error-Duplicati.Library.Main.Controller-FailedOperation]: it failed\nat all",
    "2026-01-28 03:00:08 +01 - [Information-Duplicati.Library.Main.X-Said]: said",
    "a line of its own",
]


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


def detail(acme: Customer, **more: Any) -> list[Element]:
    """The messages of a new run."""
    made = acme.add()
    body = duplicati(START, result="Error") | {"LogLines": LINES} | more
    acme.site.record(body, query=acme.report_query(made))
    (run,) = json.loads(acme.agent()["alert_history"])
    task = acme.ok("getTaskDetailById", taskExecutionContextId=run["taskExecutionContextId"])[1]
    assert task.tag == "task"
    return list(task)


def test_the_lines_of_the_report_stand_between_ours(acme: Customer) -> None:
    messages = detail(acme)
    assert all(list(message.attrib) == ATTRIBUTES for message in messages)
    told = [(m.attrib["messagesource"], m.attrib["messagelevel"], m.attrib["messagetime"]) for m in messages]
    assert told == [
        ("SERVER", "INFO", "2026-01-28 02:00:00"),
        ("AGENT", "WARNING", "2026-01-28 02:00:05"),
        ("AGENT", "SEVERE", "2026-01-28 02:00:07"),
        ("AGENT", "INFO", "2026-01-28 02:00:08"),
        ("AGENT", "INFO", "2026-01-28 02:00:08"),
        ("SERVER", "INFO", "2026-01-28 02:10:00"),
    ]


def test_of_a_very_long_log_the_end_is_told_and_how_much_is_not(acme: Customer) -> None:
    lines = [f"2026-01-28 03:00:05 +01 - [Information-a-b]: {number}" for number in range(3)]
    lines += [str(number) for number in range(3, MOST_LINES + 3)]
    messages = [message.attrib for message in detail(acme, LogLines=lines)]
    assert len(messages) == MOST_LINES + 3
    assert [(m["messagesource"], m["messagestring"]) for m in messages[1:3]] == [
        ("SERVER", "3 lines before this are left out"),
        ("AGENT", "3"),
    ]
    assert messages[2]["messagetime"] == messages[1]["messagetime"] == "2026-01-28 02:00:05"
    assert messages[-2]["messagestring"] == str(MOST_LINES + 2)


def test_a_message_has_the_tag_of_its_line_and_its_text(acme: Customer) -> None:
    messages = detail(acme)
    assert messages[2].attrib["messagekey"] == "Duplicati.Library.Main.Controller-FailedOperation"
    assert messages[2].attrib["messagestring"] == "it failed\nat all"
    assert messages[2].attrib["messagekeyparameters"] == "[]"
    assert messages[1].attrib["messagestring"] == "one <&\"'> \ufffd \ufffd"


def test_that_the_agent_could_not_be_reached_meanwhile_is_told_with_parameters(
    acme: Customer, site: Site
) -> None:
    detail(acme)
    changes: AgentChanges = {"problem": "refused", "problem_at": site.now() - 9 * 3_600_000 - 55 * 60_000}
    site.writes.run(note_agent_state, service=int(acme.agent()["id"]), changes=changes)
    (run,) = json.loads(acme.agent()["alert_history"])
    task = acme.ok("getTaskDetailById", taskExecutionContextId=run["taskExecutionContextId"])[1]
    (failed,) = [m for m in task if m.attrib["messagekey"].endswith("port-failed")]
    assert (failed.attrib["messagelevel"], failed.attrib["messagesource"]) == ("SEVERE", "SERVER")
    assert json.loads(failed.attrib["messagekeyparameters"]) == ["127.0.0.1", "1167", "refused"]
    assert [(p.tag, p.attrib["value"]) for p in failed] == [
        ("messagekeyparameter", "127.0.0.1"),
        ("messagekeyparameter", "1167"),
        ("messagekeyparameter", "refused"),
    ]


def test_a_run_of_another_account_is_like_one_that_is_not(acme: Customer, site: Site) -> None:
    detail(acme)
    (run,) = json.loads(acme.agent()["alert_history"])
    stranger = Customer(site, "stranger")
    given = [run["taskExecutionContextId"], id_of(77_777), "1aa11a11-11a1-11aa-1111-aaa1a1111aa1", "x"]
    refused = {stranger.refused("getTaskDetailById", taskExecutionContextId=id) for id in given}
    assert len(refused) == 1
    assert "taskExecutionContextId" in refused.pop()


def test_a_contact_reads_the_runs_of_what_is_assigned(acme: Customer) -> None:
    detail(acme)
    (run,) = json.loads(acme.agent()["alert_history"])
    contact, kim = acme.contact()
    given = {"taskExecutionContextId": run["taskExecutionContextId"]}
    assert kim.call("getTaskDetailById", **given).code == "invalid"
    acme.ok("editService", sc_id=acme.agent()["id"], service_action="set_subuser", subuser_id=contact)
    assert kim.call("getTaskDetailById", **given).code == ""


@pytest.mark.parametrize("run", [1, 16_428, 2**40])
def test_an_id_means_its_run(run: int) -> None:
    assert run_of(id_of(run)) == run
