"""Runs in an agent's log, and the reports of the same runs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.support.agents import do_tasks, workers_of
from tests.support.bodies import form
from tests.support.duplicati_jobs import Job, result_of
from tests.support.duplicati_server import MACHINE_ID, DuplicatiServer
from tests.support.site import Site

BEGAN = datetime(2026, 1, 28, 2, 0, 0, 123456, tzinfo=UTC)
_ONLY_IN_LOGS = ("Messages", "Warnings", "Errors")


def again(site: Site) -> None:
    """Collect once more, when it is time."""
    site.now.forward(minutes=16)
    assert workers_of(site).enqueue() == 1
    do_tasks(site)


def ran(agent: DuplicatiServer, job: Job, began: datetime = BEGAN, error: str = "", **more: object) -> str:
    """A run in the agent's log; its result."""
    text = json.dumps(result_of(began, error=error) | more)
    agent.add_entry(job, text, at=began)
    return text


def reported(job: str, result: str, machine: str = MACHINE_ID, name: str = "nas", **extra: str | None) -> str:
    """The report of the same run, as Duplicati sends it."""
    data = {k: v for k, v in json.loads(result).items() if k not in _ONLY_IN_LOGS}
    told: dict[str, str | None] = {
        "OperationName": "Backup",
        "backup-name": job,
        "backup-id": "DB-1",
        "machine-id": machine,
        "machine-name": name,
    }
    document: dict[str, Any] = {
        "Data": data,
        "Extra": {key: value for key, value in (told | extra).items() if value != ""},
        "LogLines": [],
        "Exception": None,
    }
    return json.dumps(document)


def as_text(job: str, began: datetime = BEGAN, *, head: str = "") -> str:
    """The result of a backup as text: how 2.0.4 keeps it in its log, and with `head` how it is reported."""
    seconds = int(began.timestamp())
    lines = [
        "DeletedFiles: 0",
        "ExaminedFiles: 1250",
        "SizeOfExaminedFiles: 1073741824",
        "MainOperation: Backup",
        "CompactResults: null",
        "DeleteResults: ",
        "    DeletedSets: []",
        "    ParsedResult: Success",
        "ParsedResult: Success",
        "Version: 2.0.4.23 (2.0.4.23_beta_2019-07-14)",
        f"EndTime: {began:%d.%m.%Y %H:%M:%S} ({seconds + 60})",
        f"BeginTime: {began:%d.%m.%Y %H:%M:%S} ({seconds})",
        "Duration: 00:01:00.0000000",
    ]
    return "\n".join([f"Duplicati Backup report for {job}", "", *lines] if head else lines)


def text_report(job: str, began: datetime = BEGAN) -> bytes:
    return form(as_text(job, began, head=job))


def with_answer(agent: DuplicatiServer, end: str, change: Callable[[Any], Any]) -> None:
    """Have every answer to paths with this end changed."""
    answered = agent.answer

    def answer(method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        status, content = answered(method, path, query)
        return status, change(content) if path.endswith(end) else content

    agent.answer = answer  # type: ignore[method-assign]  # on purpose
