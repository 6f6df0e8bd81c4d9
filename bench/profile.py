"""What an upload costs a worker and the writer, each alone in a loop, and which parts of it take its processor time.

`python -m bench.profile --keep FOLDER` keeps the database and the messages to the writer. Over these, `--stage writer
--plain` runs the one stage alone, without a profiler: for a counter of instructions such as
`valgrind --tool=callgrind`, of two numbers of uploads, whose difference is theirs.
"""

import argparse
import cProfile
import marshal
import pstats
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.alone import Upload, record_group, reports, take_in
from bench.bodies import EVERY, JOBS
from bench.result import Bench
from duplistat import config as configuration
from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database

# What the writer commits together at 64 connections.
GROUP = 30
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
Function = tuple[str, int, str]
Work = Callable[[Sequence[Any]], None]
# Each step, and the functions that do it, by file and name. What another step does for one is that one's own.
STEPS: Mapping[str, Mapping[str, str]] = {
    "worker": {
        "read the report": "intake.py read",
        "values of the run, the message to the writer": "accept.py recording_of",
        "marshal the message": "writer.py frame",
        "begin it, apart from these": "upload.py at_once",
        "the answer's JSON": "upload.py body_at_once",
    },
    "writer": {
        "server and job": "identify.py place",
        "is the run known? add it": "record.py _find_or_add",
        "what it makes of the job": "state.py apply_run",
        "when the job is expected, how it is": "health_change.py update_job_health",
        "save the job": "jobs.py save",
        "keep the delivery": "deliveries.py add",
        "hash it": "deliveries.py digest",
        "deflate it, and the log": "packing.py pack",
        "sums": "totals.py flush",
        "begin and commit": "database.py transaction",
    },
}


def measure(bench: Bench) -> None:
    """Processor time of an upload in both, and its parts."""
    folder = bench.folder / "profile"
    for stage, each, parts in _measured(folder, bench.size(3000, 1000), GROUP):
        bench.add("profile", f"{stage}: processor time of an upload, alone in a loop", each, "µs")
        for step, part in parts.items():
            bench.add("profile", f"{stage}: {step}", part * 100, "%")
    shutil.rmtree(folder, ignore_errors=True)


def _measured(folder: Path, count: int, group: int) -> list[tuple[str, float, dict[str, float]]]:
    """(stage, µs of an upload, part of each step): first of a half of the uploads, then of the other."""
    uploads, messages = prepared(folder, count)
    half = count // 2
    found: list[tuple[str, float, dict[str, float]]] = []
    stages: list[tuple[str, Work, Sequence[Any]]] = [
        ("worker", take_in(folder)[0], uploads),
        ("writer", record_group(folder), messages),
    ]
    for stage, work, items in stages:
        each = quickest(work, items[:half], group)
        profiled = partial(in_groups, work, items[half:], group)
        found.append((stage, each, parts_of(profiled, STEPS[stage])))
    return found


def prepared(folder: Path, count: int) -> tuple[list[Upload], list[bytes]]:
    """A database in which each job has a run, the uploads of `count` more, and the messages to the writer of these."""
    folder.mkdir(parents=True, exist_ok=True)
    uploads = list(reports(count, FIRST + EVERY, seed=2))
    kept = folder / "messages"
    if kept.exists():
        return uploads, marshal.loads(kept.read_bytes())[:count]  # our own file
    db = Database(configuration.load(data=folder, environment={}).database_url)
    prepare(db, 0)
    db.close()
    work, messages = take_in(folder)
    work(list(reports(min(JOBS, count), FIRST, seed=1)))
    in_groups(record_group(folder), messages, 10 * GROUP)
    messages.clear()
    work(uploads)
    kept.write_bytes(marshal.dumps(messages))
    return uploads, messages


def in_groups(work: Work, items: Sequence[Any], group: int) -> None:
    for first in range(0, len(items), group):
        work(items[first : first + group])


def quickest(work: Work, items: Sequence[Any], group: int) -> float:
    """Processor time of one, µs: the quickest tenth of the groups, since others use this machine too."""
    took = []
    for first in range(0, len(items), group):
        some = items[first : first + group]
        begun = time.process_time()
        work(some)
        took.append((time.process_time() - begun) / len(some) * 1e6)
    return statistics.quantiles(took, n=10, method="inclusive")[0]


def parts_of(work: Callable[[], None], steps: Mapping[str, str]) -> dict[str, float]:
    """The part of each step in the processor time, without what other steps do for it."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(work)
    stats: dict[Function, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # not in the stubs
    named = {name: step for step, name in steps.items()}
    step_of = {at: named[name] for at in stats if (name := f"{Path(at[0]).name} {at[2]}") in named}
    known: dict[Function, dict[str, float]] = {}

    def shares(function: Function, below: frozenset[Function]) -> dict[str, float]:
        """To which steps its own time belongs: those that call it, as far as they take its time."""
        if function in step_of:
            return {step_of[function]: 1.0}
        if function in known or function in below:
            return known.get(function, {})
        callers = {caller: row[3] for caller, row in stats[function][4].items()}
        result: dict[str, float] = {}
        for caller, took in callers.items():
            for step, share in shares(caller, below | {function}).items():
                result[step] = result.get(step, 0.0) + share * took / (sum(callers.values()) or 1.0)
        known[function] = result
        return result

    total = sum(own for _, _, own, _, _ in stats.values())
    found = dict.fromkeys(steps, 0.0)
    for function, (_, _, own, _, _) in stats.items():
        for step, share in shares(function, frozenset()).items():
            found[step] += own * share / total
    return found | {"the rest": max(0.0, 1 - sum(found.values()))}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="uploads")
    parser.add_argument("--group", type=int, default=GROUP, help="uploads in one transaction")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where the database and the messages stay"
    )
    parser.add_argument("--stage", choices=tuple(STEPS))
    parser.add_argument("--plain", action="store_true", help="no profiler")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="duplistat-bench-"))
    try:
        if given.plain:
            uploads, messages = prepared(folder, given.count)
            if given.stage != "writer":
                in_groups(take_in(folder)[0], uploads, given.group)
            if given.stage != "worker":
                in_groups(record_group(folder), messages, given.group)
            return 0
        for stage, each, parts in _measured(folder, given.count, given.group):
            if given.stage in (None, stage):
                print(f"{stage}: {each:.0f} µs")
                print(*(f"{part:7.1%}  {step}" for step, part in parts.items()), sep="\n")
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
