"""`python -m bench.alarms.pure`: play the fleet to the learner alone, without a database, and print what came of it.

Runs arrive in order. At each arrival the rhythm is learned anew, and what is expected follows from it.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bench.alarms.command import command
from bench.alarms.fleets import Life, Run
from bench.alarms.result import Alarm, Outcome, outcome_of
from duplistat.core.expectation import Rhythm, expected_after
from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import Learned
from duplistat.core.learned_words import sureness, words
from duplistat.core.times import to_ms

LOOKED_AT = 400


def relearned(runs: Sequence[Run], zone: ZoneInfo) -> Learned | None:
    """What is learned from these runs, in order of their starts: the one place that calls the learner."""
    return learn(
        [Ran(to_ms(run.start), to_ms(run.end), to_ms(run.arrives)) for run in runs[-LOOKED_AT:]], zone
    )


def play(life: Life) -> Outcome:
    known: list[Run] = []
    alarms: list[Alarm] = []
    alarmed_for: datetime | None = None
    for place, run in enumerate(life.runs):
        known.append(run)
        known.sort(key=lambda each: each.start)
        learned = relearned(known, life.zone)
        latest = known[-1].start
        told = next((each.tells for each in reversed(known) if each.tells), None)
        rhythm = Rhythm(life.zone, life.grace, None, told, life.gap if told else None, learned)
        expected = expected_after(rhythm, latest, life.runs[0].arrives, None, known[-1].end)
        due = expected.due
        following = life.runs[place + 1] if place + 1 < len(life.runs) else None
        # Until when something more is heard; one at work says so all the time.
        heard = (following.start if life.live else following.arrives) if following else None
        for since, until in life.away:
            if due and expected.at and due > since and expected.at < until:
                due += until - since
        if due is not None and (heard is None or due <= heard) and alarmed_for != latest:
            alarmed_for = latest
            what = f"{words(learned)}, {sureness(learned)}" if learned else "nothing learned"
            # Who is overdue on arrival is so from then on.
            alarms.append(Alarm(max(due, run.arrives), run, latest, expected.at, what))
    return outcome_of(life, alarms)


if __name__ == "__main__":
    sys.exit(command("bench.alarms.pure", __doc__, lambda lives: map(play, lives)))
