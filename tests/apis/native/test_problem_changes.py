"""Problems, notices and silences are changed by programs."""

import pytest

from duplistat.core.times import from_ms, iso_ms
from duplistat.store import jobs, notices
from tests.apis.native.program import Program, failing
from tests.support.alerting import Alerting

pytestmark = pytest.mark.usefixtures("both_databases")

HOUR_MS = 3_600_000


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
