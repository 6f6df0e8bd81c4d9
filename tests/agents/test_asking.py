"""What an agent says of itself, its jobs and their runs; both generations."""

import json
from datetime import UTC, datetime

import pytest

from duplistat.agents.duplicati import (
    MOST_ENTRIES,
    AgentError,
    AgentJob,
    AgentSchedule,
    ServerState,
    System,
    TaskState,
)
from tests.agents.conftest import call
from tests.support.duplicati_server import MACHINE_ID, Answer, DuplicatiServer

AT_TWO = datetime(2026, 1, 28, 2, tzinfo=UTC)


def test_it_says_who_it_is(server: DuplicatiServer) -> None:
    with call(server) as agent:
        assert agent.system() == System(
            machine_name="nas",
            machine_id=MACHINE_ID,
            version="2.0.8.1" if server.old else "2.2.0.3",
            os_type="Linux",
            os_version="Debian GNU/Linux 12",
            timezone="" if server.old else "Europe/Berlin",
            channel="Stable",
        )


def test_it_lists_its_jobs_with_schedule_and_metadata(server: DuplicatiServer) -> None:
    server.add_job("Documents", days=["mon", "fri"], metadata={"BackupListCount": "7"}, tags=("db",))
    server.add_job("By hand", repeat=None, target="/mnt/usb")
    with call(server) as agent:
        assert agent.jobs() == [
            AgentJob(
                id="1",
                name="Documents",
                schedule=AgentSchedule("1D", AT_TWO, (0, 4)),
                next_run=AT_TWO,
                metadata={"BackupListCount": "7"},
                target_type="s3",
                tags=() if server.old else ("db",),
            ),
            AgentJob("2", "By hand", None, None, {}, "file", (), by_hand=True),
        ]


def test_without_jobs_the_list_is_empty(server: DuplicatiServer) -> None:
    with call(server) as agent:
        assert agent.jobs() == []


def test_a_job_that_is_started_waits_runs_and_ends(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    with call(server) as agent:
        assert agent.progress() is None
        task = agent.run(job.id)
        assert agent.task(task) == TaskState("Waiting", "")
        assert agent.state() == ServerState(None, None, False)
        server.begin(task)
        assert agent.task(task) == TaskState("Running", "")
        assert agent.state() == ServerState(job.id, task, False)
        server.finish(task)
        assert agent.task(task) == TaskState("Completed", "")
        (entry,) = agent.log(job.id)
        assert json.loads(entry.message)["ParsedResult"] == "Success"


def test_a_job_that_fails_says_why(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    with call(server) as agent:
        task = agent.run(job.id)
        server.finish(task, error="The target is full")
        assert agent.task(task) == TaskState("Failed", "The target is full")


def test_a_job_that_runs_is_not_started_again(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    with call(server) as agent:
        assert agent.run(job.id) == agent.run(job.id)
        server.finish(1)
        assert agent.run(job.id) == 2


def test_a_task_that_was_forgotten_is_gone(server: DuplicatiServer) -> None:
    with call(server) as agent:
        assert agent.task(17) == TaskState("Gone", "")


def test_progress_tells_how_far_a_run_is(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    with call(server) as agent:
        server.begin(agent.run(job.id))
        progress = agent.progress()
        assert progress is not None
        assert (progress.job_id, progress.task_id, progress.overall) == (job.id, 1, 0.25)
        assert (progress.processed_bytes, progress.total_bytes, progress.counting) == (1000, 4000, True)
        assert progress.speed == 1048576
        server.finish(1)
        ended = agent.progress()
        assert ended is not None
        assert (ended.speed, ended.overall) == (None, 1.0)


def test_a_server_that_is_paused_says_so(server: DuplicatiServer) -> None:
    server.paused = True
    with call(server) as agent:
        assert agent.state().paused


@pytest.mark.parametrize("id", ["9", "../systeminfo", "1/../2", "ä"])
def test_a_job_that_is_not_there_is_told(server: DuplicatiServer, id: str) -> None:
    server.add_job("Documents")
    with call(server) as agent:
        for ask in (agent.log, agent.run):
            with pytest.raises(AgentError, match="it has no job"):
                ask(id)


def test_a_log_is_read_page_by_page_and_newest_last(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    ids = [server.add_entry(job, f"{number}") for number in range(250)]
    with call(server) as agent:
        found = agent.log(job.id)
    assert [entry.id for entry in found] == ids
    assert [entry.message for entry in found] == [f"{number}" for number in range(250)]
    assert len([path for _, path, _ in server.seen if "/log?" in path]) == 3


def test_a_log_is_read_from_where_one_left_off(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    ids = [server.add_entry(job, f"{number}") for number in range(250)]
    with call(server) as agent:
        assert [entry.id for entry in agent.log(job.id, after_id=ids[119])] == ids[120:]
        asked = len(server.seen)
        assert agent.log(job.id, after_id=ids[-1]) == []
    assert len(server.seen) == asked + 1


def test_a_log_that_began_anew_is_read_from_its_beginning(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    ids = [server.add_entry(job, f"{number}") for number in range(150)]
    with call(server) as agent:
        assert [entry.id for entry in agent.log(job.id, after_id=ids[-1] + 1)] == ids


def test_of_a_log_without_end_the_newest_is_read(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    ids = [server.add_entry(job, f"{number}") for number in range(MOST_ENTRIES + 150)]
    with call(server) as agent:
        assert [entry.id for entry in agent.log(job.id)] == ids[150:]


def test_of_a_log_with_long_entries_less_is_asked_for_at_once(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    ids = [server.add_entry(job, "x" * 1024**2) for _ in range(50)]
    with call(server) as agent:
        found = [entry.id for entry in agent.log(job.id)]
    assert (found[-1], 30 <= len(found) <= 40) == (ids[-1], True)


def test_a_job_that_a_restore_made_for_itself_is_none(server: DuplicatiServer) -> None:
    server.add_job("Documents")
    answered = server.answer

    def answer(method: str, path: str, query: dict[str, list[str]]) -> Answer:
        status, content = answered(method, path, query)
        if path.endswith("/backups"):
            content.append({"Backup": content[0]["Backup"] | {"ID": "-1", "IsTemporary": True}})
        return status, content

    server.answer = answer  # type: ignore[method-assign]  # on purpose
    with call(server) as agent:
        assert [job.id for job in agent.jobs()] == ["1"]


def test_an_entry_has_its_time_and_what_it_says(server: DuplicatiServer) -> None:
    job = server.add_job("Documents")
    server.add_entry(job, "not JSON", type="Warning", at=AT_TWO)
    with call(server) as agent:
        (entry,) = agent.log(job.id)
    assert (entry.timestamp, entry.type, entry.message, entry.exception) == (
        AT_TWO,
        "Warning",
        "not JSON",
        "",
    )
