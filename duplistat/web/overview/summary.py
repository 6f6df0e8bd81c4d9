"""How all jobs are, in few words: for a screen on a wall, and for a phone that is not connected."""

from collections import Counter
from typing import NamedTuple

from duplistat.http.context import Context
from duplistat.services.jobs.counted import is_test
from duplistat.services.monitoring.overview_version import overview_snapshot
from duplistat.store import jobs, servers
from duplistat.web.overview.attention import Case, cases
from duplistat.web.parts.archived import jobs_archived
from duplistat.web.parts.health_counts import headline, icon, tally, title
from duplistat.web.parts.judged import awake, judge, worst
from duplistat.web.parts.labels import labels_of


class Summary(NamedTuple):
    """`worst` is the state of the worst job, `counts` what health_counts.tally says, `problems` those that need
    somebody, worst first, and `more` how many there are beside; `reported_at` in ms, None without any report."""

    headline: str
    title: str
    icon: str
    worst: str
    counts: list[tuple[str, str]]
    problems: list[Case]
    more: int
    reported_at: int | None


def summary(ctx: Context, sees: tuple[int, ...], now: int, most: int) -> Summary:
    """Of accounts, with at most so many jobs that need somebody, and nothing that reports brought.

    Its queries are the same few for one job and for thousands.
    """
    every = servers.visible(ctx.db, sees)
    known = [server for server in every if server.archived_at is None and not is_test(server)]
    labels = labels_of(known)
    everything = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in labels), now)
    open_ones = awake(everything, now)
    counts = Counter(one.state for one in open_ones)
    named, more = cases(open_ones, labels, {}, ctx.schedule_defaults, now, quoted=False)
    shown = named[:most]
    return Summary(
        headline(counts, len(everything), archived=not everything and jobs_archived(ctx.db, sees, every)),
        title(counts, len(everything)),
        icon(counts),
        worst(open_ones),
        tally(counts),
        shown,
        more + len(named) - len(shown),
        overview_snapshot(ctx.db, sees, now, ctx.schedule_defaults.zone).marks.received_at,
    )
