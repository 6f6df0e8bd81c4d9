"""What threads know together of a time without a write, and that none of it is wrong."""

import random

import pytest

from duplistat.store.database import Database
from duplistat.store.unchanged import Span, Unchanged
from tests.support.databases import at_once


@pytest.mark.parametrize(
    ("since", "until", "known"),
    [
        (15, 25, (10, 25)),
        (20, 25, (10, 25)),
        (5, 15, (5, 20)),
        (5, 10, (5, 20)),
        (12, 18, (10, 20)),
        (5, 30, (5, 30)),
        (21, 25, (21, 25)),
        (30, 30, (30, 30)),
        (2, 9, (10, 20)),
    ],
)
def test_spans_that_touch_are_one_and_of_others_the_later_one_is_kept(
    since: int, until: int, known: tuple[int, int]
) -> None:
    span = Span(10, 20)
    span.learn(since, until)
    assert (span.since, span.until) == known


def test_whatever_threads_learn_in_whichever_order_no_write_is_in_the_span() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        written = sorted(chance.sample(range(1, 400), chance.randint(1, 8)))
        span, first = Span(0, 0), dict[int, tuple[int, int]]()
        late: list[tuple[int, int]] = []
        for at in sorted(chance.sample(range(1, 400), 60)):
            thread, version = chance.randrange(4), sum(write <= at for write in written)
            if first.get(thread, (-1, 0))[0] != version:
                first[thread] = version, at
            late.append((first[thread][1], at))
            # A thread that found something out may be the last to say so.
            if chance.random() < 0.7:
                span.learn(*late.pop(chance.randrange(len(late))))
                assert not [write for write in written if span.since < write <= span.until]


@pytest.fixture
def reader(db: Database) -> Database:
    return Database(db.url, read_only=True)


def test_the_time_goes_on_until_somebody_writes(db: Database, reader: Database) -> None:
    unchanged = Unchanged(reader)
    first = unchanged.since()
    assert unchanged.since() == first
    db.execute("UPDATE account SET timezone = 'Europe/Berlin'")
    changed = unchanged.since()
    assert first is not None
    assert changed is not None
    assert changed > first
    assert unchanged.since() == changed
    reader.close_all()


def test_a_thread_that_looks_for_the_first_time_learns_from_those_that_looked_before(
    db: Database, reader: Database
) -> None:
    unchanged = Unchanged(reader)
    first = unchanged.since()
    at_once(reader, 4, lambda _: unchanged.since())
    # One that knows the beginning looks again: from then on all know it.
    assert unchanged.since() == first
    reader.close_all()


def test_sqlite_tells_one_that_writes_itself_nothing_and_postgresql_of_its_own_writes(db: Database) -> None:
    unchanged = Unchanged(db)
    before = unchanged.since()
    with db.transaction():
        db.execute("UPDATE account SET timezone = 'Europe/Berlin'")
    after = unchanged.since()
    if db.on_sqlite:
        assert before is after is None
    else:
        assert before is not None
        assert after is not None
        assert after > before
        assert unchanged.since() == after
