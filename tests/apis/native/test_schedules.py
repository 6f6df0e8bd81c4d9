"""Schedules of all jobs by the API: read, and set from CSV after a trial."""

import csv
import io
from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from tests.apis.native.cast import Caller, first_caller
from tests.apis.native.program import PROBLEM, Program, noted
from tests.support.databases import statements_of
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def reporting(site: Site) -> Caller:
    """Two jobs that reported once."""
    caller = first_caller(site)
    for name in ("Documents", "Photos"):
        caller.report("2026-01-28T02:00:00Z", job=name)
    return caller


def file_of(program: Program) -> list[dict[str, str]]:
    response = program.send("GET", "schedules.csv")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def imported(program: Program, csv: str, again: str = "", **more: Any) -> Any:
    return program.post("schedules/import", {"csv": csv} | more, again=again)


@pytest.mark.usefixtures("reporting")
def test_a_page_has_each_job_with_what_is_expected_of_it(program: Program) -> None:
    program.send("PATCH", "jobs/1", {"schedule": "daily 02:00", "zone": "Europe/Berlin"})
    page = program.read("schedules?limit=1")
    assert page["schedules"] == [
        {
            "id": 1,
            "job": "Documents",
            "server_id": 1,
            "server": "nas",
            "settings": {
                "schedule": "daily 02:00", "zone": "Europe/Berlin", "grace_ms": None, "paused": False,
                "silenced_until": None,
            },
            "source": "set",
            "text": "set by hand: every day at 02:00",
            "expected_at": "2026-01-29T01:00:00.000Z",
            "overdue_at": "2026-01-29T03:00:00.000Z",
            "rules": [],
            "alerts": "nobody",
        }
    ]  # fmt: skip
    (second,) = program.read(f"schedules?limit=1&cursor={page['next_cursor']}")["schedules"]
    assert (second["id"], second["source"], second["expected_at"]) == (2, "none", None)
    assert program.read("schedules?server=2")["schedules"] == []
    program.send("POST", "jobs/1/archive")
    assert [one["id"] for one in program.read("schedules")["schedules"]] == [2]


@pytest.mark.usefixtures("reporting")
def test_a_file_is_tried_and_changes_nothing_until_it_is_meant(program: Program) -> None:
    assert [line["job"] for line in file_of(program)] == ["Documents", "Photos"]
    text = "job_id,schedule,grace_minutes\n1,daily 02:00,60\n2,now and then,\n2,,\n"
    tried = imported(program, text)
    assert tried["dry_run"] is True
    (change,) = tried["changes"]
    unset = {"schedule": None, "zone": None, "grace_ms": None, "paused": False, "silenced_until": None}
    assert change == {
        "line": 2,
        "job_id": 1,
        "before": unset,
        "after": unset | {"schedule": "daily 02:00", "grace_ms": 3_600_000},
        "expected_at": "2026-01-29T02:00:00.000Z",
        "overdue_at": "2026-01-29T03:00:00.000Z",
    }
    assert [(one["line"], one["job_id"]) for one in tried["problems"]] == [(3, 2), (4, 2)]
    assert tried["problems"][0]["problem"].startswith('"now and then" does not begin with')
    assert program.read("jobs/1")["schedule"]["text"] is None
    done = imported(program, text, dry_run=False, again="k")
    assert (done["dry_run"], done["changes"], done["left_ids"]) == (False, [change], [])
    assert program.read("jobs/1")["schedule"]["text"] == "daily 02:00"
    assert [action for _, action, _ in noted(program.site)] == ["job.set"]
    # Once more under its key: the same answer, and nothing is done.
    assert imported(program, text, dry_run=False, again="k") == done
    assert imported(program, text, dry_run=False)["unchanged"] == 1


@pytest.mark.usefixtures("reporting")
def test_a_file_silences_jobs_with_a_key_that_may(program: Program) -> None:
    until = "2026-01-29T12:00:00.000Z"
    text = f"job_id,silenced_until_utc\n1,{until}\n2,\n"
    lacking = Program(program.site, Scope.READ, Scope.JOBS_WRITE, name="jobs only")
    both = f"job_id,schedule,silenced_until_utc\n1,daily 02:00,{until}\n2,daily 03:00,\n"
    for dry_run in (True, False):
        refused = imported(lacking, both, dry_run=dry_run)
        (problem,) = refused["problems"]
        assert (problem["line"], problem["job_id"]) == (2, 1)
        needs = "silenced_until_utc: to set or end a silence, this API key lacks the scope alerts:write"
        assert problem["problem"] == needs
        # The other line holds, and nothing of the wrong one.
        assert [change["job_id"] for change in refused["changes"]] == [2]
    texts = [one["settings"]["schedule"] for one in program.read("schedules")["schedules"]]
    assert texts == [None, "daily 03:00"]
    tried = imported(program, text)
    (change,) = tried["changes"]
    assert (change["before"]["silenced_until"], change["after"]["silenced_until"]) == (None, until)
    assert program.read("silences")["silences"] == []
    assert imported(program, text, dry_run=False, again="k") == tried | {"dry_run": False}
    (silence,) = program.read("silences")["silences"]
    assert (silence["match"]["jobs"], silence["until"], silence["set_by"]) == ([1], until, "key deploy")
    first, second = program.read("schedules")["schedules"]
    assert (first["settings"]["silenced_until"], first["alerts"]) == (until, "silenced")
    assert second["settings"]["silenced_until"] is None
    # What is so already needs no more than before: the file as it was given.
    assert imported(lacking, text, dry_run=False)["unchanged"] == 2
    assert imported(program, "job_id,silenced_until_utc\n1,\n", dry_run=False)["problems"] == []
    assert program.read("silences/1")["state"] == "over"
    assert [action for _, action, _ in noted(program.site)] == ["silence.end", "silence.create", "job.set"]


@pytest.mark.usefixtures("reporting")
def test_what_is_no_file_is_refused(program: Program) -> None:
    response = program.send("POST", "schedules/import", {"csv": "a,b\n"})
    assert (response.status_code, response.content_type) == (400, PROBLEM)
    assert response.get_json()["detail"] == "The first line has no column job_id"
    assert program.refused("schedules/import", {}) == {"csv": "is required"}
    too_large = program.send("POST", "schedules/import", {"csv": "a" * 1_200_000})
    assert too_large.status_code == 413


def test_jobs_of_others_are_not_there(reporting: Caller, site: Site) -> None:
    site.account("stranger")
    stranger = Program(site, account="stranger")
    (problem,) = imported(stranger, "job_id,schedule\n1,daily 02:00\n", dry_run=False)["problems"]
    assert problem == {"line": 2, "job_id": None, "problem": "there is no job 1"}
    assert file_of(stranger) == []
    assert reporting.read("/api/v1/jobs/1")["schedule"]["text"] is None
    reader = Program(site, Scope.READ, name="reader")
    assert reader.send("POST", "schedules/import", {"csv": "job_id,schedule\n"}).status_code == 403


def test_many_jobs_are_set_in_steps_and_read_with_few_statements(site: Site, program: Program) -> None:
    caller = first_caller(site)
    caller.report("2026-01-28T02:00:00Z", job="first")
    program.read("schedules")  # so that the use of the key is no news
    with statements_of(site.db) as few:
        file_of(program)
    for number in range(119):
        caller.report("2026-01-28T02:00:00Z", job=f"job {number}")
    with statements_of(site.db) as many:
        file_of(program)
    assert len(many) == len(few)
    lines = "".join(f"{number},daily 02:00\n" for number in range(120, 0, -1))
    done = imported(program, f"job_id,schedule\n{lines}", dry_run=False)
    assert len(done["changes"]) == 120
    assert {line["schedule"] for line in file_of(program)} == {"daily 02:00"}
