"""What a log tells of long ago, and of the same runs again: it is taken in once, and alarms nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest

from duplistat.services.monitoring.sweep import sweep
from duplistat.services.writes import name_of
from duplistat.store import runs, totals, transitions
from duplistat.store.runs import Run
from tests.support.agents import Customer, do_tasks
from tests.support.bodies import FORM
from tests.support.clock import ms
from tests.support.collecting import BEGAN, again, as_text, ran, reported, text_report, with_answer
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site

DAY = timedelta(days=1)


def history(agent: DuplicatiServer, days: int = 60) -> None:
    """A daily job without a schedule that can be said, which failed every other day up to a week ago."""
    job = agent.add_job("Documents", repeat="1M1D", time="2026-01-29T03:00:00Z")
    for day in range(days, 0, -1):
        error = "the disk is gone" if day % 2 and day > 7 else ""
        ran(agent, job, BEGAN - day * DAY, error)


def test_what_failed_long_ago_alarms_nobody(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    history(agent)
    do_tasks(site)
    assert (len(site.runs()), site.states(), site.job().health) == (60, ["ok"], "ok")


def test_no_job_is_overdue_while_its_history_is_read(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    history(agent)
    original = site.writes._send

    def send(name: str, arguments: dict[str, Any]) -> Any:
        answer = original(name, arguments)
        original(name_of(sweep), {"now": site.now()})
        return answer

    site.writes._send = send  # type: ignore[method-assign]  # on purpose
    do_tasks(site)
    assert (len(site.runs()), site.states()) == (60, ["ok"])


def test_runs_of_long_ago_count_for_their_own_days(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    for day in (100, 90, 80):
        ran(agent, job, BEGAN - day * DAY, "the disk is gone")
    ran(agent, job)
    do_tasks(site)
    assert totals.success_rate(site.db, site.everyone, site.now()) == 1.0


def test_a_job_that_reports_is_as_its_latest_report_says(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    history(agent)
    latest = json.dumps(json.loads(agent.jobs["1"].log[-1]["Message"]) | {"ExaminedFiles": 7})
    newer = latest.replace((BEGAN - DAY).strftime("%Y-%m-%d"), BEGAN.strftime("%Y-%m-%d"))
    site.record(reported("Documents", newer, name="nas"))
    before = site.job()
    do_tasks(site)
    after = site.job()
    for column in (
        "last_run",
        "last_order",
        "last_received",
        "last_status",
        "files",
        "last_success_at",
        "health",
    ):
        assert getattr(after, column) == getattr(before, column)
    assert len(site.runs()) == 61


def test_the_health_is_that_of_the_last_run_of_several(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    ran(agent, job, BEGAN - DAY)
    do_tasks(site)
    ran(agent, job, BEGAN, "the disk is gone")
    agent.add_entry(job, json.dumps({"MainOperation": "Test", "ParsedResult": "Success",
                                     "BeginTime": "2026-01-28T05:00:00Z"}))  # fmt: skip
    again(site)
    assert (site.states(), site.transitions()[-1].run) == (["ok", "failed"], site.job().last_run)
    assert transitions.transitions(site.db, site.job().id, limit=10)[0].at == site.now()


def test_a_renamed_job_does_not_have_its_runs_twice(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    ran(agent, job, BEGAN - DAY)
    do_tasks(site)
    job.name = "Papers"
    ran(agent, job)
    again(site)
    assert (len(site.runs("Documents")), len(site.runs("Papers"))) == (1, 1)
    assert (site.job("Documents").expected_at, site.job("Papers").source) == (None, "collected")
    again(site)
    assert (len(site.runs("Documents")), len(site.runs("Papers"))) == (1, 1)


def test_a_renamed_job_that_reported_first_does_not_either(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    ran(agent, job, BEGAN - DAY)
    do_tasks(site)
    job.name = "Papers"
    site.record(reported("Papers", ran(agent, job)))
    again(site)
    assert (len(site.runs("Documents")), len(site.runs("Papers"))) == (1, 1)


def test_a_log_that_begins_anew_is_read_anew(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    job = agent.add_job("Documents")
    for day in range(5):
        ran(agent, job, BEGAN - (9 - day) * DAY)
    do_tasks(site)
    # The database of the job was made anew: its log too.
    job.log.clear()
    agent.entries = 0
    ran(agent, job)
    again(site)
    assert len(site.runs()) == 6


def test_of_two_jobs_of_one_name_the_first_is_collected(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    ran(agent, agent.add_job("Documents", time="2026-01-29T01:00:00Z"), BEGAN - DAY)
    ran(agent, agent.add_job("Documents", time="2026-01-29T05:00:00Z"))
    do_tasks(site)
    set_at = site.job().agent_schedule_at
    again(site)
    assert (len(site.runs()), site.job().ref, site.job().agent_schedule) == (1, "DB-1", "daily 02:00")
    assert site.job().agent_schedule_at == set_at


def test_an_entry_that_is_too_large_keeps_no_other_back(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    ran(agent, job, BEGAN - DAY, Messages=["x" * (17 * 1024**2)])
    ran(agent, job)
    do_tasks(site)
    assert len(site.runs()) == 1


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "  a  ", "x" * 900, ""])
def test_a_job_may_be_called_anything(acme: Customer, agent: DuplicatiServer, site: Site, name: str) -> None:
    ran(agent, agent.add_job(name))
    do_tasks(site)
    (job,) = site.jobs()
    assert (len(site.runs(job.name)), job.health) == (1, "ok")


def test_nulls_everywhere_break_nothing(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    def nulls(content: Any) -> Any:
        if isinstance(content, dict):
            keep = ("ID", "Name", "Backup", "Type", "Message")
            return {key: nulls(value) if key in keep else None for key, value in content.items()}
        return [nulls(item) for item in content] if isinstance(content, list) else content

    result = dict.fromkeys(json.loads(ran(agent, agent.add_job("Documents")))) | {
        "MainOperation": "Backup",
        "BeginTime": "2026-01-28T02:00:00Z",
    }
    agent.jobs["1"].log[0]["Message"] = json.dumps(result)
    with_answer(agent, "", nulls)
    do_tasks(site)
    assert (len(site.runs()), acme.service(acme.agent()).problem) == (1, "")


def both_ways(site: Site, report: bytes | str, first: str, kind: str = "application/json") -> Run:
    if first == "upload":
        site.record(report, kind=kind)
        do_tasks(site)
    else:
        do_tasks(site)
        assert site.record(report, kind=kind)["duplicate"]
    assert (len(site.servers()), len(site.runs())) == (1, 1)
    (run,) = site.runs()
    return run


@pytest.mark.parametrize("first", ["upload", "collect"])
def test_the_report_says_more_than_the_log_in_either_order(
    acme: Customer, agent: DuplicatiServer, site: Site, first: str
) -> None:
    # One that the words of a schedule cannot say, so that what the report tells counts.
    result = ran(agent, agent.add_job("Documents", repeat="1M1D"))
    report = json.loads(reported("Documents", result, **{"next-scheduled-run": "20260129T030000Z"}))
    report["LogLines"] = ["2026-01-28 03:00:10 +01 - [Warning-A-B]: a file is missing"]
    run = both_ways(site, json.dumps(report), first)
    assert [line[2] for line in runs.log_of(site.db, run.id)] == ["a file is missing"]
    assert (run.log_lines, run.collected, run.storage) == (1, 0, 5368709120)
    assert json.loads(run.details)["next_run"] == ms("2026-01-29T03:00:00Z")
    assert (site.job().told_next, site.job().expected_at) == (ms("2026-01-29T03:00:00Z"),) * 2
    assert site.deliveries()[-1].outcome == ("recorded" if first == "upload" else "refined")


@pytest.mark.parametrize("first", ["upload", "collect"])
def test_the_log_says_more_than_a_text_in_either_order(
    acme: Customer, agent: DuplicatiServer, site: Site, first: str
) -> None:
    ran(agent, agent.add_job("Documents"))
    run = both_ways(site, text_report(f"Documents ({agent.machine_id}, DB-1, nas)"), first, FORM)
    assert (run.precision, run.storage, run.files) == ("exact", 5368709120, 1250)
    assert bool(run.collected) == (first == "collect")


def test_a_text_that_was_reported_keeps_when_it_arrived(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    ran(agent, agent.add_job("Documents"))
    site.now.set("2026-01-28T05:00:00Z")
    site.record(text_report(f"Documents ({agent.machine_id}, DB-1, nas)"), kind=FORM)
    site.now.set("2026-01-28T12:00:00Z")
    do_tasks(site)
    (run,) = site.runs()
    assert (run.received_at, run.precision) == (ms("2026-01-28T05:00:00Z"), "exact")
    assert site.job().lag_ms == run.received_at - (run.ended_at or 0)


def test_the_text_of_an_old_log_is_read(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    agent.add_entry(agent.add_job("Documents"), as_text("Documents"))
    do_tasks(site)
    (run,) = site.runs()
    assert (run.status, run.precision, run.started_at, run.files) == (
        "success", "second", ms("2026-01-28T02:00:00Z"), 1250,
    )  # fmt: skip
    assert site.job().ref == "DB-1"


@pytest.mark.parametrize("first", ["upload", "collect"])
def test_an_old_text_that_came_both_ways_is_one_run(
    acme: Customer, agent: DuplicatiServer, site: Site, first: str
) -> None:
    agent.machine_id, agent.version = "", "2.0.4.23"
    agent.add_entry(agent.add_job("Documents"), as_text("Documents"))
    number = acme.agent()["service_id"]
    if first == "collect":
        do_tasks(site)
    # It names no machine: whose it is, only its URL says.
    site.record(text_report("Documents"), kind=FORM, query=f"?service={number}", address="10.0.0.5")
    do_tasks(site)
    assert (len(site.servers()), len(site.runs())) == (1, 1)
    assert site.servers()[0].name == ("nas" if first == "collect" else "unknown (10.0.0.5)")


def test_what_reports_tell_of_a_machine_is_not_taken_back(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    first = ran(agent, job, BEGAN - DAY)
    told = {"installation-type": "linux-x64-gui.deb", "update-channel": "Stable"}
    number = acme.agent()["service_id"]
    site.record(reported("Documents", first, name="Nas of Acme", **told), query=f"?service={number}")
    ran(agent, job)
    do_tasks(site)
    (server,) = site.servers()
    assert (server.name, len(site.runs())) == ("Nas of Acme", 2)
    assert json.loads(server.facts)["installation_type"] == "linux-x64-gui.deb"
