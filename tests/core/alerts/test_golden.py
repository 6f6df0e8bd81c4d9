"""Whole messages of each kind, in English and German, as files that a person reads."""

import json
import re
from dataclasses import asdict, replace
from itertools import product

import pytest
from markupsafe import Markup

from duplistat.core.alerts.notice import Cause, Kind, ProblemKind, Why
from duplistat.core.formats import ENGLISH_FORMATS
from duplistat.core.i18n import Say
from tests.support.golden_messages import CASES, FOLDER, LANGUAGES, LATE, message, written
from tests.support.notices import BASE, LINKS

_WORD = re.compile(r"[A-Za-z]{2,}")
_SIGN = re.compile(r"\S*[:;](?=\s)")
NAMES = (*CASES, *LATE)
# Days, months and the signs between texts come from no catalogue.
UNNAMED = replace(ENGLISH_FORMATS, days=("…",) * 7, months=("…",) * 12, colon=" = ", semicolon=" + ")


@pytest.mark.parametrize(("language", "name"), list(product(LANGUAGES, NAMES)))
def test_a_message_is_as_in_its_file(language: str, name: str) -> None:
    """`python -m tests.support.golden_messages` writes the files anew; the difference is to be read."""
    file = FOLDER / language / f"{name}.txt"
    assert written(name, LANGUAGES[language]) == file.read_text("utf-8")


def test_there_is_no_other_file() -> None:
    wanted = {(language, f"{name}.txt") for language, name in product(LANGUAGES, NAMES)}
    assert {(file.parent.name, file.name) for file in FOLDER.rglob("*.*")} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_said_in_the_language_or_is_somebody_elses(name: str) -> None:
    """In a language in which each letter is a dot, only what senders wrote has letters, and units. So it is with
    colons, which each language has in its own way."""
    dotted = Say(
        _dots, lambda one, many, n: _dots(many), lambda about, one, many, n: _dots(many), UNNAMED, "xx"
    )
    made = message(name, dotted)
    facts = CASES[name] if name in CASES else LATE[name][0]
    given = json.dumps([facts, asdict(LINKS)], ensure_ascii=False).replace("\\n", " ")
    theirs = {
        *_WORD.findall(given),
        *_WORD.findall(BASE),
        "jobs",
        "runs",
        "min",
        "GB",
        "TB",
        "UTC",
    }
    told = f"{made.subject} {made.text} {made.short}"
    assert set(_WORD.findall(told)) - theirs == set()
    assert set(_SIGN.findall(f"{told} {Markup(made.html).striptags()}")) - set(_SIGN.findall(given)) == set()


def _dots(text: str) -> str:
    return re.sub(r"\{\w+\}|[A-Za-z:;]", lambda found: found[0] if "{" in found[0] else ".", text)


def test_every_kind_of_message_is_among_them() -> None:
    facts = [*CASES.values(), *(facts for facts, _ in LATE.values())]
    assert {item["kind"] for item in facts} == set(Kind)
    assert {kind for item in facts for kind in item["counts"]} == set(ProblemKind)
    unseen = {Why.FAILS, Why.STEADY}
    assert {item["why"] for item in facts} == set(Why) - unseen
    assert {item["cause"] for item in facts} == set(Cause) - {Cause.AGENT}
