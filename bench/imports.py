"""What an import takes: a made-up database of duplistatus, read by the command, and read again."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench.result import Bench
from bench.server import ROOT

SERVERS, JOBS_EACH = 100, 4
# Versions that each report lists: those of the runs before it.
VERSIONS = 10
AT_MOST_SECONDS, AT_MOST_MB = 300.0, 300.0
# Counters of a report, beside what has columns of its own.
COUNTERS = (
    "deleted_files", "deleted_folders", "modified_files", "opened_files", "added_files", "size_of_modified_files",
    "size_of_added_files", "size_of_opened_files", "not_processed_files", "added_folders", "too_large_files",
    "files_with_error", "modified_folders", "modified_symlinks", "added_symlinks", "deleted_symlinks",
    "messages_actual_length", "warnings_actual_length", "errors_actual_length", "unknown_file_size",
    "unknown_file_count", "known_file_count", "known_file_size", "known_filesets", "backup_list_count",
    "total_quota_space", "free_quota_space", "assigned_quota_space", "remote_calls", "bytes_downloaded",
    "files_uploaded", "files_downloaded", "files_deleted", "folders_created", "retry_attempts", "quota_error",
)  # fmt: skip
_TEXTS = (
    "id", "server_id", "backup_name", "backup_id", "date", "status", "begin_time", "end_time", "created_at",
    "main_operation", "parsed_result", "version", "messages_array", "warnings_array", "errors_array",
    "available_backups",
)  # fmt: skip
_NUMBERS = ("duration_seconds", "size", "uploaded_size", "examined_files", "warnings", "errors")
_COLUMNS = (*_TEXTS, *_NUMBERS, *COUNTERS)


class Import(NamedTuple):
    """Seconds by the clock and of the processor, and the most memory in MB."""

    seconds: float
    processor: float
    memory: float


def measure(bench: Bench) -> None:
    """The processor's time judges: it is the same on a machine that has other things to do."""
    count = bench.size(1_000_000, 50_000)
    file = bench.folder / "duplistatus.db"
    make(file, count)
    first, again = (imported(file, bench.folder / "imported", came) for came in (count, 0))
    file.unlink()
    title = f"import of {count:,} reports"
    bench.add("imports", f"{title}: by the clock", first.seconds, "s")
    whole = count >= 1_000_000
    wanted = f"≤ {AT_MOST_SECONDS:.0f} s" if whole else ""
    met = first.processor <= AT_MOST_SECONDS if whole else None
    bench.add("imports", f"{title}: processor time", first.processor, "s", wanted, met)
    bench.add("imports", f"{title}: processor time of each", first.processor / count * 1e6, "µs")
    most = max(first.memory, again.memory)
    bench.add("imports", f"{title}: most memory", most, "MB", f"≤ {AT_MOST_MB:.0f} MB", most <= AT_MOST_MB)
    bench.add("imports", f"{title}, a second time: processor time", again.processor, "s")


def make(file: Path, count: int) -> None:
    """A database of duplistatus 1.x with so many reports of a hundred servers."""
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA journal_mode = off")
        db.execute("CREATE TABLE servers (id TEXT PRIMARY KEY, name TEXT, alias TEXT, note TEXT)")
        db.execute(f"CREATE TABLE backups ({', '.join(_COLUMNS)})")
        db.executemany(
            "INSERT INTO servers VALUES (?, ?, '', '')",
            [(_server(number), f"server-{number:03}") for number in range(SERVERS)],
        )
        db.executemany(f"INSERT INTO backups VALUES ({', '.join('?' * len(_COLUMNS))})", _reports(count))
    db.close()


def imported(file: Path, data: Path, came: int) -> Import:
    """Import it without a server. Raises RuntimeError where not so many runs came."""
    words = [sys.executable, "-m", "duplistat", "import", "duplistatus", str(file), "--data", str(data)]
    began = time.perf_counter()
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    if f" {came} runs;" not in told:
        raise RuntimeError(f"the import told: {told[-1000:]}")
    seconds = time.perf_counter() - began
    return Import(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def _server(number: int) -> str:
    return f"{number:032x}"


def _reports(count: int) -> Iterator[tuple[Any, ...]]:
    jobs = SERVERS * JOBS_EACH
    # The newest run of each job is of now, one every so often before.
    step = timedelta(minutes=max(1, 300 * 1440 * jobs // count))
    newest = datetime.now(UTC).replace(microsecond=337_000) - timedelta(hours=1)
    rounds = -(-count // jobs)
    for number in range(count):
        turn, job = divmod(number, jobs)
        began = newest - step * (rounds - turn) + timedelta(seconds=job)
        yield _report(number, job, began, [began - step * back for back in range(1, min(turn, VERSIONS) + 1)])


def _report(number: int, job: int, began: datetime, versions: Sequence[datetime]) -> tuple[Any, ...]:
    ended = began + timedelta(seconds=100 + number % 50)
    told = [f"{began:%Y-%m-%d %H:%M:%S} +00 - [Information-Duplicati.Library.Main.Controller-StartingOperation]: "
            "The operation Backup has started"]  # fmt: skip
    told += [
        f"{began:%Y-%m-%d %H:%M:%S} +00 - [Information-Duplicati.Library.Main.BasicResults-BackendEvent]: "
        f"Backend event: {what} - Completed: duplicati-b{number:08x}{part}.dblock.zip.aes (49.97 MB)"
        for part, what in enumerate(("Put", "List"))
    ]
    warned = number % 20 == 0
    warnings = [
        f"{began:%Y-%m-%d %H:%M:%S} +00 - [Warning-Duplicati.Library.Main-FileAccess]: in use: /srv/x"
    ]
    status = "Warning" if warned else "Success"
    texts = (
        f"00000000-0000-4000-8000-{number:012x}", _server(job // JOBS_EACH), f"Daily {job % JOBS_EACH}",
        f"DB-{job % JOBS_EACH}", _iso(began), status, _iso(began), _iso(ended), f"{ended:%Y-%m-%d %H:%M:%S}", "Backup",
        status, "2.1.0.5 (2.1.0.5_stable_2025-03-04)", json.dumps(told), json.dumps(warnings if warned else []), "[]",
        json.dumps([_iso(at) for at in versions]),
    )  # fmt: skip
    size = 40_000_000_000 + number % 1000 * 7919
    numbers = (100 + number % 50, size, 1_000_000 + number % 977, 120_000 + number % 83, int(warned), 0)
    return (*texts, *numbers, *((number * 31 + place) % 5_000 for place in range(len(COUNTERS))))


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
