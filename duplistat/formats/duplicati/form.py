"""Form bodies as Duplicati writes them, which are not quite forms.

The field's name is not encoded. Its value is, with %20 for a blank and %2B for a plus, so "+" is a plus. The
user's extra parameters follow after "&" in one of three ways: encoded piece by piece (to 2.0.8), all of it
encoded as if it were one name (2.0.9.100 to 2.1.0.5), or as they are (2.1.0.109 on); and they may be JSON.
"""

import re

from duplistat.core.encoding import unquoted
from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load, load_object

Field = tuple[str, str]

MAX_FIELDS = 1000

_BRACES = ("{", "%7B", "%7b")
_START = re.compile(r"[^\s=&{}]{0,200}=")
_MULTIPART = re.compile(r"--[^\r\n]{1,200}\r?\nContent-Disposition:", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_PART_NAME = re.compile(r"""\bname="?([^";\r\n]{0,200})""")
_RAW_JSON = re.compile(r"([^\s=&{}]{0,200})=\s*(?=\{)")


def is_form(text: str) -> bool:
    """Whether a text begins as a form does, or is one encoded word (a field without a name)."""
    return (_START.match(text) or _MULTIPART.match(text)) is not None or (
        text[:2000].find("%20") > 0 and not re.search(r"\s", text[:2000])
    )


def fields_of(text: str, charset: str = "") -> list[Field]:
    """The fields of a form body in order, decoded. A field without "=" has the name "" and is all value.

    `charset` is what bytes that are no UTF-8 are in. Of more than `MAX_FIELDS` the rest is left out. Never raises.
    """
    fields: list[Field] = []
    if _MULTIPART.match(text):
        return _parts(text)
    if found := _RAW_JSON.match(text):
        # Somebody's curl sent JSON as it is: its own "&" and "=" separate nothing.
        try:
            _, end = load(text[found.end() :])
        except Unrecognised:
            pass
        else:
            fields.append((found[1], text[found.end() : found.end() + end]))
            text = text[found.end() + end :].lstrip("\r\n \t&")
    text = text.rstrip("\r\n")
    at = text.find("&{")
    if at >= 0 and (extra := load_object(text[at + 1 :])) is not None:
        text = text[:at]
        fields += _flat(extra)
    if "\n" in text and "%0A" not in text and "%0a" not in text:
        # Line ends as they are: nothing was encoded, and an "&" is somebody's text.
        name, _, value = text.partition("=")
        return [(name, value), *fields]
    # Who writes %20 for a blank means "+" when writing it; a browser writes "+" for a blank.
    plus_is_blank = "%20" not in text
    parts = text.split("&", MAX_FIELDS)[:MAX_FIELDS] if text else []
    mine: list[Field] = []
    tried_json = False
    for index, part in enumerate(parts):
        name, equals, value = part.partition("=")
        if equals and not name.lstrip().startswith(_BRACES):
            mine.append((_decode(name, plus_is_blank, charset), _decode(value, plus_is_blank, charset)))
            continue
        if part.lstrip().startswith(_BRACES) and not tried_json:
            tried_json = True  # once: each look goes to the end of the body
            if (extra := load_object(_decode("&".join(parts[index:]), plus_is_blank, charset))) is not None:
                mine += _flat(extra)
                break
        mine += _parameters(_decode(part, plus_is_blank, charset))
    return mine + fields


def _parts(text: str) -> list[Field]:
    """The fields of a form in parts, as curl sends it with -F: nothing in them is encoded."""
    boundary = text[: text.find("\n")].rstrip("\r")
    fields: list[Field] = []
    for part in text.split(boundary, MAX_FIELDS)[1:MAX_FIELDS]:
        blank = _BLANK_LINE.search(part)
        if blank and (name := _PART_NAME.search(part, 0, blank.start())):
            fields.append((name[1], part[blank.end() :].rstrip("\r\n")))
    return fields


def _parameters(text: str) -> list[Field]:
    """A whole "a=b&c=d" that was encoded as one name; any other text is a value without a name."""
    if _START.match(text) is None:
        return [("", text)] if text else []
    pairs = [part.partition("=") for part in text.split("&", MAX_FIELDS)[:MAX_FIELDS]]
    return [(unquoted(name), unquoted(value)) for name, _, value in pairs]


def _flat(extra: dict[str, object]) -> list[Field]:
    return [(name, value) for name, value in list(extra.items())[:MAX_FIELDS] if isinstance(value, str)]


def _decode(text: str, plus_is_blank: bool, charset: str) -> str:
    return unquoted(text.replace("+", " ") if plus_is_blank else text, charset)
