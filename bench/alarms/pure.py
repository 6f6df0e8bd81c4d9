"""`python -m bench.alarms.pure`: play the fleet to the learner alone, without a database, and print what came of it.

Runs arrive in order. At each arrival the rhythm is learned anew, and what is expected follows from it.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bench.alarms.fleets import Life, Run, lives
from bench.alarms.result import Alarm, Outcome, by_pattern, outcome_of, table
from duplistat.core.expectation import Rhythm, expected_after
from duplistat.core.learn import Learned, learn, sureness, words

LOOKED_AT = 400


def relearned(runs: Sequence[Run], zone: ZoneInfo) -> Learned | None:
    """What is learned from these runs, in order of their starts: the one place that calls the learner."""
    return learn([run.start for run in runs[-LOOKED_AT:]], zone)


def play(life: Life) -> Outcome:
    known: list[Run] = []
    alarms: list[Alarm] = []
    alarmed_for: datetime | None = None
    for place, run in enumerate(life.runs):
        known.append(run)
        known.sort(key=lambda each: each.start)
        learned = relearned(known, life.zone)
        latest = known[-1].start
        rhythm = Rhythm(life.zone, life.grace, learned=learned)
        expected = expected_after(rhythm, latest, life.runs[0].arrives)
        due = expected.due
        following = life.runs[place + 1].arrives if place + 1 < len(life.runs) else None
        for since, until in life.away:
            if due and expected.at and since >= run.arrives and due > since and expected.at < until:
                due += until - since
        if due is not None and (following is None or due <= following) and alarmed_for != latest:
            alarmed_for = latest
            what = f"{words(learned)}, {sureness(learned)}" if learned else "nothing learned"
            # Who is overdue on arrival is so from then on.
            alarms.append(Alarm(max(due, run.arrives), run, latest, expected.at, what))
    return outcome_of(life, alarms)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.alarms.pure", description=__doc__)
    parser.add_argument("--pattern", default="", help="only patterns whose name contains this")
    parser.add_argument("--seeds", type=int, default=6, help="lives of each pattern")
    parser.add_argument("--first-seed", type=int, default=0, help="to see others")
    parser.add_argument("--show", action="store_true", help="list each false alarm and each missed stop")
    given = parser.parse_args()
    began, outcomes = time.perf_counter(), []
    for life in lives(given.pattern, range(given.first_seed, given.first_seed + given.seeds)):
        outcomes.append(play(life))
        if given.show:
            for line in outcomes[-1].shown():
                print(line, flush=True)
    if not outcomes:
        parser.error(f"no pattern contains {given.pattern!r}")
    print(table(by_pattern(outcomes)))
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
