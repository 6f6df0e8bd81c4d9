"""A log that is looked through as it is stored says the same as one that is read line by line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.store.log_text import LogText
from duplistat.store.runs import write_log

LEVELS = ("error", "warning", "information", "verbose", "")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['],["', '"],["error","', "\\", '\\"', "]]", "\n", "ß", "İ", "ſ", "C:\\new\\u001b", '","']
)
LINES = st.lists(
    st.tuples(st.sampled_from(LEVELS), TEXTS, TEXTS, st.none() | st.integers(0, 2**53)), max_size=8
)


def log(lines: list[tuple[str, str, str, int | None]]) -> LogText:
    return LogText(write_log(lines).decode())


@given(LINES)
def test_every_line_is_the_one_that_was_written(lines: list[tuple[str, str, str, int | None]]) -> None:
    stored = log(lines)
    assert [stored.line(number) for number in range(len(stored))] == lines
    assert stored.levels() == {
        level: sum(line[0] == level for line in lines) for level in {line[0] for line in lines}
    }


@given(LINES, st.sampled_from([None, ("error",), ("error", "warning"), ("",)]), TEXTS)
def test_what_is_looked_for_is_found_and_nothing_else(
    lines: list[tuple[str, str, str, int | None]], levels: tuple[str, ...] | None, query: str
) -> None:
    wanted = query.casefold()
    assert log(lines).find(levels, query) == [
        number
        for number, (level, tag, text, _) in enumerate(lines)
        if (levels is None or level in levels) and (wanted in text.casefold() or wanted in tag.casefold())
    ]


@pytest.mark.parametrize("query", ["error", "123", "u001b", "n", "null", '","'])
def test_what_only_stands_around_a_text_is_not_found(query: str) -> None:
    assert log([("error", "tag", "\x1b\rdisk full"[:2] + "disk full", 123)]).find(None, query) == []


def test_a_log_without_lines_is_empty() -> None:
    for written in ("", json.dumps([])):
        assert len(LogText(written)) == 0
        assert LogText(written).find(None, "x") == []


@pytest.mark.parametrize("end", ["],[", '],["', '"],["', "\\],["])
def test_what_ends_as_two_lines_meet_is_one_line(end: str) -> None:
    lines = [("error", f"tag{end}", f"text{end}", None), ("info", "", f"{end}text{end}", 7), ("", "", end, 1)]
    text = log(lines)
    assert [text.line(number) for number in range(len(text))] == lines
