"""Texts and data made to fit a limit, cut between lines and items and never within one where that can be helped."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

MORE = "… {count} more lines"


def octets(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def lines(text: str, limit: int, measure: Callable[[str], int] = octets) -> str:
    """The first lines of a text that fit, with a line that says how many do not.

    Of a single line that is too long the beginning, with an ellipsis.
    """
    if measure(text) <= limit:
        return text
    parts = text.split("\n")

    def shorter(kept: int) -> str:
        return "\n".join([*parts[:kept], MORE.format(count=len(parts) - kept)])

    low, high = 0, len(parts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measure(shorter(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return shorter(low) if low else start(parts[0], limit, measure)


def start(text: str, limit: int, measure: Callable[[str], int] = octets) -> str:
    """The beginning of a text that fits, with an ellipsis when something is missing."""
    if measure(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle] + "…") <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low] + "…" if measure("…") <= limit else ""


def data(content: dict[str, Any], limit: int) -> dict[str, Any]:
    """A copy of `content` whose JSON has at most `limit` bytes: lists lose what is at their end, then texts do.

    What is left out is told under "left_out": the path of each list, with the number of its items that are missing.
    """
    found = deepcopy(content)
    left_out: dict[str, int] = {}
    while (excess := octets(compact(found)) - limit) > 0:
        longest = max(_lists(found), key=lambda entry: octets(compact(entry[1])), default=None)
        if longest is None or not longest[1]:
            break
        path, items = longest
        gone = 0
        while items and excess > 0:
            excess -= octets(compact(items.pop())) + 1
            gone += 1
        left_out[path] = left_out.get(path, 0) + gone
        found["left_out"] = left_out
    length = 2000
    while octets(compact(found)) > limit and length > 10:
        found = _shortened(found, length)
        length //= 2
    return found


def compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _lists(content: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _lists(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        if content:
            yield path, content
        for number, value in enumerate(content):
            yield from _lists(value, f"{path}.{number}")


def _shortened(content: Any, length: int) -> Any:
    if isinstance(content, dict):
        return {key: _shortened(value, length) for key, value in content.items()}
    if isinstance(content, list):
        return [_shortened(value, length) for value in content]
    return start(content, length) if isinstance(content, str) else content
