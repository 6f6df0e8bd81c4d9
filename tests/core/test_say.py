"""Texts that know what they were made of, and are said again in another language."""

import json
from dataclasses import replace

import pytest

from duplistat.core.i18n import (
    ENGLISH,
    Say,
    Text,
    as_text,
    joined,
    packed,
    restored,
    stored,
    translated,
    unpacked,
)

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
    assert translated(text, ENGLISH) == text


def test_a_text_is_told_in_another_language_with_its_values() -> None:
    house = Text("house")
    assert translated(Text("{what} of {whom}", what=house, whom="Eva"), BACKWARDS) == "Evas Haus"
    assert translated("house", BACKWARDS) == "Haus"
    assert translated("of nobody", BACKWARDS) == "of nobody"
    assert translated("", BACKWARDS) == ""


def test_a_text_comes_through_a_socket() -> None:
    text = Text("{what} of {whom}", what=Text("house"), whom=3)
    back = unpacked(json.loads(json.dumps(packed(text))))
    assert isinstance(back, Text)
    assert (back, back.pattern, translated(back, BACKWARDS)) == (text, text.pattern, "3s Haus")
    assert packed("plain") == unpacked("plain") == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        '["not", ours]',
        '["{x}",{}]',
        Text("{what} of {whom}", what=Text("house"), whom=3),
        joined(["a {dog}", Text("{what} of {whom}", what="door", whom="{x}"), ""]),
    ],
)
def test_a_text_comes_back_from_a_column(text: str) -> None:
    back = restored(stored(text))
    assert (str(back), translated(back, BACKWARDS)) == (str(text), translated(text, BACKWARDS))


@pytest.mark.parametrize("kept", ['["a"', '["a"]', '["{a}",{}]', '["a",3]', '["' * 5000])
def test_what_a_column_had_before_stays_as_it_is(kept: str) -> None:
    assert restored(kept) == kept


def test_texts_are_joined_and_told_one_by_one() -> None:
    text = joined(["house", Text("{what} of {whom}", what=as_text("house"), whom="{E}"), "a {dog}"])
    assert text == "house; house of {E}; a {dog}"
    assert translated(text, BACKWARDS) == "Haus; {E}s Haus; a {dog}"
    assert joined([]) == ""
    assert joined(["a {dog}"]) == "a {dog}"
    semicolon = {"{before}; {after}": "{before}\u202f; {after}"}
    french = replace(BACKWARDS, gettext=lambda text: semicolon.get(text) or BACKWARDS.gettext(text))
    assert translated(text, french) == "Haus\u202f; {E}s Haus\u202f; a {dog}"


def test_hundreds_of_texts_are_joined() -> None:
    many = [f"{{{number}}}" for number in range(900)]
    text = restored(stored(joined(many)))
    assert text == translated(text, BACKWARDS) == "; ".join(many)
