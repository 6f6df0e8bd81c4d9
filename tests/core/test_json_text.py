"""The text of a body, in whichever encoding it came, and the JSON that it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load, load_object, text_of

TEXT = '{"name":"Büro €"}'
WESTERN = '{"name":"Büro"}'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (TEXT.encode(), TEXT),
        (TEXT.encode("utf-8-sig"), TEXT),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), TEXT),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT),
        (WESTERN.encode("latin-1"), WESTERN),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"\xef\xbb\xbf", ""),
        (b"\xff\xfe{", "\ufffd"),
    ],
    ids=["utf-8", "its mark", "utf-16 le", "utf-16 be", "latin-1", "none", "a mark", "a mark of 8", "half"],
)
def test_a_body_is_read_in_its_encoding(body: bytes, text: str) -> None:
    assert text_of(body) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(body: bytes) -> None:
    assert isinstance(text_of(body), str)


@given(st.text(st.characters(codec="utf-8")))
def test_utf_8_is_never_taken_for_another(text: str) -> None:
    assert text_of(text.encode()) == text.removeprefix("\ufeff")


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
