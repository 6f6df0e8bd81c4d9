"""Distinct Duplicati reports of 4 to 9 kB, as 50 servers with 20 jobs each would post them."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bench.result import Bench
from duplistat.demo.reports import report
from duplistat.demo.runs import Line, Machine, Run, Task

SERVERS, JOBS_EACH = 50, 20
JOBS = SERVERS * JOBS_EACH
# Every job runs this often; three of four that can say so tell when they will run next.
EVERY = timedelta(hours=6)

_ZONE = ZoneInfo("UTC")
_SYSTEMS = (
    ("Linux", "Debian GNU/Linux 12 (bookworm)", "linux-x64-cli.docker", "2.2.0.3"),
    ("Windows", "Windows 11 Pro 24H2 26100", "win-x64-gui.msi", "2.3.0.4"),
    ("Windows", "Windows Server 2022 Standard 20348", "win-x64-agent.msi", "2.1.0.5"),
    ("Linux", "Ubuntu 24.04.1 LTS", "linux-x64-gui.deb", "2.3.1.0"),
)
_WARNING = "Warning-Duplicati.Library.Main.Operation.Backup.FileBlockProcessor.FileEntry-PathProcessingFailed"
_STACK = (
    "\r\n   at Microsoft.Win32.SafeHandles.SafeFileHandle.CreateFile(String fullPath, FileMode mode, FileAccess"
    " access, FileShare share, FileOptions options)\r\n   at System.IO.File.Open(String path, FileMode mode,"
    " FileAccess access, FileShare share)"
)
_FATAL = (
    "Duplicati.Library.Interface.UserInformationException: Found {} files that are missing from the remote"
    " storage, please run repair\r\n   at Duplicati.Library.Main.Operation.FilelistProcessor.VerifyRemoteList("
    "BackendManager backend, Options options, LocalDatabase database, IBackendWriter log)\r\n   at Duplicati."
    "Library.Main.Controller.RunAction[T](T result, String[] paths, IFilter filter, Func`3 method)"
)


@cache
def requests_of(bench: Bench) -> list[bytes]:
    """The uploads of a run, as whole requests: made once.

    They go on in the rhythm of a database that is filled until `filled_until`, and end now.
    """
    count = _uploads(bench)
    reports = list(bodies(count, filled_until(bench) + EVERY, seed=2, jobs=bench.size(JOBS, JOBS)))
    sizes = [len(body) for body in reports]
    bench.note(f"reports of {min(sizes):,} to {max(sizes):,} bytes, {sum(sizes) // count:,} in the mean")
    return [post(body) for body in reports]


def filled_until(bench: Bench) -> datetime:
    """When the latest run begins of a database to which the uploads of `requests_of` come."""
    return bench.began - (_uploads(bench) // bench.size(JOBS, JOBS) + 1) * EVERY


def _uploads(bench: Bench) -> int:
    return bench.size(45_000, 3000)


def machine(server: int) -> Machine:
    system, detailed, installation, version = _SYSTEMS[server % len(_SYSTEMS)]
    return Machine(
        f"server-{server:02}", f"{server + 0xBE9C:032x}", system, detailed, installation, version, _ZONE
    )


def task(job: int) -> Task:
    return Task(
        f"Job {job:02}: {('Documents', 'Photos', 'Databases', 'Mail')[job % 4]}", f"DB-{job + 1}", "s3"
    )


def bodies(
    count: int, first: datetime, seed: int, *, jobs: int = JOBS, every: timedelta = EVERY
) -> Iterator[bytes]:
    """`count` reports, each of the first `jobs` in turn: its first run began at `first`, then one `every`."""
    luck = random.Random(seed)
    for number in range(count):
        turn, job = divmod(number, jobs)
        began = first + turn * every + timedelta(seconds=luck.random() * 20)
        yield _body(job // JOBS_EACH, job % JOBS_EACH, began, luck)


def _body(server: int, job: int, started: datetime, luck: random.Random) -> bytes:
    seconds = 20 + luck.random() * 90
    lines: list[Line] = []
    exception, result, kind = "", "Success", luck.random()
    if kind < 0.15:
        result = "Warning"
        for number in range(luck.randint(1, 9)):
            path = f"C:\\Users\\user{luck.randint(1, 99)}\\AppData\\Local\\Temp\\~DF{luck.getrandbits(32):08X}.TMP"
            text = (
                f"Failed to process path: {path}\r\nSystem.IO.IOException: The process cannot access the file"
            )
            lines.append(Line(number, _WARNING, text + _STACK))
    elif kind < 0.19:
        exception = _FATAL.format(luck.randint(2, 90))
        head = "Error-Duplicati.Library.Main.Operation.BackupHandler-FatalError"
        lines = [Line(seconds, head, f"Fatal error\r\n{exception}")] * 4
    announces = job % 4 > 0 and machine(server).number > (2, 2)
    size = int(luck.lognormvariate(24, 1))
    return report(
        machine(server),
        task(job),
        Run(
            started=started,
            seconds=seconds,
            result=result,
            files=luck.randint(100, 200_000),
            size=size,
            added=luck.randint(0, 400),
            added_size=size // 300,
            modified=luck.randint(0, 90),
            deleted=luck.randint(0, 9),
            uploaded=size // 500,
            storage=0 if exception else int(size * 0.8),
            volumes=0 if exception else 40 + size // 50_000_000,
            versions=0 if exception else luck.randint(3, 60),
            next_run=started.replace(second=0, microsecond=0) + EVERY if announces else None,
            lines=tuple(lines),
            exception=exception,
            compacted=not lines and luck.random() < 0.2,
        ),
    )


def post(body: bytes, path: str = "/api/upload", *more: str) -> bytes:
    """A whole request, as Duplicati's client words it, with more header lines."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json; charset=utf-8",
        *more,
        f"Content-Length: {len(body)}",
    ]
    head = "\r\n".join([*lines, "", ""])
    return head.encode() + body


def get(path: str, header: str = "Accept: */*") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode()
