"""Commands of duplistat as processes of their own that need not import it: forks of one that has.

Nearly all of the time of a start goes into imports, and tests start a hundred servers. A fork has a process group,
an environment, files and signals of its own, and ends as any interpreter does: what it lacks is the start of the
interpreter, which `tests/process/test_start.py` and `test_imports.py` look at.

    python -m tests.support.forks FD [spare-postgresql]

FD is a socket. Each message that comes there is a command, with the descriptors of its standard files, and of a pipe
that is told its process id and, in the end, its exit code.
"""

import atexit
import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent.parent
LONGEST, MOST_FILES = 100_000, 65_536
SPARE = "spare-postgresql"
Files = Sequence[int | IO[Any]]


class Forked:
    """A command that runs, as `subprocess.Popen` would have it."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], files: Files, cwd: Path | None = None
    ) -> None:
        """`files` are standard input, output and error."""
        self.args = ["duplistat", *arguments]
        self.returncode: int | None = None
        content = {"arguments": arguments, "environment": dict(environment), "cwd": str(cwd or Path.cwd())}
        reading, writing = os.pipe()
        self._told = os.fdopen(reading, "rb", buffering=0)
        try:
            numbers = [each if isinstance(each, int) else each.fileno() for each in files]
            parent = _parent(on_sqlite=not environment.get("DUPLISTAT_DATABASE_URL"))
            parent.ask(json.dumps(content).encode(), [*numbers, writing])
        finally:
            os.close(writing)
        self.pid = self._hear()

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._told, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            self.returncode = self._hear()
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> int:
        said = self._told.readline()
        assert said, "the process that forks has ended"
        return int(said)


def popen(
    words: Sequence[str], *, env: Mapping[str, str], stdin: int, stdout: IO[Any], stderr: IO[Any],
    cwd: Path | None = None, start_new_session: bool = True,
) -> Any:  # fmt: skip
    """In place of `subprocess.Popen`: a fork where the words start duplistat, otherwise just that."""
    if list(words[:3]) != [sys.executable, "-m", "duplistat"]:
        return subprocess.Popen(
            words,
            env=env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            start_new_session=start_new_session,
        )
    with Path(os.devnull).open("rb") as nothing:
        return Forked(words[3:], env, (nothing, stdout, stderr), cwd)


class _Parent:
    """The process that has imported what all commands need."""

    def __init__(self, *, on_sqlite: bool) -> None:
        self._asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one = threading.Lock()
        words = [sys.executable, "-m", "tests.support.forks", str(asked.fileno()), *([SPARE] * on_sqlite)]
        with asked:
            self._process = subprocess.Popen(
                words,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[asked.fileno()],
            )
        atexit.register(self._end)

    def ask(self, content: bytes, files: Sequence[int]) -> None:
        with self._one:
            socket.send_fds(self._asking, [content], files)

    def _end(self) -> None:
        self._asking.close()
        self._process.wait(10)


@cache
def _parent(*, on_sqlite: bool) -> _Parent:
    return _Parent(on_sqlite=on_sqlite)


def _next(asked: socket.socket) -> list[str] | None:
    """In each fork the arguments of its command; None in the end, when nobody asks any more."""
    with selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is asked:
                    message, files, _, _ = socket.recv_fds(asked, LONGEST, 4)
                    if not message:
                        return None
                    pid = os.fork()
                    if not pid:
                        selector.close()
                        return _become(json.loads(message), files)
                    for number in files[:3]:
                        os.close(number)
                    os.write(files[3], b"%d\n" % pid)
                    selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, files[3]))
                else:
                    pid, told = key.data
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    # Whoever asked may have gone.
                    with contextlib.suppress(BrokenPipeError):
                        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                    os.close(told)


def _become(command: dict[str, Any], files: Sequence[int]) -> list[str]:
    """Be a process as one is that has just been started with a command; its arguments."""
    os.setsid()
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.closerange(3, MOST_FILES)
    os.chdir(command["cwd"])
    os.environ.clear()
    os.environ.update(command["environment"])
    time.tzset()
    arguments: list[str] = command["arguments"]
    sys.argv = ["duplistat", *arguments]
    return arguments


def main() -> None:
    asked = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    if SPARE in sys.argv:
        # As `duplistat serve` has it.
        sys.modules["psycopg"] = None  # type: ignore[assignment]  # None makes the import fail
    import duplistat.cli.common
    import duplistat.cli.processes
    import duplistat.serve  # noqa: F401  # what it needs is loaded for all

    gc.freeze()
    gc.enable()
    arguments = _next(asked)
    # It is of no use in a fork, which has closed its number.
    asked.detach()
    if arguments is not None:
        from duplistat.cli import main as command

        command(arguments, prog_name="python -m duplistat")


if __name__ == "__main__":
    main()
