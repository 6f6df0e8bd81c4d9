"""Passwords: what a flood of them may take of this process."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.people import passwords
from tests.support.bodies import simple
from tests.support.people import PASSWORD, People
from tests.support.serving import until
from tests.support.site import Site


class Slow:
    """Argon2 that waits to be let go; counts who is in it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def slow(*arguments: Any, **more: Any) -> Any:
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            assert self.go.wait(30)
            try:
                return original(*arguments, **more)
            finally:
                with self._lock:
                    self.inside -= 1

        return slow


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    for name in ("hash", "verify"):
        monkeypatch.setattr(PasswordHasher, name, slow.around(getattr(PasswordHasher, name)))
    yield slow
    slow.go.set()


def waiting() -> int:
    return passwords.MOST - passwords._PLACES._value


def test_one_is_hashed_at_a_time_and_few_wait(site: Site, slow: Slow) -> None:
    def guess() -> bool:
        return passwords.fits("x", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ")

    def make() -> str:
        return passwords.hashed(site.db, "jo@example.org", "x")

    with ThreadPoolExecutor(passwords.MOST) as pool:
        asked = [pool.submit(guess) for _ in range(passwords.MOST)]
        until(lambda: waiting() == passwords.MOST and slow.inside, "a full queue")
        for ask in (guess, make):
            with pytest.raises(DuplistatError) as e:
                ask()
            assert e.value.kind is Kind.TOO_MANY
        slow.go.set()
        assert [one.result(30) for one in asked] == [False] * passwords.MOST
    assert slow.most == 1
    assert passwords.fits("x", make())


def test_a_flood_of_sign_ins_is_told_so_and_reports_come_in(site: Site, slow: Slow) -> None:
    people = People(site)
    slow.go.set()
    people.user()
    slow.go.clear()
    with ThreadPoolExecutor(passwords.MOST) as pool:
        flood = [pool.submit(people.nobody().sign_in, "jo@example.org") for _ in range(passwords.MOST)]
        until(lambda: waiting() == passwords.MOST, "a full queue")
        refused = [people.nobody().sign_in(email, PASSWORD) for email in ("jo@example.org", "no@example.org")]
        assert [(answer.code, answer.response.status_code) for answer in refused] == [("limited", 429)] * 2
        assert refused[0].response.text == refused[1].response.text
        assert refused[0].response.headers["Retry-After"] == "1"
        site.record(simple(server="web-01", start="2026-01-28T02:00:00Z"))
        slow.go.set()
        assert [one.result(30).code for one in flood] == [""] * passwords.MOST
    # Who was refused did not fail.
    assert site.db.rows("SELECT count(*) FROM failure") == [(0,)]
