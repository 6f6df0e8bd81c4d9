"""A webhook's body as its owner wants it: JSON first, and values put into its strings afterwards.

So no value can break it, whatever quotes and line ends it brings.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from duplistat.notify import fit
from duplistat.notify.message import Message

MOST_LETTERS = 16_384
_MOST_DEPTH = 20
_PLACE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
# What a webhook's own body has under "data": docs/messages.md says what each is.
DATA = (
    *(
        "notice",
        "kind",
        "why",
        "at",
        "rule",
        "number",
        "of",
        "account",
        "server",
        "job",
        "run",
        "problem",
        "problems",
    ),
    *("total", "counts", "cause", "causes", "went", "event", "events", "code", "links"),
)
# Below these the names differ from message to message.
_OPEN = ("counts",)
NAMES = (
    *("uid", "thread", "type", "kind", "severity", "timestamp", "subject", "text", "short", "job"),
    *("link", "acknowledge"),
)


def problems_of(template: str, example: Mapping[str, Any] | None = None) -> list[str]:
    """What is wrong with a template, a sentence each; none when it can be used.

    `example` is the `data` of some message: then names below it are checked to the end.
    """
    if len(template) > MOST_LETTERS:
        return [f"the template is longer than {MOST_LETTERS} characters"]
    try:
        content = _parsed(template)
    except ValueError as e:
        return [f"the template is no JSON: {e}"]
    except RecursionError:
        return ["the template is no JSON: too deep"]
    if _depth(content) > _MOST_DEPTH:
        return [f"the template is deeper than {_MOST_DEPTH} levels"]
    found: list[str] = []
    for text, is_key in _strings(content):
        if is_key:
            if "{{" in text:
                found.append(f"“{text[:60]}” is a name of a field: placeholders stand in values")
            continue
        found += [
            f"{{{{ {name} }}}} is unknown" for name in _PLACE.findall(text) if not _is_known(name, example)
        ]
        rest = _PLACE.sub("", text)
        if "{{" in rest or "}}" in rest:
            found.append(f"“{text[:60]}” has something in braces that is no name")
    return list(dict.fromkeys(found))


def rendered(template: str, message: Message, limit: int) -> str:
    """The body for a message, of at most `limit` bytes as long as the template leaves room for that.

    Lists in `data` lose items at their end, and long texts lines. What a message has not got is null, or "" within a
    string. Raises ValueError when the template is no JSON.
    """
    content = _parsed(template)
    for length in (limit, limit // 2, limit // 4, limit // 8, limit // 32):
        values: dict[str, Any] = {
            "uid": message.uid,
            "thread": message.thread,
            "type": message.type,
            "kind": message.kind,
            "severity": message.severity,
            "timestamp": timestamp(message.at),
            "subject": message.subject,
            "text": fit.lines(message.text, length),
            "short": fit.lines(message.short, length),
            "job": message.job,
            "link": message.link,
            "acknowledge": message.acknowledge,
            "data": fit.data(dict(message.data), length),
        }
        body = fit.compact(_filled(content, values))
        if fit.octets(body) <= limit:
            break
    return body


def timestamp(at: int) -> str:
    """Milliseconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parsed(template: str) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no number of JSON")

    return json.loads(template, parse_constant=refuse)


def _is_known(name: str, example: Mapping[str, Any] | None) -> bool:
    first, *rest = name.split(".")
    if first != "data":
        return first in NAMES and not rest
    if not rest:
        return True
    return rest[0] in DATA and (example is None or rest[0] in _OPEN or _has(example, rest))


def _has(content: Any, path: list[str]) -> bool:
    """Whether there is such a place; where the example has nothing, any name may be below it."""
    for part in path:
        if content is None:
            return True
        if not isinstance(content, Mapping) or part not in content:
            return False
        content = content[part]
    return True


def _filled(content: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(content, dict):
        return {key: _filled(value, values) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, values) for value in content]
    if not isinstance(content, str):
        return content
    whole = _PLACE.fullmatch(content.strip())
    if whole:
        return _value(whole[1], values)
    return _PLACE.sub(lambda place: _words(_value(place[1], values)), content)


def _value(name: str, values: Any) -> Any:
    for part in name.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else fit.compact(value)


def _strings(content: Any) -> Iterator[tuple[str, bool]]:
    """Every string, and whether it is the name of a field."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield key, True
            yield from _strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from _strings(value)
    elif isinstance(content, str):
        yield content, False


def _depth(content: Any) -> int:
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return 1 + max((_depth(value) for value in inner), default=0)
