"""Uploads on both databases, in turns, and what they cost servers and PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.bodies import requests_of
from bench.load import Load, load
from bench.postgres.sides import Side, Sides
from bench.result import Bench
from bench.uploads import FEW, MANY, SUCCESS, runs

LEAST = 0.9


@dataclass(slots=True)
class _Pairs:
    """Loads on PostgreSQL, each beside one of the same requests on SQLite; and PostgreSQL's own share, ms each."""

    postgres: list[Load] = field(default_factory=list)
    sqlite: list[Load] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def ratio(self, of: Callable[[Load], float]) -> float:
        pairs = zip(self.postgres, self.sqlite, strict=True)
        return median(of(over) / of(under) for over, under in pairs)

    def on_postgres(self, of: Callable[[Load], float]) -> float:
        return median(map(of, self.postgres))


def measure(bench: Bench, sides: Sides) -> None:
    before = {side.name: runs(side.first) for side in (sides.sqlite, sides.one)}
    some, turns = _portions(bench), 1 if bench.tiny else bench.size(5, 3)
    pairs = {(side.name, number): _Pairs() for side in (sides.one, sides.two) for number in (FEW, MANY)}
    for turn in range(turns):
        for connections in (FEW, MANY):
            for side in (sides.one, sides.two):
                # The same reports go to both, and never twice to the one database that two sides share.
                _pair(sides, side, pairs[side.name, connections], next(some[connections]), connections, turn)
    for connections in (FEW, MANY):
        what = f"uploads, {sides.title}, {connections} connections"
        one, two = pairs[sides.one.name, connections], pairs[sides.two.name, connections]
        bench.add("uploads", f"{what}, SQLite", median(each.rate for each in one.sqlite), "/s")
        _tell(bench, f"{what}, PostgreSQL", one)
        _tell(bench, f"{what}, PostgreSQL with two servers", two)
        ratio = two.ratio(_rate) / one.ratio(_rate)
        bench.compare(
            "uploads", f"{what}, PostgreSQL, two servers ÷ one", two.on_postgres(_rate), "/s", ratio
        )
    _count(bench, sides, before, pairs)


def _portions(bench: Bench) -> dict[int, Iterator[Sequence[bytes]]]:
    """The requests of one load after the other, by the number of connections."""
    requests = requests_of(bench)
    few, many = bench.size(1200, 120), bench.size(3000, 260)
    starts = range(0, len(requests) - few - many, few + many)
    return {
        FEW: (requests[start : start + few] for start in starts),
        MANY: (requests[start + few : start + few + many] for start in starts),
    }


def _pair(
    sides: Sides, side: Side, pairs: _Pairs, requests: Sequence[bytes], connections: int, turn: int
) -> None:
    for each in (sides.sqlite, side) if turn % 2 else (side, sides.sqlite):
        busy = sides.postgres.cpu_seconds()
        done = load(each.first, requests, connections, SUCCESS, others=each.others)
        if done.failed or not done.outcome.answered:
            raise RuntimeError(f"uploads on {each.name} failed: {dict(done.outcome.failures)}")
        if each is side:
            pairs.postgres.append(done)
            pairs.own.append((sides.postgres.cpu_seconds() - busy) / done.outcome.answered * 1000)
        else:
            pairs.sqlite.append(done)


def _rate(done: Load) -> float:
    return done.rate


def _p99(done: Load) -> float:
    return done.outcome.percentile(0.99)


def _cost(done: Load) -> float:
    return done.cost


def _tell(bench: Bench, what: str, pairs: _Pairs) -> None:
    value, ratio = pairs.on_postgres(_rate), pairs.ratio(_rate)
    bench.compare("uploads", f"{what} ÷ SQLite", value, "/s", ratio, at_least=LEAST)
    bench.compare("uploads", f"{what} ÷ SQLite: p99", pairs.on_postgres(_p99), "ms", pairs.ratio(_p99))
    value, ratio = pairs.on_postgres(_cost), pairs.ratio(_cost)
    bench.compare("uploads", f"{what} ÷ SQLite: processor time of the server, each", value, "ms", ratio)
    bench.add("uploads", f"{what}: processor time of PostgreSQL itself, each", median(pairs.own), "ms")
    both = [done.cost + own for done, own in zip(pairs.postgres, pairs.own, strict=True)]
    ratio = median(cost / done.cost for cost, done in zip(both, pairs.sqlite, strict=True))
    what = f"{what} ÷ SQLite: processor time of the server and PostgreSQL, each"
    bench.compare("uploads", what, median(both), "ms", ratio)


def _count(bench: Bench, sides: Sides, before: dict[str, int], pairs: dict[tuple[str, int], _Pairs]) -> None:
    """What was answered has to be there."""
    for side, answered in (
        (sides.sqlite, sum(done.outcome.answered for each in pairs.values() for done in each.sqlite)),
        (sides.one, sum(done.outcome.answered for each in pairs.values() for done in each.postgres)),
    ):
        lost = abs(answered - (runs(side.first) - before[side.name]))
        bench.add("uploads", f"{side.name}: answered, but not in /api/summary", lost, "", "0", lost == 0)
