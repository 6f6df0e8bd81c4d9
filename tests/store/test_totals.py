"""Sums that are kept in the transaction that changes them."""

import pytest

from duplistat.services.bootstrap import main_account
from duplistat.store import totals
from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS, Tally
from tests.support.databases import at_once, statements_of

MOST = 2**63 - 1


def summary(db: Database) -> totals.Summary:
    return totals.summary(db, (main_account(db),), 0)


def test_a_tally_is_added_to_what_is_there(db: Database) -> None:
    account = main_account(db)
    for _ in range(2):
        with db.transaction():
            tally = Tally(db.shards)
            tally.run(account, 1, "success", 0)
            tally.bytes(account, 1, uploaded=5, size=7, storage=-1)
            tally.flush(db)
    found = summary(db)
    assert (found.runs, found.success, found.uploaded, found.size, found.storage) == (2, 2, 10, 14, -2)


def test_sums_may_outgrow_64_bits(db: Database) -> None:
    for job in range(5):
        with db.transaction():
            tally = Tally(db.shards)
            tally.bytes(main_account(db), job, uploaded=MOST, size=MOST, storage=MOST)
            tally.flush(db)
    assert (summary(db).uploaded, summary(db).size, summary(db).storage) == (5 * MOST, 5 * MOST, 5 * MOST)


def test_the_newest_time_stays(db: Database) -> None:
    for at in (5, 9, 7):
        with db.transaction():
            tally = Tally(db.shards)
            tally.newest(main_account(db), 1, at, at - 1)
            tally.flush(db)
    assert (summary(db).received_at, summary(db).started_at) == (9, 8)


def test_tallies_of_many_writers_at_once_are_all_added(db: Database) -> None:
    account = main_account(db)

    def add(number: int) -> None:
        for job in range(20):
            with db.transaction():
                tally = Tally(db.shards)
                tally.run(account, number + job, "failed", job * DAY_MS)
                tally.run(account, number - job, "success", 0)
                tally.bytes(account, job, uploaded=1)
                tally.received("simple", "recorded", job)
                tally.flush(db)

    assert at_once(db, 8, add) == [None] * 8
    assert (summary(db).failed, summary(db).success, summary(db).uploaded) == (160, 160, 160)
    assert totals.received(db) == [("simple", "recorded", 160)]


@pytest.mark.parametrize(("day", "rate"), [(0, 0.25), (29, 0.25), (30, None)])
def test_the_success_rate_is_of_thirty_days(db: Database, day: int, rate: float | None) -> None:
    account = main_account(db)
    with db.transaction():
        tally = Tally(db.shards)
        for outcome in totals.OUTCOMES:
            tally.run(account, 1, outcome, 100 * DAY_MS)
        tally.flush(db)
    assert totals.success_rate(db, (account,), (100 + day) * DAY_MS) == rate


def test_postgresql_adds_to_all_sums_in_one_statement(db: Database) -> None:
    tally = Tally(db.shards)
    for job in range(db.shards):
        tally.bytes(main_account(db), job, uploaded=1)
    with db.transaction(), statements_of(db) as ran:
        tally.flush(db)
    assert len(ran) == (3 if db.on_sqlite else 1)
