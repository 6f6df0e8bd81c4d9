"""A dictionary as Python prints it: {'Data': None, 'ok': True}. Relays send that where they mean JSON."""

import re
from typing import Any

from duplistat.core.json_text import load_object

_BEGINS = re.compile(r"\{\s{0,9}'")
# A string, a word, or a quote that no other one ends.
_TOKEN = re.compile(r"'((?:[^'\\]|\\.)*+)'|\"((?:[^\"\\]|\\.)*+)\"|\b(True|False|None)\b|(['\"])", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))|\"", re.DOTALL)


def printed_object(text: str) -> dict[str, Any] | None:
    """The dictionary that a text is, None for anything else. Never raises."""
    if not _BEGINS.match(text):
        return None
    try:
        return load_object(_TOKEN.sub(_as_json, text))
    except _Unended:
        return None


class _Unended(Exception):
    """A string has no end: no more is looked at, since whatever follows would be looked at again and again."""


def _as_json(found: re.Match[str]) -> str:
    single, double, word, alone = found.groups()
    if alone:
        raise _Unended
    if word:
        return _WORDS[word]
    return f'"{_ESCAPE.sub(_escaped, double if single is None else single)}"'


def _escaped(found: re.Match[str]) -> str:
    """An escape of Python's as JSON has it, and a quote that Python need not escape."""
    if found[1]:
        return f"\\u00{found[1]}"
    if found[2] == "'":
        return "'"
    return found[0] if found[2] else '\\"'
