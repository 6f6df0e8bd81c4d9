"""Patterns of people: a star is anything, a name in braces is what stands there."""

from time import process_time

import pytest

from duplistat.core.wildcards import match, problem_of


@pytest.mark.parametrize(
    ("pattern", "line", "names"),
    [
        ("backup done", "Backup Done", {}),
        ("backup done", "backup done!", None),
        ("*failed*", "The backup failed at night", {}),
        ("*failed", "failed: no", None),
        ("[Success] {job} (*)", "[Success] SQL (daily) (3 objects)", {"job": "SQL"}),
        ("[Success] {job}", "[Success]  SQL daily ", {"job": "SQL daily"}),
        ("{job} on {server} has completed*", "Docs on nas has completed.", {"job": "Docs", "server": "nas"}),
        ("{job} on *", " on nas", None),
        ("a*a", "a", None),
        ("a*b*c", "aXbXbXc", {}),
        ("a*b*c", "aXcXb", None),
        ("*", "", {}),
        ("ÄNDERUNG *", "änderung 1", {}),
        (".+({", ".+({", {}),
    ],
)
def test_a_line_fits_as_a_whole(pattern: str, line: str, names: dict[str, str] | None) -> None:
    assert match(pattern, line) == names


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("x" * 301, "is too long"),
        ("{job} and {job}", "has a name twice"),
        ("*{job}", "needs a text between two of *, {server} and {job}"),
        ("{job} at {server}: *", ""),
        ("{other}", ""),
    ],
)
def test_a_pattern_that_says_nothing_is_named(pattern: str, problem: str) -> None:
    assert problem_of(pattern) == problem


def test_a_hostile_line_takes_no_longer_than_any_other() -> None:
    begun = process_time()
    for _ in range(100):
        assert match("*a" * 140 + "*b", "a" * 100_000) is None
    assert process_time() - begun < 5
