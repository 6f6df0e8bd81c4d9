"""Bodies as a person reads them: JSON in lines, forms by their fields, and never more than a page."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.web.run.readable import SHOWN, indented, readable

JSON = "application/json"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_indented_is_what_a_printer_makes_of_it(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, separators=(",", ":"), ensure_ascii=False)):
        assert indented(text) == json.dumps(value, indent=2, ensure_ascii=text.isascii())


def test_numbers_and_escapes_stay_as_they_came() -> None:
    text = '{"a":1.50,"b":100000000000000000000000,"c":"\\u0041\\/"}'
    assert indented(text) == '{\n  "a": 1.50,\n  "b": 100000000000000000000000,\n  "c": "\\u0041\\/"\n}'


def test_json_that_is_cut_off_is_shown_as_far_as_it_goes() -> None:
    assert readable(b'{"a":["b","c', JSON) == ('{\n  "a": [\n    "b",\n    "c', False)


def test_a_form_is_shown_field_by_field() -> None:
    body = b"machine=nas+1&message=%7B%22a%22%3A1%7D"
    text, more = readable(body, "application/x-www-form-urlencoded; charset=utf-8")
    assert (text, more) == ('machine =\nnas 1\n\nmessage =\n{\n  "a": 1\n}', False)


def test_text_stays_as_it_is_but_for_what_is_not_seen() -> None:
    assert readable(b"Duplicati Backup\r\n\x1b[31mred\xff", "") == ("Duplicati Backup\n\u241b[31mredÿ", False)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10**6,
        b'{"a":' * 10**6,
        b'"' + b'\\"' * 10**6,
        b"[" + b'"a",' * 10**6,
        b"=&" * 10**6,
        b"x" * 10**7,
    ],
    ids=["brackets", "objects", "quotes", "strings", "fields", "text"],
)
@pytest.mark.parametrize("kind", [JSON, "application/x-www-form-urlencoded"])
def test_the_worst_body_is_read_at_once_and_stays_a_page(body: bytes, kind: str) -> None:
    began = time.process_time()
    text, more = readable(body, kind)
    assert time.process_time() - began < 2
    assert len(text) <= SHOWN
    assert more
