"""The JSON that a text is."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load, load_object


@given(st.recursive(st.none() | st.integers(-(2**70), 2**70) | st.text(), st.lists, max_leaves=5))
def test_what_json_can_say_is_read(value: Any) -> None:
    text = json.dumps(value)
    assert load(text) == (value, len(text))


_NUMBERS = st.integers(-(2**200), 2**200) | st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), _VALUES), st.booleans(), st.sampled_from(["", "\n", " \t", ', {"b": 1}']))
def test_an_object_is_read_as_python_reads_it(value: dict[str, Any], escaped: bool, behind: str) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    read, end = load(text + behind)
    assert (repr(read), end) == (repr(json.loads(text)), len(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": "\ud800"}', {"a": "\ud800"}),
        ('{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        ('{"a": "b\nc"}', {"a": "b\nc"}),
        ('{"a": -0, "b": -0.0, "c": 1e400}', {"a": 0, "b": -0.0, "c": float("inf")}),
        ('{"a": ' + "9" * 5000 + "}", {"a": None}),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", {"a": json.loads("[" * 300 + "]" * 300)}),
    ],
    ids=["twice", "half", "half as it is", "NaN", "line end", "zero", "digits", "deep"],
)
def test_an_object_may_hold_what_is_hardly_json(text: str, value: dict[str, Any]) -> None:
    assert (repr(load(text)[0]), load(text)[1]) == (repr(value), len(text))


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
