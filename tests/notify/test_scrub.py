"""Secrets are taken out by value, however they come back."""

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.notify import fit
from duplistat.notify.outcome import MOST_ANSWER, told
from duplistat.notify.scrub import scrub, secrets_of

URL = "https://user:pa%20ss@hooks.example.org/api/services/T0SECRETSEG/x?token=abc123&n=5#frag"


def test_an_url_has_many_secrets() -> None:
    found = secrets_of(URL)
    assert {URL, "user", "pa%20ss", "pa ss", "T0SECRETSEG", "abc123", "5", "frag", "services"} <= set(found)
    assert "hooks.example.org" not in found
    assert "api" not in found


@pytest.mark.parametrize("wrong", [URL, URL.upper(), quote(URL, safe=""), html.escape(URL)])
def test_a_whole_url_is_taken_out(wrong: str) -> None:
    assert told(f"no such hook: {wrong}.", secrets_of(URL)) == "no such hook: ***."


@given(st.text(min_size=4, max_size=30).filter(lambda text: text.strip() and "*" not in text))
def test_a_secret_is_found_in_each_of_its_forms(secret: str) -> None:
    for form in (
        secret,
        quote(secret, safe=""),
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        html.escape(secret),
        base64.b64encode(secret.encode()).decode(),
    ):
        text = scrub(f"<{form}>", [secret])
        assert "***" in text
        assert secret not in text


def test_a_short_secret_is_taken_out_where_it_stands_alone() -> None:
    assert scrub("pin 12 of 1234", ["12", ""]) == "pin *** of 1234"


def test_an_answer_is_one_short_line() -> None:
    text = told(b"a\r\n\tb\x00\x1b[31mc \xff " + "\u202ed".encode() + b"x" * 500)
    assert text.startswith("a b [31mc � dxxx")
    assert len(text) == MOST_ANSWER


def test_lines_are_cut_between_lines() -> None:
    text = "one\ntwo\nthree\nfour"
    assert fit.lines(text, 100) == text
    assert fit.lines(text * 9, 30) == "one\ntwo\n… 26 more lines"
    assert fit.lines("a long line\n" + text, 10) == "a long …"
    assert fit.lines("é" * 50, 10) == "ééé…"


@given(st.text(max_size=60), st.integers(min_value=3, max_value=60))
def test_what_is_cut_fits(text: str, limit: int) -> None:
    assert fit.octets(fit.lines(text, limit)) <= limit
    assert fit.octets(fit.start(text, limit)) <= limit
