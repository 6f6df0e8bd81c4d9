"""Texts within a limit: whole items are left out from the end, and how many is said; no item is ever cut."""

from collections.abc import Callable, Sequence


def kept(items: Sequence[str], limit: int, more: Callable[[int], str], missing: int = 0) -> list[str]:
    """The first of the items that fit into `limit` characters, each with a line end, and a last line for the others.

    `more` says that so many are not there; `missing` were left out before. Nothing where not even that line fits.
    """
    for count in range(len(items), -1, -1):
        left = len(items) - count + missing
        lines = [*items[:count], *([more(left)] if left else [])]
        if sum(len(line) + 1 for line in lines) <= limit:
            return lines
    return []


def fit(
    head: str, items: Sequence[str], tail: str, limit: int, more: Callable[[int], str], missing: int = 0
) -> str:
    """Head, items and tail, below each other, within `limit` characters; "" of them take no line.

    The tail has the links: items go before it does, then lines of the head from its end. Where the tail leaves no room
    for the first line of the head, that is all there is, cut.
    """
    room = limit - (len(tail) + 1 if tail else 0)
    lines = head.split("\n")
    while len(lines) > 1 and len("\n".join(lines)) > room:
        lines.pop()
    top = "\n".join(lines)
    if len(top) > room:
        return start(lines[0], limit)
    listed = kept(items, room - len(top) - 1, more, missing)
    return "\n".join(part for part in (top, *listed, tail) if part)


def start(text: str, limit: int) -> str:
    """The beginning of a text of at most `limit` characters, "…" at its end when something is missing.

    It ends between two words where one ends late enough.
    """
    if len(text) <= limit:
        return text
    room = max(limit - 1, 0)
    blank = text.rfind(" ", 0, room + 1)
    return (text[: blank if blank > room * 0.8 else room].rstrip() + "…")[: max(limit, 0)]
