"""What an agent's schedules make us expect, as they are changed, put off, taken away."""

from datetime import timedelta

import pytest

from tests.support.agents import Customer, do_tasks
from tests.support.clock import ms
from tests.support.collecting import BEGAN, again, ran, reported
from tests.support.duplicati_jobs import Job
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site

DAY = timedelta(days=1)


def set_next(job: Job, time: str) -> None:
    assert job.schedule is not None
    job.schedule["Time"] = time


@pytest.fixture
def both_databases() -> str:
    """SQLite alone: this is about times. What it asks of the database, others ask of both."""
    return "sqlite"


def test_a_job_that_is_started_by_hand_is_not_expected_however_regularly_it_was(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", repeat=None)
    for day in range(20, 0, -1):
        ran(agent, job, BEGAN - day * DAY)
    do_tasks(site)
    assert (site.job().agent_schedule, site.job().expected_at, site.job().health) == ("unplanned", None, "ok")


@pytest.mark.parametrize("repeat", ["1D", "1M1D"])
def test_a_job_that_its_agent_no_longer_has_is_not_expected(
    acme: Customer, agent: DuplicatiServer, site: Site, repeat: str
) -> None:
    job = agent.add_job("Documents", repeat=repeat)
    for day in range(20, 0, -1):
        ran(agent, job, BEGAN - day * DAY)
    do_tasks(site)
    agent.jobs.clear()
    again(site)
    assert (site.job().expected_at, site.job().due_at) == (None, None)


def test_a_job_of_the_machine_that_its_agent_never_had_is_left_alone(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    result = ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    site.record(reported("x", result, **{"backup-id": "f" * 64}))
    site.set_job(site.job("x"), schedule="daily 02:00")
    again(site)
    assert (site.job("x").agent_schedule, site.job("x").source) == (None, "set")


def test_a_next_run_that_was_put_off_is_waited_for(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", time="2026-01-29T01:00:00Z")
    do_tasks(site)
    set_next(job, "2026-02-10T01:00:00Z")
    again(site)
    assert site.job().expected_at == ms("2026-02-10T01:00:00Z")
    set_at = site.job().agent_schedule_at
    again(site)
    assert site.job().agent_schedule_at == set_at
    set_next(job, "2026-01-30T01:00:00Z")
    again(site)
    assert site.job().expected_at == ms("2026-01-30T01:00:00Z")


def test_putting_off_the_next_run_does_not_undo_a_missed_one(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", time="2026-01-29T01:00:00Z")
    do_tasks(site)
    site.now.set("2026-01-29T04:00:00Z")
    site.sweep()
    set_next(job, "2026-02-10T01:00:00Z")
    again(site)
    assert site.job().health == "overdue"


def test_the_next_run_of_a_schedule_that_has_no_words_is_waited_for(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    job = agent.add_job("Documents", repeat="1M1D", time="2026-01-29T03:00:00Z")
    do_tasks(site)
    assert (site.job().source, site.job().expected_at) == ("told", ms("2026-01-29T03:00:00Z"))
    ran(agent, job, BEGAN.replace(day=29, hour=3))
    set_next(job, "2026-01-30T04:00:00Z")
    site.now.set("2026-01-29T12:00:00Z")
    again(site)
    again(site)
    assert (site.job().source, site.job().expected_at) == ("told", ms("2026-01-30T04:00:00Z"))


def test_the_clock_of_an_agent_does_not_put_its_next_run_off(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    # It is noon of the 28th, and it shows noon of the 31st.
    agent.time = "2026-01-31T13:00:00+01:00"
    agent.add_job("Documents", time="2026-02-01T01:00:00Z")
    do_tasks(site)
    assert site.job().expected_at == ms("2026-01-29T01:00:00Z")
    agent.time = "2026-01-31T13:16:00+01:00"
    again(site)
    assert site.job().expected_at == ms("2026-01-29T01:00:00Z")
