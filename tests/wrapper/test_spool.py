"""Runs wait on disk: whole, for their owner alone, within bounds, and each until it is taken."""

import fcntl
import gzip
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from duplistat.wrapper import spool as module
from duplistat.wrapper.spool import Spool, Undelivered, pack

HEADER = {"url": "http://a", "key": "", "query": {"job": "b", "run": "1"}}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool([tmp_path / "spool"])


class Receiver:
    """Takes reports; says of each what `refusals` has for its job."""

    def __init__(self, **refusals: Exception) -> None:
        self.refusals, self.taken, self.said = refusals, list[str](), list[str]()
        self.printed = b""

    def send(self, header: dict[str, Any], packed: bytes) -> None:
        job = header["query"]["job"]
        if job in self.refusals:
            raise self.refusals[job]
        self.taken.append(job)
        self.printed = gzip.decompress(packed) if packed else b""

    def say(self, text: object) -> None:
        self.said.append(str(text))


def report(job: str, printed: bytes = b"") -> bytes:
    return pack({**HEADER, "query": {"job": job}}, printed)


def test_what_waits_is_sent_the_oldest_first_and_then_gone(spool: Spool) -> None:
    for name, job in (("002-b.end", "second"), ("001-a.end", "first")):
        spool.put(name, report(job, b"printed"))
    receiver = Receiver()
    assert spool.deliver(receiver.send, receiver.say) == 2
    assert (receiver.taken, receiver.printed) == (["first", "second"], b"printed")
    assert list(spool.folder.iterdir()) == []


def test_nobody_else_reads_it(spool: Spool) -> None:
    spool.put("001-a.end", report("a"))
    assert oct(spool.folder.stat().st_mode)[-3:] == "700"
    assert oct((spool.folder / "001-a.end").stat().st_mode)[-3:] == "600"


def test_a_folder_that_others_may_write_to_is_not_taken(tmp_path: Path) -> None:
    open_to_all, link, good = tmp_path / "open", tmp_path / "link", tmp_path / "good"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    link.symlink_to(open_to_all)
    assert Spool([open_to_all, link, good]).folder == good
    with pytest.raises(OSError, match="no folder of ours alone"):
        Spool([open_to_all])
    with pytest.raises(OSError, match="no folder"):
        Spool([])


def test_one_that_is_not_taken_keeps_none_of_the_others(spool: Spool) -> None:
    for number in range(3):
        spool.put(f"00{number}-x.end", report(f"job{number}"))
    receiver = Receiver(job1=Undelivered("500 oh"))
    with pytest.raises(Undelivered, match="500 oh"):
        spool.deliver(receiver.send, receiver.say)
    assert receiver.taken == ["job0", "job2"]
    assert spool.names(".end") == ["001-x.end"]


def test_a_server_that_takes_nothing_is_asked_three_times(spool: Spool) -> None:
    for number in range(5):
        spool.put(f"00{number}-x.end", report(f"job{number}"))
    receiver = Receiver(**{f"job{number}": Undelivered("away") for number in range(3)})
    with pytest.raises(Undelivered):
        spool.deliver(receiver.send, receiver.say)
    assert receiver.taken == []
    assert len(spool.names(".end")) == 5


def test_what_is_refused_for_good_or_damaged_is_said_and_not_kept(spool: Spool) -> None:
    spool.put("001-a.end", report("a"))
    spool.put("002-b.end", b"{ no report")
    receiver = Receiver(a=Undelivered("400 no", again=False))
    assert spool.deliver(receiver.send, receiver.say) == 0
    assert receiver.said == ["a report was refused, and is not kept: 400 no", "002-b.end is damaged"]
    assert spool.names(".end") == []


def test_what_is_for_another_server_waits_for_it(spool: Spool) -> None:
    spool.put("001-a.end", report("a"))
    receiver = Receiver(a=LookupError("http://other"))
    assert spool.deliver(receiver.send, receiver.say) == 0
    assert spool.names(".end") == ["001-a.end"]


def test_a_run_that_nobody_holds_any_more_was_cut_short(spool: Spool) -> None:
    held = spool.hold("001-a.run", json.dumps(HEADER).encode())
    spool.put("001-a.out", b"half of it")
    spool.bury()
    assert spool.names("") == ["001-a.out", "001-a.run"]
    os.close(held)
    spool.bury()
    assert spool.names("") == ["001-a.end"]
    line, _, packed = (spool.folder / "001-a.end").read_bytes().partition(b"\n")
    assert json.loads(line)["query"] == {"job": "b", "run": "1", "state": "interrupted"}
    assert gzip.decompress(packed) == b"half of it"


def test_a_run_that_was_reported_before_its_note_was_removed_is_told_once(spool: Spool) -> None:
    os.close(spool.hold("001-a.run", json.dumps(HEADER).encode()))
    spool.put("001-a.end", report("a", b"done"))
    spool.bury()
    assert spool.names("") == ["001-a.end"]
    assert b"interrupted" not in (spool.folder / "001-a.end").read_bytes()


def test_a_note_that_a_killed_run_left_goes_with_its_report(spool: Spool) -> None:
    """It was killed when its report was on the disk, and somebody else delivered that."""
    spool.put("001-a.run", json.dumps(HEADER).encode())
    spool.put("001-a.end", report("a"))
    receiver = Receiver()
    assert spool.deliver(receiver.send, receiver.say) == 1
    spool.bury()
    assert spool.names("") == []


def test_a_note_is_locked_before_it_has_its_name(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    lock = fcntl.flock

    def noting(file: int, how: int) -> None:
        seen.append(spool.names(""))
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", noting)
    os.close(spool.hold("001-a.run", b"{}"))
    assert seen == [[]]


def test_a_full_disk_leaves_nothing_half(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        spool.put("001-a.end", report("a"))
    assert list(spool.folder.iterdir()) == []


def test_a_folder_that_cannot_be_forced_to_the_disk_is_as_good(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on CIFS: a note would be left otherwise of which its run knows nothing, to be told as interrupted."""
    forced = os.fsync

    def of_files(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(22, "Invalid argument")
        forced(file)

    monkeypatch.setattr(os, "fsync", of_files)
    os.close(spool.hold("001-a.run", report("a")))
    assert spool.names("") == ["001-a.run"]


def test_what_was_printed_is_cleared_away_a_day_after_its_run(spool: Spool) -> None:
    """A run that ends while it is written leaves it behind."""
    for name in ("001-a.out", "002-b.out", "003-c.out"):
        spool.put(name, b"printed")
    held = spool.hold("001-a.run", json.dumps(HEADER).encode())
    for name in ("001-a.out", "002-b.out"):
        os.utime(spool.folder / name, (0, 0))
    spool.bury()
    os.close(held)
    assert spool.names("") == ["001-a.out", "001-a.run", "003-c.out"]


def test_of_too_many_bytes_the_oldest_outputs_go_and_no_run(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = [os.urandom(50_000) for _ in range(3)]
    for number, printed in enumerate(noise):
        spool.put(f"00{number}-x.end", report(f"job{number}", printed))
    monkeypatch.setattr(module, "MOST_BYTES", 60_000)
    spool.fit()
    assert [(spool.folder / name).stat().st_size > 1000 for name in spool.names(".end")] == [
        False,
        False,
        True,
    ]
    receiver = Receiver()
    spool.deliver(receiver.send, receiver.say)
    assert (receiver.taken, receiver.printed) == (["job0", "job1", "job2"], noise[2])


def test_of_too_many_runs_the_oldest_go(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        spool.put(f"00{number}-x.end", report("a"))
    monkeypatch.setattr(module, "MOST_RUNS", 3)
    spool.fit()
    assert spool.names(".end") == ["002-x.end", "003-x.end", "004-x.end"]
