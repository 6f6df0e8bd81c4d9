"""A Duplicati server as an agent: connect, ask, start a job. Versions 2.0.4 and newer."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote

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
from duplistat.agents.failures import as_agent_errors
from duplistat.agents.signin import STATE, asks_for_sign_in, sign_in
from duplistat.agents.transport import Answer, Transport
from duplistat.core import agent_words as words
from duplistat.core import outbound_words
from duplistat.core.i18n import Text
from duplistat.outbound import guard
from duplistat.outbound.failures import explained
from duplistat.outbound.wire import Wire, seconds

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

# Entries of a log that are asked for at once; the fewest that Duplicati gives; and how much of a log is looked at.
PAGE = 100
SMALL_PAGE = 10
MOST_ENTRIES = 2000
MOST_LETTERS = 32 * 1024 * 1024
MOST_JOBS = 1000


def connect(
    address: Address,
    *,
    deny: Sequence[str],
    allow: Sequence[str] = (),
    public_only: bool = False,
    timeout: tuple[float, float] = (10, 30),
    limit: float = 150,
) -> "Agent":
    """An agent that is signed in to; use it in a `with` statement. Raises AgentError.

    `deny` are networks that are not called, and with `public_only` none is that is private; `allow` opens some, see
    `ranges`. `timeout` is (to connect, to wait for bytes), seconds; a whole
    request ends after three times the second, and all of them together after `limit`. Plain HTTP is spoken only
    where TLS is not, and never when a fingerprint is pinned.
    """
    pinned = address.fingerprint.replace(":", "").strip().lower()
    if address.fingerprint.strip() and (len(pinned) != 64 or not set(pinned) <= set("0123456789abcdef")):
        raise AgentError("certificate", words.NO_FINGERPRINT)
    host = guard.bare(address.host.strip())
    with as_agent_errors():
        targets = guard.resolve(host, address.port, deny, allow, public_only=public_only)
    wire = Wire(host, targets, timeout, limit)
    try:
        with as_agent_errors():
            try:
                tls = wire.speaks_tls()
            except OSError as e:
                silent = Text(outbound_words.NO_CONNECTION, time=seconds(timeout[0]))
                raise explained(e, silent=silent, pinned=pinned) from None
        if pinned and not tls:
            raise AgentError("certificate", words.NO_TLS)
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
        self._page = PAGE

    def __enter__(self) -> "Agent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def scheme(self) -> str:
        """http or https, as it is spoken."""
        return self._transport.scheme

    def close(self) -> None:
        self._transport.close()

    @property
    def left(self) -> float:
        """How many seconds it can still be asked for."""
        return self._transport.left

    def system(self) -> System:
        return system_of(object_of(self._send("GET", "/api/v1/systeminfo")))

    def jobs(self) -> list[AgentJob]:
        """Its jobs, in its own order; the first MOST_JOBS."""
        found = [job_of(item) for item in list_of(self._send("GET", "/api/v1/backups"))]
        return [job for job in found if job is not None][:MOST_JOBS]

    def log(self, job_id: str, after_id: int = 0) -> list[LogEntry]:
        """The entries of a job's log that are newer than `after_id`, newest last.

        Of more than MOST_ENTRIES, or MOST_LETTERS in them, the newest. A log whose newest entry is older than
        `after_id` has begun anew, with the database that it is in: then all of it is given.
        """
        found: list[LogEntry] = []
        letters = 0
        before: int | None = None
        while len(found) < MOST_ENTRIES and letters < MOST_LETTERS:
            page, is_last = self._log_page(job_id, before)
            if before is None and page and page[0].id < after_id:
                after_id = 0
            new = [entry for entry in page if entry.id > after_id]
            found += new
            letters += sum(len(entry.message) for entry in new)
            if is_last or not page or len(new) < len(page):
                break
            before = page[-1].id
        return found[:MOST_ENTRIES][::-1]

    def _log_page(self, job_id: str, before: int | None) -> tuple[list[LogEntry], bool]:
        """The newest entries that are older than `before`, newest first, and whether there are no older ones."""
        offset = f"&offset={before}" if before is not None else ""
        while True:
            try:
                answer = self._send("GET", f"{_backup(job_id)}/log?pagesize={self._page}{offset}")
                break
            except AgentError as e:
                if e.kind != "size" or self._page == SMALL_PAGE:
                    raise
                self._page = SMALL_PAGE
        rows = list_of(self._found(answer, Text(words.NO_SUCH_JOB, job=job_id)))
        # A server that does not know `offset` sends the same again.
        page = [e for e in map(entry_of, rows) if e is not None and (before is None or e.id < before)]
        return sorted(page, key=lambda entry: -entry.id), len(rows) < self._page

    def run(self, job_id: str) -> int:
        """Start a job; the id of its task. One that runs or waits already is not started again."""
        answer = self._send("POST", f"{_backup(job_id)}/run", json={})
        task = object_of(self._found(answer, Text(words.NO_SUCH_JOB, job=job_id))).get("ID")
        if type(task) is not int:
            raise AgentError("protocol", words.NO_TASK)
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
        """A request, with a second sign-in when the first has expired: it is valid for some minutes."""
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
