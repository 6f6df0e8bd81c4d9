"""What a merge of two servers would do, before anything is done: what moves, what is joined, whose settings win."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from duplistat.services.servers.join_jobs import SETTINGS, take_settings
from duplistat.services.servers.merge import taken_over
from duplistat.store import jobs, merge_rows
from duplistat.store.database import Database
from duplistat.store.servers import Server

# What a person says of a server. The rest of what it takes over comes from reports.
WORDS = ("alias", "notes", "group_name", "web_url")
_TOLD = {"schedule", "grace_ms", "tags", "alias"}


@dataclass(frozen=True, slots=True)
class Joined:
    """A job that both servers have: how many runs come to it, and how many of those it has already.

    `taken` are settings that it takes over, `kept` those that differ and stay as they are: of `alias`, `schedule`,
    `grace_ms`, `tags`.
    """

    name: str
    runs: int
    doubles: int
    taken: Sequence[str]
    kept: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """`whole` are (name, runs) of the jobs that only `gone` has; `events` that come, of them `double_events` known.

    `taken` and `kept` are words about the server that it takes over, and that differ and stay.
    """

    into: Server
    gone: Server
    whole: Sequence[tuple[str, int]]
    joined: Sequence[Joined]
    events: int
    double_events: int
    taken: Sequence[str]
    kept: Sequence[str]

    @property
    def runs(self) -> int:
        return sum(runs for _, runs in self.whole) + sum(job.runs for job in self.joined)

    @property
    def doubles(self) -> int:
        return sum(job.doubles for job in self.joined)


def preview(db: Database, into: Server, gone: Server) -> Preview:
    """What it would come to. The same few statements for any two servers; their histories are counted."""
    kept = {job.name: job for job in jobs.of_server(db, into.id)}
    runs, doubles = merge_rows.runs_of_server(db, gone.id), merge_rows.doubles(db, gone.id, into.id)
    whole, joined = [], []
    for job in sorted(jobs.of_server(db, gone.id), key=lambda job: (job.name.casefold(), job.id)):
        other = kept.get(job.name)
        if other is None:
            whole.append((job.name, runs.get(job.id, 0)))
            continue
        stays = [
            name
            for name, none, _ in SETTINGS
            if name in _TOLD
            and getattr(job, name) not in (none, getattr(other, name))
            and getattr(other, name) != none
        ]
        taken = [name for name in take_settings(replace(other), job) if name in _TOLD]
        joined.append(Joined(job.name, runs.get(job.id, 0), doubles.get(job.id, 0), taken, stays))
    events, double_events = merge_rows.events_of_server(db, gone.id, into.id)
    return Preview(
        into=into,
        gone=gone,
        whole=whole,
        joined=joined,
        events=events,
        double_events=double_events,
        taken=[name for name in taken_over(into, gone) if name in WORDS],
        kept=[
            name
            for name in WORDS
            if getattr(into, name) and getattr(gone, name) and getattr(into, name) != getattr(gone, name)
        ],
    )
