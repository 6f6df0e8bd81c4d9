"""Reads on both databases, in turns."""

from statistics import median

from bench import signing
from bench.postgres.sides import Side, Sides
from bench.reads import CONNECTIONS, alone, kinds, run, warm
from bench.result import Bench
from bench.settling import settle

LEAST = 0.9


def measure(bench: Bench, sides: Sides) -> None:
    headers = {}
    for side in (sides.sqlite, sides.one):
        with side.database() as db:
            bench.note(f"{side.name}: at rest after {settle(db):.0f} s")
            headers[side.url] = signing.header(db)
    turns = bench.size(5, 3) if not bench.tiny else 1
    for number, name in enumerate(kind.name for kind in kinds(bench, "")):
        rates: dict[str, list[float]] = {side.name: [] for side in sides.all}
        for turn in range(turns):
            for side in sides.in_turn(turn):
                kind = kinds(bench, headers[side.url])[number]
                if turn == 0:
                    for server in side.servers:
                        warm(bench, server, kind)
                done = run(bench, side.first, kind, bench.seconds(3), side.others)
                if done.failed or not done.outcome.answered:
                    raise RuntimeError(f"{name} on {side.name} failed: {dict(done.outcome.failures)}")
                rates[side.name].append(done.rate)
        _compare(bench, sides, f"{name}, {sides.title}, {CONNECTIONS} connections", rates)
    times = {side.name: alone(bench, side.first, headers[side.url]) for side in (sides.sqlite, sides.one)}
    what = f"GET / alone, {sides.title}: median time, SQLite ÷ PostgreSQL"
    on_postgres = times[sides.one.name]
    bench.compare("reads", what, on_postgres, "ms", times[sides.sqlite.name] / on_postgres, at_least=LEAST)


def _compare(bench: Bench, sides: Sides, what: str, rates: dict[str, list[float]]) -> None:
    bench.add("reads", f"{what}, SQLite", median(rates[sides.sqlite.name]), "/s")

    def row(name: str, over: Side, under: Side, at_least: float | None) -> None:
        pairs = zip(rates[over.name], rates[under.name], strict=True)
        ratio = median(above / below for above, below in pairs)
        bench.compare("reads", f"{what}, {name}", median(rates[over.name]), "/s", ratio, at_least=at_least)

    row("PostgreSQL ÷ SQLite", sides.one, sides.sqlite, LEAST)
    row("PostgreSQL with two servers ÷ SQLite", sides.two, sides.sqlite, LEAST)
    row("PostgreSQL, two servers ÷ one", sides.two, sides.one, None)
