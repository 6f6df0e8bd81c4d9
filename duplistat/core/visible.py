"""Text of others, made fit for a page or a terminal."""

import re

_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
_UNSEEN = re.compile(
    "[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)


def visible(text: str, *, lines: bool = False) -> str:
    """Text of others with everything in it that acts and is not seen made visible.

    A control character becomes its symbol (ESC is ␛), an override of the writing direction ⟪U+202E⟫. With
    `lines`, line ends and tabs stay.
    """
    # What Python calls printable has none of these.
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").translate(_CONTROLS)
    if not lines:
        text = text.replace("\n", "␊").replace("\t", "␉")
    return text if text.isascii() else _UNSEEN.sub(lambda found: f"⟪U+{ord(found[0]):04X}⟫", text)
