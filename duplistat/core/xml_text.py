"""Text in XML 1.0, whatever it holds."""

import re
from xml.sax.saxutils import escape

# A parser turns blanks of any kind in an attribute into spaces, unless they are references.
_IN_QUOTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
# XML 1.0 has no way to write these, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """The text between tags; what XML cannot hold is U+FFFD. A carriage return stays one, as a reference."""
    return escape(_allowed(value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """The value of an attribute, with its quotes: double ones, since there are clients that look for those."""
    return f'"{escape(_allowed(value), _IN_QUOTES)}"'


def _allowed(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)
