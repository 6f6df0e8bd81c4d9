"""How long a job without a rhythm is silent at most while it is healthy."""

from math import sqrt

from duplistat.core.learn_runs import DAY, WEEK, Run, gaps

# Before two weeks were seen, no silence shorter than this says anything: there may be free weekends.
SHORTEST_EARLY = 8 * DAY
# A silence of so many times the second longest was an outage, where enough runs say so.
OUTAGE, ENOUGH_RUNS = 3, 12


def longest_silence(runs: list[Run]) -> int:
    """Seconds from start to start after which such a job is overdue: longer than it ever was silent, by a margin that
    shrinks as its history grows."""
    between = sorted(gaps(runs))
    longest = between[-1]
    if len(between) >= ENOUGH_RUNS and longest > OUTAGE * between[-2]:
        longest = between[-2]
    limit = round(longest * (1 + 4 / sqrt(len(between))))
    return limit if runs[-1].at - runs[0].at >= 2 * WEEK else max(limit, SHORTEST_EARLY)
