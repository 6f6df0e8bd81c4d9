"""Reads fields of JSON that a person or a program wrote, each within its limits. Raises DuplistatError (invalid)."""

from collections.abc import Mapping, Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text

MOST_ITEMS = 500
LONGEST = 200


def wrong(name: str, text: str) -> DuplistatError:
    return DuplistatError(Kind.INVALID, Text("{name}: {problem}", name=name, problem=text), field=name)


def object_of(plain: object, shape: type) -> Mapping[str, Any]:
    if not isinstance(plain, Mapping):
        raise wrong(shape.__name__.lower(), Text("an object is expected"))
    unknown = set(plain) - set(shape.__dataclass_fields__)  # type: ignore[attr-defined]  # both are dataclasses
    if unknown:
        raise wrong(str(min(map(str, unknown)))[:LONGEST], Text("there is no such field"))
    return plain


def list_of(fields: Mapping[str, Any], name: str) -> list[Any]:
    items = fields.get(name, ())
    if not isinstance(items, list | tuple) or len(items) > MOST_ITEMS:
        raise wrong(name, Text("a list of at most {most} items is expected", most=MOST_ITEMS))
    return list(items)


def ids_of(fields: Mapping[str, Any], name: str) -> tuple[int, ...]:
    items = list_of(fields, name)
    if not all(type(item) is int and 0 < item < 2**63 for item in items):
        raise wrong(name, Text("ids are expected"))
    return tuple(dict.fromkeys(items))


def texts_of(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    items = list_of(fields, name)
    if not all(isinstance(item, str) and 0 < len(item.strip()) <= LONGEST for item in items):
        raise wrong(name, Text("texts of at most {most} characters are expected", most=LONGEST))
    return tuple(dict.fromkeys(item.strip() for item in items))


def words_of(fields: Mapping[str, Any], name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    items = list_of(fields, name)
    if not all(item in allowed for item in items):
        raise wrong(name, Text("one of {list} is expected", list=", ".join(allowed)))
    return tuple(item for item in allowed if item in items)


def number_of(fields: Mapping[str, Any], name: str, most: int, default: int = 0) -> int:
    value = fields.get(name, default)
    if type(value) is not int or not 0 <= value <= most:
        raise wrong(name, Text("a whole number from 0 to {most} is expected", most=most))
    return value


def flag_of(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise wrong(name, Text("true or false is expected"))
    return value
