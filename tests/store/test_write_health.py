"""Whether writes succeed: noted on a page that processes share, and told in one line a cause and minute."""

import logging
import os
import time
from collections.abc import Iterator

import pytest

from duplistat.core.causes import Cause
from duplistat.store import write_health
from duplistat.store.write_health import WriteHealth, shared_file
from tests.support.clock import Clock


@pytest.fixture
def file() -> Iterator[int]:
    file = shared_file()
    yield file
    os.close(file)


@pytest.fixture(autouse=True)
def all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_in_the_beginning_all_is_well(clock: Clock) -> None:
    health = WriteHealth(clock)
    assert (health.failing, health.hangs) == (None, None)


def test_what_one_notes_all_can_read(file: int, clock: Clock) -> None:
    one, other = WriteHealth(clock, file), WriteHealth(clock, file)
    one.failed(Cause.DISK_FULL, "no room")
    since = clock()
    clock.forward(seconds=5)
    one.failed(Cause.READ_ONLY, "no")
    failing = other.failing
    assert failing is not None
    assert (failing.cause, failing.since) == (Cause.READ_ONLY, since)
    assert failing.text == "writes have failed since 2026-01-28T12:00:00.000Z: the database is read-only"
    other.succeeded()
    assert one.failing is None


def test_another_process_reads_it_too(file: int, clock: Clock) -> None:
    health = WriteHealth(clock, file, quiet=True)
    if not (child := os.fork()):
        WriteHealth(clock, file, quiet=True).failed(Cause.IO_ERROR, "no")
        os._exit(0)
    os.waitpid(child, 0)
    assert health.failing is not None
    assert health.failing.cause is Cause.IO_ERROR


def test_the_log_has_one_line_a_cause_and_minute_whoever_failed(
    file: int, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = WriteHealth(clock, file), WriteHealth(clock, file)
    at = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: at)
    for _ in range(100):
        one.failed(Cause.DISK_FULL, "no room")
        other.failed(Cause.DISK_FULL, "no room")
    one.failed(Cause.LOCKED, "busy")
    assert caplog.messages == [
        "writes fail: the disk is full (no room)",
        "writes fail: the database is locked by another program (busy)",
    ]
    caplog.clear()
    at += 61
    other.failed(Cause.DISK_FULL, OSError("no room\nat all"), 3)
    clock.forward(seconds=61)
    other.succeeded()
    other.succeeded()
    assert caplog.messages == [
        "writes fail: the disk is full (no room); 199 more since the last line about it",
        "writes succeed again after 61 s, in which 204 failed",
    ]


def test_a_mistake_is_told_with_its_trace_once_a_minute(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    health = WriteHealth(clock)
    for _ in range(50):
        health.mistake(ZeroDivisionError("division by zero"))
    health.mistake(KeyError("x"))
    assert [record.exc_info is not None for record in caplog.records] == [True, True]
    assert health.failing is None


def test_a_writer_without_a_sign_of_life_hangs(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    health = WriteHealth(clock)
    health.beat()
    assert not health.hangs
    later = time.monotonic() + write_health.HANGS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    hangs = health.hangs
    assert hangs is not None
    assert hangs.text.endswith("the writer process does not answer")


def test_a_command_writes_no_log(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    health = WriteHealth(clock, quiet=True)
    health.failed(Cause.DISK_FULL, "no room")
    health.succeeded()
    assert caplog.messages == []
