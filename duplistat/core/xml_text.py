"""Text in XML 1.0, whatever it holds."""

import re
from xml.sax.saxutils import escape, quoteattr

# XML 1.0 has no way to write these, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """The text between tags; what XML cannot hold is U+FFFD. A carriage return stays one, as a reference."""
    return escape(_allowed(value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """The value of an attribute, with its quotes."""
    return quoteattr(_allowed(value), {"\r": "&#13;"})


def _allowed(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)
