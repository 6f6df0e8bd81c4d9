"""Numbers with their targets: collected, printed as they come, and written as JSON."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


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
    """One run of everything: where, how large, and what came of it. `known` is for later comparison.

    A `tiny` one is quick, too, and a tenth of that: it shows that all of it runs, and no number worth a look.
    """

    folder: Path
    quick: bool
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    known: dict[str, float] = field(default_factory=dict)
    tiny: bool = False

    def size(self, full: int, quick: int) -> int:
        if self.tiny:
            return quick // 10 if quick >= 100 else quick
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
        with_health = [row for row in self.rows if row.met is not None]
        met = sum(row.met is True for row in with_health)
        lines = [line_of(row) for row in self.rows]
        return "\n".join(["", *lines, "", f"{met} of {len(with_health)} targets met"])


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
        # What else keeps it busy is in every number below.
        "load": f"{os.getloadavg()[0]:.1f}",
    }
