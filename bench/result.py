"""Numbers with their targets: collected, printed as they come, and written as JSON."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.client import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One number. `met` is None where there is no target."""

    group: str
    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Bench:
    """One run of everything: where, how large, and what came of it. `known` is for later comparison."""

    folder: Path
    quick: bool
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    known: dict[str, float] = field(default_factory=dict)

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    def add(
        self, group: str, what: str, value: float, unit: str, target: str = "", met: bool | None = None
    ) -> None:
        row = Row(group, what, round(value, 3), unit, target, met)
        self.rows.append(row)
        print(line_of(row), flush=True)

    def note(self, text: str) -> None:
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def load(
        self,
        group: str,
        what: str,
        outcome: Outcome,
        connections: int,
        *,
        at_least: float = 0.0,
        because: str = "",
        p99_below: float = 0.0,
    ) -> None:
        """The rate and the latencies of a load; anything that failed is a failure of the whole."""
        what = f"{what}, {connections} connections"
        failed = sum(outcome.failures.values())
        target = f"≥ {at_least:,.0f}{because}" if at_least else ""
        met = outcome.rate >= at_least and not failed if at_least else (False if failed else None)
        self.add(group, what, outcome.rate, "/s", target, met)
        self.add(group, f"{what}: p50", outcome.percentile(0.5), "ms")
        limit = f"< {p99_below:.0f}" if p99_below else ""
        p99 = outcome.percentile(0.99)
        self.add(group, f"{what}: p99", p99, "ms", limit, p99 < p99_below if p99_below else None)
        share = outcome.cpu_seconds / outcome.seconds if outcome.seconds else 0.0
        self.note(
            f"{outcome.answered:,} answered in {outcome.seconds:.1f} s, {failed} failed"
            f"{f' {dict(outcome.failures)}' if failed else ''}; the load generator took {share:.0%} of a core"
        )

    def write(self, path: Path) -> None:
        content = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": self.quick,
            "machine": machine(),
            "rows": [asdict(row) for row in self.rows],
            "notes": self.notes,
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def summary(self) -> str:
        """The whole table, and how many targets were met."""
        judged = [row for row in self.rows if row.met is not None]
        met = sum(row.met is True for row in judged)
        lines = [line_of(row) for row in self.rows]
        return "\n".join(["", *lines, "", f"{met} of {len(judged)} targets met"])


def line_of(row: Row) -> str:
    value = (
        f"{row.value:,.0f}"
        if row.value >= 100
        else f"{row.value:,.1f}"
        if row.value >= 10
        else f"{row.value:.2f}"
    )
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    return f"{row.group:8} {row.what:78} {value:>9} {row.unit:5} {row.target:24} {verdict}".rstrip()


def machine() -> dict[str, str | int]:
    model = next(
        (
            line.partition(": ")[2]
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": os.cpu_count() or 1,
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
