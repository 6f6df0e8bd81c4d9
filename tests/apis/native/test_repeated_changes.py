"""A change that is sent again under its Idempotency-Key is made once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from duplistat.services.maintenance.retention import prune_all
from duplistat.store import idempotency
from tests.apis.native.program import PROBLEM, Program
from tests.support.alerting import Alerting

pytestmark = pytest.mark.usefixtures("both_databases")

HOUR_MS = 3_600_000


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
