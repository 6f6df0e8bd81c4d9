"""The benchmark runs, checks every answer, and says its numbers; how good they are is not asked here."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from bench.outputs import OUTPUTS
from bench.postgres.copying import copy
from bench.printed import line_of, tables
from bench.profile import STEPS
from bench.result import Bench
from bench.row import Row
from duplistat.store import deliveries
from duplistat.store.database import Database
from tests.support.databases import put_prepared
from tests.support.postgres import Postgres

ROOT = Path(__file__).parent.parent
SIZES = ("100 runs", "5,000 runs")


@pytest.mark.long
def test_a_tiny_run_measures_every_part_and_cleans_up(tmp_path: Path) -> None:
    rows, printed = run_tiny(
        tmp_path, "floor,uploads,reads,memory,learning,herd,slow,ingest,partner,outputs,profile,imports,sweep"
    )

    assert whats(rows) == {
        "floor": [
            *loads("GET, a view that returns constant bytes, 16 connections"),
            *loads("POST of a report to a view that only reads it, 64 connections"),
            "SQLite alone: commits of one 5 kB row (WAL, synchronous=FULL)",
        ],
        "memory": [
            f"{when}, {size}: {kind}, summed over 4 processes"
            for size in SIZES
            for when in ("idle", "after the uploads")
            for kind in ("RSS", "PSS")
        ],
        "reads": [what for size in SIZES for what in reads(size)],
        "uploads": [what for size in SIZES for what in uploads(size)],
        "learning": LEARNING,
        "profile": [
            f"{stage}: {step}"
            for stage, steps in STEPS.items()
            for step in ("processor time of an upload, alone in a loop", *steps, "the rest")
        ],
        "herd": [
            "herd: 50 clients connect and post within 1 s, until the last answer",
            "herd: p99 from connect to answer",
        ],
        "slow": [
            *loads("pings beside 500 slow connections, 1 connection"),
            *loads("uploads beside 500 slow connections, 8 connections"),
        ],
        "ingest": [
            "posts of scripts, without limits, 64 connections",
            "posts of scripts, without limits: processor time of the server, each",
            "posts of scripts, with limits, 64 connections",
            "posts of scripts, with limits: processor time of the server, each",
            "posts of scripts: processor time of each, with limits ÷ without",
        ],
        "partner": [
            "partner report, 200 backup sets, json",
            "partner report, 200 backup sets, json: until its first byte",
            "partner report, 200 backup sets, xml",
            "partner report, 200 backup sets, xml: until its first byte",
            "the largest process after both (RSS at its highest)",
        ],
        "outputs": [
            f"an output of {tool} of 1 MB: {what}"
            for tool in OUTPUTS
            for what in ("processor time", "memory of the worker")
        ],
        "imports": [
            "import of 5,000 reports: by the clock",
            "import of 5,000 reports: processor time",
            "import of 5,000 reports: processor time of each",
            "import of 5,000 reports: most memory",
            "import of 5,000 reports, a second time: processor time",
        ],
        "sweep": [what for what in whats(rows)["sweep"] if what.startswith("sweep over 1,000 jobs")],
    }
    by_what = {row["what"]: row for row in rows}
    assert [by_what[f"{size}: answered, but not in /api/summary"]["value"] for size in SIZES] == [0, 0]
    compared = {row["what"] for row in rows if row["ratio"] is not None}
    assert compared == {what for what in by_what if "÷" in what and not is_detail(what)}
    assert {row["what"] for row in rows if row["wanted"]} == {
        row["what"] for row in rows if row["met"] is not None
    }
    assert all(row["ratio"] > 0 for row in rows if row["ratio"] is not None)
    assert all(row["value"] >= 0 for row in rows)
    assert all(line in printed for line in map(line_of, (Row(**row) for row in rows)))


@pytest.mark.long
def test_a_tiny_run_compares_postgresql_with_sqlite(tmp_path: Path) -> None:
    rows, printed = run_tiny(tmp_path, "uploads,reads,memory,trips,sweep", "--database", "postgresql")

    named = whats(rows)
    assert named == {
        "memory": [
            what for when in ("idle", "after the uploads") for what in memory_on_both(when, named["memory"])
        ],
        "reads": [
            *(
                what
                for name in ("GET /api/summary", "GET /api/lastbackups/{id}", "GET / (100 jobs)")
                for what in on_both(f"{name}, {SIZES[1]}, 16 connections")
            ),
            f"GET / alone, {SIZES[1]}: median time, SQLite ÷ PostgreSQL",
        ],
        "uploads": [
            *(
                what
                for connections in (8, 64)
                for what in uploads_on_both(f"uploads, {SIZES[1]}, {connections} connections")
            ),
            "SQLite: answered, but not in /api/summary",
            "PostgreSQL: answered, but not in /api/summary",
        ],
        "trips": [
            "round trips of an upload to PostgreSQL, one at a time",
            "round trips of an upload to PostgreSQL, 64 connections",
        ],
        "sweep": [
            "sweep over 1,000 jobs of which 100 are due: median time, SQLite ÷ PostgreSQL",
            "sweep over 1,000 jobs of which 100 are due: slowest on PostgreSQL",
        ],
    }
    lost = [row["value"] for row in rows if "not in /api/summary" in row["what"]]
    assert lost == [0, 0]
    # At least the one in which it is committed, and not what a whole fleet would take.
    assert all(1 <= row["value"] < 40 for row in rows if row["group"] == "trips")
    assert all(row["ratio"] > 0 for row in rows if row["ratio"] is not None)
    assert "PostgreSQL ÷ SQLite" in printed


def test_a_copy_on_postgresql_holds_the_same_rows(postgres: Postgres, tmp_path: Path) -> None:
    old = Database(f"sqlite:///{put_prepared(tmp_path)}")
    text = "one\ttwo\r\nthree \\N four \\\\ five 'six' \"seven\" \u00e4\U0001f980"
    with old.transaction():
        for number, body in enumerate((b"", bytes(range(256)), b"\\x")):
            deliveries.add(
                old, [1, number, "/api/upload", "", text, ""], body, sha256="", outcome="", format=""
            )
        old.execute("UPDATE delivery SET job = ? WHERE id = 2", (2**62,))

    with postgres.database(empty=True) as url:
        copied = copy(tmp_path / "duplistat.db", url)
        new = Database(url)
        kept = [
            (
                db.rows("SELECT id, name, path, parent_id, created_at FROM account"),
                plain(db.rows("SELECT id, received_at, query, body, job FROM delivery ORDER BY id")),
            )
            for db in (old, new)
        ]
        # What comes next has an id of its own.
        with new.transaction():
            made = new.insert(
                "INSERT INTO account (name, path, created_at) VALUES ('next', '', 0) RETURNING id"
            )
        for db in (old, new):
            db.close_all()

    assert kept[0] == kept[1]
    assert [query for _, _, query, _, _ in kept[1][1]] == [text] * 3
    assert (made, copied > 3) == (2, True)


def test_a_ratio_is_judged_by_what_is_wanted_of_it(tmp_path: Path) -> None:
    shown: list[str] = []
    bench = Bench(tmp_path, quick=True, show=shown.append)
    bench.compare("uploads", "uploads ÷ floor", 1234.5678, "/s", 0.4999, at_least=0.5)
    bench.compare("uploads", "uploads ÷ floor, failed", 1234.5, "/s", 0.9, at_least=0.5, failed=True)
    bench.compare("ingest", "with ÷ without", 1.234, "ms", 1.1, at_most=1.1)
    bench.compare("uploads", "eight ÷ 64", 3.0, "ms", 1.2)
    bench.add("memory", "idle", 155.5, "MB", "< 250 MB", True)
    bench.note("that was it")

    assert [(row.met, row.ratio) for row in bench.rows] == [
        (False, 0.5),
        (False, 0.9),
        (True, 1.1),
        (None, 1.2),
        (True, None),
    ]
    assert shown[-1] == "  that was it"
    assert tables(bench.rows).splitlines() == [
        "2 of 4 reached",
        "",
        "| part | what | measured | ratio | wanted | reached |",
        "| --- | --- | --- | --- | --- | --- |",
        "| uploads | uploads ÷ floor | 1,235 /s | 0.50 | ≥ 0.5 | **no** |",
        "| uploads | uploads ÷ floor, failed | 1,234 /s | 0.90 | ≥ 0.5 | **no** |",
        "| ingest | with ÷ without | 1.23 ms | 1.10 | ≤ 1.1 | yes |",
        "| memory | idle | 156 MB |  | < 250 MB | yes |",
        "",
        "For information:",
        "",
        "| part | what | measured | ratio |",
        "| --- | --- | --- | --- |",
        "| uploads | eight ÷ 64 | 3 ms | 1.20 |",
    ]


def run_tiny(
    folder: Path, only: str, *more: str, module: str = "tests.support.tiny_bench"
) -> tuple[list[dict[str, Any]], str]:
    """The rows of a tiny run of some parts, and what it printed. It has to leave nothing behind."""
    report = folder / "bench.json"
    # Not below pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="duplistat-test-") as databases:
        words = ["--tiny", "--only", only, "--folder", databases, "--json", str(report), *more]
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(Path(databases).iterdir()) == []
    rows: list[dict[str, Any]] = json.loads(report.read_text())["rows"]
    return rows, done.stdout


def whats(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The names of the rows of each part."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["group"]].append(row["what"])
    return dict(found)


def loads(what: str) -> list[str]:
    return [what, *(f"{what}: {detail}" for detail in DETAILS)]


def on_both(what: str) -> list[str]:
    return [
        f"{what}, {side}"
        for side in (
            "SQLite",
            "PostgreSQL ÷ SQLite",
            "PostgreSQL with two servers ÷ SQLite",
            "PostgreSQL, two servers ÷ one",
        )
    ]


def uploads_on_both(what: str) -> list[str]:
    sqlite, one, two, both = on_both(what)
    return [sqlite, *costs_on_both(one), *costs_on_both(two), both]


def costs_on_both(what: str) -> list[str]:
    return [
        what,
        f"{what}: p99",
        f"{what}: processor time of the server, each",
        f"{what.removesuffix(' ÷ SQLite')}: processor time of PostgreSQL itself, each",
        f"{what}: processor time of the server and PostgreSQL, each",
    ]


def memory_on_both(when: str, found: list[str]) -> list[str]:
    """PostgreSQL has as many processes as it has: one more for each connection."""
    own = next(what for what in found if what.startswith(f"{when}: PSS of PostgreSQL's own "))
    what = f"{when}, {SIZES[1]}: PSS of a server"
    return [*(f"{what}, {side}" for side in ("SQLite", "PostgreSQL", "PostgreSQL ÷ SQLite")), own]


def plain(rows: list[Any]) -> list[tuple[Any, ...]]:
    """Bytes are a view of memory on one database."""
    return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in rows]


def is_detail(what: str) -> bool:
    return what.endswith(DETAILS)


def reads(size: str) -> list[str]:
    found = []
    for name in ("GET /api/summary", "GET /api/lastbackups/{id}", "GET / (100 jobs)"):
        what = f"{name}, {size}, 16 connections"
        found += loads(f"{what} ÷ floor")
        if size != SIZES[0]:
            found.append(f"{what}: that part ÷ at the fewest runs")
    return [*found, f"GET / alone, {size}: median"]


def uploads(size: str) -> list[str]:
    what = f"uploads, {size}, 64 connections"
    return [
        *loads(f"uploads, {size}, 8 connections"),
        *loads(f"{what} ÷ floor"),
        *([f"{what}: that part ÷ at the fewest runs"] if size != SIZES[0] else []),
        f"uploads, {size}: processor time of each, 8 connections ÷ 64",
        f"{size}: answered, but not in /api/summary",
    ]


DETAILS = ("p50", "p99", "processor time of the server, each")
LEARNING = [
    "100 jobs of 8 runs that all changed: until all are learned",
    *(
        f"uploads at 5 /s {when}: {part}"
        for when in ("without learning", "while these are learned")
        for part in ("p50", "p99", "slowest")
    ),
    "uploads at 5 /s: p99 while jobs are learned ÷ without",
    *(
        f"learning a job of 400 runs, {kind}: processor time"
        for kind in (
            "daily",
            "hourly in office hours",
            "quarter-hourly",
            "daily with 45 minutes of jitter",
            "irregular",
        )
    ),
    "100 jobs of 8 runs: processor time of each, all in all",
    "100 jobs of 8 runs: transactions, processor time: median",
    "100 jobs of 8 runs: transactions, processor time: slowest",
]


@pytest.mark.long
def test_silent_jobs_are_swept_beside_uploads(tmp_path: Path) -> None:
    # As anyone runs it.
    rows, _ = run_tiny(tmp_path, "silent", module="bench")
    found = whats(rows)["silent"]
    assert found[0] == "100 jobs that were silent for a year: until all are swept and taken in"
    assert "uploads at 5 /s: p99 while jobs are swept ÷ without" in found
    held = [what.partition(",")[0] for what in found if what.startswith("transactions of ")]
    assert {"transactions of sweep", "transactions of route"} <= set(held)
