"""How many backup runs a job has had is what history says, whatever comes, goes and moves."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from duplistat.services.audit import Actor
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.maintenance.retention import prune_all
from duplistat.services.servers import merge as server_merge
from duplistat.services.servers import unmerge
from duplistat.services.servers.merge import merge_servers
from duplistat.services.servers.renamed_jobs import join_jobs, unjoin_jobs
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.store import merges, totals
from tests.support.bodies import duplicati
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

BY: Actor = {"user": None, "who": "ada@example.org", "address": "127.0.0.1"}
MACHINES = ("old-machine", "new-machine")
NAMES = ("Documents", "Pictures")
OPERATIONS = ("Backup", "Backup", "Backup", "Restore", "Test")


class Story:
    """What happens to some jobs by chance, and how many runs of each retention has deleted by now."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.by_chance = site, random.Random(seed)
        self.day = 1
        self.pruned: Counter[int] = Counter()
        # Runs that jobs took along when they were deleted.
        self.gone = 0

    def upload(self) -> None:
        """Of a new night or one that was told already, of a machine or both."""
        choose = self.by_chance
        self.day += choose.choice((0, 1, 1))
        night = max(1, self.day - choose.choice((0, 0, 0, 2, 7)))
        start = f"2026-01-{night:02}T02:00:00Z"
        self.site.now.set(f"2026-01-{self.day:02}T03:00:00Z")
        for machine in choose.choice((MACHINES, MACHINES[:1], MACHINES[1:])):
            job, operation = choose.choice(NAMES), choose.choice(OPERATIONS)
            told = duplicati(start, machine=machine, job=job, operation=operation)
            told["Data"]["Dryrun"] = choose.random() < 0.2
            self.site.record(told)

    def prune(self) -> None:
        before = self.stored()
        prune_all(self.site.writes, self.site.config.retention, self.site.now())
        self.pruned.update(before - self.stored())

    def merge_and_undo(self) -> None:
        """Two servers become one, something comes, and then they are two again, or not."""
        site = self.site
        if len(site.servers()) < 2:
            return
        into, gone = self.by_chance.sample([server.id for server in site.servers()], 2)
        there = {job.id: (job.name, job.server_id) for job in site.jobs()}
        joined = {
            job: other
            for job, (name, server) in there.items()
            for other, (same, home) in there.items()
            if (server, home) == (gone, into) and name == same
        }
        merge = site.writes.run(
            merge_servers, into=into, gone=gone, sees=site.everyone, by=BY, now=site.now()
        )
        server_merge.carry_on(site.writes, merge, site.now())
        self.moved(joined)
        self.check()
        if self.by_chance.random() < 0.3:
            return
        self.upload()
        if self.by_chance.random() < 0.4:
            self.prune()
        kept = {job: self.taken[job] for job in joined}
        undo = site.writes.run(unmerge_servers, merge=merge, sees=site.everyone, by=BY, now=site.now())
        server_merge.carry_on(site.writes, merge, site.now())
        names = {job.name: job.id for job in site.jobs() if job.server_id == undo["server"]}
        for job, number in kept.items():
            self.pruned[joined[job]] -= number
            self.pruned[names[there[job][0]]] += number

    def join_and_undo(self) -> None:
        """Two jobs of a server become one; and then they are two again, or not."""
        site = self.site
        pairs = [
            (one.id, two.id)
            for one in site.jobs()
            for two in site.jobs()
            if one.server_id == two.server_id and one.id != two.id
        ]
        if not pairs:
            return
        into, gone = self.by_chance.choice(pairs)
        merge = site.writes.run(join_jobs, into=into, gone=gone, sees=site.everyone, by=BY, now=site.now())
        server_merge.carry_on(site.writes, merge, site.now())
        self.moved({gone: into})
        self.check()
        self.upload()
        undo = site.writes.run(unjoin_jobs, merge=merge, sees=site.everyone, by=BY, now=site.now())
        server_merge.carry_on(site.writes, merge, site.now())
        self.pruned[into] -= self.taken[gone]
        self.pruned[undo["job"]] += self.taken[gone]

    def moved(self, joined: dict[int, int]) -> None:
        self.taken = {job: self.pruned.pop(job, 0) for job in joined}
        for job, into in joined.items():
            self.pruned[into] += self.taken[job]

    def delete(self) -> None:
        site = self.site
        if not site.jobs() or merges.under_way(site.db, site.jobs()[0].server_id):
            return
        job = self.by_chance.choice(site.jobs())
        self.gone += job.runs
        self.pruned.pop(job.id, None)
        site.writes.run(delete_job, job=job.id, **site.signature())
        while not site.writes.run(delete_job_rows, job=job.id, now=site.now())["done"]:
            pass

    def stored(self) -> Counter[int]:
        return Counter(
            dict(
                self.site.db.rows(
                    "SELECT job_id, count(*) FROM run WHERE operation = 'backup' GROUP BY job_id"
                )
            )
        )

    def check(self) -> None:
        counted = {job.id: job.runs for job in self.site.jobs()}
        stored = self.stored()
        assert counted == {job: stored[job] + self.pruned[job] for job in counted}
        whole = totals.summary(self.site.db, self.site.everyone, 0).runs
        assert sum(counted.values()) + self.gone == whole


@pytest.mark.parametrize("seed", range(3))
def test_each_job_counts_its_runs_whatever_happens(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(server_merge, "AT_ONCE", 3)
    monkeypatch.setattr(unmerge, "AT_ONCE", 3)
    story = Story(make_site(retention={"runs_days": 6}), seed)
    acts = [story.upload] * 12 + [story.prune, story.merge_and_undo, story.join_and_undo, story.delete]
    for _ in range(6):
        story.upload()
    while story.day < 27:
        story.by_chance.choice(acts)()
        story.check()
    assert sum(job.runs for job in story.site.jobs()) > 0
    assert sum(story.pruned.values()) + story.gone > 0


def test_a_run_that_is_told_of_again_counts_once(site: Site) -> None:
    night = duplicati("2026-01-28T02:00:00Z", result="Warning")
    for told in (night, night, night | {"LogLines": ["2026-01-28 02:00:00 +00 - [Warning-a-b]: x"]}):
        site.record(told)
    site.record(duplicati("2026-01-28T04:00:00Z", operation="Restore"))
    assert site.job().runs == 1
    assert site.summary()["totalBackupsRuns"] == 1
