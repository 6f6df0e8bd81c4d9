"""A server to measure: real processes on a free port of this machine, ended again whatever happens."""

import contextlib
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired

ROOT = Path(__file__).parent.parent
# Seconds to wait for the first answer.
PATIENCE = 60.0
# Seconds in which no process comes or goes.
SETTLED = 1.5
NOTHING: Mapping[str, str] = {}
# All uploads come from one address without a key, as fast as they can.
UNLIMITED = {"DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE": "0"}


class Server:
    """One process tree that listens on `port`. Its log is in `log`."""

    def __init__(
        self, command: list[str], port: int, log: Path, environment: Mapping[str, str] = NOTHING
    ) -> None:
        self.port = port
        self.log = log
        self.began = time.perf_counter()
        with log.open("ab") as file:
            self._process = Popen(
                [sys.executable, *command],
                cwd=ROOT,
                stdin=DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                # As installed programs are: with bytecode, which a checkout may be told not to write.
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, path: str = "/api/ping", every: float = 0.004) -> float:
        """Seconds from the start of the process to the first 200. It is asked for so often, seconds."""
        while True:
            with contextlib.suppress(OSError):
                self.read(path)
                return time.perf_counter() - self.began
            if self._process.poll() is not None or time.perf_counter() - self.began > PATIENCE:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(every)

    def settle(self) -> None:
        """Wait until the scheduler is there, and the first workers are replaced by those that stay."""
        last, since = 0, time.perf_counter()
        while time.perf_counter() - since < SETTLED:
            found = tree(self.pid)
            complete = any(b"scheduler" in _command_of(process) for process in found)
            if not complete or len(found) != last:
                last, since = len(found), time.perf_counter()
            if time.perf_counter() - self.began > PATIENCE:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def read(self, path: str, header: str = "Accept: */*") -> bytes:
        name, _, value = header.partition(": ")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={name: value})
        with urllib.request.urlopen(request, timeout=60) as answer:
            content: bytes = answer.read()
            return content

    def memory(self) -> tuple[int, int, int]:
        """(processes, sum of RSS, sum of PSS) of the tree, bytes."""
        return memory_of(self.pid)

    def cpu_seconds(self) -> float:
        """Processor time of all processes of the tree so far."""
        return cpu_seconds_of(self.pid)

    def stop(self) -> None:
        """End the tree: asked first, then not."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except TimeoutExpired:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextlib.contextmanager
def serving(
    command: list[str],
    port: int,
    log: Path,
    ready: str = "/api/ping",
    environment: Mapping[str, str] = NOTHING,
) -> Iterator[Server]:
    server = Server(command, port, log, environment)
    try:
        # Who only waits for it leaves the processor to it.
        server.wait(ready, every=0.05)
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def duplistat(data: Path, environment: Mapping[str, str] = NOTHING) -> Iterator[Server]:
    """`duplistat serve` over a data folder, as anyone would start it, and ready."""
    with serving(*command(data), environment={**UNLIMITED, **environment}) as server:
        yield server


def command(data: Path) -> tuple[list[str], int, Path]:
    """The words that start `duplistat serve`, its port, and where its log goes."""
    port = free_port()
    words = ["-m", "duplistat", "serve", "--data", str(data), "--port", str(port)]
    return words, port, data.parent / f"{data.name}.log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def memory_of(root: int) -> tuple[int, int, int]:
    """(processes, sum of RSS, sum of PSS) of a process and all below it, bytes."""
    rss = pss = 0
    pids = tree(root)
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                rss += int(line.split()[1]) * 1024 if line.startswith("Rss:") else 0
                pss += int(line.split()[1]) * 1024 if line.startswith("Pss:") else 0
    return len(pids), rss, pss


def _command_of(process: int) -> bytes:
    """The command line of a process; nothing of one that has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def cpu_seconds_of(root: int, *, ended: bool = False) -> float:
    """Processor time of a process and all below it so far; with those that it saw `ended`."""
    ticks = 0
    for pid in tree(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11 : 15 if ended and pid == root else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def highest_memory(pid: int) -> int:
    """The most memory that a process ever had (RSS), in bytes; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found
