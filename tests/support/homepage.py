"""What Homepage's customapi widget shows of a value, from how it was seen to behave; enough for the documented ones."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

# (seconds that it is used below, name, seconds of one)
_SPANS = (
    (60, "second", 1), (3600, "minute", 60), (86_400, "hour", 3600), (604_800, "day", 86_400),
    (2_592_000, "week", 604_800), (31_536_000, "month", 2_592_000), (math.inf, "year", 31_536_000),
)  # fmt: skip
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def cells(widget: dict[str, Any], answer: Any, now: datetime) -> list[tuple[str, str]]:
    """(label, what stands there) of each line of a card; a block has room for four."""
    mappings = widget["mappings"]
    if widget.get("display") == "dynamic-list":
        items = at(answer, mappings["items"])
        if not isinstance(items, list):
            raise LookupError(f"no items at {mappings['items']}")
        return [
            (shown({}, item[mappings["name"]], now), shown(mappings, item[mappings["label"]], now))
            for item in items
        ]
    room = None if widget.get("display") == "list" else 4
    return [(one["label"], shown(one, at(answer, one["field"]), now)) for one in mappings[:room]]


def at(value: Any, path: str) -> Any:
    """The value that a path of keys and places leads to; None when it leads nowhere."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def shown(mapping: dict[str, Any], value: Any, now: datetime) -> str:
    """The text of a cell. A format that fails leaves the value as it is."""
    for change in mapping.get("remap", ()):
        # Strictly the same: 0 is neither "0" nor false.
        if type(change["value"]) is type(value) and change["value"] == value:
            value = change["to"]
            break
    kind = mapping.get("format", "text")
    if kind == "number":
        value = f"{value:,}" if _number(value) is not None else "NaN"
    elif kind == "bytes":
        value = _bytes(value)
    elif kind == "duration":
        value = _duration(_number(value) or 0)
    elif kind in ("relativeDate", "date"):
        value = _date(kind, value, now)
    elif kind != "text":
        raise NotImplementedError(kind)
    if mapping.get("suffix"):
        value = f"{'null' if value is None else value} {mapping['suffix']}"
    return "" if value is None else str(value)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _bytes(value: Any) -> Any:
    number = _number(value)
    if number is None or number < 1:
        return value if number is None else "0 B"
    power = min(int(math.log10(number)) // 3, len(_UNITS) - 1)
    return f"{float(f'{number / 1000**power:.3g}'):g} {_UNITS[power]}"


def _duration(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    parts = (
        (days, "d"),
        (hours, "h"),
        (rest // 60 if not days else 0, "m"),
        (0 if days or hours else rest % 60, "s"),
    )
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _date(kind: str, value: Any, now: datetime) -> Any:
    moment: datetime | None
    try:
        # Nothing is the beginning of 1970, as any number is milliseconds since.
        number = 0.0 if value is None else _number(value)
        moment = (
            datetime.fromtimestamp(number / 1000, UTC)
            if number is not None
            else datetime.fromisoformat(value)
        )
    except ValueError:
        return value
    if kind == "date":
        return f"{moment:%B} {moment.day}, {moment.year}"
    delta = round((moment - now) / timedelta(seconds=1))
    name, length = next((name, length) for below, name, length in _SPANS if below > abs(delta))
    count = math.floor(delta / length)
    plural = name if abs(count) == 1 else f"{name}s"
    return f"in {count} {plural}" if count >= 0 else f"{-count} {plural} ago"
