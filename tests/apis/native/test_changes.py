"""Changes of rules by programs: within their account, each field checked, noted with the key."""

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.program import PROBLEM, Program, noted
from tests.support.alerting import Alerting
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

HOUR_MS = 3_600_000


def test_a_rule_is_created_read_changed_and_deleted(program: Program, alerting: Alerting) -> None:
    ops = alerting.channel()
    made = program.post("rules", {"name": "Production", "steps": [{"minutes": 0, "channels": [ops]}]})
    assert (made["name"], made["account"], made["enabled"], made["after_fails"]) == (
        "Production",
        "main",
        True,
        0,
    )
    assert made["match"]["kinds"] == ["failed", "overdue", "stuck"]
    assert program.send("GET", f"rules/{made['id']}").get_json() == made
    changed = program.send("PATCH", f"rules/{made['id']}", {"after_fails": 3, "enabled": False}).get_json()
    assert changed == made | {"after_fails": 3, "enabled": False}
    assert program.send("GET", "rules").get_json()["rules"] == [changed]
    gone = program.send("DELETE", f"rules/{made['id']}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert program.send("GET", f"rules/{made['id']}").status_code == 404
    assert [action for _, action, _ in noted(program.site)] == ["rule.delete", "rule.set", "rule.create"]
    assert {(who, address) for who, _, address in noted(program.site)} == {("key deploy", "127.0.0.1")}


def test_quiet_hours_are_set_and_removed_and_each_field_is_replaced_as_a_whole(
    program: Program, alerting: Alerting
) -> None:
    rule = {
        "name": "nights",
        "match": {"tags": ["a", "b"], "kinds": ["failed"]},
        "steps": [{"minutes": 0, "channels": [alerting.channel()]}],
        "quiet": {"windows": [{"days": [5, 6], "from": "22:00", "until": "06:00"}], "then": "drop"},
    }
    made = program.post("rules", rule)
    assert made["quiet"]["windows"] == [{"days": [5, 6], "from": "22:00", "until": "06:00"}]
    changed = program.send(
        "PATCH", f"rules/{made['id']}", {"match": {"tags": ["c"]}, "quiet": None}
    ).get_json()
    assert changed["quiet"] is None
    assert changed["match"] == made["match"] | {"tags": ["c"], "kinds": ["failed", "overdue", "stuck"]}


def test_a_rule_that_is_created_off_tells_nothing_until_it_is_on(
    program: Program, alerting: Alerting
) -> None:
    steps = [{"minutes": 0, "channels": [alerting.channel()]}]
    made = program.post("rules", {"name": "later", "steps": steps, "enabled": False})
    alerting.run("Error")
    assert alerting.tick() == []
    program.send("PATCH", f"rules/{made['id']}", {"enabled": True})
    assert [message.kind for message in alerting.tick()] == ["problem"]


def test_all_that_is_wrong_with_a_body_is_told_at_once(program: Program) -> None:
    body = {
        "name": " ",
        "steps": [{"minutes": -1, "channels": []}, 7],
        "after_fails": "2",
        "each": 1,
        "colour": "red",
        "match": {"kinds": ["odd"], "tags": [""]},
        "quiet": {"windows": [{"from": "25:00", "until": "06:00"}]},
    }
    assert program.refused("rules", body) == {
        "name": "must not be empty",
        "steps.0.minutes": "must be at least 0",
        "steps.0.channels": "must have at least 1 items",
        "steps.1": "must be an object",
        "after_fails": "must be a whole number",
        "each": "must be true or false",
        "colour": "is not known here",
        "match.kinds.0": "must be warning, failed, overdue, stuck or event",
        "match.tags.0": "must not be empty",
        "quiet.windows.0.from": "has not the form that is expected",
    }


@pytest.mark.parametrize("body", [b"{", b'"text"', b"[]", b"\xff", b'{"name": "\\ud800"}', b"[" * 9999])
def test_what_is_no_object_is_refused(program: Program, body: bytes) -> None:
    assert program.refused("rules", body).keys() <= {"body", "name", "steps"}


def test_a_rule_names_channels_of_its_account_only(program: Program, alerting: Alerting, site: Site) -> None:
    theirs = alerting.channel("theirs", account=site.account("stranger"))
    for channel in (theirs, 999):
        wrong = program.refused("rules", {"name": "r", "steps": [{"minutes": 0, "channels": [channel]}]})
        assert wrong == {"steps": f"there is no channel {channel}"}
        tried = program.refused("rules/try", {"steps": [{"minutes": 0, "channels": [channel]}]})
        assert tried == wrong
    late = {"name": "r", "steps": [{"minutes": 5, "channels": [alerting.channel()]}]}
    assert program.refused("rules", late) == {"steps": "steps: the first step is at 0 minutes"}


def test_a_body_has_64_kilobytes_at_most(program: Program) -> None:
    response = program.send("POST", "rules", b" " * 65_537)
    assert (response.status_code, response.content_type) == (413, PROBLEM)
    assert response.get_json()["detail"] == "The body is larger than 65536 bytes"


def test_a_rule_is_tried_with_a_key_that_only_reads(alerting: Alerting, site: Site) -> None:
    for minutes in range(3):
        alerting.run("Error" if minutes % 2 == 0 else "Success")
        site.now.forward(hours=1)
    reader = Program(site, Scope.READ)
    steps = [{"minutes": 0, "channels": [alerting.channel()]}]
    tried = reader.post("rules/try", {"steps": steps, "days": 7})
    assert (tried["days"], tried["jobs"]) == (7, 1)
    assert [message["kind"] for message in tried["messages"]] == ["problem", "recovered", "problem"]
    assert tried["messages"][0]["jobs"] == ["Documents"]
    assert reader.send("POST", "rules", {"name": "r", "steps": steps}).status_code == 403


def test_a_list_of_rules_goes_on_where_its_page_ended(program: Program, alerting: Alerting) -> None:
    steps = [{"minutes": 0, "channels": [alerting.channel()]}]
    names = [f"rule {number}" for number in range(5)]
    for name in names:
        program.post("rules", {"name": name, "steps": steps})
    found, cursor = [], ""
    while True:
        page = program.send("GET", f"rules?limit=2{cursor}").get_json()
        found += [rule["name"] for rule in page["rules"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == names
