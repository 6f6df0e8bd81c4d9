"""Real processes: `duplistat serve` on a port of its own.

They are forks of a process that has imported it (`forks.py`), or `anew`: as anyone starts them.
"""

import contextlib
import functools
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from tests.support.forks import Forked

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20
# A server that starts too late fails all tests that share it: on a busy machine it is slow, and not wrong.
PATIENCE_AT_START = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """What `condition` gives as soon as it is true."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def began(pid: int) -> int:
    """When a process began, in hundredths of a second since the machine did; 0 for one that is gone.

    Its number says nothing of that: numbers begin anew.
    """
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def answers(port: int) -> bool:
    """Whether a server of this machine answers. Asked often while it starts: with as little as that takes."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", "/api/ping")
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def environment(**more: str) -> dict[str, str]:
    """As the tests have it, without what would configure the server."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DUPLISTAT_")}
    return own | {"PYTHONPATH": str(ROOT)} | more


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "duplistat", *arguments]


def run(*arguments: str, anew: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    if anew:
        return subprocess.run(
            command(*arguments),
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    with (
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        forked = Forked(arguments, environment(**more), (nothing, stdout, stderr))
        try:
            status = forked.wait(60)
        finally:
            forked.kill()
        for file in (stdout, stderr):
            file.seek(0)
        return subprocess.CompletedProcess(
            forked.args, status, stdout.read().decode(), stderr.read().decode()
        )


class Server:
    """A server in a process group of its own, with its output in a file."""

    def __init__(
        self, data: Path, database_url: str = "", *, workers: int = 2, anew: bool = False, **more: str
    ) -> None:
        self.data = data
        self._anew = anew
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_name(f"{data.name}.log")
        self._more = more | ({"DUPLISTAT_DATABASE_URL": database_url} if database_url else {})
        self._arguments = ["serve", "--data", str(data), "--port", str(self.port), "--workers", str(workers)]
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            if self._anew:
                self._process = subprocess.Popen(
                    command(*self._arguments),
                    env=environment(**self._more),
                    stdin=nothing,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            else:
                self._process = Forked(self._arguments, environment(**self._more), (nothing, log, log))
        until(self.answers, "an answer", PATIENCE_AT_START)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.output()
        return answers(self.port)

    @property
    def process(self) -> subprocess.Popen[bytes] | Forked:
        assert self._process is not None
        return self._process

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def post(self, body: Any, **more: Any) -> requests.Response:
        return requests.post(f"{self.url}/api/upload", json=body, timeout=30, **more)

    def read(self, path: str) -> dict[str, Any]:
        response = requests.get(self.url + path, timeout=30)
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.json()
        return content

    def settle(self) -> set[int]:
        """Wait until the first workers, which answer before all is loaded, are replaced; the ids of those that stay."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        # The first answer may come before a companion has started.
        beside = {
            until(functools.partial(self.companion, name), f"a {name}", PATIENCE_AT_START)
            for name in ("scheduler", "send")
        } | ({writer} if (writer := self.companion("writer")) is not None else set())

        def stay() -> set[int]:
            found = {int(pid) for pid in children.read_text().split()} - beside
            # They are forked when all is loaded, as these companions are, and after them.
            return found if found and all(began(pid) >= max(map(began, beside)) for pid in found) else set()

        found: set[int] = until(stay, "the workers that stay", PATIENCE_AT_START)
        return found

    def companion(self, name: str) -> int | None:
        """The process id of the scheduler or the writer."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if name.encode() in words and int(parent) == self.process.pid:
                    return int(entry.name)
        return None

    def terminate(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """Everything that belongs to it, at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@contextlib.contextmanager
def serving(data: Path, database_url: str = "", **more: Any) -> Iterator[Server]:
    """A server that answers; nothing of it is left afterwards."""
    server = Server(data, database_url, **more)
    try:
        server.start()
        yield server
    finally:
        if server._process is not None:
            server.kill()
