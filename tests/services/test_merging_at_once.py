"""Reports come in while servers are merged and while that is undone: none is lost, none is counted twice."""

import threading
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.servers import merge as server_merge
from duplistat.services.servers import unmerge
from tests.services.test_merging import NEW, OLD, begin, begin_undo, counted, fill, night, sums
from tests.support.site import Site

DAYS = range(1, 29)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_merge, "AT_ONCE", 4)
    monkeypatch.setattr(unmerge, "AT_ONCE", 4)


class Sender(threading.Thread):
    """Reports the nights of a machine, of a job that is known and of one that is new; what is refused, again."""

    def __init__(self, site: Site, machine: str) -> None:
        super().__init__()
        self.site = site
        self.machine = machine
        self.failed: list[str] = []

    def run(self) -> None:
        for day in DAYS:
            for more in ({}, {"job": f"Since {self.machine}"}):
                self._send(night(day, self.machine, **more))
        self.site.db.close()

    def _send(self, body: dict[str, Any]) -> None:
        for _ in range(5):
            answer = self.site.post(body)
            if answer.status_code == 200:
                return
        self.failed.append(answer.text)


def steps(site: Site, merge: int) -> None:
    """Go on to the end, as a scheduler and a page do at once."""
    others = [threading.Thread(target=_to_the_end, args=(site, merge)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()


def _to_the_end(site: Site, merge: int) -> None:
    while True:
        try:
            if server_merge.carry_on(site.writes, merge, site.now()):
                break
        except DuplistatError:
            # Somebody else was first; the next step sees what is left.
            continue
    site.db.close()


def test_while_it_is_merged_and_undone_no_report_is_lost(site: Site) -> None:
    fill(site)
    for begun in (begin, None):
        senders = [Sender(site, machine) for machine in (OLD, NEW)]
        for sender in senders:
            sender.start()
        merge = begin(site) if begun else 1
        if not begun:
            begin_undo(site, merge)
        steps(site, merge)
        for sender in senders:
            sender.join()
        assert [sender.failed for sender in senders] == [[], []]
        assert sums(site.db)[0] == counted(site.db)
        for machine in (OLD, NEW):
            # A job that came with the merge stays; the same job of the server that is back is another one.
            found = site.db.rows(
                "SELECT count(DISTINCT r.order_at), count(DISTINCT r.job_id) FROM run r"
                " JOIN job j ON j.id = r.job_id WHERE j.name = ?",
                (f"Since {machine}",),
            )
            assert found in ([(len(DAYS), 1)], [(len(DAYS), 1 if begun else 2)])
        if begun:
            (home,) = {job.server_id for job in site.jobs()}
            backups = [run.order_at for run in site.runs() if run.operation == "backup"]
            assert (home, len(backups), len(set(backups))) == (2, len(DAYS), len(DAYS))
        else:
            assert {server.id for server in site.servers()} == {1, 2}
            nights = (
                "SELECT count(*), count(DISTINCT order_at) FROM run WHERE job_id = ? AND operation = 'backup'"
            )
            for job in site.jobs():
                ((all_runs, different),) = site.db.rows(nights, (job.id,))
                assert all_runs == different, job.name
