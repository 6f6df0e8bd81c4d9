"""Memory of a server on either database, and PostgreSQL's own."""

from bench.memory import LIMIT_MB
from bench.postgres.sides import Sides
from bench.result import Bench


def measure(bench: Bench, sides: Sides, when: str) -> None:
    sqlite, one = (side.first.memory()[2] / 1e6 for side in (sides.sqlite, sides.one))
    what = f"{when}, {sides.title}: PSS of a server"
    bench.add("memory", f"{what}, SQLite", sqlite, "MB", f"< {LIMIT_MB:.0f} MB", sqlite < LIMIT_MB)
    bench.add("memory", f"{what}, PostgreSQL", one, "MB", f"< {LIMIT_MB:.0f} MB", one < LIMIT_MB)
    bench.compare("memory", f"{what}, PostgreSQL ÷ SQLite", one, "MB", one / sqlite)
    processes, _, pss = sides.postgres.memory()
    bench.add("memory", f"{when}: PSS of PostgreSQL's own {processes} processes", pss / 1e6, "MB")
