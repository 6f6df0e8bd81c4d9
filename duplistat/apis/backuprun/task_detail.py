"""The log of one run as <message> elements: the lines of its report, and between ours what we know of it."""

import json
from collections.abc import Iterator, Sequence

from duplistat.apis.backuprun.agent_element import time_text
from duplistat.apis.backuprun.xml import Element
from duplistat.core.status import Status
from duplistat.store.runs import Run
from duplistat.store.services import Service

AGENT, OURS = "AGENT", "SERVER"
INFO, WARNING, SEVERE = "INFO", "WARNING", "SEVERE"

STARTED = "Messages.Main.task-started"
FINISHED = "Errors.Main.task-finished"
CONNECTING = "Messages.Main.connecting-to-agent-at-port"
NOT_CONNECTED = "Errors.Main.connecting-to-agent-at-port-failed"
LEFT_OUT = "Messages.Main.lines-left-out"
# What a line without a tag is called.
NO_KEY = "Messages.Main.log-line"

_LEVELS = {"error": SEVERE, "fatal": SEVERE, "warning": WARNING}
# A failed try to reach the agent so long after a run still belongs to it.
AFTERWARDS_MS = 60_000

# An answer is made as a whole, and cannot be asked for in pages. Most logs have a hundred lines.
MOST_LINES = 10_000

Line = tuple[str, str, str, int | None]


def messages_of(run: Run, lines: Sequence[Line], service: Service) -> list[Element]:
    """The messages of a run in the order of their times. A line without a time has that of the one before."""
    start = run.started_at if run.started_at is not None else run.order_at
    messages = [(start, _ours(STARTED, "Task started", start)), *_problem(run, start, service)]
    left_out = max(0, len(lines) - MOST_LINES)
    at = next((when for *_, when in reversed(lines[:left_out]) if when is not None), start)
    if left_out:
        messages.append((at, _ours(LEFT_OUT, f"{left_out} lines before this are left out", at)))
    for level, tag, text, when in lines[left_out:]:
        at = when if when is not None else at
        messages.append((at, _message(AGENT, tag or NO_KEY, [], _LEVELS.get(level, INFO), text, at)))
    messages.sort(key=lambda item: item[0])
    if run.status != Status.RUNNING:
        end = _end(run, start)
        messages.append((end, _ours(FINISHED, "Task Finished", end)))
    return [element for _, element in messages]


def _problem(run: Run, start: int, service: Service) -> Iterator[tuple[int, Element]]:
    """That the agent could not be reached while it ran."""
    at = service.problem_at
    running = run.status == Status.RUNNING
    if not service.is_unreachable or at is None or at < start:
        return
    if not running and at > _end(run, start) + AFTERWARDS_MS:
        return
    where = [service.host, str(service.port)]
    text = f"agent {service.host} at port {service.port}"
    yield at, _ours(CONNECTING, f"Attempting to connect to {text}", at, where)
    failed = f"Connecting to {text} failed: {service.problem}"
    yield at, _ours(NOT_CONNECTED, failed, at, [*where, service.problem], SEVERE)


def _end(run: Run, start: int) -> int:
    return max(start, run.ended_at if run.ended_at is not None else run.received_at)


def _ours(key: str, text: str, at: int, parameters: Sequence[str] = (), level: str = INFO) -> Element:
    return _message(OURS, key, parameters, level, text, at)


def _message(source: str, key: str, parameters: Sequence[str], level: str, text: str, at: int) -> Element:
    attributes = {
        "messagesource": source,
        "messagekey": key,
        "messagekeyparameters": json.dumps(list(parameters), ensure_ascii=False, separators=(",", ":")),
        "messagelevel": level,
        "messagestring": text,
        "messagetime": time_text(at),
    }
    return Element("message", attributes, [Element("messagekeyparameter", {"value": p}) for p in parameters])
