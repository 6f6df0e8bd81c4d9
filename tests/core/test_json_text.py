"""The JSON that a text is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load, load_object


@given(st.recursive(st.none() | st.integers(-(2**70), 2**70) | st.text(), st.lists, max_leaves=5))
def test_what_json_can_say_is_read(value: Any) -> None:
    text = json.dumps(value)
    assert load(text) == (value, len(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NaN", None),
        ("[1, -Infinity]", [1, None]),
        ("9" * 5000, None),
        ("[1," + "9" * 5000 + "]", [1, None]),
        ('"a\nb\tc"', "a\nb\tc"),
    ],
    ids=["NaN", "infinite", "digits", "digits within", "line ends"],
)
def test_what_is_not_quite_json_is_read_too(text: str, value: Any) -> None:
    assert load(text) == (value, len(text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", "is not JSON: Expecting value at line 1, column 1"),
        ("{\n'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at line 2, column 1"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000, "is nested too deeply"),
    ],
    ids=["a word", "quotes", "arrays", "objects"],
)
def test_what_is_no_json_is_told(text: str, problem: str) -> None:
    with pytest.raises(Unrecognised) as caught:
        load(text)
    assert [(p.field, p.problem) for p in caught.value.problems] == [("body", problem)]


@pytest.mark.parametrize(
    ("text", "content"),
    [(' {"a": 1}\n', {"a": 1}), ("{} {}", None), ("[1]", None), ("", None), ("{", None), ('"{}"', None)],
)
def test_only_an_object_is_an_object(text: str, content: dict[str, Any] | None) -> None:
    assert load_object(text) == content
