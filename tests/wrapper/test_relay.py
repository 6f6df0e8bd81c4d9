"""Of what a command prints head and tail are kept."""

import time

import pytest

from duplistat.wrapper import relay
from duplistat.wrapper.relay import HEAD, TAIL, Output


def test_what_is_short_is_kept_whole() -> None:
    output = Output()
    for piece in (b"one\n", b"", b"two\n"):
        output.write(piece)
    assert (output.kept(), output.size) == (b"one\ntwo\n", 8)


def test_of_what_is_long_the_beginning_and_the_end_are_kept() -> None:
    output, written = Output(), bytearray()
    for number in range(400_000):
        piece = b"line %d\n" % number
        output.write(piece)
        written += piece
    kept = output.kept()
    note = b"\n[%d bytes left out]\n" % (len(written) - HEAD - TAIL)
    assert kept == written[:HEAD] + note + written[-TAIL:]


def test_one_piece_may_be_larger_than_all_that_is_kept() -> None:
    output = Output()
    output.write(b"a" * HEAD + b"b" * 5_000_000 + b"c" * TAIL)
    assert output.kept() == b"a" * HEAD + b"\n[5000000 bytes left out]\n" + b"c" * TAIL


@pytest.mark.parametrize("left", ["", "sleep 2 & "], ids=["alone", "beside what it left"])
def test_what_comes_last_is_kept_after_a_long_silence_and_on_a_busy_machine(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], left: str
) -> None:
    run = relay.Pump.run

    def late(self: relay.Pump) -> None:
        time.sleep(0.5)
        run(self)

    monkeypatch.setattr(relay, "SILENCE", 0.3)
    monkeypatch.setattr(relay.Pump, "run", late)
    output = Output()
    command = ["sh", "-c", f"sleep 0.4; {left}echo summary; exit 3"]
    assert relay.execute(command, "both", output, None) == 3
    assert output.kept() == b"summary\n"
    assert capfd.readouterr().out == "summary\n"
