"""Changes by programs: rules, problems, notices and silences, each once, within its account, noted with its key."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from duplistat.core.times import from_ms, iso_ms
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.rate_limits import CHANGES
from duplistat.services.maintenance.retention import prune_all
from duplistat.store import audit, idempotency, jobs, notices
from tests.support.alerting import Alerting
from tests.support.databases import statements_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

PROBLEM = "application/problem+json"
HOUR_MS = 3_600_000


class Program:
    """Who changes something, with a key."""

    def __init__(self, site: Site, *scopes: Scope, account: str = "main", name: str = "deploy") -> None:
        self.site = site
        self.key = site.key(*(scopes or (Scope.ADMIN,)), account=account, name=name)

    def send(
        self, method: str, path: str, body: Any = None, *, again: str = "", **headers: str
    ) -> TestResponse:
        headers["X-Api-Key"] = self.key
        if again:
            headers["Idempotency-Key"] = again
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        return self.site.client().open(f"/api/v1/{path}", method=method, data=data, headers=headers)

    def post(self, path: str, body: Any = None, **more: str) -> Any:
        """What was answered to something that must succeed."""
        response = self.send("POST", path, body, **more)
        assert response.status_code in (200, 201), response.text
        return response.get_json()

    def refused(self, path: str, body: Any, *, method: str = "POST") -> dict[str, str]:
        """What is wrong with a body that must be refused: {field: problem}."""
        response = self.send(method, path, body)
        assert (response.status_code, response.content_type) == (400, PROBLEM), response.text
        content: dict[str, Any] = response.get_json()
        assert (content["type"], content["title"], content["status"]) == ("about:blank", "Bad Request", 400)
        assert content["error"] == "ValidationError"
        assert content["detail"]
        return {detail["field"]: detail["problem"] for detail in content["details"]}


@pytest.fixture
def program(site: Site) -> Program:
    return Program(site)


@pytest.fixture
def alerting(site: Site) -> Alerting:
    return Alerting(site)


def failing(alerting: Alerting) -> int:
    """The id of a problem that somebody was told of."""
    alerting.rule(alerting.channel())
    alerting.run("Error")
    assert alerting.tick()
    return alerting.problem().id


def noted(site: Site) -> list[tuple[str, str, str]]:
    """(who, action, address), newest first."""
    entries = audit.everything(site.db, site.everyone, audit.Filter())
    return [(entry.who, entry.action, entry.address) for entry in entries]


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


def test_the_same_request_under_one_key_is_carried_out_once(program: Program, alerting: Alerting) -> None:
    body = {"name": "once", "steps": [{"minutes": 0, "channels": [alerting.channel()]}]}
    first = program.post("rules", body, again="k1")
    program.send("PATCH", f"rules/{first['id']}", {"name": "renamed"})
    # The stored answer, not one of now.
    assert program.post("rules", body, again="k1") == first
    other = program.send("POST", "rules", body | {"name": "else"}, again="k1")
    assert (other.status_code, other.content_type) == (422, PROBLEM)
    assert other.get_json()["error"] == "IdempotencyKeyError"
    assert program.refused("rules", body | {"name": "renamed"})["name"]
    assert [rule["name"] for rule in program.send("GET", "rules").get_json()["rules"]] == ["renamed"]
    # What is deleted is answered so again, although it is no longer there.
    path = f"rules/{first['id']}"
    assert [program.send("DELETE", path, again="k2").status_code for _ in range(2)] == [204, 204]
    assert program.send("DELETE", path).status_code == 404


def test_another_caller_has_keys_of_its_own(program: Program, alerting: Alerting) -> None:
    steps = [{"minutes": 0, "channels": [alerting.channel()]}]
    program.post("rules", {"name": "mine", "steps": steps}, again="k")
    Program(program.site, name="second").post("rules", {"name": "other", "steps": steps}, again="k")
    assert len(program.send("GET", "rules").get_json()["rules"]) == 2


def test_what_was_refused_may_be_sent_again_under_its_key(program: Program, alerting: Alerting) -> None:
    alerting.channel()
    body = {"name": "r", "steps": [{"minutes": 0, "channels": [2]}]}
    assert program.send("POST", "rules", body, again="k").status_code == 400
    alerting.channel("second")
    assert program.post("rules", body, again="k")["name"] == "r"


def test_whoever_is_killed_before_the_answer_is_stored_makes_nothing_twice(
    program: Program, alerting: Alerting
) -> None:
    body = {"name": "r", "steps": [{"minutes": 0, "channels": [alerting.channel()]}]}
    first = program.post("rules", body, again="k")
    db = program.site.db
    db.execute("UPDATE idempotency SET status = ?, body = ?", (idempotency.UNANSWERED, str(first["id"])))
    assert program.post("rules", body, again="k") == first
    assert len(program.send("GET", "rules").get_json()["rules"]) == 1


def test_the_same_request_sent_several_times_at_once_is_carried_out_once(program: Program) -> None:
    body, together = {"until": "2026-01-28T16:00:00Z"}, threading.Barrier(4)

    def send(_: int) -> int:
        together.wait()
        try:
            return int(program.post("silences", body, again="k")["id"])
        finally:
            program.site.db.close()

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(send, range(4)))
    assert len(ids) == 1
    assert len(program.send("GET", "silences").get_json()["silences"]) == 1


def test_answers_are_kept_for_a_day(program: Program, alerting: Alerting) -> None:
    body = {"name": "r", "steps": [{"minutes": 0, "channels": [alerting.channel()]}]}
    program.post("rules", body, again="k")
    site = program.site
    prune_all(site.writes, site.config.retention, site.now() + 23 * HOUR_MS)
    assert program.post("rules", body, again="k")
    prune_all(site.writes, site.config.retention, site.now() + 25 * HOUR_MS)
    assert program.send("POST", "rules", body, again="k").status_code == 400


@pytest.mark.parametrize("key", ["x" * 256, "ä"])
def test_a_key_that_cannot_be_one_is_refused(program: Program, key: str) -> None:
    response = program.send("POST", "silences", {"until": "2026-01-28T16:00:00Z"}, again=key)
    assert response.status_code == 400
    assert response.get_json()["details"][0]["field"] == "Idempotency-Key"


def test_a_problem_is_acknowledged_and_that_is_taken_back(program: Program, alerting: Alerting) -> None:
    id = failing(alerting)
    open_one = program.send("GET", f"problems/{id}").get_json()
    assert (open_one["state"], open_one["kind"], open_one["acknowledgement"]) == ("open", "failed", None)
    assert [told["channel"]["name"] for told in open_one["told"]] == ["ops"]
    assert open_one["reason"].startswith("The backup")
    done = program.post(f"problems/{id}/acknowledge", {"hours": 2, "why": "the disk is on its way"})
    now = program.site.now()
    assert done["state"] == "acknowledged"
    assert done["acknowledgement"] == {
        "until": iso_ms(from_ms(now + 2 * HOUR_MS)),
        "at": iso_ms(from_ms(now)),
        "by": "key deploy",
        "why": "the disk is on its way",
    }
    (job,) = jobs.visible(program.site.db, program.site.everyone)
    assert job.snoozed_until == now + 2 * HOUR_MS
    back = program.send("DELETE", f"problems/{id}/acknowledge").get_json()
    assert (back["state"], back["acknowledgement"]) == ("open", None)
    assert program.refused(f"problems/{id}/acknowledge", {"hours": 169}) == {"hours": "must be at most 168"}


def test_a_notice_that_waits_is_dropped_and_sent_again(program: Program, alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    alerting.run("Error")
    alerting.tick(deliver=False)
    (waiting,) = program.send("GET", "notices?state=waiting").get_json()["notices"]
    path = f"notices/{waiting['id']}"
    dropped = program.post(f"{path}/drop")
    assert (dropped["state"], dropped["state_why"], dropped["attempts"]) == ("dropped", "by_hand", [])
    assert program.send("POST", f"{path}/drop").status_code == 400
    again = program.post(f"{path}/retry")
    assert (again["state"], again["problem_ids"]) == ("waiting", [alerting.problem().id])
    assert again["next_try_at"] == iso_ms(from_ms(program.site.now()))
    found = notices.get(program.site.db, waiting["id"])
    assert found is not None
    alerting.sent(found)
    assert program.send("GET", "notices?state=sent").get_json()["notices"][0]["id"] == waiting["id"]


def test_a_silence_is_set_and_ended(program: Program, alerting: Alerting) -> None:
    alerting.rule(alerting.channel())
    body = {"until": "2026-01-28T14:00:00+01:00", "why": "the line is being moved"}
    made = program.post("silences", body)
    assert (made["state"], made["until"], made["set_by"]) == (
        "holding",
        "2026-01-28T13:00:00.000Z",
        "key deploy",
    )
    alerting.run("Error")
    assert alerting.tick() == []
    program.site.now.forward(minutes=1)
    ended = program.post(f"silences/{made['id']}/end")
    assert (ended["state"], ended["ended_at"]) == ("over", iso_ms(from_ms(program.site.now())))
    assert [message.kind for message in alerting.tick()] == ["problem"]
    now = program.post("silences", {"until": "2026-01-28T15:00:00+01:00"})
    program.site.now.forward(minutes=1)

    def listed(query: str) -> list[int]:
        found = program.send("GET", f"silences{query}").get_json()["silences"]
        return [silence["id"] for silence in found]

    assert listed("?state=current") == [now["id"]]
    assert listed("") == listed("?state=all") == [now["id"], made["id"]]
    past = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    assert program.refused("silences", past).keys() == {"until"}
    assert program.refused("silences", {"until": "tomorrow"})["until"].startswith("must be a time")


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


CHANGING = (
    ("POST", "rules"),
    ("PATCH", "rules/1"),
    ("DELETE", "rules/1"),
    ("POST", "problems/1/acknowledge"),
    ("DELETE", "problems/1/acknowledge"),
    ("POST", "notices/1/retry"),
    ("POST", "notices/1/drop"),
    ("POST", "silences"),
    ("POST", "silences/1/end"),
)


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_change_needs_a_key_that_may_change(site: Site, method: str, path: str) -> None:
    without = site.client().open(f"/api/v1/{path}", method=method)
    assert (without.status_code, without.content_type) == (401, PROBLEM)
    reader = Program(site, Scope.READ, Scope.INGEST, name="reader").send(method, path, b"nonsense")
    assert (reader.status_code, reader.content_type) == (403, PROBLEM)
    assert reader.get_json()["detail"] == "This API key lacks the scope admin"


def test_so_many_changes_a_minute_are_allowed_and_no_more(program: Program) -> None:
    body = {"until": "2026-01-28T16:00:00Z"}
    for _ in range(CHANGES.burst):
        program.post("silences", body)
    response = program.send("POST", "silences", body)
    assert (response.status_code, response.content_type) == (429, PROBLEM)
    assert int(response.headers["Retry-After"]) > 0


def test_what_another_account_has_is_not_found_and_an_account_below_is_changed(
    program: Program, alerting: Alerting, site: Site
) -> None:
    id = failing(alerting)
    silence = program.post("silences", {"until": "2026-01-28T16:00:00Z"})["id"]
    site.account("stranger")
    child = site.account("child", parent="main")
    stranger = Program(site, account="stranger")
    for method, path in CHANGING:
        if "/1" in path:
            path = path.replace("problems/1", f"problems/{id}").replace("silences/1", f"silences/{silence}")
            missing = stranger.send(method, path.replace("/1", "/999").replace(f"/{id}/", "/999/"), {})
            theirs = stranger.send(method, path, {})
            assert (theirs.status_code, theirs.data) == (404, missing.data), path
    for account in (alerting.main, 999):
        wrong = stranger.refused("silences", {"until": "2026-01-28T16:00:00Z", "account_id": account})
        assert wrong == {"account_id": "There is no such account"}
    below = program.post("silences", {"until": "2026-01-28T16:00:00Z", "account_id": child})
    assert below["account"] == "child"


def test_a_change_costs_few_statements(program: Program) -> None:
    program.post("silences", {"until": "2026-01-28T16:00:00Z"})
    with statements_of(program.site.db) as ran:
        program.post("silences", {"until": "2026-01-28T16:00:00Z"})
    assert len(ran) <= 14, "\n".join(ran)


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
