"""A dictionary as Python prints it: {'Data': None, 'ok': True}. Relays send that where they mean JSON."""

import re
from typing import Any

from duplistat.core.json_text import load_object

_BEGINS = re.compile(r"\{\s{0,9}'")
_TOKEN = re.compile(r"'((?:[^'\\]|\\.)*)'|(\"(?:[^\"\\]|\\.)*\")|\b(True|False|None)\b", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))|\"", re.DOTALL)


def printed_object(text: str) -> dict[str, Any] | None:
    """The dictionary that a text is, None for anything else. Never raises."""
    if not _BEGINS.match(text):
        return None
    return load_object(_TOKEN.sub(_as_json, text))


def _as_json(found: re.Match[str]) -> str:
    if found[3]:
        return _WORDS[found[3]]
    return f'"{_ESCAPE.sub(_escaped, found[1] if found[1] is not None else found[2][1:-1])}"'


def _escaped(found: re.Match[str]) -> str:
    """An escape of Python's as JSON has it, and a quote that Python need not escape."""
    if found[1]:
        return f"\\u00{found[1]}"
    if found[2] == "'":
        return "'"
    return found[0] if found[2] else '\\"'
