"""What is said of a service stays true: after failures, restarts of ours and of the agent, changes meanwhile."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import from_ms
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.agents.registry import change_service
from duplistat.services.agents.runs import SELDOM_MS
from duplistat.services.agents.task_queue import take_tasks
from duplistat.services.agents.worker import work
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks, services
from duplistat.store.agent_tasks import COLLECT, FOLLOW, PROBE, RUN
from tests.support.agents import Customer, do_tasks, workers_of
from tests.support.duplicati_server import Answer, DuplicatiServer
from tests.support.site import Site


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        yield server


@pytest.fixture
def made(acme: Customer, agent: DuplicatiServer, site: Site) -> dict[str, str]:
    """A service whose agent has the jobs a and b, and was probed."""
    agent.add_job("a", repeat=None)
    agent.add_job("b", repeat=None)
    service = acme.add_agent(agent)
    do_tasks(site)
    return service


def start(acme: Customer, site: Site, made: dict[str, str]) -> None:
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)


def start_some(site: Site, made: dict[str, str], *names: str) -> None:
    """Have some jobs started, as a page does."""
    service = services.get(site.db, int(made["id"]))
    assert service is not None
    site.writes.run(
        change_service,
        account=service.account_id,
        contact=False,
        service=service.id,
        changes={},
        tasks=[RUN],
        start=names,
        **site.signature(),
    )


def killed_at_work(site: Site) -> None:
    """Begin the one task that waits; whoever works on it is killed before it can note what came of it."""
    now = site.now()
    taken = site.writes.run(take_tasks, now=now, until=now + 240_000, limit=1, busy=[])
    (task,) = agent_tasks.by_ids(site.db, taken)
    work(WorkerContext(site.config, site.db, site.writes, site.now), task)


def follow(site: Site) -> None:
    site.now.forward(seconds=SELDOM_MS / 1000)
    do_tasks(site)


def waiting(site: Site, made: dict[str, str]) -> list[str]:
    return [task.kind for task in agent_tasks.waiting(site.db, int(made["id"]))]


def while_asked(agent: DuplicatiServer, end: str, do: Callable[[], object]) -> None:
    """Have something done once, while the agent is asked for a path with this end."""
    answered, left = agent.answer, [do]

    def answer(method: str, path: str, query: dict[str, list[str]]) -> Answer:
        if path.endswith(end) and left:
            left.pop()()
        return answered(method, path, query)

    agent.answer = answer  # type: ignore[method-assign]  # on purpose


def test_what_was_started_before_we_were_killed_is_not_started_again(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    acme.ok("runPolicy", service_id=made["service_id"])
    agent.jobs["3"] = agent.add_job("c")
    agent.fault, agent.fault_at = "500", "backup/3/run"
    killed_at_work(site)
    for number in (1, 2):
        agent.begin(number)
        agent.finish(number)
    agent.fault = ""
    site.now.forward(seconds=241)
    do_tasks(site)
    assert [started.job.name for started in agent.tasks.values()] == ["a", "b"]
    follow(site)
    assert (acme.agent()["running"], acme.task_state(made["service_id"])) == ("0", "FINISHED")


def test_what_was_started_before_we_were_killed_is_not_started_again_with_what_is_asked_for_since(
    site: Site, agent: DuplicatiServer, made: dict[str, str], acme: Customer
) -> None:
    start_some(site, made, "a")
    killed_at_work(site)
    site.now.forward(seconds=241)
    start_some(site, made, "b")
    do_tasks(site)
    assert [started.job.name for started in agent.tasks.values()] == ["a", "b"]
    agent.finish(1, error="the disk is gone")
    agent.finish(2)
    follow(site)
    assert acme.service(made).problem == "a: the disk is gone"


def test_what_is_asked_for_while_another_job_is_started_is_started_once_and_followed_with_it(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    def again() -> None:
        site.now.forward(seconds=1)
        start_some(site, made, "b")

    while_asked(agent, "/1/run", again)
    start_some(site, made, "a")
    do_tasks(site)
    assert [started.job.name for started in agent.tasks.values()] == ["a", "b"]
    agent.finish(2)
    agent.tasks.pop(1)
    follow(site)
    assert acme.service(made).problem.startswith("a: the agent no longer knows")


def test_what_an_agent_ran_by_itself_is_no_failure_of_ours_when_it_forgets_it(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    task = agent.start(agent.jobs["1"])
    agent.begin(task.id)
    ask(acme, site, made, PROBE)
    assert waiting(site, made) == [FOLLOW]
    start_some(site, made, "b")
    do_tasks(site)
    del agent.tasks[task.id]
    agent.finish(task.id + 1, begin=from_ms(site.now()))
    follow(site)
    assert (acme.service(made).problem, acme.agent()["running"], waiting(site, made)) == ("", "0", [])


def test_run_policy_anew_starts_everything_anew(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    def again() -> None:
        site.now.forward(seconds=1)
        acme.ok("runPolicy", service_id=made["service_id"])
        agent.finish(1)

    while_asked(agent, "/2/run", again)
    start(acme, site, made)
    assert [started.job.name for started in agent.tasks.values()] == ["a", "b", "a"]


def test_a_run_that_an_agent_forgot_when_it_was_restarted_did_not_succeed(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    agent.begin(1)
    agent.finish(1, begin=from_ms(site.now()))
    agent.tasks.clear()
    follow(site)
    assert acme.task_state(made["service_id"]) == "ERROR"
    assert acme.service(made).problem == ("b: the agent no longer knows how it went; was it restarted?")
    assert (acme.agent()["running"], waiting(site, made)) == ("0", [])


def test_a_failure_counts_until_a_job_has_run_since(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    for number in (1, 2):
        agent.finish(number, error="the disk is gone", begin=from_ms(site.now()))
    follow(site)
    assert acme.task_state(made["service_id"]) == "ERROR"
    site.now.forward(minutes=60)
    task = agent.start(agent.jobs["1"])
    agent.finish(task.id, begin=from_ms(site.now()) - timedelta(seconds=1))
    workers_of(site).enqueue()
    do_tasks(site)
    assert acme.task_state(made["service_id"]) == "FINISHED"


def test_what_one_job_failed_of_is_told_beside_the_others(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    agent.finish(1, error="the disk is gone")
    follow(site)
    agent.finish(2, error="the network is gone")
    follow(site)
    assert acme.service(made).problem == ("a: the disk is gone; b: the network is gone")


def test_a_job_that_an_agent_runs_by_itself_is_followed_under_its_name(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    task = agent.start(agent.add_job("Documents"))
    agent.begin(task.id)
    made = acme.add_agent(agent)
    do_tasks(site)
    assert acme.agent()["running"] == "1"
    agent.finish(task.id, error="the disk is gone")
    follow(site)
    assert acme.service(made).problem == "Documents: the disk is gone"


@pytest.mark.parametrize("kind", [PROBE, COLLECT])
def test_a_task_without_a_job_is_followed_to_its_end(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str], kind: str
) -> None:
    task = agent.start(agent.jobs["1"])
    agent.begin(task.id)
    state = agent.answer("GET", "/api/v1/serverstate", {})[1]
    state["ActiveTask"]["Item2"] = None
    agent._state = lambda: state  # type: ignore[method-assign]  # on purpose
    ask(acme, site, made, kind)
    assert acme.agent()["running"] == "1"
    agent.finish(task.id)
    state["ActiveTask"] = None
    follow(site)
    assert (acme.agent()["running"], waiting(site, made)) == ("0", [])


def ask(acme: Customer, site: Site, made: dict[str, str], kind: str) -> None:
    if kind == PROBE:
        acme.ok("setServiceConfigured", service_id=made["service_id"], activation_hint="install-on-Linux")
    else:
        site.now.forward(minutes=16)
        workers_of(site).enqueue()
    do_tasks(site)


@pytest.mark.parametrize("kind", [PROBE, COLLECT])
def test_asking_again_leaves_what_is_followed(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str], kind: str
) -> None:
    start(acme, site, made)
    agent.begin(1)
    ask(acme, site, made, kind)
    agent.finish(1)
    follow(site)
    assert acme.agent()["running"] == "1"
    agent.finish(2)
    follow(site)
    assert acme.agent()["running"] == "0"


def test_an_agent_that_goes_away_is_not_said_to_run(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    agent.begin(1)
    assert acme.task_state(made["service_id"]) == "RUNNING"
    agent.fault, agent.fault_at = "closes", "/"
    follow(site)
    assert (acme.agent()["running"], acme.task_state(made["service_id"])) == ("0", "ERROR")
    agent.fault = ""
    follow(site)
    assert (acme.agent()["running"], acme.task_state(made["service_id"])) == ("1", "RUNNING")


@pytest.mark.parametrize("kind", [PROBE, COLLECT])
def test_an_answer_of_the_address_before_is_not_taken_for_the_new_one(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str], kind: str
) -> None:
    with DuplicatiServer() as gone:
        port = gone.port
    change = {"agent-id": made["id"], "agent_port": port}
    while_asked(agent, "/backups", lambda: acme.ok("activateAgent", **change))
    ask(acme, site, made, kind)
    service = acme.service(made)
    assert (service.answered_at, service.jobs, "refused" in service.problem) == (None, 0, True)


def test_what_ran_at_another_address_is_no_longer_followed(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    with DuplicatiServer() as other:
        acme.ok("activateAgent", **{"agent-id": made["id"], "agent_port": other.port})
        follow(site)
        assert (acme.agent()["running"], acme.service(made).problem) == ("0", "")
        assert not [path for _, path, _ in other.seen if "/task/" in path]


def test_what_is_suspended_does_not_run(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    with site.db.transaction():
        services.change(site.db, int(made["id"]), {"suspended_at": site.now()})
    follow(site)
    assert (acme.agent()["running"], waiting(site, made)) == ("0", [])


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\x1b[2Jb"])
def test_a_failure_may_be_told_in_any_characters(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str], text: str
) -> None:
    agent.jobs["1"].name = text
    start(acme, site, made)
    agent.finish(1, error=text)
    follow(site)
    assert acme.service(made).problem.startswith("a")
    assert waiting(site, made) == ["follow"]


def test_what_people_wait_for_is_done_first(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    many = [acme.add(f"n{number}") for number in range(3)]
    for service in many:
        acme.ok("setServiceConfigured", service_id=service["service_id"], activation_hint="install-on-Linux")
    do_tasks(site)
    ask_all = workers_of(site)
    site.now.forward(minutes=16)
    ask_all.enqueue()
    site.now.forward(seconds=30)
    acme.ok("runPolicy", service_id=many[2]["service_id"])
    first: list[Any] = agent_tasks.due(site.db, site.now(), 1)
    assert [task.kind for task in first] == [RUN]


def test_a_long_run_is_asked_about_less_and_less(
    acme: Customer, site: Site, agent: DuplicatiServer, made: dict[str, str]
) -> None:
    start(acme, site, made)
    agent.begin(1)
    site.now.forward(minutes=60)
    do_tasks(site)
    (task,) = agent_tasks.waiting(site.db, int(made["id"]))
    assert (task.kind, task.due_at) == (FOLLOW, site.now() + SELDOM_MS)
    assert json.loads(task.state)["tasks"] == {"1": "a", "2": "b"}


def test_whoever_begins_to_tick_goes_on_with_what_others_held(
    acme: Customer, site: Site, made: dict[str, str]
) -> None:
    acme.ok("runPolicy", service_id=made["service_id"])
    now = site.now()
    site.writes.run(take_tasks, now=now, until=now + 240_000, limit=1, busy=[])
    assert do_tasks(site) == 0
    Scheduler(site.config, site.db, site.writes, site.now, "next").tick()
    assert do_tasks(site) == 1
