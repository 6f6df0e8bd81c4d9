"""A job is deleted with all that it has, and with nothing of any other."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts.export import lines_of_job
from duplistat.services.background import DeletionStep
from duplistat.services.jobs import deletion as job_deletion
from duplistat.services.servers.merge import merge_servers
from duplistat.services.worker_context import WorkerContext
from duplistat.store import audit, background_tasks, job_notes, jobs
from duplistat.store.jobs import Job
from tests.support.bodies import duplicati, sample
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
TABLES = ("run", "run_log", "delivery", "transition", "job_note")


@pytest.fixture
def two(site: Site) -> Site:
    """Two jobs of one server, each with runs, logs, live posts, notes and changes of health."""
    for name in ("Documents", "Photos"):
        for day in range(20, 28):
            log = [f"2026-01-{day} 02:00:00 +00 - [Error-a-b]: disk full"]
            site.record(duplicati(f"2026-01-{day}T02:00:00Z", job=name, result="Error") | {"LogLines": log})
        site.set_job(site.job(name), notes="Ask Eva.")
    return site


def counts(site: Site) -> dict[str, int]:
    return {table: site.db.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def deleting(site: Site, job: int) -> Job:
    found = jobs.by_id(site.db, (1,), job)
    assert found is not None
    return found


def asked(site: Site, job: int) -> None:
    site.writes.run(job_deletion.delete_job, job=job, **site.signature())


def deleted(site: Site, job: int) -> int:
    """How many steps it took."""
    asked(site, job)
    steps = 1
    while not step(site, job)["done"]:
        steps += 1
    return steps


def step(site: Site, job: int) -> DeletionStep:
    return site.writes.run(job_deletion.delete_job_rows, job=job, now=site.now())


def test_a_job_goes_with_all_that_it_has_and_the_other_stays(
    two: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.store.job_rows.AT_ONCE", 3)
    before, storage = counts(two), two.summary()["totalStorageUsed"]
    assert deleted(two, two.job("Photos").id) > 4
    assert counts(two) == {table: number // 2 for table, number in before.items()}
    assert [job.name for job in two.jobs()] == ["Documents"]
    assert two.summary()["totalStorageUsed"] == storage // 2
    assert len(two.runs("Documents")) == 8
    assert job_notes.get(two.db, two.job().id) == "Ask Eva."


def test_it_is_out_of_sight_from_the_moment_it_is_asked_for(two: Site) -> None:
    job = two.job("Photos").id
    asked(two, job)
    assert [job.name for job in two.jobs()] == ["Documents"]
    assert job_deletion.is_asked(two.db, deleting(two, job))
    key = two.key(Scope.READ)
    listed = two.read("/api/v1/jobs", **{"X-Api-Key": key})
    assert [found["name"] for found in listed["jobs"]] == ["Documents"]
    runs = two.read("/api/v1/runs", **{"X-Api-Key": key})["runs"]
    assert {run["job"]["name"] for run in runs} == {"Documents", "Photos"}
    assert two.read("/api/lastbackups/nas")["backup_names"] == ["Documents"]
    with pytest.raises(DuplistatError, match="'Photos' is being deleted"):
        two.set_job(deleting(two, job), archived=False)
    with pytest.raises(DuplistatError, match="this is already running"):
        asked(two, job)


def test_who_deleted_it_is_noted_with_what_is_lost(two: Site) -> None:
    asked(two, two.job("Photos").id)
    entry = audit.page(two.db, (1,), audit.Filter(action="job.delete"), before=None, limit=1)[0]
    assert (entry.who, entry.subject) == ("command line", "nas / Photos")
    assert json.loads(entry.before) == {"name": "Photos", "runs": 8}


def test_the_scheduler_deletes_it_in_the_background(two: Site) -> None:
    asked(two, two.job("Photos").id)
    worker = BackgroundTaskWorker(WorkerContext(two.config, two.db, two.writes, two.now))
    assert worker.poll()
    worker.join(30)
    assert counts(two)["run"] == 8
    (done,) = background_tasks.latest(two.db, (1,), job_deletion.DELETE)
    assert (done.ended_at, done.problem, json.loads(done.state)["name"]) == (two.now(), "", "nas / Photos")


def test_a_job_that_is_gone_is_said_to_be(two: Site) -> None:
    job = two.job("Photos").id
    deleted(two, job)
    with pytest.raises(DuplistatError, match="job not found: it was deleted"):
        asked(two, job)
    assert step(two, job) == {"gone": 0, "done": True}


def test_a_job_that_reports_again_is_known_anew(two: Site) -> None:
    deleted(two, two.job("Photos").id)
    two.record(duplicati(START, job="Photos"))
    assert (two.job("Photos").health, len(two.runs("Photos"))) == ("ok", 1)


def test_the_export_of_a_job_holds_its_rows_and_no_others(two: Site) -> None:
    job = two.job("Photos")
    head, *rows = [json.loads(line) for line in lines_of_job(two.db, job.id, job.name, two.now())]
    assert (head["export"], head["job"]) == ("duplistat", "Photos")
    assert {row["table"] for row in rows} == {"job", *TABLES}
    assert sum(row["table"] == "run" for row in rows) == sum(row["table"] == "delivery" for row in rows) == 8
    assert {row["name"] for row in rows if row["table"] == "job"} == {"Photos"}
    assert {row["job_id"] for row in rows if row["table"] == "run"} == {job.id}


def test_live_posts_are_part_of_a_job(site: Site) -> None:
    site.record(sample("38_http_report_status_started"))
    (job,) = site.jobs()
    assert counts(site)["delivery"] == 1
    deleted(site, job.id)
    assert counts(site)["delivery"] == 0


def test_a_report_meanwhile_is_of_a_job_of_its_own_and_stays(
    two: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duplistat.store.job_rows.AT_ONCE", 3)
    old = two.job("Photos").id
    asked(two, old)
    two.record(duplicati(START, job="Photos"))
    while not step(two, old)["done"]:
        two.record(sample("38_http_report_status_started"))
    assert (two.job("Photos").id != old, len(two.runs("Photos"))) == (True, 1)


def test_a_job_that_has_the_id_since_is_not_deleted(two: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives the id of a row that is gone to the next one."""
    old = two.job("Photos").id
    asked(two, old)
    original = two.writes.run

    def run(command: Callable[..., Any], **arguments: Any) -> Any:
        answer = original(command, **arguments)
        if command is job_deletion.delete_job_rows and answer["done"]:
            two.record(duplicati(START, job="Photos"))
        return answer

    monkeypatch.setattr(two.writes, "run", run)
    worker = BackgroundTaskWorker(WorkerContext(two.config, two.db, two.writes, two.now))
    assert worker.poll()
    worker.join(30)
    assert len(two.runs("Photos")) == 1
    assert step(two, two.job("Photos").id) == {"gone": 0, "done": True}
    assert len(two.runs("Photos")) == 1


def test_the_last_step_ends_the_background_task(two: Site) -> None:
    deleted(two, two.job("Photos").id)
    (task,) = background_tasks.latest(two.db, (1,), job_deletion.DELETE)
    assert (task.ended_at, task.taken_until, task.problem) == (two.now(), None, "")
    assert not BackgroundTaskWorker(WorkerContext(two.config, two.db, two.writes, two.now)).poll()


def test_what_is_being_merged_keeps_its_jobs(two: Site) -> None:
    two.record(duplicati(START, machine="other", server="other"))
    two.writes.run(merge_servers, into=1, gone=2, sees=[1], **two.signature())
    with pytest.raises(DuplistatError, match="its server is being merged: try again when that is done"):
        asked(two, two.job("Photos").id)
