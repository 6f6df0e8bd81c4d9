"""A clock that steps back: no duration below zero anywhere."""

import json
from typing import Any

import pytest

from tests.support.bodies import duplicati, form, live, simple, text_report
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
BACK: dict[str, Any] = {"EndTime": "2026-01-28T01:50:00Z", "Duration": "-00:10:00"}
TEXT = (
    text_report(START)
    .replace("Duration: 00:10:00", "Duration: -00:10:00")
    .replace("(1769566200)", "(1769565000)")
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(duplicati(START, **BACK), id="json"),
        pytest.param(duplicati(START, EndTime=BACK["EndTime"], Duration=None), id="json without a duration"),
        pytest.param(duplicati(START, EndTime=BACK["EndTime"], Duration="00:00:00"), id="json, told as zero"),
        pytest.param(form(TEXT), id="text"),
        pytest.param(simple(job="Documents", start=START, endTime=BACK["EndTime"]), id="our own shape"),
    ],
)
def test_a_run_that_ended_before_it_began_took_nobody_knows_how_long(site: Site, body: object) -> None:
    site.record(body)  # type: ignore[arg-type]
    (run,) = site.runs()
    assert run.ended_at is not None
    assert run.started_at is not None
    assert (run.ended_at < run.started_at, run.duration_ms, site.job().last_duration) == (True, None, None)
    server = site.servers()[0].id
    last = site.read(f"/api/lastbackup/{server}")
    assert last["data"]["lastBackup"]["duration"] is None
    assert (last["latest_backup"]["duration"], last["latest_backup"]["duration_seconds"]) == ("00:00:00", 0)
    assert "duplistat_job_last_duration_seconds{" not in site.get("/metrics").text
    assert "that clock was set back meanwhile" in site.page(f"/runs/{run.id}").text


def test_steps_take_no_less_than_nothing_either(site: Site) -> None:
    step = {
        "BeginTime": START,
        "EndTime": BACK["EndTime"],
        "Duration": BACK["Duration"],
        "ParsedResult": "Success",
    }
    site.record(duplicati(START, TestResults=step))
    assert json.loads(site.runs()[0].details)["steps"][0]["duration_ms"] is None
    assert site.page("/runs/1").status_code == 200


@pytest.mark.parametrize("told", ["1h30m", "90m", "5400s", "PT1H30M", "01:30:00"])
def test_durations_have_units(site: Site, told: str) -> None:
    site.record(duplicati(START, Duration=told, EndTime=None))
    site.record(simple(job="Documents", server="nas", start="2026-01-28T12:00:00Z", duration=told))
    assert {job.last_duration for job in site.jobs()} == {5_400_000}


def test_a_live_run_that_ends_before_it_began_has_no_duration(site: Site) -> None:
    site.now.set("2026-01-28T02:05:00Z")
    site.record(live("Started", "2026-01-28T02:10:00Z"))
    site.record(live("Completed", "2026-01-28T02:10:00Z"))
    site.now.set("2026-01-28T03:05:00Z")
    site.sweep()
    (run,) = site.runs()
    assert (run.status, run.duration_ms) == ("unknown", None)
