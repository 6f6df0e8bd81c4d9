"""Of what a command prints head and tail are kept."""

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
