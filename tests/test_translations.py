"""The catalogues hold every text of the pages, and say the same as these."""

import io
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from duplistat.core.formats import formats_of
from duplistat.core.i18n import ENGLISH
from duplistat.web.language import CATALOGUES, LANGUAGES

ROOT = Path(__file__).parent.parent
OTHERS = [language for language in LANGUAGES if language != ENGLISH.code]
_PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
_TAG = re.compile(r"</?\w[^>]*>")
_QUOTES = frozenset("\"'“”„«»‹›")
_QUOTED = re.compile('["“].+["”]')
# A sign at the end of a word without the blank that French has there: a wide one only before a colon and in quotes.
_FRENCH = re.compile("[^\u00a0]:(?=\\s|$)|[^\u202f][;!?](?!\\S)|[^\u00a0]»|«[^\u00a0]")
# As it is sent, or typed.
_HEADER = re.compile(r"\b(X-Team|Authorization): |«\u00a0;\u00a0»|\?key=")
# What stands in texts as it is: commands, fields of addresses, sections of the configuration.
_FIXED = re.compile(r"\?\w+=|\[\w+\]|X-Api-Key|/api\.php|https?://[\w.]+")


# In a template: what a program writes, then what the catalogue has, then everything else of Jinja.
_ASIDE = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|<(pre|code)\b.*?</\1>", re.DOTALL)
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_READ_ALOUD = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')
NAMES = {"duplistat", "API"}


def file_of(language: str, ending: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / f"messages.{ending}"


def catalogue(language: str) -> Catalog:
    with file_of(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def messages(known: Catalog) -> Iterator[Message]:
    """All but the header."""
    return (message for message in known if message.id)


def key(message: Message) -> tuple[str | None, object]:
    return message.context, message.id


def several(text: object) -> tuple[str, ...]:
    """One text, or that for one and for many."""
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def texts_of(language: str) -> Iterator[tuple[str, str]]:
    """Each text and its translation, without tags."""
    for message in messages(catalogue(language)):
        for source, text in zip(several(message.id), several(message.string), strict=True):
            yield _TAG.sub("", source), _TAG.sub("", text)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make translations` finds in the code and in the templates."""
    file = tmp_path_factory.mktemp("texts") / "messages.pot"
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run([ROOT / "packaging" / "messages", file], check=True, env={**os.environ, "PATH": here})
    with file.open("rb") as texts:
        return read_po(texts)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(language: str, extracted: Catalog) -> None:
    """Run `make translations` when this fails, and write what is missing."""
    known = catalogue(language)
    assert {key(message) for message in messages(known)} == {key(message) for message in messages(extracted)}
    assert not known.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    known = catalogue(language)
    assert known.num_plurals == 2
    assert [m.id for m in messages(known) if m.fuzzy or not all(several(m.string))] == []
    assert [m.id for m in messages(known) if len(several(m.string)) != len(several(m.id))] == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("what", [_PLACE, _TAG, _FIXED], ids=["places", "tags", "names"])
def test_a_translation_has_the_same_places_and_tags(language: str, what: re.Pattern[str]) -> None:
    """Those of the text for many: that for one may say "one" instead of a number."""
    wrong = []
    for message in messages(catalogue(language)):
        for source, text in zip(several(message.id), several(message.string), strict=True):
            if Counter(what.findall(source)) != Counter(what.findall(text)):
                wrong.append((source, text))
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_ends_as_its_text_does(language: str) -> None:
    ends = ".:…?"
    wrong = []
    for message in messages(catalogue(language)):
        for source, text in zip(several(message.id), several(message.string), strict=True):
            abbreviated = source.isalpha() and text == f"{text[:-1]}."
            ordinal = source.startswith("{number}") or source == "1st"
            ends_otherwise = source[-1] != text[-1] and (source[-1] in ends or text[-1] in ends)
            if ends_otherwise and not abbreviated and not ordinal:
                wrong.append((source, text))
            if source[0].isspace() or text[0].isspace() or text[-1].isspace():
                wrong.append((source, text))
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_quotes_as_its_language_does(language: str) -> None:
    first, last = (sign.strip() for sign in formats_of(language).quotes)
    wrong = []
    for source, text in texts_of(language):
        unlike = text.count(first) != text.count(last) or (_QUOTED.search(source) and first not in text)
        if unlike or set(text) & (_QUOTES - {first, last}):
            wrong.append((source, text))
    assert wrong == []


def test_german_has_one_word_for_a_backup() -> None:
    """But for what is typed or posted, and the names of protocols."""
    literal = re.compile(r"Backup of \{job\}|BackupRun|Backup Monitor")
    said = [text for message in messages(catalogue("de")) for text in several(message.string)]
    assert [text for text in said if "Backup" in literal.sub("", text)] == []


def test_french_has_a_blank_before_its_signs_at_which_no_line_ends() -> None:
    wrong = [text for _, text in texts_of("fr") if _FRENCH.search(_HEADER.sub("", text))]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_server_reads_is_made_of_the_catalogue(language: str) -> None:
    made = io.BytesIO()
    write_mo(made, catalogue(language))
    assert file_of(language, "mo").read_bytes() == made.getvalue()


def own_words(template: str) -> list[str]:
    """What a template says by itself, without the catalogue."""
    rest = _JINJA.sub(" ", _ASIDE.sub("", template))
    # A macro may give attributes, and no tag around them.
    texts = [*_READ_ALOUD.findall(rest), *re.findall(r">([^<>]*)<", re.sub(r'[\w-]+="[^"]*"', "", rest))]
    return [word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NAMES]


def test_every_text_of_a_template_is_in_the_catalogue() -> None:
    """But for the page of the API, which is made of its document: both are in English."""
    templates = [p for p in (ROOT / "templates").rglob("*.html") if p.name != "api.html"]
    assert len(templates) > 20
    found = {str(path): own_words(path.read_text("utf-8")) for path in templates}
    assert {path: words for path, words in found.items() if words} == {}


def test_a_text_outside_of_the_catalogue_is_found() -> None:
    assert own_words('<p title="Long">{{ _("Short") }} name<b>{# no #}</b></p>') == ["Long", "name"]
