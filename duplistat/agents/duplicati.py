"""A Duplicati server as an agent: connect, ask, start a job. Versions 2.0.4 and newer."""

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote

from duplistat.agents import guard
from duplistat.agents.address import Address, AgentError
from duplistat.agents.answers import (
    AgentJob,
    AgentSchedule,
    LogEntry,
    Progress,
    ServerState,
    System,
    TaskState,
    entry_of,
    job_of,
    list_of,
    object_of,
    progress_of,
    state_of,
    system_of,
    task_of,
)
from duplistat.agents.failures import explained
from duplistat.agents.signin import STATE, asks_for_sign_in, sign_in
from duplistat.agents.transport import Answer, Transport
from duplistat.agents.wire import Wire, seconds

__all__ = [
    "Address",
    "Agent",
    "AgentError",
    "AgentJob",
    "AgentSchedule",
    "LogEntry",
    "Progress",
    "ServerState",
    "System",
    "TaskState",
    "connect",
]

# Entries of a log that are asked for at once, and pages of it that are gone through at most.
PAGE = 100
MOST_PAGES = 500


def connect(address: Address, *, deny: Sequence[str], timeout: tuple[float, float] = (10, 30)) -> "Agent":
    """An agent that is signed in to; use it in a `with` statement. Raises AgentError.

    `deny` are networks that are not called. `timeout` is (to connect, to wait for bytes), seconds; a whole
    request ends after three times the second. Plain HTTP is spoken only where TLS is not, and never when a
    fingerprint is pinned.
    """
    pinned = address.fingerprint.replace(":", "").strip().lower()
    if address.fingerprint.strip() and (len(pinned) != 64 or not set(pinned) <= set("0123456789abcdef")):
        raise AgentError("certificate", "the fingerprint that is set is no SHA-256: 64 hexadecimal digits")
    host = guard.bare(address.host.strip())
    wire = Wire(host, guard.resolve(host, address.port, deny), timeout)
    try:
        try:
            tls = wire.speaks_tls()
        except OSError as e:
            silent = f"no connection within {seconds(timeout[0])}"
            raise explained(e, silent=silent, pinned=pinned) from None
        if pinned and not tls:
            raise AgentError("certificate", "it does not speak TLS, but a certificate is pinned")
        transport = Transport(wire, address.port, tls=tls, fingerprint=pinned)
        try:
            sign_in(transport, address.password)
        except BaseException:
            transport.close()
            raise
    except BaseException:
        wire.close()
        raise
    return Agent(transport, address.password)


class Agent:
    """A connection that is signed in. Each method asks once, and raises AgentError."""

    def __init__(self, transport: Transport, password: str) -> None:
        self._transport = transport
        self._password = password

    def __enter__(self) -> "Agent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def system(self) -> System:
        return system_of(object_of(self._send("GET", "/api/v1/systeminfo")))

    def jobs(self) -> list[AgentJob]:
        """All of its jobs, in its own order."""
        found = [job_of(item) for item in list_of(self._send("GET", "/api/v1/backups"))]
        return [job for job in found if job is not None]

    def log(self, job_id: str, after_id: int = 0, limit: int = PAGE) -> list[LogEntry]:
        """The first `limit` entries of a job's log that are newer than `after_id`, newest last.

        Ask again with the last id for those behind them.
        """
        found: deque[LogEntry] = deque(maxlen=limit)
        before: int | None = None
        for _ in range(MOST_PAGES):
            offset = f"&offset={before}" if before is not None else ""
            path = f"{_backup(job_id)}/log?pagesize={PAGE}{offset}"
            rows = list_of(self._found(self._send("GET", path), f"it has no job {job_id}"))
            # Newest first; a server that does not know `offset` sends the same again.
            page = [e for e in map(entry_of, rows) if e is not None and (before is None or e.id < before)]
            page.sort(key=lambda entry: -entry.id)
            found.extend(entry for entry in page if entry.id > after_id)
            if len(rows) < PAGE or not page or page[-1].id <= after_id:
                break
            before = page[-1].id
        return list(found)[::-1]

    def run(self, job_id: str) -> int:
        """Start a job; the id of its task. One that runs or waits already is not started again."""
        answer = self._send("POST", f"{_backup(job_id)}/run", json={})
        task = object_of(self._found(answer, f"it has no job {job_id}")).get("ID")
        if not isinstance(task, int):
            raise AgentError("protocol", "it did not say which task it started")
        return task

    def task(self, task_id: int) -> TaskState:
        answer = self._send("GET", f"/api/v1/task/{int(task_id)}")
        return TaskState("Gone", "") if answer.status == 404 else task_of(object_of(answer))

    def state(self) -> ServerState:
        return state_of(object_of(self._send("GET", STATE)))

    def progress(self) -> Progress | None:
        """How far the latest operation is; None when there was none since the agent started."""
        answer = self._send("GET", "/api/v1/progressstate")
        return None if answer.status == 404 else progress_of(object_of(answer))

    def _send(self, method: str, path: str, json: Any = None) -> Answer:
        """A request, with a second sign-in when the first is over: it is good for some minutes."""
        answer = self._transport.send(method, path, json=json)
        if asks_for_sign_in(answer):
            sign_in(self._transport, self._password)
            answer = self._transport.send(method, path, json=json)
        return answer

    def _found(self, answer: Answer, otherwise: str) -> Answer:
        if answer.status == 404:
            raise AgentError("protocol", otherwise)
        return answer


def _backup(job_id: str) -> str:
    return f"/api/v1/backup/{quote(job_id, safe='')}"
