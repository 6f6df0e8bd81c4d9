"""Texts that know what they were made of, and are said again in another language."""

import json

import pytest

from duplistat.core import agent_words
from duplistat.core.i18n import ENGLISH, Say, Text, packed, recalled, told, unpacked

BACKWARDS = Say(
    gettext=lambda text: {"{what} of {whom}": "{whom}s {what}", "house": "Haus"}.get(text, text),
    ngettext=lambda one, many, number: many,
    npgettext=lambda about, one, many, number: many,
    code="xx",
)


def test_a_text_is_its_sentence_in_english() -> None:
    text = Text("{what} of {whom}", what="a {dog}", whom=3)
    assert text == "a {dog} of 3"
    assert json.dumps(text) == '"a {dog} of 3"'
    assert told(text, ENGLISH) == text


def test_a_text_is_told_in_another_language_with_its_values() -> None:
    house = Text("house")
    assert told(Text("{what} of {whom}", what=house, whom="Eva"), BACKWARDS) == "Evas Haus"
    assert told("house", BACKWARDS) == "Haus"
    assert told("of nobody", BACKWARDS) == "of nobody"
    assert told("", BACKWARDS) == ""


def test_a_text_comes_through_a_socket() -> None:
    text = Text("{what} of {whom}", what=Text("house"), whom=3)
    back = unpacked(json.loads(json.dumps(packed(text))))
    assert isinstance(back, Text)
    assert (back, back.pattern, told(back, BACKWARDS)) == (text, text.pattern, "3s Haus")
    assert packed("plain") == unpacked("plain") == "plain"


def test_a_text_that_was_kept_in_english_is_told_in_another_language() -> None:
    patterns = ("{what} of {whom}", "house")
    assert told(recalled("house of Eva", patterns), BACKWARDS) == "Evas Haus"
    assert recalled("a line\nof two", patterns) == "a line\nof two"
    assert recalled("something else", patterns) == "something else"


@pytest.mark.parametrize("pattern", agent_words.ALL)
def test_each_problem_of_an_agent_is_known_again(pattern: str) -> None:
    places = ["time", "problem", "host", "name", "address", "network", "expected", "found", "fingerprint"]
    places += ["status", "size", "word", "said", "job", "reason", "one", "others"]
    values = {name: "x7" for name in places if f"{{{name}}}" in pattern}
    found = recalled(pattern.format(**values), agent_words.ALL)
    assert isinstance(found, Text)
    assert (found.pattern, found.values) == (pattern, values)
