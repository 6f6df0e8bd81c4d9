"""E-mail addresses: enough of a check that mail can be addressed, and nothing else slips into its head."""

import re

LONGEST = 254
# What needs no quotes before the @, then labels of a host name. Other alphabets are letters, too.
_SHAPE = re.compile(
    r"[^\s@\"(),:;<>\[\\\].\x00-\x20\x7f]+(\.[^\s@\"(),:;<>\[\\\].\x00-\x20\x7f]+)*"
    r"@[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*"
)


def normal(text: str) -> str | None:
    """The address in lower case without blanks around it; None for what is none."""
    text = text.strip().lower()
    return text if len(text) <= LONGEST and text.isprintable() and _SHAPE.fullmatch(text) else None
