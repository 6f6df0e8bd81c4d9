"""Patterns that people write, over one line: `*` is anything, `{server}` and `{job}` are names that stand there.

Upper and lower case are the same. A pattern is for the whole line: `*failed*` is for one with that word anywhere.
Reading takes as long as the line is, whatever a stranger writes into it: nothing is tried again from elsewhere.
"""

import re
from collections.abc import Sequence

NAMES = ("server", "job")
LONGEST = 300
_GAP = re.compile(r"(\*|\{(?:server|job)\})")


def problem_of(pattern: str) -> str:
    """What is wrong with a pattern, "" for nothing."""
    literals, gaps = _parts(pattern)
    if not pattern.strip():
        return "is empty"
    if len(pattern) > LONGEST:
        return "is too long"
    names = [gap for gap in gaps if gap]
    if len(names) > len(set(names)):
        return "has a name twice"
    if any(not literal for literal in literals[1:-1]):
        return "needs a text between two of *, {server} and {job}"
    return ""


def match(pattern: str, line: str) -> dict[str, str] | None:
    """The names that a line has where its pattern says so; None for a line that is another."""
    literals, gaps = _parts(pattern.strip())
    line = line.strip()
    text = _plain(line)
    first, *others = [_plain(literal) for literal in literals]
    if not gaps:
        return {} if text == first else None
    if not text.startswith(first):
        return None
    found: dict[str, str] = {}
    at = len(first)
    for number, (gap, literal) in enumerate(zip(gaps, others, strict=True)):
        # Only the last one has to reach the end; of the others the first place is as good as any.
        is_last = number == len(gaps) - 1
        end = len(text) - len(literal) if is_last else text.find(literal, at)
        if end < at or (is_last and not text.endswith(literal)):
            return None
        if gap:
            found[gap] = line[at:end].strip()
            if not found[gap]:
                return None
        at = end + len(literal)
    return found


def _parts(pattern: str) -> tuple[Sequence[str], Sequence[str]]:
    """The texts of a pattern, and what is between them: a name, or "" for anything."""
    parts = _GAP.split(pattern)
    return parts[::2], [gap.strip("{}*") for gap in parts[1::2]]


def _plain(text: str) -> str:
    """In lower case, where that has as many characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text
