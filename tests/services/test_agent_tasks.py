"""What is done with agents in the background: taken once, bounded in time, followed to the end."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from duplistat.agents.duplicati import Agent
from duplistat.config import Accounts, Config
from duplistat.core import agent_words as words
from duplistat.core import outbound_words
from duplistat.core.i18n import Text, restored, stored
from duplistat.jobs.agents import AgentWorkers
from duplistat.jobs.scheduler import Scheduler
from duplistat.services.agents.registry import change_service
from duplistat.services.agents.runs import FOLLOW_MS
from duplistat.services.agents.task_queue import AgentChanges, end_task, take_tasks
from duplistat.services.agents.task_result import Outcome, as_seen_by
from duplistat.services.agents.worker import GIVE_UP_MS, failed
from duplistat.store import agent_tasks, services, settings
from duplistat.store.agent_tasks import Task
from duplistat.store.services import JOB
from tests.support.agents import Customer, do_tasks, workers_of
from tests.support.databases import at_once
from tests.support.duplicati_server import MACHINE_ID, DuplicatiServer
from tests.support.site import Site

HINT = {"activation_hint": "install-on-Linux"}


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer(password="of the agent") as server:
        yield server


def add_agent(acme: Customer, agent: DuplicatiServer, **more: Any) -> dict[str, str]:
    return acme.add_agent(agent, agent_password="of the agent", **more)


def kinds(site: Site, made: dict[str, str]) -> list[str]:
    return [task.kind for task in agent_tasks.waiting(site.db, int(made["id"]))]


def test_a_configured_agent_is_asked_who_it_is(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    agent.add_job("Documents")
    made = add_agent(acme, agent)
    do_tasks(site)
    service = acme.service(made)
    assert (service.answered_at, service.jobs, service.machine_id) == (site.now(), 1, MACHINE_ID)
    shown = acme.agent()
    assert (shown["create_status"], shown["ostype"]) == ("5", "Linux")
    assert (acme.task_state(made["service_id"]), kinds(site, made)) == ("READY", [])


def test_the_password_of_the_backup_is_never_sent_to_the_agent(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    made = acme.add_agent(agent, encrypt="1", password="of the agent")
    do_tasks(site)
    assert "password" in acme.service(made).problem.lower() or acme.service(made).problem
    assert acme.service(made).answered_at is None


def test_an_agent_that_is_not_there_is_noted(acme: Customer, site: Site) -> None:
    with DuplicatiServer() as gone:
        port = gone.port
    made = acme.add(agent_port=str(port))
    acme.ok("setServiceConfigured", service_id=made["service_id"], activation_hint="install-on-Linux")
    do_tasks(site)
    assert "refused" in acme.service(made).problem
    assert acme.task_state(made["service_id"]) == "ERROR"


def test_an_address_that_is_denied_is_not_called(acme: Customer, site: Site) -> None:
    made = acme.add(agent="169.254.169.254")
    acme.ok("setServiceConfigured", service_id=made["service_id"], activation_hint="install-on-Linux")
    do_tasks(site)
    assert "[agents] deny" in acme.service(made).problem


def test_with_open_registration_no_private_address_is_called_unless_it_is_allowed(
    make_site: Callable[..., Site], agent: DuplicatiServer
) -> None:
    site = make_site(accounts={"registration": "open"})
    acme = Customer(site)
    made = add_agent(acme, agent)
    do_tasks(site)
    assert "127.0.0.0/8 and not public; [agents] allow opens it" in acme.service(made).problem
    assert agent.seen == []
    with site.db.transaction():
        settings.put(site.db, "agents.allow", '["127.0.0.1/32"]')
    acme.ok("setServiceConfigured", service_id=made["service_id"], **HINT)
    do_tasks(site)
    assert acme.service(made).problem == ""


def test_with_open_registration_only_main_is_told_why_an_agent_is_silent(
    make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(accounts={"registration": "open"}, agents={"allow": ["127.0.0.0/8"]})
    acme, told = Customer(site), set()
    with DuplicatiServer() as gone:
        closed = gone.port
    with caplog.at_level("INFO"):
        for name, where, port in (
            ("closed", "127.0.0.1", closed),
            ("refused", "10.0.0.1", 80),
            ("named", "nothing.invalid", 80),
        ):
            made = acme.add(name, agent=where, agent_port=str(port))
            acme.ok("setServiceConfigured", service_id=made["service_id"], **HINT)
            do_tasks(site)
            answer = acme.call("runPolicy", service_id=made["service_id"])
            assert answer.code == "agent"
            told.add(answer.message.partition(" could not be reached: ")[2])
            detail = acme.service(made).problem
            assert f"{made['service_id']} {name}: {detail}" in caplog.text
            assert as_seen_by(acme.service(made), 1, 1, site.config).problem == detail
    assert told == {words.NOT_AS_DUPLICATI}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (outbound_words.REFUSED, words.NOT_AS_DUPLICATI),
        (Text(outbound_words.NO_CONNECTION, time="10 s"), words.NOT_AS_DUPLICATI),
        (
            Text(words.DENIED_NAME, name="nas", address="10.0.0.1", network="10.0.0.0/8"),
            words.NOT_AS_DUPLICATI,
        ),
        (Text(words.PRIVATE_ADDRESS, address="10.0.0.1", network="10.0.0.0/8"), words.NOT_AS_DUPLICATI),
        (Text(words.STATUS_SAID, status=200, said="router"), words.NOT_AS_DUPLICATI),
        (words.NO_TLS, words.NOT_AS_DUPLICATI),
        ("something that is not known here", words.NOT_AS_DUPLICATI),
        (words.WRONG_PASSWORD, words.WRONG_PASSWORD),
        (
            Text(outbound_words.UNTRUSTED, problem="self-signed"),
            "its certificate is not trusted (self-signed)",
        ),
        ("", ""),
    ],
)
def test_strangers_are_told_what_they_can_set_right(acme: Customer, reason: str, told: str) -> None:
    service = replace(acme.service(acme.add()), problem=restored(stored(reason)))
    open_to_all = replace_config(acme.site, registration="open")
    assert as_seen_by(service, 2, 1, open_to_all).problem == told
    assert as_seen_by(service, 1, 1, open_to_all).problem == reason
    assert as_seen_by(service, 2, 1, acme.site.config).problem == reason


def test_strangers_are_told_which_of_their_jobs_failed(acme: Customer) -> None:
    service = replace(acme.service(acme.add()), problem="photos", problem_kind=JOB)
    assert as_seen_by(service, 2, 1, replace_config(acme.site, registration="open")).problem == "photos"


def replace_config(site: Site, **accounts: str) -> Config:
    return site.config.model_copy(update={"accounts": Accounts(**accounts)})


def test_run_policy_starts_every_job_and_follows_them(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    agent.add_job("a")
    agent.add_job("b")
    made = add_agent(acme, agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    assert agent.tasks == {}
    do_tasks(site)
    assert [task.job.name for task in agent.tasks.values()] == ["a", "b"]
    assert (acme.agent()["running"], acme.agent()["startup_ok"]) == ("1", "1")
    for task in (1, 2):
        agent.finish(task)
        site.now.forward(seconds=FOLLOW_MS / 1000)
        do_tasks(site)
        assert acme.agent()["running"] == ("1" if task == 1 else "0")
    assert (acme.agent()["create_status"], kinds(site, made)) == ("10", [])
    assert [job["state"] for job in json.loads(acme.agent()["alert_history"])] == ["FINISHED"] * 2


def start(site: Site, made: dict[str, str], *names: str) -> None:
    """Have some jobs of an agent started, as a page does."""
    service = services.get(site.db, int(made["id"]))
    assert service is not None
    site.writes.run(
        change_service,
        account=service.account_id,
        contact=False,
        service=service.id,
        changes={},
        tasks=[agent_tasks.RUN],
        start=names,
        **site.signature(),
    )


def test_some_jobs_are_started_and_no_other(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    for name in "abc":
        agent.add_job(name)
    made = add_agent(acme, agent)
    start(site, made, "a")
    start(site, made, "c", "gone")
    do_tasks(site)
    assert [task.job.name for task in agent.tasks.values()] == ["a", "c"]
    assert acme.service(made).problem.endswith("gone is no job of the agent")
    assert json.loads(acme.service(made).facts)["scheme"] == "http"
    noted = site.db.rows("SELECT after FROM audit WHERE action = 'service.run' ORDER BY id")
    assert [json.loads(row[0]) for row in noted] == [{"jobs": "a"}, {"jobs": "c, gone"}]


def test_whoever_asks_for_all_gets_all(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    for name in "ab":
        agent.add_job(name)
    made = add_agent(acme, agent)
    start(site, made, "a")
    start(site, made)
    start(site, made, "b")
    do_tasks(site)
    assert [task.job.name for task in agent.tasks.values()] == ["a", "b"]


def test_what_was_started_before_is_still_followed(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    for name in "ab":
        agent.add_job(name)
    made = add_agent(acme, agent)
    for name in "ab":
        start(site, made, name)
        do_tasks(site)
    agent.finish(2)
    site.now.forward(seconds=FOLLOW_MS / 1000)
    do_tasks(site)
    assert acme.agent()["running"] == "1"
    agent.finish(1, error="the disk is gone")
    site.now.forward(seconds=FOLLOW_MS / 1000)
    do_tasks(site)
    assert acme.agent()["running"] == "0"
    assert "the disk is gone" in acme.service(made).problem


def test_what_a_job_failed_of_is_kept_until_the_next_run(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    agent.add_job("a")
    made = add_agent(acme, agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    agent.finish(1, error="the disk is gone")
    site.now.forward(seconds=FOLLOW_MS / 1000)
    do_tasks(site)
    assert "the disk is gone" in acme.service(made).problem
    assert acme.task_state(made["service_id"]) == "ERROR"
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    assert (acme.service(made).problem, acme.service(made).running) == ("", 1)


def test_an_agent_without_jobs_has_nothing_to_run(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    made = add_agent(acme, agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    assert "no backup job" in acme.service(made).problem
    assert acme.agent()["running"] == "0"


def test_an_agent_that_hangs_is_given_up_and_others_go_on(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    with DuplicatiServer() as hung:
        hung.fault = "hang"
        stuck = acme.add_agent(hung, "stuck")
        fine = add_agent(acme, agent)
        workers = workers_of(site, limit=1.0)
        assert workers.poll() == 2
        wait_for(lambda: acme.service(fine).answered_at is not None)
        assert acme.service(stuck).problem == ""
        wait_for(lambda: workers.poll() >= 0 and acme.service(stuck).problem != "")
        assert "did not come to an end" in acme.service(stuck).problem
        acme.ok("runPolicy", service_id=fine["service_id"])
        assert workers.poll() == 1
        # Its thread still hangs: it gets no other one.
        acme.call("runPolicy", service_id=stuck["service_id"])
        assert workers.poll() == 0
        workers.join(10)


def test_no_more_than_so_many_at_once(acme: Customer, site: Site) -> None:
    with DuplicatiServer() as hung:
        hung.fault = "hang"
        for number in range(4):
            acme.add_agent(hung, f"n{number}")
        workers = workers_of(site, at_once=3)
        assert (workers.poll(), workers.poll()) == (3, 0)


def take(site: Site, now: int) -> list[int]:
    return site.writes.run(take_tasks, now=now, until=now + 60_000, limit=8, busy=[])


def end(
    site: Site,
    made: dict[str, str],
    task: int,
    *,
    taken: int,
    changes: AgentChanges,
    again_at: int | None = None,
) -> bool:
    """End a task that was taken, and due, at a time."""
    return site.writes.run(
        end_task,
        task=task,
        service=int(made["id"]),
        until=taken + 60_000,
        due_at=taken,
        again_at=again_at,
        state="{}",
        changes=changes,
        follow_up=[],
    )


def test_a_task_is_taken_once(acme: Customer, site: Site) -> None:
    made = acme.add()
    acme.ok("runPolicy", service_id=made["service_id"])
    now = site.now()
    answers = at_once(site.db, 4, lambda number: take(site, now))
    assert sorted(len(taken) for taken in answers) == [0, 0, 0, 1]


def test_a_task_of_one_that_died_is_taken_again(acme: Customer, site: Site) -> None:
    made = acme.add()
    acme.ok("runPolicy", service_id=made["service_id"])
    now = site.now()
    (task,) = take(site, now)
    assert take(site, now + 60_001) == [task]
    # The first one is not dead after all: what it says no longer counts.
    assert not end(site, made, task, taken=now, changes={"problem": "late"})
    assert (acme.service(made).problem, kinds(site, made)) == ("", ["run"])


def test_what_is_asked_for_meanwhile_is_done_again(acme: Customer, site: Site) -> None:
    made = acme.add()
    acme.ok("runPolicy", service_id=made["service_id"])
    now = site.now()
    (task,) = take(site, now)
    site.now.forward(seconds=5)
    acme.ok("runPolicy", service_id=made["service_id"])
    assert end(site, made, task, taken=now, changes={})
    assert agent_tasks.any_due(site.db, site.now())


def test_what_is_asked_for_meanwhile_does_not_wait_until_what_is_under_way_is_looked_at_again(
    acme: Customer, site: Site
) -> None:
    made = acme.add()
    acme.ok("runPolicy", service_id=made["service_id"])
    now = site.now()
    (task,) = take(site, now)
    site.now.forward(seconds=5)
    acme.ok("runPolicy", service_id=made["service_id"])
    assert end(site, made, task, taken=now, changes={}, again_at=now + 3_600_000)
    assert take(site, site.now()) == [task]


def test_a_silent_agent_is_asked_less_and_less_and_then_no_more() -> None:
    def again(state: dict[str, Any], now: int) -> Outcome:
        return failed(Task(1, 1, agent_tasks.FOLLOW, 0, None, json.dumps(state)), "silent", now)

    first = again({"tasks": {"1": "a"}}, 1000)
    assert (first.again_at, first.state["tasks"]) == (1000 + FOLLOW_MS, {"1": "a"})
    assert again(first.state, 3_600_000).again_at == 3_600_000 + 300_000
    last = again(first.state, 1001 + GIVE_UP_MS)
    assert (last.again_at, last.changes["running"]) == (None, 0)


def test_each_configured_service_is_collected_from_when_it_is_time(acme: Customer, site: Site) -> None:
    made, new = acme.add("a"), acme.add("b")
    acme.ok("setServiceConfigured", service_id=made["service_id"], activation_hint="install-on-Linux")
    workers = workers_of(site)
    assert (workers.enqueue(), workers.enqueue()) == (1, 0)
    assert (kinds(site, made), kinds(site, new)) == (["probe", "collect"], [])
    do_tasks(site)
    assert workers.enqueue() == 0
    site.now.forward(minutes=15)
    assert workers.enqueue() == 1


def test_only_the_scheduler_with_the_lease_calls_agents(acme: Customer, site: Site) -> None:
    made = acme.add()
    acme.ok("runPolicy", service_id=made["service_id"])
    first, second = (Scheduler(site.config, site.db, site.writes, site.now, name) for name in "ab")
    first.tick()
    second.tick()
    assert (second.call_agents(), second.enqueue()) == (0, 0)
    assert first.call_agents() == 1


def test_a_cancelled_service_is_left_alone(acme: Customer, site: Site, agent: DuplicatiServer) -> None:
    made = add_agent(acme, agent)
    acme.ok("editService", sc_id=made["id"], service_action="terminate")
    assert do_tasks(site) == 0
    assert workers_of(site).enqueue() == 0
    assert agent.seen == []


def wait_for(done: Any) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_workers_leave_at_the_end_what_hangs(acme: Customer, site: Site) -> None:
    with DuplicatiServer() as hung:
        hung.fault = "hang"
        made = acme.add_agent(hung)
        workers: AgentWorkers = workers_of(site)
        workers.poll()
        workers.stop()
        assert agent_tasks.any_due(site.db, site.now())
        assert acme.service(made).problem == ""


def test_what_there_was_no_time_for_is_collected_next(
    acme: Customer, site: Site, agent: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        agent.add_job(name)
    made = add_agent(acme, agent)
    # Time for one job each.
    given = iter([99, 0, 0, 99, 0, 99])
    monkeypatch.setattr(Agent, "left", property(lambda self: next(given)))
    begun = do_tasks(site)
    assert (begun, sorted(job.name for job in site.jobs())) == (4, ["a", "b", "c"])
    assert (kinds(site, made), acme.service(made).problem) == ([], "")


def test_an_agent_that_is_too_slow_for_anything_is_told(
    acme: Customer, site: Site, agent: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.add_job("a")
    made = add_agent(acme, agent)
    monkeypatch.setattr(Agent, "left", property(lambda self: 0))
    do_tasks(site)
    assert acme.service(made).problem == "it answers too slowly to be asked for everything"
    assert kinds(site, made) == []
