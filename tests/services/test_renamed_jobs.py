"""A job that was renamed: proposed as the same one, joined when a person says so, and two again."""

import threading
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.audit import Actor
from duplistat.services.jobs.deletion import delete_job, delete_job_rows
from duplistat.services.servers import merge as server_merge
from duplistat.services.servers import renamed_jobs, unmerge
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.renamed_jobs import join_jobs, keep_jobs_apart, unjoin_jobs
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.services.worker_context import WorkerContext
from duplistat.store import job_aliases, jobs, merges
from tests.services.test_merging import TABLES, counted, night, state, sums
from tests.support.bodies import duplicati, live
from tests.support.clock import ms
from tests.support.identity import report
from tests.support.made_once import made_once
from tests.support.site import Site

BY: Actor = {"user": None, "who": "ada@example.org", "address": "127.0.0.1"}
OLD, NEW = "Fotos", "Fotos NAS"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_merge, "AT_ONCE", 4)
    monkeypatch.setattr(unmerge, "AT_ONCE", 4)


def send(site: Site, day: int, job: str, **more: Any) -> dict[str, Any]:
    kept, site.now.at = site.now.at, ms(f"2026-01-{day:02}T02:10:00Z")
    answer = site.record(night(day, "m", job=job, **more))
    site.sweep()
    site.now.at = kept
    told: dict[str, Any] = answer
    return told


@made_once
def fill(site: Site) -> None:
    """Every night until the 14th under one name, then under another one."""
    for day in range(1, 21):
        send(site, day, OLD if day < 15 else NEW, result="Error" if day in (5, 17) else "Success")
    site.now.at = ms("2026-01-20T12:00:00Z")
    site.sweep()


def proposed(site: Site) -> list[tuple[str, str]]:
    return [(one.old.name, one.new.name) for one in renamed_jobs.proposals(site.db, site.jobs())]


def begin(site: Site, into: int = 2, gone: int = 1, sees: tuple[int, ...] = (1,)) -> int:
    return site.writes.run(join_jobs, into=into, gone=gone, sees=sees, by=BY, now=site.now())


def begin_undo(site: Site, merge: int, sees: tuple[int, ...] = (1,)) -> int:
    return site.writes.run(unjoin_jobs, merge=merge, sees=sees, by=BY, now=site.now())["job"]


def joined(site: Site, into: int = 2, gone: int = 1) -> int:
    merge = begin(site, into, gone)
    assert server_merge.carry_on(site.writes, merge, site.now())
    return merge


def undone(site: Site, merge: int) -> int:
    back = begin_undo(site, merge)
    assert server_merge.carry_on(site.writes, merge, site.now())
    return back


def test_the_same_id_under_a_new_name_is_proposed_and_not_joined(site: Site) -> None:
    for day, name in ((26, "rename-1"), (27, "rename-2")):
        site.now.set(f"2026-11-{day}T02:05:00Z")
        site.record(report(name))
    assert proposed(site) == [("Fotos", "Fotos NAS")]
    assert [job.name for job in site.jobs()] == ["Fotos", "Fotos NAS"]
    site.now.set("2026-11-28T12:00:00Z")
    site.sweep()
    # It fell silent, whatever is proposed.
    assert site.job("Fotos").health == "overdue"


def test_nothing_is_proposed_while_both_report(site: Site) -> None:
    send(site, 1, OLD)
    send(site, 2, NEW)
    assert proposed(site) == [(OLD, NEW)]
    send(site, 3, OLD)
    assert proposed(site) == []


def test_nothing_is_proposed_of_one_that_is_still_at_work(site: Site) -> None:
    send(site, 1, OLD)
    send(site, 2, NEW)
    site.now.set("2026-01-03T02:00:00Z")
    site.record(live("Started", "2026-01-03T01:59:00Z", machine="m", job=OLD))
    assert proposed(site) == []


@pytest.mark.parametrize("extra", [{"backup-id": "DB-2"}, {"backup-id": None}, {"machine-id": "other"}])
def test_nothing_is_proposed_for_another_id_or_another_machine(site: Site, extra: dict[str, Any]) -> None:
    send(site, 1, OLD)
    site.now.set("2026-01-02T03:00:00Z")
    site.record(duplicati("2026-01-02T02:00:00Z", machine="m", job=NEW, extra=extra))
    known = [renamed_jobs.proposals(site.db, jobs.of_server(site.db, server.id)) for server in site.servers()]
    assert not any(known)


def test_a_proposal_that_was_dismissed_does_not_come_back(site: Site) -> None:
    fill(site)
    site.writes.run(keep_jobs_apart, job=1, other=2, sees=[1], **site.signature())
    send(site, 21, NEW)
    assert proposed(site) == []
    # A third name is another question.
    send(site, 22, "Fotos 3")
    assert sorted(proposed(site)) == [(OLD, "Fotos 3"), (NEW, "Fotos 3")]


def test_what_is_in_the_archive_is_not_proposed(site: Site) -> None:
    fill(site)
    site.set_job(site.job(OLD), archived=True)
    assert proposed(site) == []


def test_joined_they_are_one_history_with_what_was_set(site: Site) -> None:
    fill(site)
    site.set_job(
        site.job(OLD),
        schedule="daily 02:00",
        schedule_zone="Europe/Berlin",
        grace_ms=7_200_000,
        tags=["photos"],
        alias="Family",
        notes="call Ada",
        paused_until=ms("2026-02-01T00:00:00Z"),
        maintenance_from=ms("2026-03-01T00:00:00Z"),
        maintenance_until=ms("2026-03-02T00:00:00Z"),
    )
    joined(site)
    (job,) = site.jobs()
    assert (job.id, job.name, job.alias, job.tags) == (2, NEW, "Family", '["photos"]')
    assert (job.schedule, job.schedule_zone, job.grace_ms) == ("daily 02:00", "Europe/Berlin", 7_200_000)
    assert (job.paused_until, job.maintenance_until) == (
        ms("2026-02-01T00:00:00Z"),
        ms("2026-03-02T00:00:00Z"),
    )
    assert len(site.runs(NEW)) == 20
    assert sums(site.db)[0] == counted(site.db)
    assert site.db.rows("SELECT text FROM job_note WHERE job_id = 2") == [("call Ada",)]
    assert proposed(site) == []


def test_what_is_set_on_the_job_that_stays_wins(site: Site) -> None:
    fill(site)
    site.set_job(site.job(OLD), alias="old", grace_ms=60_000)
    site.set_job(site.job(NEW), alias="new")
    joined(site)
    (job,) = site.jobs()
    assert (job.alias, job.grace_ms) == ("new", 60_000)


def test_reports_under_either_name_are_those_of_the_joined_job(site: Site) -> None:
    fill(site)
    before = send(site, 3, OLD)["data"]
    joined(site)
    assert send(site, 3, OLD)["data"] == before
    send(site, 21, OLD)
    send(site, 22, NEW)
    site.now.set("2026-01-23T02:00:00Z")
    site.record(live("Started", "2026-01-23T01:59:00Z", machine="m", job=OLD))
    (job,) = site.jobs()
    assert (job.name, job.live_state != "", len(site.runs(NEW))) == (NEW, True, 22)


def test_a_job_that_is_told_of_later_does_not_open_the_proposal_again(site: Site) -> None:
    fill(site)
    joined(site)
    send(site, 21, OLD)
    assert proposed(site) == []


def test_undone_all_is_as_it_was(site: Site) -> None:
    fill(site)
    site.set_job(site.job(OLD), alias="Family", notes="call Ada", paused=True)
    before = state(site.db, (*TABLES, "job_alias"))
    merge = joined(site)
    assert state(site.db, (*TABLES, "job_alias")) != before
    assert undone(site, merge) == 1
    assert state(site.db, (*TABLES, "job_alias")) == before
    assert merges.into(site.db, 1) == []
    assert proposed(site) == [(OLD, NEW)]


def test_what_came_since_stays_with_the_job_that_stayed(site: Site) -> None:
    fill(site)
    merge = joined(site)
    send(site, 21, OLD)
    undone(site, merge)
    assert (len(site.runs(OLD)), len(site.runs(NEW))) == (14, 7)
    send(site, 22, OLD)
    assert len(site.runs(OLD)) == 15
    assert sums(site.db)[0] == counted(site.db)


def test_a_joining_in_the_middle_can_be_undone(site: Site) -> None:
    fill(site)
    before = state(site.db)
    merge = begin(site)
    for _ in range(2):
        site.writes.run(merge_step, merge=merge, now=site.now())
    undone(site, merge)
    assert state(site.db) == before


def test_a_job_that_was_renamed_twice_is_joined_and_parted_step_by_step(site: Site) -> None:
    fill(site)
    send(site, 21, "third")
    before = state(site.db)
    first = joined(site, 2, 1)
    second = joined(site, 3, 2)
    assert job_aliases.of_job(site.db, 3) == [OLD, NEW]
    send(site, 22, OLD)
    assert len(site.runs("third")) == 22
    with pytest.raises(DuplistatError, match="'Fotos NAS' was joined with another one after it"):
        begin_undo(site, first)
    undone(site, second)
    assert [job.name for job in site.jobs()] == [NEW, "third"]
    undone(site, first)
    site.db.change("DELETE FROM run WHERE order_at > ?", (ms("2026-01-21T12:00:00Z"),))
    assert len(before["run"]) == len(state(site.db)["run"])


def test_two_pairs_of_jobs_are_parted_in_any_order(site: Site) -> None:
    fill(site)
    for day, name in ((1, "a"), (2, "b")):
        send(site, day, name, extra={"backup-id": "DB-9"})
    first, second = joined(site), joined(site, 4, 3)
    undone(site, first)
    undone(site, second)
    assert len(site.jobs()) == 4


def test_a_merge_of_servers_takes_the_other_names_along(site: Site) -> None:
    fill(site)
    merge = joined(site)
    site.now.set("2026-01-21T03:00:00Z")
    site.record(duplicati("2026-01-21T02:00:00Z", machine="n", job=NEW))
    servers = site.writes.run(merge_servers, into=2, gone=1, sees=[1], **site.signature())
    assert server_merge.carry_on(site.writes, servers, site.now())
    send(site, 22, OLD)
    assert len(site.jobs()) == 1
    with pytest.raises(DuplistatError, match="was merged into the same server after it"):
        begin_undo(site, merge)
    site.writes.run(unmerge_servers, merge=servers, sees=[1], **site.signature())
    assert server_merge.carry_on(site.writes, servers, site.now())
    undone(site, merge)
    assert sorted(job.name for job in site.jobs()) == [OLD, NEW, NEW]


def test_the_scheduler_brings_it_to_its_end(site: Site) -> None:
    fill(site)
    begin(site)
    worker = BackgroundTaskWorker(WorkerContext(site.config, site.db, site.writes, site.now))
    assert worker.poll()
    worker.join(20)
    assert [job.name for job in site.jobs()] == [NEW]


@pytest.mark.parametrize(
    ("into", "gone", "problem"),
    [(1, 1, "with itself"), (1, 3, "jobs of different servers")],
)
def test_what_cannot_be_joined_says_why(site: Site, into: int, gone: int, problem: str) -> None:
    fill(site)
    site.record(duplicati("2026-01-21T02:00:00Z", machine="n"))
    with pytest.raises(DuplistatError, match=problem):
        begin(site, into, gone)


def test_jobs_of_others_are_not_there(site: Site) -> None:
    fill(site)
    for into, gone, sees in ((2, 1, (7,)), (2, 99, (1,))):
        with pytest.raises(DuplistatError) as error:
            begin(site, into, gone, sees)
        assert error.value.kind is Kind.NOT_FOUND
    merge = begin(site)
    with pytest.raises(DuplistatError):
        begin_undo(site, merge, sees=(7,))
    with pytest.raises(DuplistatError, match="being merged"):
        begin(site)
    with pytest.raises(DuplistatError, match="being merged"):
        site.writes.run(delete_job, job=1, **site.signature())


def test_after_thirty_days_it_stays(site: Site) -> None:
    fill(site)
    merge = joined(site)
    site.now.forward(days=31)
    with pytest.raises(DuplistatError, match="more than 30 days old"):
        begin_undo(site, merge)
    assert merges.prune(site.db, site.now() - 30 * 86_400_000, 10_000) > 0
    send(site, 21, OLD)
    assert [job.name for job in site.jobs()] == [NEW]
    assert merges.job_after(site.db, (1,), 1) == 2


def test_with_the_job_that_stayed_its_other_names_go(site: Site) -> None:
    fill(site)
    joined(site)
    site.writes.run(delete_job, job=2, **site.signature())
    while not site.writes.run(delete_job_rows, job=2, now=site.now())["done"]:
        pass
    assert merges.into(site.db, 1) == []
    send(site, 21, OLD)
    assert [job.name for job in site.jobs()] == [OLD]


def test_what_was_done_is_noted(site: Site) -> None:
    fill(site)
    undone(site, joined(site))
    found = site.db.rows("SELECT action, who, subject FROM audit ORDER BY id")
    assert found == [
        ("job.join", "ada@example.org", f"nas / {NEW}"),
        ("job.unjoin", "ada@example.org", f"nas / {NEW}"),
    ]


class Sender(threading.Thread):
    """Reports nights under both names while they are joined or parted."""

    def __init__(self, site: Site, job: str) -> None:
        super().__init__()
        self.site, self.job = site, job
        self.failed: list[str] = []

    def run(self) -> None:
        for day in range(1, 25):
            body = night(day, "m", job=self.job)
            for _ in range(5):
                answer = self.site.post(body)
                if answer.status_code == 200:
                    break
            else:
                self.failed.append(answer.text)
        self.site.db.close()


def to_the_end(site: Site, merge: int) -> bool:
    """Go on with a joining, or with undoing it, as long as others let it; whether it is at its end."""
    for _ in range(50):
        try:
            return server_merge.carry_on(site.writes, merge, site.now())
        except DuplistatError:
            continue
    return False


def test_while_they_are_joined_and_parted_no_report_is_lost_or_counted_twice(site: Site) -> None:
    fill(site)
    merge = 0
    for undoing in (False, True):
        senders = [Sender(site, job) for job in (OLD, NEW)]
        for sender in senders:
            sender.start()
        merge = merge or begin(site)
        if undoing:
            begin_undo(site, merge)
        assert to_the_end(site, merge)
        for sender in senders:
            sender.join()
        assert [sender.failed for sender in senders] == [[], []]
        assert sums(site.db)[0] == counted(site.db)
        if not undoing:
            (job,) = site.jobs()
            assert len(site.runs(NEW)) == len({run.key for run in site.runs(NEW)}) == 24
    for job in site.jobs():
        history = site.runs(job.name)
        assert len(history) == len({run.key for run in history})
