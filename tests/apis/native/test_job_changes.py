"""Changes of jobs by programs: what operators set, and what only admins do."""

import json
from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.monitoring.learning import learn_noted
from tests.apis.native.cast import Caller, first_caller
from tests.apis.native.program import PROBLEM, Program, noted
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def reporting(site: Site) -> Caller:
    """A job that reported once."""
    caller = first_caller(site)
    caller.report("2026-01-28T02:00:00Z")
    return caller


@pytest.mark.usefixtures("reporting")
def test_schedule_zone_grace_and_words_are_set_and_what_is_left_out_stays(program: Program) -> None:
    changes = {
        "schedule": "daily 02:00",
        "zone": "Europe/Berlin",
        "grace_ms": 3_600_000,
        "alias": "Papers",
        "tags": ["offsite", "offsite", "b"],
        "notes": "one\ntwo",
    }
    changed = program.send("PATCH", "jobs/1", changes).get_json()
    assert changed["schedule"] == {
        "source": "set",
        "text": "daily 02:00",
        "zone": "Europe/Berlin",
        "grace_ms": 3_600_000,
    }
    assert (changed["set_zone"], changed["set_grace_ms"]) == ("Europe/Berlin", 3_600_000)
    assert (changed["alias"], changed["tags"], changed["notes"]) == ("Papers", ["offsite", "b"], "one\ntwo")
    assert (changed["expected_at"], changed["due_at"]) == (
        "2026-01-29T01:00:00.000Z",
        "2026-01-29T02:00:00.000Z",
    )
    assert program.read("jobs/1") == changed
    again = program.send("PATCH", "jobs/1", {"zone": None, "grace_ms": None, "alias": None}).get_json()
    assert (again["schedule"]["text"], again["schedule"]["zone"]) == ("daily 02:00", "UTC")
    assert (again["set_zone"], again["set_grace_ms"], again["alias"]) == (None, None, None)
    assert (again["tags"], again["notes"]) == (["offsite", "b"], "one\ntwo")
    automatic = program.send("PATCH", "jobs/1", {"schedule": None}).get_json()
    assert automatic["schedule"]["text"] is None
    assert [action for _, action, _ in noted(program.site)] == ["job.set"] * 3
    assert noted(program.site)[0][0] == "key deploy"


@pytest.mark.usefixtures("reporting")
def test_what_is_wrong_with_a_change_is_told_by_field(program: Program) -> None:
    def refused(body: dict[str, Any], path: str = "jobs/1", method: str = "PATCH") -> dict[str, str]:
        return program.refused(path, body, method=method)

    assert refused({"schedule": "whenever"}).keys() == {"schedule"}
    assert refused({"zone": "Mars/Base", "schedule": "daily 02:00"}).keys() == {"zone"}
    assert refused({"zone": "UTC"}) == {"zone": "a zone is set with a schedule"}
    assert refused({"grace_ms": -1, "tags": ["x" * 51], "colour": "red"}).keys() == {
        "grace_ms",
        "tags.0",
        "colour",
    }
    past = {"until": "2026-01-01T00:00:00Z"}
    assert refused(past, "jobs/1/pause", "POST") == {"until": "a pause ends in the future"}
    window = {"from": "2026-01-30T00:00:00Z", "until": "2026-01-29T00:00:00Z"}
    assert refused(window, "jobs/1/maintenance", "POST").keys() == {"until"}
    assert refused({"hours": 169}, "jobs/1/acknowledge", "POST") == {"hours": "must be at most 168"}
    assert program.read("jobs/1")["schedule"]["text"] is None


@pytest.mark.usefixtures("reporting")
def test_what_a_schedule_would_mean_is_told_and_nothing_is_changed(program: Program, site: Site) -> None:
    reader = Program(site, Scope.READ, name="reader")
    before = program.read("jobs/1")
    told = reader.post("jobs/1/schedule/preview", {"schedule": "mon 03:00", "zone": "Europe/Berlin"})
    assert told["overdue_since"] is None
    assert (told["schedule"], told["zone"], told["grace_ms"]) == ("mon 03:00", "Europe/Berlin", 7_200_000)
    assert told["next"][0] == {
        "expected_at": "2026-02-02T02:00:00.000Z",
        "overdue_at": "2026-02-02T04:00:00.000Z",
    }
    assert len(told["next"]) == 5
    assert reader.refused("jobs/1/schedule/preview", {"schedule": "whenever"}).keys() == {"schedule"}
    assert program.read("jobs/1") == before


@pytest.mark.usefixtures("reporting")
def test_a_pause_and_a_window_begin_and_end(program: Program) -> None:
    paused = program.post("jobs/1/pause", {"until": "2026-01-30T06:00:00Z"})
    assert (paused["health"], paused["paused_until"]) == ("paused", "2026-01-30T06:00:00.000Z")
    assert program.post("jobs/1/pause")["paused_until"] is None
    assert program.post("jobs/1/resume")["health"] == "ok"
    window = {"from": "2026-01-28T11:00:00Z", "until": "2026-01-28T13:00:00Z"}
    held = program.post("jobs/1/maintenance", window)
    assert held["health"] == "paused"
    assert held["maintenance"] == {"from": "2026-01-28T11:00:00.000Z", "until": "2026-01-28T13:00:00.000Z"}
    gone = program.send("DELETE", "jobs/1/maintenance").get_json()
    assert (gone["health"], gone["maintenance"]) == ("ok", None)


def test_a_job_is_acknowledged_with_its_problem_and_a_failed_restore_dismissed(
    program: Program, reporting: Caller
) -> None:
    known = program.post("jobs/1/acknowledge", {"hours": 2})
    assert known["acknowledged_until"] == "2026-01-28T14:00:00.000Z"
    assert program.send("DELETE", "jobs/1/acknowledge").get_json()["acknowledged_until"] is None
    reporting.report("2026-01-28T03:00:00Z", operation="Restore", result="Error")
    failed = program.read("jobs/1")
    assert (failed["health"], failed["restore"]["status"]) == ("warning", "failed")
    earlier = {"proof": "restore", "at": "2026-01-01T00:00:00Z"}
    assert program.send("POST", "jobs/1/dismiss", earlier).status_code == 400
    settled = program.post("jobs/1/dismiss", {"proof": "restore", "at": failed["restore"]["at"]})
    assert (settled["health"], settled["restore"]["dismissed_at"]) == ("ok", "2026-01-28T12:00:00.000Z")
    assert program.send("POST", "jobs/1/dismiss", {"proof": "restore"}).status_code == 400


def test_the_learned_schedule_is_set_or_the_set_one_kept(program: Program, site: Site) -> None:
    caller = first_caller(site)
    for day in range(1, 28):
        caller.report(f"2026-01-{day:02}T02:00:00Z")
    learn_noted(site.db, site.writes, site.schedule_defaults, site.now)
    learned = program.read("jobs/1/expectation")["learned"]
    assert learned["settable"]
    other = {"schedule": "daily 05:00"}
    assert program.refused("jobs/1/schedule/learned", other).keys() == {"schedule"}
    as_seen = {"schedule": learned["schedule"], "zone": learned["zone"]}
    taken = program.post("jobs/1/schedule/learned", as_seen)
    assert (taken["schedule"]["source"], taken["schedule"]["text"]) == ("set", learned["schedule"])
    program.send("PATCH", "jobs/1", {"schedule": "daily 05:00"})
    assert program.post("jobs/1/schedule/kept")["schedule"]["text"] == "daily 05:00"
    (kept,) = site.db.rows("SELECT kept_schedule FROM job WHERE id = 1")
    assert kept[0]


def test_jobs_are_joined_made_two_again_and_kept_apart(program: Program, reporting: Caller) -> None:
    reporting.report("2026-01-28T04:00:00Z", job="Papers")
    joined = program.post("jobs/2/join", {"other_id": 1})
    assert [(item["name"], item["state"], item["obstacle"]) for item in joined["joined"]] == [
        ("Documents", "done", None)
    ]
    assert program.send("GET", "jobs/1").status_code == 404
    two = program.post("jobs/2/unjoin", {"merge_id": joined["joined"][0]["merge_id"]})
    assert two["joined"] == []
    assert program.send("POST", "jobs/2/join", {"other_id": 2}).status_code == 400
    assert program.send("POST", "jobs/2/join", {"other_id": 99}).status_code == 404
    names = {job["name"]: job["id"] for job in program.read("jobs")["jobs"]}
    assert program.post("jobs/2/keep", {"other_id": names["Documents"]})["may_be_ids"] == []
    assert noted(program.site)[0][1] == "job.keep"


@pytest.mark.usefixtures("reporting")
def test_a_job_is_archived_brought_back_handed_out_and_deleted(program: Program, site: Site) -> None:
    assert program.post("jobs/1/archive")["archived"] is True
    assert program.post("jobs/1/bring-back")["archived"] is False
    export = program.send("POST", "jobs/1/export")
    assert export.content_type == "application/x-ndjson"
    lines = [json.loads(line) for line in export.text.splitlines()]
    assert {line.get("table") for line in lines} >= {"job", "run"}
    begun = program.send("DELETE", "jobs/1")
    assert (begun.status_code, begun.get_json()) == (202, {"state": "deleting"})
    assert [action for _, action, _ in noted(site)][:2] == ["job.delete", "job.export"]
    assert program.send("PATCH", "jobs/1", {"alias": "x"}).status_code == 400


@pytest.mark.usefixtures("reporting")
def test_an_operators_key_does_nothing_that_only_admins_do(site: Site) -> None:
    operator = Program(site, Scope.JOBS_WRITE)
    assert operator.post("jobs/1/pause")["paused"] is True
    for method, path in (("POST", "archive"), ("POST", "join"), ("POST", "export")):
        refused = operator.send(method, f"jobs/1/{path}", {})
        assert (refused.status_code, refused.content_type) == (403, PROBLEM)
    assert operator.send("DELETE", "jobs/1").status_code == 403
    assert operator.send("GET", "jobs/1").status_code == 403
