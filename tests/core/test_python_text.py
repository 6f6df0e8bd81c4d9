"""Dictionaries as Python prints them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.python_text import printed_object

# What a relay may have read from JSON. A half of a character is in no JSON.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True), VALUES, min_size=1, max_size=5))
def test_what_python_prints_is_read_back(value: dict[str, Any]) -> None:
    assert printed_object(repr(value)) == value


@pytest.mark.parametrize(
    "text", ["", "{}", '{"a": 1}', "{'a': 1", "{'a': 1} and more", "{'a'}", "['a']", "{'a': b}"]
)
def test_anything_else_is_none(text: str) -> None:
    assert printed_object(text) is None
