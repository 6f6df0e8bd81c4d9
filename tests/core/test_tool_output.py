"""What a backup tool printed, as its formats read it."""

from duplistat.core.tool_output import Output


def test_of_very_many_lines_the_first_and_the_last_are_read() -> None:
    output = Output("first\n" + "\n" * 2_000_000 + "last")
    assert (len(output.lines), output.lines[0], output.lines[-1]) == (300_000, "first", "last")
