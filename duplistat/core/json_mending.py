"""JSON that templates and relays broke, read as far as it can be.

What breaks it: texts that were put between quotes as they are (Windows paths, quotes, line ends), a comma too
many, a word without quotes, and an end that was cut off. Only for a text that is no JSON: what is valid there
keeps its meaning.
"""

import re
from typing import Any

# Quotes, backslashes and values that are looked at; where there are more, the rest counts as cut off.
MOST_STEPS = 300_000
DEEPEST = 60

_SPACE = re.compile(r"[\s\ufeff]*")
_SPECIAL = re.compile(r'["\\]')
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?(?![\w.])", re.ASCII)
_BARE = re.compile(r"[^\s,:{}\[\]\"][^,}\]\r\n\"]{0,500}")
_KEY = re.compile(r"[A-Za-z_][\w.-]{0,99}")
_WORDS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None, "NaN": None,
    "undefined": None,
}  # fmt: skip
_NAME = r'"(?:[^"\\\r\n]|\\.){0,200}"'
# What follows a quote that ends a key, a value of an object, or one of an array; any other quote is text.
_AFTER_KEY = re.compile(r"\s*:")
_AFTER_VALUE = re.compile(
    rf"\s*(?:\Z|\}}(?:\s*(?:[,}}\]{{]|\Z)|\s+[A-Z])"
    rf'|,\s*(?:\}}|\Z|{_NAME}\s*(?::|\Z)|"[^"\\\r\n]{{0,200}}\Z|[A-Za-z_]\w{{0,40}}\s*:))'
)
_AFTER_ITEM = re.compile(r"\s*(?:\Z|\]|,\s*(?:[\"\[{\]\d-]|true|false|null|\Z))")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_DRIVE = re.compile(r"(?:^|[^A-Za-z0-9])[A-Za-z]:\Z")
_SHARE = re.compile(r"\\\\[\w.$-]{1,64}\\(?!\\)")
# No part of a path, so that a path has ended before it.
_NO_PATH = re.compile(r"[\r\n<>|?*:\"]")
# A line end within or behind a path, rather than a folder whose name begins with n or r.
_LINE_END = re.compile(r'\\r\\n|\\n(?=\\n|\s|"|\Z|[A-Z][A-Za-z]{1,40}: )')
# Texts that say something although their end is missing; any other value without its end is not known.
_TEXTS = frozenset({"message", "text", "content", "body", "msg", "exception", "description", "details"})
_LONG = 200


def mend_object(text: str) -> tuple[dict[str, Any], int] | None:
    """The JSON object that a text begins with, and where it ends (at the latest at the text's); None for none.

    Never raises, and looks at each character a few times at most.
    """
    mender = _Mender(text)
    mender.skip()
    if not text.startswith("{", mender.at):
        return None
    found = mender.mapping(0)
    return (found, mender.at) if found else None


class _Mender:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.steps = 0
        # The value that was read last has no end.
        self.open = False

    def skip(self) -> str:
        """The next character that is no blank; "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while self._more():
            here = self.skip()
            if here in ("", "}"):
                self.at += 1 if here else 0
                break
            if here == '"':
                key = self.string(_AFTER_KEY)
            elif bare := _KEY.match(self.text, self.at):
                key, self.at = bare[0], bare.end()
            else:
                self.at += 1
                continue
            if self.skip() != ":":
                continue
            self.at += 1
            value = self.value(depth, _AFTER_VALUE)
            if not self.open or isinstance(value, (dict, list)) or self._tells(key, value):
                found.setdefault(key, value)
        return found

    def array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while self._more():
            here = self.skip()
            if here in ("", "]", "}"):
                self.at += here == "]"
                break
            if here in ",:":
                self.at += 1
                continue
            found.append(self.value(depth, _AFTER_ITEM))
        return found

    def value(self, depth: int, ends: re.Pattern[str]) -> Any:
        self.open = False
        here = self.skip()
        if here and here in "{[":
            if depth >= DEEPEST:
                self.at = len(self.text)
                return None
            return self.mapping(depth + 1) if here == "{" else self.array(depth + 1)
        if here == '"':
            return self.string(ends)
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            self.open = self.at == len(self.text)
            return float(number[0]) if set(number[0]) & set(".eE") else int(number[0])
        if bare := _BARE.match(self.text, self.at):
            self.at = bare.end()
            self.open = self.at == len(self.text)
            word = bare[0].strip()
            return _WORDS.get(word, word) if not self.open else None
        self.open = not here
        return None

    def string(self, ends: re.Pattern[str]) -> str:
        """A string, from its quote on: to the next quote that can be its end."""
        text, parts, at = self.text, [], self.at + 1
        begin = at
        # Where a path with single backslashes goes on from; -1 outside of one.
        path = -1
        while self._more() and (special := _SPECIAL.search(text, at)):
            here = special.start()
            parts.append(text[at:here])
            if special[0] == '"':
                if ends.match(text, here + 1):
                    self.at, self.open = here + 1, False
                    return "".join(parts)
                parts.append('"')
                at, path = here + 1, -1
                continue
            if path >= 0 and _NO_PATH.search(text, path, here):
                path = -1
            if path < 0 and self._begins_path(begin, here):
                path = here
            if path >= 0:
                read, at, path = self._in_path(here, ends)
            else:
                read, at = _escape(text, here)
                if read == "\\" and text[here + 1 : here + 2] != "\\":
                    path = at  # no escape of JSON's: the name of a folder
            parts.append(read)
        parts.append(text[at:])
        self.at, self.open = len(text), True
        return "".join(parts)

    def _begins_path(self, begin: int, here: int) -> bool:
        """Whether the backslash at `here` stands in C:\\ or \\\\server\\, with none of them doubled."""
        text = self.text
        if text.startswith("\\", here + 1):
            before = text[max(begin, here - 1) : here]
            return (not before or before in " '(=[\t") and _SHARE.match(text, here) is not None
        return _DRIVE.search(text[max(begin, here - 3) : here]) is not None

    def _in_path(self, here: int, ends: re.Pattern[str]) -> tuple[str, int, int]:
        """What a backslash within a path is, where it goes on, and where the path does (-1: it is over)."""
        text = self.text
        after = text[here + 1 : here + 2]
        if after == '"':
            # A path may end in a backslash, and its text with it.
            return ("\\", here + 1, -1) if ends.match(text, here + 2) else ('"', here + 2, -1)
        if after == "\\":
            share = _SHARE.match(text, here)
            return ("\\\\" if share else "\\", here + 2, here + 2)
        if found := _LINE_END.match(text, here):
            return found[0].replace("\\r", "\r").replace("\\n", "\n"), found.end(), -1
        if after == "u" and text[here + 2 : here + 4] == "00" and _HEX.match(text, here + 2):
            return chr(int(text[here + 2 : here + 6], 16)), here + 6, here + 6
        return "\\", here + 1, here + 1

    def _more(self) -> bool:
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.at = len(self.text)
        return self.at < len(self.text)

    def _tells(self, key: str, value: object) -> bool:
        return isinstance(value, str) and (key.lower() in _TEXTS or len(value) >= _LONG)


def _escape(text: str, here: int) -> tuple[str, int]:
    """What the escape at a backslash means, and where the text goes on; a backslash where it is none."""
    after = text[here + 1 : here + 2]
    if after in _ESCAPES and after:
        return _ESCAPES[after], here + 2
    if after == "u" and _HEX.match(text, here + 2):
        code, end = int(text[here + 2 : here + 6], 16), here + 6
        if 0xD800 <= code < 0xDC00 and text.startswith("\\u", end) and _HEX.match(text, end + 2):
            low = int(text[end + 2 : end + 6], 16)
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), end + 6
        return chr(code), end
    return "\\", here + 1
