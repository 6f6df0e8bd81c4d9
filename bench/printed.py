"""How results look: a line as each comes, and Markdown tables of all of them in the end."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.row import Row

HEAD = ("part", "what", "measured", "ratio", "wanted", "reached")
REACHED = {None: "", True: "yes", False: "**no**"}


def line_of(row: Row) -> str:
    group, what, measured, ratio, wanted, reached = cells(row)
    return f"{group:8} {what:78} {measured:>12} {ratio:>6} {wanted:24} {reached.strip('*').upper()}".rstrip()


def cells(row: Row) -> tuple[str, ...]:
    """In the order of HEAD."""
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    measured = f"{number(row.value)} {row.unit}".strip()
    return (row.group, row.what, measured, ratio, row.wanted, REACHED[row.met])


def number(value: float) -> str:
    """As many digits as say something."""
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


def tables(rows: Sequence[Row]) -> str:
    """What is judged and what is only told, as Markdown, and how much of it is reached."""
    judged = [row for row in rows if row.met is not None]
    told = [row for row in rows if row.met is None]
    reached = sum(row.met is True for row in judged)
    lines = [f"{reached} of {len(judged)} reached", ""]
    if judged:
        lines += [*markdown(HEAD, [cells(row) for row in judged]), ""]
    if told:
        lines += ["For information:", "", *markdown(HEAD[:4], [cells(row)[:4] for row in told]), ""]
    return "\n".join(lines)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell for cell in line)} |" for line in lines]


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
