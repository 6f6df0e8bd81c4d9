"""Changes of several jobs by programs: what was done, and for which it was not, and why."""

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.program import Program, noted
from tests.support.bodies import duplicati
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")
START = "2026-01-28T02:00:00Z"


@pytest.fixture
def ids(site: Site) -> list[int]:
    for name in ("documents", "photos"):
        site.record(duplicati(START, job=name))
    return [job.id for job in site.jobs()]


def test_several_jobs_are_changed_and_what_is_left_out_stays(program: Program, ids: list[int]) -> None:
    body = {
        "ids": [*ids, ids[0]],
        "paused": True,
        "paused_until": "2026-01-30T06:00:00Z",
        "add_tags": ["offsite"],
        "schedule": "daily 02:00",
        "zone": "Europe/Berlin",
        "grace_ms": 60_000,
    }
    assert program.send("PATCH", "jobs", body).get_json() == {"changed": ids, "failed": []}
    for id in ids:
        job = program.read(f"jobs/{id}")
        assert (job["health"], job["tags"], job["set_grace_ms"]) == ("paused", ["offsite"], 60_000)
        assert (job["schedule"]["text"], job["set_zone"]) == ("daily 02:00", "Europe/Berlin")
    for again in ({"paused": False}, {"acknowledge_hours": 4, "remove_tags": ["offsite"]}):
        assert program.send("PATCH", "jobs", {"ids": ids} | again).status_code == 200
    job = program.read(f"jobs/{ids[1]}")
    assert (job["health"], job["tags"], job["set_grace_ms"]) == ("ok", [], 60_000)
    assert job["acknowledged_until"] == "2026-01-28T16:00:00.000Z"
    assert [action for _, action, _ in noted(program.site)] == ["job.set"] * 6


def test_the_answer_says_for_which_jobs_it_failed_and_why(program: Program, ids: list[int]) -> None:
    full = [f"tag {number}" for number in range(20)]
    program.send("PATCH", f"jobs/{ids[0]}", {"tags": full})
    answer = program.send("PATCH", "jobs", {"ids": [*ids, 999], "add_tags": ["one more"]})
    assert (answer.status_code, answer.get_json()) == (
        200,
        {
            "changed": [ids[1]],
            "failed": [
                {"id": ids[0], "problem": "a job has at most 20 tags"},
                {"id": 999, "problem": "job not found: it was deleted"},
            ],
        },
    )


def test_only_admins_archive_and_bring_back(site: Site, program: Program, ids: list[int]) -> None:
    operator = Program(site, Scope.READ, Scope.JOBS_WRITE, name="operator")
    assert operator.send("POST", "jobs/archive", {"ids": ids}).status_code == 403
    assert program.post("jobs/archive", {"ids": ids})["changed"] == ids
    assert site.jobs() == []
    assert program.post("jobs/bring-back", {"ids": ids[:1]})["changed"] == ids[:1]
    assert [job.id for job in site.jobs()] == ids[:1]


def test_what_is_wrong_is_told_before_anything_is_changed(program: Program, ids: list[int]) -> None:
    def refused(**body: object) -> set[str]:
        return {*program.refused("jobs", {"ids": ids} | body, method="PATCH")}

    assert refused(schedule="whenever") == {"schedule"}
    assert refused(schedule="daily 02:00", zone="Mars/Base") == {"zone"}
    assert refused(zone="UTC") == {"zone"}
    assert refused(paused_until="2026-01-30T06:00:00Z") == {"paused_until"}
    assert refused(paused=True, acknowledge_hours=4) == {"acknowledge_hours"}
    assert refused(ids=[]) == {"ids"}
    assert refused(ids=[*range(1, 102)]) == {"ids"}
    assert program.send("PATCH", "jobs", {"ids": ids}).status_code == 400
    assert noted(program.site) == []


def test_the_same_request_again_is_carried_out_once(program: Program, ids: list[int]) -> None:
    body = {"ids": ids, "acknowledge_hours": 4}
    first = program.send("PATCH", "jobs", body, again="k-1")
    program.site.now.forward(hours=1)
    assert program.send("PATCH", "jobs", body, again="k-1").get_json() == first.get_json()
    assert len(noted(program.site)) == 2
    other = program.send("PATCH", "jobs", body | {"acknowledge_hours": 5}, again="k-1")
    assert other.status_code == 422
