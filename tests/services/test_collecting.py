"""What is fetched from agents: jobs, schedules, and runs whose reports never came."""

import json

import pytest

from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.reports.replay import read_again
from tests.support.agents import Customer, do_tasks, workers_of
from tests.support.clock import ms
from tests.support.collecting import BEGAN, again, ran, reported
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site


def test_jobs_are_made_with_their_schedules(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    agent.add_job("Documents", time="2026-01-29T01:00:00Z", tags=("mysql",))
    do_tasks(site)
    job = site.job()
    assert (job.account_id, job.ref, job.health, job.source) == (acme.account, "DB-1", "never", "collected")
    assert (job.agent_schedule, job.agent_zone) == ("daily 02:00", "Europe/Berlin")
    assert job.expected_at == ms("2026-01-29T01:00:00Z")
    assert (acme.agent()["create_status"], acme.agent()["status"]) == ("5", "0")


def test_overdue_needs_no_report_to_start_with(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    agent.add_job("Documents", time="2026-01-29T01:00:00Z")
    do_tasks(site)
    site.now.set("2026-01-29T02:59:59Z")
    site.sweep()
    assert (site.job().health, acme.agent()["status"]) == ("never", "0")
    site.now.set("2026-01-29T03:00:01Z")
    assert acme.agent()["status"] == "3"
    site.sweep()
    assert site.states() == ["overdue"] or site.states()[-1] == "overdue"


def test_what_was_missed_stays_missed_when_the_agent_has_moved_on(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", repeat="6h", time="2026-01-28T13:00:00Z")
    do_tasks(site)
    site.now.set("2026-01-28T16:00:00Z")
    site.sweep()
    assert site.job().health == "overdue"
    assert job.schedule is not None
    job.schedule["Time"] = "2026-01-28T19:00:00Z"
    again(site)
    assert site.job().health == "overdue"


def test_a_schedule_that_begins_later_is_waited_for(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    agent.add_job("Documents", time="2026-02-10T01:00:00Z")
    do_tasks(site)
    assert site.job().expected_at == ms("2026-02-10T01:00:00Z")


def test_another_schedule_takes_its_place_and_counts_from_then(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", time="2026-01-29T01:00:00Z")
    do_tasks(site)
    assert job.schedule is not None
    job.schedule |= {"Time": "2026-02-01T05:00:00Z", "Repeat": "7D"}
    again(site)
    assert (site.job().agent_schedule, site.job().expected_at) == ("sun 06:00", ms("2026-02-01T05:00:00Z"))


def test_a_person_decides_before_the_agent(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    agent.add_job("Documents")
    do_tasks(site)
    site.set_job(site.job(), schedule="daily 20:00")
    assert (site.job().source, site.job().expected_at) == ("set", ms("2026-01-28T20:00:00Z"))
    again(site)
    assert site.job().source == "set"


@pytest.mark.parametrize("gone", ["schedule", "job"])
def test_what_the_agent_no_longer_has_is_no_longer_expected(
    acme: Customer, agent: DuplicatiServer, site: Site, gone: str
) -> None:
    job = agent.add_job("Documents")
    do_tasks(site)
    if gone == "schedule":
        job.schedule = None
    else:
        agent.jobs.clear()
    again(site)
    assert (site.job().agent_schedule, site.job().expected_at) == ("unplanned", None)


def test_a_run_that_never_reached_us_is_recorded(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    (run,) = site.runs()
    assert (run.status, run.precision, run.started_at, run.storage) == (
        "success", "exact", ms("2026-01-28T02:00:00.123Z"), 5368709120,
    )  # fmt: skip
    (delivery,) = site.deliveries()
    assert (delivery.endpoint, delivery.account_id, delivery.run) == ("/agent/collect", acme.account, run.id)
    assert (site.job().health, acme.agent()["create_status"]) == ("ok", "10")


def test_the_next_time_only_what_is_new_is_read(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    job = agent.add_job("Documents")
    ran(agent, job)
    do_tasks(site)
    ran(agent, job, BEGAN.replace(hour=3))
    again(site)
    again(site)
    assert (len(site.runs()), len(site.deliveries())) == (2, 2)


@pytest.mark.parametrize("first", ["upload", "collect"])
def test_a_run_that_came_both_ways_is_one_run(
    acme: Customer, agent: DuplicatiServer, site: Site, first: str
) -> None:
    result = ran(agent, agent.add_job("Documents"))
    if first == "upload":
        site.record(reported("Documents", result))
        do_tasks(site)
    else:
        do_tasks(site)
        assert site.record(reported("Documents", result))["duplicate"]
    assert (len(site.servers()), len(site.runs())) == (1, 1)
    assert len(json.loads(acme.agent()["alert_history"])) == 1


def test_a_machine_whose_reports_say_another_id_is_the_same_one(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    result = ran(agent, agent.add_job("Documents"))
    site.record(reported("Documents", result, machine="what the report says"))
    do_tasks(site)
    assert (len(site.servers()), len(site.runs())) == (1, 1)


def test_a_failed_run_brings_its_log(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    ran(agent, agent.add_job("Documents"), error="the disk is gone")
    do_tasks(site)
    assert (site.job().health, site.runs()[0].status) == ("failed", "fatal")
    (told,) = json.loads(acme.agent()["alert_history"])
    task = acme.ok("getTaskDetailById", taskExecutionContextId=told["taskExecutionContextId"])[1]
    assert "the disk is gone" in [m.attrib["messagestring"] for m in task]


def test_runs_that_were_fetched_late_say_nothing_of_the_clock(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents")
    for day in (24, 25, 26, 27):
        began = BEGAN.replace(day=day)
        ran(agent, job, began)
        site.now.set(f"2026-01-{day}T02:20:00Z")
        site.writes.run(note_agent_state, service=1, changes={"collect_tried_at": 0})
        workers_of(site).enqueue()
        do_tasks(site)
    assert (len(site.runs()), site.job().shift_ms, site.runs()[0].skew_ms) == (4, 0, 0)


@pytest.mark.parametrize("message", ["no JSON", "{}", "[]", '{"MainOperation": "Backup"}', "null", '"x"'])
def test_what_is_no_result_is_passed_over(
    acme: Customer, agent: DuplicatiServer, site: Site, message: str
) -> None:
    job = agent.add_job("Documents")
    agent.add_entry(job, message)
    ran(agent, job)
    agent.add_entry(job, "something", type="Warning")
    do_tasks(site)
    assert len(site.runs()) == 1


def test_a_log_that_is_locked_is_read_the_next_time(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    ran(agent, agent.add_job("Documents"))
    agent.fault, agent.fault_at = "locked", "/log"
    do_tasks(site)
    assert (site.job().source, site.runs()) == ("collected", [])
    agent.fault = ""
    again(site)
    assert len(site.runs()) == 1


def test_a_long_log_is_read_in_pages(acme: Customer, agent: DuplicatiServer, site: Site) -> None:
    job = agent.add_job("Documents")
    for number in range(120):
        ran(agent, job, BEGAN.replace(hour=number // 60, minute=number % 60))
    do_tasks(site)
    assert len(site.runs()) == 120


@pytest.mark.parametrize("time", ["", "2026-01-27T13:00:00+01:00"])
def test_what_was_collected_can_be_read_again(
    acme: Customer, agent: DuplicatiServer, site: Site, time: str
) -> None:
    agent.time = time
    ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    (delivery,) = site.deliveries()
    again_read = read_again(site.db, site.writes, delivery.id, max_log_lines=1000)
    assert (again_read, len(site.runs()), site.job().shift_ms) == (
        "repeat", 1, 86_400_000 if time else 0,
    )  # fmt: skip


def test_what_an_agent_knows_of_a_job_counts_while_no_run_says_more(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    told = {
        "TargetFilesSize": "5000", "SourceFilesSize": "7000", "SourceFilesCount": "12", "BackupListCount": "3",
    }  # fmt: skip
    job = agent.add_job("Documents", metadata=told)
    agent.add_job("Odd", metadata=dict.fromkeys(told, "-1") | {"TargetFilesSize": "9" * 30})
    do_tasks(site)
    assert (site.job().storage, site.job().size, site.job().files, site.job().versions) == (5000, 7000, 12, 3)
    assert (site.job("Odd").storage, site.job("Odd").health) == (None, "never")
    assert (acme.agent()["disk_usage"], site.summary()["totalStorageUsed"]) == ("5000", 5000)
    ran(agent, job)
    again(site)
    assert (acme.agent()["disk_usage"], site.summary()["totalStorageUsed"]) == ("5368709120", 5368709120)
