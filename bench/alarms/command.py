"""The command line of those who play the fleet."""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator

from bench.alarms.fleets import Life, lives
from bench.alarms.result import Outcome, by_pattern, table


def command(name: str, what: str | None, play: Callable[[Iterable[Life]], Iterator[Outcome]]) -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=what)
    parser.add_argument("--pattern", default="", help="only patterns whose name contains this")
    parser.add_argument("--seeds", type=int, default=6, help="lives of each pattern")
    parser.add_argument("--first-seed", type=int, default=0, help="to see others")
    parser.add_argument("--show", action="store_true", help="list each false alarm and each missed stop")
    given = parser.parse_args()
    began, outcomes = time.perf_counter(), []
    for outcome in play(lives(given.pattern, range(given.first_seed, given.first_seed + given.seeds))):
        outcomes.append(outcome)
        if given.show:
            for line in outcome.shown():
                print(line, flush=True)
    if not outcomes:
        parser.error(f"no pattern contains {given.pattern!r}")
    print(table(by_pattern(outcomes)))
    print(f"{time.perf_counter() - began:.0f} s")
    return 0
