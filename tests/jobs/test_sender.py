"""Senders at work: several channels at once, one send for each, and whatever hangs holds up nobody else."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.jobs.sender import Sender
from duplistat.services.alerts.outcomes import Finished
from duplistat.services.worker_context import WorkerContext
from duplistat.store import scheduler_lease
from duplistat.store.notices import Notice
from tests.support.outgoing import Outgoing
from tests.support.serving import until
from tests.support.site import Site


def outcome(result: str = "sent", **more: Any) -> Finished:
    plain: dict[str, Any] = {
        "result": result,
        "code": "",
        "answer": "",
        "retry_after_ms": None,
        "delivered": [],
        "refused": {},
        "ms": 1,
    }
    return plain | more  # type: ignore[return-value]  # as the shape says


class Receiver:
    """Notes what it is given; channels in `hanging` wait until `go` is set."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.hanging: set[int] = set()
        self.go = threading.Event()
        self.at_once: dict[int, int] = {}
        self.most: dict[int, int] = {}
        self._lock = threading.Lock()

    def __call__(self, notice: Notice, limit: float) -> Finished:
        channel = notice.channel_id or 0
        with self._lock:
            self.at_once[channel] = self.at_once.get(channel, 0) + 1
            self.most[channel] = max(self.most.get(channel, 0), self.at_once[channel])
        if channel in self.hanging:
            self.go.wait(30)
        with self._lock:
            self.at_once[channel] -= 1
            self.taken.append(notice.id)
        return outcome()


@pytest.fixture
def outgoing(site: Site) -> Outgoing:
    return Outgoing(site)


def sender_of(
    site: Site, deliver: Callable[[Notice, float], Finished], holder: str = "a", **more: Any
) -> Sender:
    return Sender(WorkerContext(site.config, site.db, site.writes, site.now), deliver, holder, **more)


def work(sender: Sender) -> None:
    """Send until nothing is begun any more."""
    while sender.poll():
        sender.join(20)


def test_what_waits_is_sent_and_noted(outgoing: Outgoing) -> None:
    receiver, channel = Receiver(), outgoing.channel()
    made = [outgoing.notice(channel) for _ in range(3)]
    work(sender_of(outgoing.site, receiver))
    assert receiver.taken == made
    assert [outgoing.state(notice) for notice in made] == [("sent", "")] * 3


def test_eight_channels_at_once_and_one_notice_of_each(outgoing: Outgoing) -> None:
    receiver = Receiver()
    made = [outgoing.channel(f"channel-{number}") for number in range(10)]
    receiver.hanging = set(made)
    for channel in made:
        outgoing.notice(channel)
        outgoing.notice(channel)
    sender = sender_of(outgoing.site, receiver)
    assert sender.poll() == 8
    assert sender.poll() == 0
    until(lambda: len(receiver.at_once) == 8, "eight sends")
    receiver.go.set()
    sender.join(20)
    work(sender)
    assert len(receiver.taken) == 20
    assert set(receiver.most.values()) == {1}


def test_a_receiver_that_hangs_does_not_delay_another(outgoing: Outgoing) -> None:
    receiver = Receiver()
    stuck, living = outgoing.channel("stuck"), outgoing.channel("living")
    receiver.hanging = {stuck}
    outgoing.notice(stuck)
    quick = [outgoing.notice(living) for _ in range(20)]
    sender = sender_of(outgoing.site, receiver)
    begun = time.monotonic()
    until(lambda: (sender.poll(), len(receiver.taken))[1] >= 20, "the living channel")
    until(lambda: outgoing.state(quick[-1]) == ("sent", ""), "the last one")
    assert time.monotonic() - begun < 10
    receiver.go.set()
    sender.join(20)


def test_what_does_not_end_is_given_up_as_unknown_and_its_channel_left_alone(outgoing: Outgoing) -> None:
    receiver, channel = Receiver(), outgoing.channel()
    receiver.hanging = {channel}
    notice = outgoing.notice(channel)
    sender = sender_of(outgoing.site, receiver, limit=0.05)
    sender.poll()
    time.sleep(0.1)
    sender.poll()
    assert outgoing.outcomes(notice) == ["unknown"]
    assert "did not come to an end" in outgoing.attempts(notice)[0].answer
    # As long as that hangs on, it may still arrive.
    outgoing.now.forward(minutes=5)
    assert sender.poll() == 0
    receiver.go.set()
    until(lambda: receiver.taken, "the end of the one that hung")
    receiver.hanging = set()
    until(sender.poll, "another attempt")
    sender.join(20)
    assert outgoing.outcomes(notice) == ["unknown", "sent"]


def test_a_mistake_of_ours_is_tried_again(outgoing: Outgoing, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(notice: Notice, limit: float) -> Finished:
        raise ZeroDivisionError("a mistake")

    notice = outgoing.notice(outgoing.channel())
    work(sender_of(outgoing.site, breaks))
    (attempt,) = outgoing.attempts(notice)
    assert attempt.outcome == "temporary"
    assert "a mistake" not in attempt.answer
    assert "was not sent" in caplog.text


def test_at_its_end_a_sender_lets_go_of_what_it_has(outgoing: Outgoing) -> None:
    receiver, channel = Receiver(), outgoing.channel()
    receiver.hanging = {channel}
    notice = outgoing.notice(channel)
    sender = sender_of(outgoing.site, receiver)
    sender.poll()
    sender.stop()
    assert outgoing.outcomes(notice) == ["unknown"]
    receiver.go.set()
    outgoing.now.forward(seconds=10)
    assert outgoing.claim("b") == [notice]


def test_several_senders_send_each_notice_once(outgoing: Outgoing) -> None:
    receiver = Receiver()
    made = [outgoing.channel(f"channel-{number}") for number in range(5)]
    waiting = [outgoing.notice(channel) for channel in made for _ in range(6)]
    ended = threading.Event()
    senders = [sender_of(outgoing.site, receiver, f"sender-{number}") for number in range(3)]
    threads = [threading.Thread(target=sender.run, args=(ended,)) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(receiver.taken) >= len(waiting), "all notices")
        until(lambda: not outgoing.waiting(), "their outcomes")
    finally:
        ended.set()
        for thread in threads:
            thread.join(20)
    assert sorted(receiver.taken) == waiting
    assert set(receiver.most.values()) == {1}
    assert {outgoing.get(notice).attempts for notice in waiting} == {1}


def test_a_sender_says_that_it_is_there_and_looks_for_dead_channels(outgoing: Outgoing) -> None:
    outgoing.channel("admins", kind="mail")
    ended = threading.Event()
    thread = threading.Thread(target=sender_of(outgoing.site, Receiver()).run, args=(ended,))
    thread.start()
    try:
        lease = until(lambda: scheduler_lease.lease(outgoing.db, scheduler_lease.SENDER), "a sign of life")
        assert lease.ticked_at == outgoing.now()
        until(lambda: outgoing.get_channel(1).state == "broken", "a look at channels")
    finally:
        ended.set()
        thread.join(20)


def test_a_database_that_is_away_for_a_moment_loses_no_outcome(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = outgoing.notice(outgoing.channel())
    site, away = outgoing.site, [True, True]
    run = site.writes.run

    def failing(command: Any, *args: Any, **kwargs: Any) -> Any:
        if command.__name__.startswith("finish") and away:
            away.pop()
            raise ConnectionRefusedError("the database is away")
        return run(command, *args, **kwargs)

    monkeypatch.setattr("duplistat.jobs.sender.AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("duplistat.jobs.sender.cause_on", lambda error, file: "unreachable")
    monkeypatch.setattr("duplistat.jobs.sender.WORDS", {"unreachable": "it is away"})
    monkeypatch.setattr(site.writes, "run", failing)
    monkeypatch.setattr(site.writes.health, "tell", lambda *args: None)
    sender = sender_of(site, Receiver())
    sender.poll()
    sender.join(20)
    assert outgoing.outcomes(notice) == ["sent"]
