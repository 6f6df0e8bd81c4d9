"""Answers of /api.php: small trees of XML, written as the seed of this protocol shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duplistat.core.xml_text import attribute


@dataclass(frozen=True, slots=True)
class Element:
    """An element with its attributes in order. One without children is written with its closing tag."""

    name: str
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    children: Sequence["Element"] = ()

    def write(self) -> str:
        told = "".join(f" {name}={attribute(str(value))}" for name, value in self.attributes.items())
        inside = "".join(child.write() for child in self.children)
        return f"<{self.name}{told}>{inside}</{self.name}>"


def response(*children: Element, status: Element | None = None) -> str:
    """The whole answer; without a `status` of its own it is ok."""
    first = status or Element("status", {"value": "ok"})
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + Element("response", {}, (first, *children)).write()
        + "\n"
    )


def error(code: str, message: str) -> str:
    return response(status=Element("status", {"value": "error", "message": message, "code": code}))
