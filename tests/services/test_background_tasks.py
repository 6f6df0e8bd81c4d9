"""Background tasks: taken by one, done in steps, left to the next when the one who has it ends."""

import json
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.jobs.background_tasks import BackgroundTaskWorker
from duplistat.services.accounts import tree as account_tree
from duplistat.services.accounts.changes import (
    create_account,
    delete_account,
    move_account,
    set_account,
    set_account_suspended,
)
from duplistat.services.audit import By
from duplistat.services.background import end_background_task, hold_background_task, take_background_task
from duplistat.services.maintenance import background_work
from duplistat.services.maintenance.retention import prune_table
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import name_of, prepare
from duplistat.store import audit, background_tasks, export
from duplistat.store.audit import Filter
from duplistat.store.background_tasks import BackgroundTask
from tests.services.test_accounts import counts, fill
from tests.support.known import id_of, the_account
from tests.support.site import Site

ADA = By(7, "ada@example.org", "192.0.2.7")


def worker(site: Site) -> BackgroundTaskWorker:
    return BackgroundTaskWorker(WorkerContext(site.config, site.db, site.writes, site.now))


def delete(site: Site, name: str) -> int:
    site.writes.run(
        set_account_suspended, account=id_of(site.db, name), suspended=True, **site.signature(ADA)
    )
    return site.writes.run(delete_account, account=id_of(site.db, name), **site.signature(ADA))


def task(site: Site, id: int) -> BackgroundTask:
    found = background_tasks.get(site.db, id)
    assert found is not None
    return found


def take(site: Site) -> BackgroundTask | None:
    taken = site.writes.run(take_background_task, now=site.now(), until=site.now() + 1000)
    return task(site, taken) if taken is not None else None


def done(site: Site, worker: BackgroundTaskWorker) -> None:
    assert worker.poll()
    worker.join(30)


def test_an_account_is_deleted_in_the_background(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 2)
    fill(site)
    before = counts(site.db)
    id = delete(site, "p")
    done(site, worker(site))
    assert counts(site.db) == {table: number // 2 for table, number in before.items()}
    ended = task(site, id)
    assert (ended.ended_at, ended.problem, ended.subject) == (site.now(), "", "2")
    assert json.loads(ended.state)["gone"] >= 7
    (entry,) = audit.page(site.db, (1,), Filter(action="account.delete"), before=None, limit=9)
    assert (entry.who, entry.subject, json.loads(entry.before)) == (
        "ada@example.org",
        "p",
        {"accounts": "p, c"},
    )


def test_only_what_is_suspended_is_deleted_and_once(site: Site) -> None:
    account_tree.create(site.db, "p", None, site.now())
    with pytest.raises(DuplistatError, match="suspend 'p' first"):
        site.writes.run(delete_account, account=id_of(site.db, "p"), **site.signature(ADA))
    delete(site, "p")
    with pytest.raises(DuplistatError, match="'p' is being deleted"):
        site.writes.run(delete_account, account=id_of(site.db, "p"), **site.signature(ADA))
    with pytest.raises(DuplistatError, match="'main' cannot be deleted"):
        site.writes.run(delete_account, account=id_of(site.db, "main"), **site.signature(ADA))


def test_an_account_that_came_below_in_the_meantime_is_not_deleted(site: Site) -> None:
    account_tree.create(site.db, "p", None, site.now())
    id = delete(site, "p")
    account_tree.create(site.db, "late", id_of(site.db, "p"), site.now())
    done(site, worker(site))
    assert "'p' has got sub-accounts meanwhile" in task(site, id).problem
    assert the_account(site.db, "late") is not None


def test_what_is_being_deleted_is_left_as_it_was(site: Site) -> None:
    for name, parent in (("top", None), ("p", "top"), ("c", "p"), ("beside", "top")):
        account_tree.create(site.db, name, id_of(site.db, parent) if parent else None, site.now())
    id = delete(site, "p")
    site.writes.run(
        set_account_suspended, account=id_of(site.db, "top"), suspended=True, **site.signature(ADA)
    )
    signed = site.signature(ADA)
    for refused in (
        prepare(set_account_suspended, account=id_of(site.db, "p"), suspended=False, **signed),
        prepare(set_account_suspended, account=id_of(site.db, "c"), suspended=False, **signed),
        prepare(set_account_suspended, account=id_of(site.db, "top"), suspended=False, **signed),
        prepare(set_account_suspended, account=id_of(site.db, "p"), suspended=True, **signed),
        prepare(move_account, account=id_of(site.db, "c"), parent=id_of(site.db, "top"), **signed),
        prepare(move_account, account=id_of(site.db, "p"), parent=None, **signed),
        prepare(move_account, account=id_of(site.db, "beside"), parent=id_of(site.db, "c"), **signed),
        prepare(create_account, name="new", parent=id_of(site.db, "c"), timezone="", **signed),
        prepare(set_account, account=id_of(site.db, "c"), changes={"name": "d"}, **signed),
        prepare(delete_account, account=id_of(site.db, "c"), **signed),
        prepare(delete_account, account=id_of(site.db, "top"), **signed),
    ):
        with pytest.raises(DuplistatError, match="is being deleted"):
            site.writes.submit(refused)
    # What is above it, or beside it, may move.
    site.writes.run(move_account, account=id_of(site.db, "beside"), parent=None, **site.signature(ADA))
    site.writes.run(
        move_account, account=id_of(site.db, "top"), parent=id_of(site.db, "beside"), **site.signature(ADA)
    )
    done(site, worker(site))
    assert (task(site, id).problem, the_account(site.db, "c")) == ("", None)
    site.writes.run(
        set_account_suspended, account=id_of(site.db, "beside"), suspended=False, **site.signature(ADA)
    )


def test_an_account_that_has_the_id_since_is_not_deleted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives the id of a row that is gone to the next one."""
    fill(site)
    id, first = delete(site, "p"), worker(site)
    original = site.writes._send

    def dies(name: str, arguments: dict[str, Any]) -> Any:
        if name == name_of(end_background_task):
            raise DuplistatError(Kind.UNAVAILABLE, "killed")
        return original(name, arguments)

    monkeypatch.setattr(site.writes, "_send", dies)
    done(site, first)
    monkeypatch.undo()
    assert (task(site, id).ended_at, task(site, id).problem) == (site.now(), "")
    account_tree.create(site.db, "new", None, site.now())
    site.now.forward(minutes=5)
    assert not worker(site).poll()
    assert the_account(site.db, "new") is not None


def test_of_accounts_that_were_deleted_meanwhile_nothing_is_taken(site: Site) -> None:
    """By the command: then another account may have the id."""
    account_tree.create(site.db, "p", None, site.now())
    id = delete(site, "p")
    account_tree.delete(site.db, account_tree.to_delete(site.db, id_of(site.db, "p")), site.now())
    site.now.forward(seconds=1)
    account_tree.create(site.db, "p", None, site.now())
    account_tree.suspend(site.db, id_of(site.db, "p"), site.now())
    done(site, worker(site))
    assert task(site, id).problem == "some of these accounts were deleted already"
    assert the_account(site.db, "p") is not None


def test_one_background_task_is_done_at_a_time_and_each_by_one(site: Site) -> None:
    for name in ("p", "q"):
        account_tree.create(site.db, name, None, site.now())
        delete(site, name)
    one, other, none = (take(site) for _ in range(3))
    assert one is not None
    assert other is not None
    assert one.id < other.id
    assert none is None
    site.now.forward(seconds=2)
    again = take(site)
    assert again is not None
    assert again.id == one.id
    id, late, now = one.id, one.taken_until or 0, site.now()
    assert not site.writes.run(hold_background_task, task=id, until=late, again=now + 9, state="{}")
    site.writes.run(end_background_task, task=id, until=late, now=now, state="{}", problem="")
    assert task(site, id).ended_at is None


def test_what_was_cut_short_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 2)
    fill(site)
    id, first = delete(site, "p"), worker(site)
    first.stop()
    done(site, first)
    cut = task(site, id)
    assert (cut.ended_at, cut.taken_until) == (None, None)
    done(site, worker(site))
    assert task(site, id).ended_at is not None
    assert the_account(site.db, "p") is None


@pytest.mark.parametrize(
    ("error", "ended", "problem"),
    [
        (ValueError("secret"), True, "something went wrong here; the log of the server says what"),
        (DuplistatError(Kind.INVALID, "it cannot be"), True, "it cannot be"),
        (DuplistatError(Kind.UNAVAILABLE, "no database"), False, ""),
    ],
)
def test_what_goes_wrong_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, ended: bool, problem: str
) -> None:
    def fails(*_: Any) -> Any:
        raise error

    monkeypatch.setitem(background_work.KINDS, "delete_account", fails)
    account_tree.create(site.db, "p", None, site.now())
    id = delete(site, "p")
    done(site, worker(site))
    found = task(site, id)
    assert (found.ended_at is not None, found.problem) == (ended, problem)


def test_old_background_tasks_are_forgotten(site: Site) -> None:
    account_tree.create(site.db, "p", None, site.now())
    id = delete(site, "p")
    assert site.writes.run(prune_table, table="chores", before=site.now() + 1) == 0
    done(site, worker(site))
    assert site.writes.run(prune_table, table="chores", before=site.now() + 1) == 1
    assert background_tasks.get(site.db, id) is None
