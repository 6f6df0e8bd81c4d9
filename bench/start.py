"""Cold start: from the start of the process to the first answer of 200 at /api/health, and how long commands take.

Beside each start the import of the four libraries alone is measured: no program that uses them is faster.
"""

import compileall
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.result import Bench
from bench.server import ROOT, Server, command

TIMES, LIMIT = 5, 0.5
LIBRARIES = "import flask, peewee, apscheduler.schedulers.background, gunicorn.app.base"
COMMANDS = {
    "--version": ["--version"],
    "job list": ["job", "list"],
    "key create": ["key", "create", "--scope", "ingest"],
}


def measure(bench: Bench, data: Path, title: str) -> None:
    compileall.compile_dir(ROOT / "duplistat", quiet=1)
    alone, starts, used, used_alone = [], [], [], []
    for _ in range(bench.size(TIMES, 2)):
        took, processor = _run(["-c", LIBRARIES])
        alone.append(took)
        used_alone.append(processor)
        server = Server(*command(data))
        try:
            starts.append(server.wait("/api/health"))
            used.append(server.cpu_seconds())
        finally:
            server.stop()
    libraries, middle = statistics.median(alone), statistics.median(starts)
    over = statistics.median([start - library for start, library in zip(starts, alone, strict=True)])
    what = f"{title}: median of {len(starts)}"
    bench.add("start", f"import of Flask, peewee, APScheduler and gunicorn alone, {what}", libraries, "s")
    bench.add("start", f"cold start, {what}", middle, "s")
    bench.add("start", f"cold start beyond that import, {what}", over, "s", f"< {LIMIT}", over < LIMIT)
    bench.add("start", f"processor time of that import, {what}", statistics.median(used_alone), "s")
    bench.add("start", f"processor time of all processes then, {what}", statistics.median(used), "s")
    for name, words in COMMANDS.items():
        place = [] if name == "--version" else ["--data", str(data)]
        # A key has a name of its own.
        named = [["--name", f"key {number}"] if "create" in words else [] for number in range(len(starts))]
        times = [_run(["-m", "duplistat", *words, *place, *name_of_key]) for name_of_key in named]
        bench.add("start", f"duplistat {name}, {what}", statistics.median(took for took, _ in times), "s")
        processor = statistics.median(processor for _, processor in times)
        bench.add("start", f"duplistat {name}, {what}, processor time", processor, "s")


def _run(words: list[str]) -> tuple[float, float]:
    """How long a program of Python takes, and its processor time; both in seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    as_installed = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True, env=as_installed)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
