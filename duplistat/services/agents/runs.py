"""Jobs of an agent that are started, and followed to their end."""

import json
from typing import TYPE_CHECKING, Any

from duplistat.agents.address import AgentError
from duplistat.core import agent_words as words
from duplistat.core.i18n import Text, as_text, packed, unpacked
from duplistat.services.agents.task_queue import AgentChanges, save_task_state
from duplistat.services.agents.task_result import Outcome, answer_changes, job_failed, no_problem
from duplistat.services.worker_context import WorkerContext
from duplistat.store import agent_tasks
from duplistat.store.agent_tasks import COLLECT, FOLLOW, Task
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.duplicati import Agent, AgentJob, ServerState

# How often a started job is asked about at first, and when it takes long.
FOLLOW_MS = 5000
SELDOM_MS = 60_000


def run(context: WorkerContext, service: Service, agent: "Agent", task: Task) -> Outcome:
    """Start every job, or those whose names the state has as `start`. One that fails keeps none of the others from it.

    Each start is noted at once: whoever goes on with this task, after a crash, starts none of them twice.
    """
    system, jobs = agent.system(), agent.jobs()
    state = json.loads(task.state)
    started: dict[str, str] = state.setdefault("started", {})
    asked: list[str] = state.setdefault("asked", [])
    wanted: list[str] | None = state.get("start")
    known = {job.name for job in jobs}
    problems: list[str] = [Text(words.NOT_ITS_JOB, job=name) for name in wanted or () if name not in known]
    for job in jobs:
        if job.id in asked or (wanted is not None and job.name not in wanted):
            continue
        try:
            started[str(agent.run(job.id))] = job.name
        except AgentError as e:
            problems.append(Text(words.NOT_STARTED, job=job.name, reason=as_text(e.reason)))
        asked.append(job.id)
        context.writes.run(
            save_task_state,
            task=task.id,
            until=task.taken_until or 0,
            due_at=task.due_at,
            state=json.dumps(state, ensure_ascii=False),
        )
    now = context.now()
    done = Outcome(answer_changes(service, agent, system, len(jobs), now) | no_problem())
    if not jobs:
        problems.append(words.NO_JOBS)
    if problems:
        done.changes |= job_failed(problems, now)
    if started:
        done.changes |= {"running": 1, "started_at": service.started_at or now}
        done.follow_up.append(following(started, now, ours=True))
    return done


def follow(context: WorkerContext, service: Service, agent: "Agent", task: Task) -> Outcome:
    """Ask how the started jobs are; when all have ended, fetch what came of them."""
    state = json.loads(task.state)
    left: dict[str, str] = {}
    problems, gone = problems_of(state), state.get("gone", [])
    for id, name in state.get("tasks", {}).items():
        answer = agent.task(int(id))
        if answer.status in ("Waiting", "Running"):
            left[id] = name
        elif answer.status == "Failed":
            problems.append(
                Text("{name}: {problem}", name=name, problem=answer.error) if answer.error else name
            )
        elif answer.status == "Gone" and state.get("ours"):
            gone.append(name)
    now = context.now()
    done = Outcome({"answered_at": now, "running": int(bool(left))})
    if problems:
        done.changes |= job_failed(problems, now)
    elif not service.job_failed:
        done.changes |= no_problem()
    if left:
        state |= {"tasks": left, "problems": [packed(text) for text in problems], "gone": gone}
        state.pop("silent_since", None)
        pause = (now - state.get("since", now)) // 20
        done.again_at, done.state = now + min(SELDOM_MS, max(FOLLOW_MS, pause)), state
    elif context.config.agents.collect_minutes:
        # Its log may tell of those that it has forgotten.
        known = {"gone": gone, "since": state.get("since", now), "problems": state.get("problems", [])}
        forgotten = known if gone else {}
        done.follow_up.append((COLLECT, now, json.dumps(forgotten, ensure_ascii=False)))
    elif gone:
        done.changes |= job_failed([*problems, *map(forgotten_by_agent, gone)], now)
    return done


def at_work(
    context: WorkerContext, service: Service, state: "ServerState", jobs: list["AgentJob"], now: int
) -> tuple[AgentChanges, list[tuple[str, int, str]]]:
    """What the agent does of itself: changes of the service, and tasks that follow.

    Nothing when it is followed already.
    """
    with context.db.connection():
        if any(task.kind == FOLLOW for task in agent_tasks.waiting(context.db, service.id)):
            return {}, []
    if state.active_task is None:
        return {"running": 0}, []
    name = next((job.name for job in jobs if job.id == state.active_job), "a task of the agent")
    return {"running": 1}, [following({str(state.active_task): name}, now, ours=False)]


def following(tasks: dict[str, str], now: int, *, ours: bool) -> tuple[str, int, str]:
    """The task of following `tasks` of an agent (id: name of the job). `ours` were started by us."""
    state = {"tasks": tasks, "since": now, "ours": ours}
    return FOLLOW, now + FOLLOW_MS, json.dumps(state, ensure_ascii=False)


def problems_of(state: dict[str, Any]) -> list[str]:
    """What failed so far, as the state of a task has it."""
    return [unpacked(content) for content in state.get("problems", [])]


def forgotten_by_agent(name: str) -> str:
    return Text(words.FORGOTTEN, job=name)
