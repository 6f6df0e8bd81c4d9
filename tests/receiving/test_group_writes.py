"""Requests of a loop that are written together on PostgreSQL: answered each; whoever gets no answer is told."""

import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from duplistat.receiving.group_writes import AT_ONCE, PATIENCE, GroupWrites
from duplistat.services.writes import LIMITED
from duplistat.store.database import Database
from duplistat.store.totals import Tally

PATIENT = 20

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def both_databases() -> str:
    return "postgresql"


class Loop:
    """Writes in a loop, and what was told of its requests. `groups` are the numbers that were written together."""

    def __init__(self, db: Database) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.told: dict[int, Any] = {}
        self.groups: dict[int, list[int]] = {}
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.begun = threading.Semaphore(0)
        self.writes = GroupWrites(
            db, {"add": self._add, "hold": self._hold, LIMITED: self._limited}, self._defer
        )
        self._tallies: list[Tally] = []

    def ask(self, number: int, name: str = "add", **arguments: Any) -> None:
        asked = {"number": number} | arguments
        self.writes.ask((name, asked), lambda answer: self.told.update({number: answer}))

    def turn_until(self, count: int) -> None:
        """Go on until so many were told."""
        deadline = time.monotonic() + PATIENT
        while len(self.told) < count:
            assert time.monotonic() < deadline, self.told
            self.writes.send()
            try:
                self.calls.get(timeout=0.05)()
            except Empty:
                continue

    def end(self) -> None:
        """Wait for what is still written."""
        self.writes._threads.shutdown()

    def _defer(self, function: Callable[..., None], *arguments: Any) -> None:
        self.calls.put(lambda: function(*arguments))

    def _note(self, tally: Tally, number: int) -> None:
        if not any(tally is known for known in self._tallies):
            self._tallies.append(tally)
        at = next(index for index, known in enumerate(self._tallies) if tally is known)
        self.groups.setdefault(at, []).append(number)

    def _add(self, db: Database, tally: Tally, arguments: dict[str, Any]) -> int:
        self.begun.release()
        assert self.goes_on.wait(PATIENT)
        number: int = arguments["number"]
        self._note(tally, number)
        if arguments.get("wrong"):
            db.execute("SELECT 1 / 0")
        db.execute("INSERT INTO setting (name, value) VALUES (?, '')", (str(number),))
        return number

    def _hold(self, db: Database, tally: Tally, arguments: dict[str, Any]) -> str:
        """Hold a row, and give others the time to come for what comes next."""
        self._note(tally, arguments["number"])
        job: str = arguments["report"]["job"]
        db.execute("SELECT 1 FROM setting WHERE name = ? FOR UPDATE", (job,))
        time.sleep(0.05)
        return job

    def _limited(self, db: Database, tally: Tally, arguments: dict[str, Any]) -> str:
        return self._hold(db, tally, arguments["arguments"])


@pytest.fixture
def loop(db: Database) -> Iterator[Loop]:
    loop = Loop(db)
    yield loop
    loop.goes_on.set()
    loop.end()


def test_what_came_while_a_group_is_written_is_the_next_one(loop: Loop, db: Database) -> None:
    loop.goes_on.clear()
    loop.ask(0)
    loop.writes.send()
    for number in range(1, 6):
        loop.ask(number)
        loop.writes.send()
    loop.goes_on.set()
    loop.turn_until(6)
    assert loop.told == {number: {"result": number} for number in range(6)}
    assert list(loop.groups.values()) == [[0], [1, 2, 3, 4, 5]]
    assert db.rows("SELECT count(*) FROM setting WHERE name IN ('0', '1', '2', '3', '4', '5')") == [(6,)]


def test_another_thread_begins_when_a_full_group_waits(loop: Loop) -> None:
    loop.goes_on.clear()
    loop.ask(0)
    loop.writes.send()
    assert loop.begun.acquire(timeout=PATIENT)
    for number in range(1, AT_ONCE + 1):
        loop.ask(number)
    loop.writes.send()
    assert loop.begun.acquire(timeout=PATIENT)
    loop.goes_on.set()
    loop.turn_until(AT_ONCE + 1)
    assert sorted(map(len, loop.groups.values())) == [1, AT_ONCE]


def test_one_that_fails_is_told_and_the_others_are_written(loop: Loop, db: Database) -> None:
    for number in range(6):
        loop.ask(number, wrong=number == 3)
    loop.turn_until(6)
    assert loop.told == {number: {"result": number} if number != 3 else None for number in range(6)}
    assert db.rows("SELECT count(*) FROM setting WHERE name IN ('0', '1', '2', '3', '4', '5')") == [(5,)]


def test_nobody_is_waited_for_who_lets_us_in_later() -> None:
    away = Loop(Database("postgresql://me@127.0.0.1:9/nothing", patience=PATIENT))
    for number in range(3):
        away.ask(number)
    began = time.monotonic()
    away.turn_until(3)
    assert away.told == dict.fromkeys(range(3))
    assert time.monotonic() - began < PATIENT / 2
    away.end()


def test_whoever_waits_too_long_for_a_group_is_told(loop: Loop) -> None:
    loop.goes_on.clear()
    loop.ask(0)
    loop.writes.send()
    loop.ask(1)
    loop.writes.send()
    now = time.monotonic()
    loop.writes.give_up_waiting(now + PATIENCE - 1)
    assert loop.told == {}
    loop.writes.give_up_waiting(now + PATIENCE + 1)
    assert loop.told == {1: None}


def test_two_that_hold_the_same_jobs_do_so_in_one_order(db: Database) -> None:
    """In two orders PostgreSQL would end one of them, which would be done again, one request at a time."""
    for job in "abc":
        db.execute("INSERT INTO setting (name, value) VALUES (?, '')", (job,))
    one, other = Loop(db), Loop(db)
    for loop, jobs in ((one, "abc"), (other, "cab")):
        for number, job in enumerate(jobs):
            report = {"server": "s", "job": job}
            loop.ask(number, LIMITED, token=["upload"], arguments={"number": number, "report": report})
        loop.writes.send()
    for loop, jobs in ((one, "abc"), (other, "cab")):
        loop.turn_until(3)
        assert loop.told == {number: {"result": job} for number, job in enumerate(jobs)}
        assert len(loop.groups) == 1
        loop.end()
