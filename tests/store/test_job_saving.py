"""A job that was read to be changed is written only where it was changed."""

from dataclasses import replace

import pytest

from duplistat.services.bootstrap import main_account
from duplistat.store import jobs, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from tests.support.databases import statements_of

pytestmark = pytest.mark.usefixtures("both_databases")


def a_job(db: Database) -> Job:
    account = main_account(db)
    with db.transaction():
        server = servers.add(db, account, "name:pc", "", "pc", "{}", 0)
        return jobs.add(db, account, server.id, "Docs", "", 0)


def held(db: Database, job: Job) -> Job:
    found = jobs.locked(db, job.server_id, job.name)
    assert found is not None
    return found


def stored(db: Database, job: Job) -> Job:
    return jobs.by_ids(db, [job.id])[job.id]


def test_columns_that_did_not_change_are_left_as_others_wrote_them(db: Database) -> None:
    job = a_job(db)
    with db.transaction():
        mine = held(db, job)
        db.execute("UPDATE job SET alias = ? WHERE id = ?", ("Papers", job.id))
        mine.missed, mine.last_status, mine.days = 3, "success", "s"
        with statements_of(db) as ran:
            jobs.save(db, mine)
    assert ran == ["UPDATE job SET missed = ?, last_status = ?, days = ? WHERE id = ?"]
    found = stored(db, job)
    assert (found.alias, found.missed, found.last_status, found.days) == ("Papers", 3, "success", "s")


def test_nothing_is_written_where_nothing_changed(db: Database) -> None:
    job = a_job(db)
    with db.transaction(), statements_of(db) as ran:
        mine = held(db, job)
        ran.clear()
        jobs.save(db, mine)
    assert ran == []


def test_what_is_saved_again_is_compared_with_what_was_saved_last(db: Database) -> None:
    job = a_job(db)
    with db.transaction():
        mine = held(db, job)
        mine.missed, mine.size = 1, 10
        jobs.save(db, mine)
        mine.missed, mine.size = 0, 20
        jobs.save(db, mine)
        mine.size = None
        jobs.save(db, mine)
    found = stored(db, job)
    assert (found.missed, found.size) == (0, None)


def test_a_copy_is_written_whole(db: Database) -> None:
    job = a_job(db)
    with db.transaction():
        mine = held(db, job)
        db.execute("UPDATE job SET alias = ? WHERE id = ?", ("Papers", job.id))
        jobs.save(db, replace(mine, missed=2))
    found = stored(db, job)
    assert (found.alias, found.missed) == (None, 2)
