"""POST /api/report: that a run began, how it ended in the end, and what is delivered late or twice."""

from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.replay import read_again
from tests.apis.test_output import BACKUP, CHECK, LISTED, post
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")
# An hour before the clock of a test.
HOUR = 3_600_000


@pytest.fixture
def key(site: Site) -> str:
    return site.key(Scope.INGEST)


def began(site: Site, key: str, query: str = "") -> int:
    """Say that a run began now; when that was, in seconds."""
    at = site.now() // 1000
    answer = post(site, key, "", f"server=a&job=b&state=started&run=r1&started={at}&{query}")
    assert answer["data"] == {"recognised": "started", "reports": []}
    return at


def ended(site: Site, key: str, body: str, query: str) -> dict[str, Any]:
    data = post(site, key, body, f"server=a&job=b&run=r1&{query}")["data"]
    (report,) = data["reports"]
    return dict(report)


def test_a_run_that_began_is_running_until_its_result_comes(site: Site, key: str) -> None:
    at = began(site, key)
    assert site.job("b").health == "running"
    site.now.forward(minutes=30)
    report = ended(site, key, "done", f"started={at}&ended={at + 1800}&exit=0")
    run = site.run(report["runId"])
    assert (run.started_at, run.ended_at, run.duration_ms) == (at * 1000, at * 1000 + HOUR // 2, HOUR // 2)
    assert (site.job("b").health, site.job("b").live_state) == ("ok", "")


def test_a_result_is_one_run_however_often_it_comes(site: Site, key: str) -> None:
    at = site.now() // 1000 - 3600
    first = ended(site, key, "done", f"started={at}&exit=0")
    site.now.forward(hours=30)
    again = ended(site, key, "done", f"started={at}&exit=0")
    assert first["runId"] == again["runId"]
    assert [item.outcome for item in site.deliveries()] == ["recorded", "repeat"]
    # Another run that began in the same second.
    data = post(site, key, "done", f"server=a&job=b&run=r2&started={at}&exit=0")["data"]
    assert data["reports"][0]["runId"] != first["runId"]


def test_without_a_name_the_start_tells_runs_apart(site: Site, key: str) -> None:
    at = site.now() // 1000 - 3600
    ids = [
        post(site, key, "done", f"server=a&job=b&started={start}&exit=0")["data"]["reports"][0]["runId"]
        for start in (at, at + 60, at)
    ]
    assert ids[0] == ids[2] != ids[1]


def test_a_name_alone_makes_repeats_harmless(site: Site, key: str) -> None:
    first = ended(site, key, "done", "exit=0")
    site.now.forward(hours=5)
    assert ended(site, key, "done", "exit=0")["runId"] == first["runId"]


def test_what_is_delivered_late_is_told_as_of_then(site: Site, key: str) -> None:
    over = site.now() // 1000
    site.now.forward(hours=48)
    report = ended(site, key, "done", f"ended={over}&duration=90&exit=0")
    run = site.run(report["runId"])
    assert (run.started_at, run.ended_at, run.duration_ms) == (over * 1000 - 90_000, over * 1000, 90_000)
    assert report["startedAt"] is not None


def test_times_of_the_tool_hold_and_its_run_takes_the_place_of_what_began(site: Site, key: str) -> None:
    at = began(site, key)
    report = ended(site, key, BACKUP, f"started={at}&exit=0")
    assert report["startedAt"] == "2026-11-28T15:28:43.560Z"
    assert site.job("b").live_state == ""


def test_a_verification_that_began_as_who_knows_what_is_no_backup(site: Site, key: str) -> None:
    at = began(site, key)
    report = ended(site, key, CHECK, f"started={at}&exit=0")
    assert report["operation"] == "verify"
    assert (site.job("b").live_state, site.job("b").last_run) == ("", None)
    assert site.job("b").health != "running"
    # Of one that is no backup it is not shown that it runs.
    began(site, key, "operation=verify")
    assert site.job("b").live_state == ""


def test_what_turns_out_to_be_no_run_is_not_running(site: Site, key: str) -> None:
    at = began(site, key)
    answer = post(site, key, LISTED, f"server=a&job=b&run=r1&started={at}&exit=0")
    assert answer["data"]["reports"] == []
    assert (site.job("b").live_state, site.job("b").health) == ("", "never")


def test_nobody_knows_what_came_of_a_run_whose_wrapper_was_killed(site: Site, key: str) -> None:
    at = began(site, key)
    site.now.forward(hours=1)
    report = ended(site, key, f"half of it\n{BACKUP}", f"started={at}&state=interrupted")
    assert (report["status"], report["operation"]) == ("interrupted", "backup")
    run = site.run(report["runId"])
    assert (run.started_at, run.ended_at) == (at * 1000, None)
    assert site.job("b").health == "failed"


def test_a_result_that_was_delivered_is_undone_by_no_note_that_was_left(site: Site, key: str) -> None:
    """As where a wrapper is killed just after its report has been delivered by another one."""
    at = began(site, key)
    report = ended(site, key, "done", f"started={at}&exit=0&run=r1")
    site.now.forward(hours=1)
    again = ended(site, key, "half of it", f"started={at}&state=interrupted&run=r1")
    assert again["runId"] == report["runId"]
    assert site.run(report["runId"]).status == "success"
    assert site.job("b").health == "ok"
    # What nobody knows is known once it is told.
    unknown = ended(site, key, "half", f"started={at + 60}&state=interrupted&run=r2")
    ended(site, key, "done", f"started={at + 60}&exit=0&run=r2")
    assert site.run(unknown["runId"]).status == "success"


def test_two_runs_at_once_end_none_of_them(site: Site, key: str) -> None:
    at = began(site, key)
    site.now.forward(minutes=5)
    later = site.now() // 1000
    post(site, key, "", f"server=a&job=b&state=started&run=r2&started={later}")
    assert site.job("b").last_run is None
    ended(site, key, "one", f"started={at}&exit=0")
    post(site, key, "two", f"server=a&job=b&run=r2&started={later}&exit=0")
    assert site.job("b").live_state == ""
    assert len({item.run for item in site.deliveries() if item.run}) == 2


def test_a_result_that_comes_after_all_replaces_that_it_was_silent(site: Site, key: str) -> None:
    at = began(site, key)
    site.now.forward(hours=25)
    site.sweep()
    assert site.job("b").health == "stuck"
    post(site, key, "", f"server=a&job=b&state=started&run=r2&started={site.now() // 1000}")
    silent = site.job("b").last_run
    assert silent is not None
    assert site.run(silent).status == "interrupted"
    report = ended(site, key, "done", f"started={at}&ended={at + 7200}&exit=0")
    assert report["runId"] == silent
    assert site.run(silent).status == "success"


def test_a_word_that_a_run_began_can_be_read_again(site: Site, key: str) -> None:
    began(site, key)
    (kept,) = site.deliveries()
    assert (kept.outcome, kept.format) == ("live", "started")
    assert read_again(site.db, site.writes, kept.id, max_log_lines=1000) == "live"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("started=yesterday", "started"),
        ("started=2027-01-31T02:00:00", "started"),
        ("ended=1e9", "ended"),
        ("state=asleep", "state"),
        ("run=a%20b", "run"),
        (f"run={'x' * 101}", "run"),
    ],
)
def test_a_wrong_value_is_named(site: Site, key: str, query: str, field: str) -> None:
    answer = post(site, key, "done", query, 400)
    assert [item["field"] for item in answer["details"]] == [field]


def test_of_several_runs_of_one_output_each_is_known_by_its_place(site: Site, key: str) -> None:
    at = "2026-11-28T15:28:43.560+00:00".replace("+", "%2B")
    body = f"{CHECK}\n"
    data = post(site, key, body, f"server=a&job=b&run=r1&started={at}")["data"]
    assert data["reports"][0]["startedAt"] == "2026-11-28T15:28:43.560Z"
