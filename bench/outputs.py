"""What it takes to read a long output of a tool: processor time and memory of the server, for each tool."""

import os
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

from bench.ingest import keys
from bench.result import Bench
from bench.server import Server, highest_memory, tree

MB = 1_000_000
AT_MOST_SECONDS, AT_MOST_MB = 2.0, 100.0
Lines = Callable[[], Iterator[str]]


def measure(bench: Bench, server: Server, data: Path) -> None:
    """One long output of each tool, one after the other."""
    size = bench.size(50, 20) if not bench.tiny else 1
    (key,) = keys(data, "outputs", 1)
    server.settle()
    # What reads outputs is loaded with the first one, and what sends one from here is, too.
    for tool, (lines, summary) in OUTPUTS.items():
        for _ in range(8):
            _post(server, key, tool, output(1_000, lines(), summary))
    for tool, (lines, summary) in OUTPUTS.items():
        body = output(size * MB, lines(), summary)
        for process in tree(server.pid):
            _forget_highest(process)
        memory, busy = _highest(server), server.cpu_seconds()
        answer = _post(server, key, tool, body)
        if f'"recognised":"{tool}.backup"'.encode() not in answer.replace(b" ", b""):
            raise RuntimeError(f"not understood: {answer[:500]!r}")
        seconds, grown = server.cpu_seconds() - busy, _growth(memory, _highest(server)) / MB
        title = f"an output of {tool} of {size} MB"
        bench.add(
            "outputs",
            f"{title}: processor time",
            seconds,
            "s",
            f"≤ {AT_MOST_SECONDS:.0f} s",
            seconds <= AT_MOST_SECONDS,
        )
        bench.add(
            "outputs",
            f"{title}: memory of the worker",
            grown,
            "MB",
            f"≤ {AT_MOST_MB:.0f} MB",
            grown <= AT_MOST_MB,
        )


def output(size: int, lines: Iterator[str], summary: str) -> bytes:
    """So many bytes of lines, and what the tool says in the end."""
    parts, left = [], size - len(summary)
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        parts.append(line)
    return "\n".join([*parts, summary]).encode()


def _post(server: Server, key: str, tool: str, body: bytes) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/report?server=web-01&job={tool}&exit=0",
        data=body,
        headers={"X-Api-Key": key, "Content-Type": "text/plain"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        content: bytes = answer.read()
        return content


def _highest(server: Server) -> dict[int, int]:
    """The most memory that each process of a server took, in bytes."""
    return {process: highest_memory(process) for process in tree(server.pid)}


def _growth(before: Mapping[int, int], after: Mapping[int, int]) -> int:
    """By how much the process grew that grew most: it is the worker that reads."""
    return max(most - before[process] for process, most in after.items() if process in before)


def _forget_highest(process: int) -> None:
    descriptor = os.open(f"/proc/{process}/clear_refs", os.O_WRONLY)
    try:
        os.write(descriptor, b"5")
    finally:
        os.close(descriptor)


def _restic() -> Iterator[str]:
    for number in count():
        yield (
            '{"message_type":"verbose_status","action":"unchanged","item":"/srv/data/projects/'
            f'file-{number:08}.txt","duration":0.0001,"data_size":1024,"data_size_in_repo":0,"metadata_size":0,'
            '"metadata_size_in_repo":0,"total_files":0}'
        )


def _rclone() -> Iterator[str]:
    for number in count():
        yield f"2026/11/28 15:28:43 INFO  : projects/a folder/file-{number:08}.txt: Copied (new)"


def _rsync() -> Iterator[str]:
    yield "sending incremental file list"
    for number in count():
        yield f"projects/a folder/file-{number:08}.txt"


def _borg() -> Iterator[str]:
    for number in count():
        yield f"U /srv/data/projects/a folder/file-{number:08}.txt"


def _duplicity() -> Iterator[str]:
    yield "Local and Remote metadata are synchronized, no sync needed."
    for number in count():
        yield f"A srv/data/projects/a folder/file-{number:08}.txt"


def _tar() -> Iterator[str]:
    for number in count():
        yield f"-rw-r--r-- backup/backup 1024 2026-11-28 15:28 srv/data/projects/a folder/file-{number:08}.txt"


RESTIC = (
    '{"message_type":"summary","files_new":0,"files_changed":0,"files_unmodified":11,"dirs_new":0,"dirs_changed":0,'
    '"dirs_unmodified":4,"data_blobs":0,"tree_blobs":0,"data_added":0,"total_files_processed":11,'
    '"total_bytes_processed":1870001,"total_duration":0.7,"snapshot_id":"7a51b1c5"}\n'
)
RCLONE = """2026/11/28 15:28:43 INFO  :
Transferred:   \t    1.783 MiB / 1.783 MiB, 100%, 0 B/s, ETA -
Transferred:           11 / 11, 100%
Elapsed time:         0.0s

"""
RSYNC = """
Number of files: 16 (reg: 11, dir: 4, link: 1)
Number of created files: 16 (reg: 11, dir: 4, link: 1)
Number of deleted files: 0
Number of regular files transferred: 11
Total file size: 1,870,001 bytes
Total transferred file size: 1,870,001 bytes
Literal data: 1,870,001 bytes
Matched data: 0 bytes
File list size: 0
File list generation time: 0.001 seconds
File list transfer time: 0.000 seconds
Total bytes sent: 1,871,512
Total bytes received: 264

sent 1,871,512 bytes  received 264 bytes  3,743,552.00 bytes/sec
total size is 1,870,001  speedup is 1.00
"""
BORG = """------------------------------------------------------------------------------
Archive name: data-2026-11-28
Archive fingerprint: 49af77ff1e38ac8fdf2e2c0b7f6e4b9a3b43b9b1dbbb92a7a2e3df6f0a9bb9cd
Time (start): Sat, 2026-11-28 16:36:31
Time (end):   Sat, 2026-11-28 16:36:31
Duration: 0.11 seconds
Number of files: 13
Utilization of max. archive size: 0%
------------------------------------------------------------------------------
                       Original size      Compressed size    Deduplicated size
This archive:                1.87 MB              1.73 MB              1.73 MB
All archives:                1.87 MB              1.73 MB              1.73 MB

                       Unique chunks         Total chunks
Chunk index:                      15                   15
------------------------------------------------------------------------------
"""
DUPLICITY = """--------------[ Backup Statistics ]--------------
StartTime 1795880000.50 (Sat Nov 28 16:33:20 2026)
EndTime 1795880001.10 (Sat Nov 28 16:33:21 2026)
ElapsedTime 0.60 (0.60 seconds)
SourceFiles 16
SourceFileSize 1886385 (1.80 MB)
NewFiles 16
NewFileSize 1886385 (1.80 MB)
DeletedFiles 0
ChangedFiles 0
ChangedFileSize 0 (0 bytes)
ChangedDeltaSize 0 (0 bytes)
DeltaEntries 16
RawDeltaSize 1870001 (1.78 MB)
TotalDestinationSizeChange 1725995 (1.65 MB)
Errors 0
-------------------------------------------------
"""
TAR = "Total bytes written: 1884160 (1.8MiB, 73MiB/s)\n"
# What each tool prints of a file, and in the end.
OUTPUTS: Mapping[str, tuple[Lines, str]] = {
    "restic": (_restic, RESTIC),
    "rclone": (_rclone, RCLONE),
    "rsync": (_rsync, RSYNC),
    "borg": (_borg, BORG),
    "duplicity": (_duplicity, DUPLICITY),
    "tar": (_tar, TAR),
}
