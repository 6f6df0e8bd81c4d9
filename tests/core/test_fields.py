"""Fields of a JSON object from outside: what is wrong is gathered, and nothing raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.durations import MOST_SECONDS
from duplistat.core.errors import Problem
from duplistat.core.fields import Fields
from duplistat.core.report import MAX_INTEGER
from duplistat.core.text import NAME_LIMIT

READERS = ("text", "name", "time", "duration", "count")
# Whatever JSON can hold, with what Python's reader makes of NaN and of numbers of any length.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def read(value: Any, how: str, **more: Any) -> tuple[Any, list[str]]:
    """What a reader makes of one value, and what it finds wrong with it."""
    problems: list[Problem] = []
    found = getattr(Fields({"f": value}, problems), how)("f", **more)
    assert {problem.field for problem in problems} <= {"f"}
    return found, [problem.problem for problem in problems]


@pytest.mark.parametrize("how", READERS)
@given(value=VALUES)
def test_no_value_is_too_strange_to_be_read_or_refused(how: str, value: Any) -> None:
    found, problems = read(value, how)
    assert len(problems) <= 1
    if problems and how != "time":
        assert found in ("", None)
    if isinstance(found, str):
        found.encode()
        assert "\0" not in found


@pytest.mark.parametrize("how", ["text", "time", "duration", "count"])
def test_null_is_the_same_as_missing(how: str) -> None:
    problems: list[Problem] = []
    missing = getattr(Fields({}, problems), how)("f")
    assert (missing, problems) == (read(None, how)[0], [])
    assert missing in ("", None)


def test_what_is_wrong_is_gathered_in_the_order_in_which_it_is_read() -> None:
    problems: list[Problem] = []
    fields = Fields({"a": 1, "c": "x", "d": -1}, problems, "backup.")
    fields.text("a")
    fields.name("b")
    fields.time("c")
    fields.count("d")
    fields.wrong("e", "is odd")
    assert [(p.field, p.problem) for p in problems] == [
        ("backup.a", "must be a string"),
        ("backup.b", "is required"),
        ("backup.c", "must be a time in ISO 8601, such as 2024-01-15T02:00:00.000Z"),
        ("backup.d", "must be a whole number that is not negative"),
        ("backup.e", "is odd"),
    ]


@pytest.mark.parametrize(
    ("value", "problem"), [(None, "is required"), ("", "must not be empty"), (" \t", "must not be empty")]
)
def test_a_required_text_that_is_not_there_is_told_from_an_empty_one(value: Any, problem: str) -> None:
    assert read(value, "text", required=True) == ("", [problem])
    assert read(value, "text") == ("", [])


@pytest.mark.parametrize(
    ("value", "text"),
    [(" a b ", "a b"), ("a\0b", "a␀b"), ("\ud83d", "\ufffd"), ("a\r\nb", "a\r\nb"), ("\0", "␀")],
    ids=["blanks", "NUL", "surrogate", "lines", "NUL alone"],
)
def test_a_text_is_clean(value: str, text: str) -> None:
    assert read(value, "text", required=True) == (text, [])


def test_a_name_is_cut_and_stays_another_than_its_like() -> None:
    first, second = (read("x" * 10_000 + end, "name")[0] for end in "ab")
    assert len(first) == len(second) == NAME_LIMIT
    assert first != second


@pytest.mark.parametrize("value", [None, "", "  "])
def test_another_name_stands_in_place_of_none(value: str | None) -> None:
    assert read(value, "name", otherwise="unknown", required=False) == ("unknown", [])


@pytest.mark.parametrize("value", [0, False, [], {}])
def test_no_other_name_stands_in_place_of_a_wrong_one(value: Any) -> None:
    assert read(value, "name", otherwise="unknown", required=False)[1] == ["must be a string"]


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (0, 0),
        (90, 90_000),
        (1.5, 1500),
        (0.0004, 0),
        (0.0006, 1),
        (-0.0, 0),
        (MOST_SECONDS, MOST_SECONDS * 1000),
    ],
)
def test_a_duration_is_in_seconds(value: float, ms: int) -> None:
    assert read(value, "duration") == (ms, [])


def test_a_duration_may_have_units() -> None:
    assert read("1h30m", "duration") == (5_400_000, [])
    assert read("PT90M", "duration") == (5_400_000, [])


@pytest.mark.parametrize(
    "value",
    [
        "-00:00:05",
        "soon",
        -1,
        -0.001,
        float("nan"),
        float("inf"),
        10**400,
        MOST_SECONDS + 1,
        True,
        "90",
        [90],
    ],
)
def test_what_is_no_duration_is_refused(value: Any) -> None:
    assert read(value, "duration") == (None, ["must be a number of seconds that is not negative"])


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (7, 7), (7.0, 7), (MAX_INTEGER, MAX_INTEGER), (-0.0, 0)]
)
def test_a_count_is_a_whole_number(value: float, count: int) -> None:
    found, problems = read(value, "count")
    assert (found, type(found), problems) == (count, int, [])


@pytest.mark.parametrize(
    "value", [-1, 1.5, MAX_INTEGER + 1, 1e300, float("nan"), float("inf"), 10**400, True, "7", [7]]
)
def test_what_is_no_count_is_refused(value: Any) -> None:
    assert read(value, "count") == (None, ["must be a whole number that is not negative"])


@given(VALUES)
def test_what_was_read_fits_a_column(value: Any) -> None:
    for how in ("duration", "count"):
        found, _ = read(value, how)
        assert found is None or 0 <= found <= MAX_INTEGER


@pytest.mark.parametrize("required", [True, False])
def test_a_time_needs_an_offset(required: bool) -> None:
    found, problems = read("2026-01-28T02:00:00+0200", "time", required=required)
    assert (found.offset_minutes, problems) == (120, [])
    _, problems = read("2026-01-28T02:00:00", "time", required=required)
    assert problems == ["must include a UTC offset, such as +02:00 or Z"]


def test_problems_never_quote_what_was_sent() -> None:
    secret = "hunter2"
    told = [problem for how in READERS for problem in read([secret], how)[1] + read({"a": secret}, how)[1]]
    assert len(told) == 2 * len(READERS)
    assert secret not in json.dumps(told)
