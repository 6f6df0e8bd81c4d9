"""The report as JSON and as XML, one entry after the other: it may have many."""

import json
from collections.abc import Iterator, Sequence

from duplistat.core.xml_text import attribute, text
from duplistat.services.accounts.partner_report import ATTRIBUTES, Entry

# Entries that are sent at once: a server sends each piece by itself.
AT_ONCE = 200


def as_json(entries: Sequence[Entry], report_date: str, href: str) -> Iterator[str]:
    """The report as one JSON object. `href` is the absolute address of its first page."""
    head = {"page": 1, "page_size": len(entries), "count": len(entries)}
    head_text = json.dumps(head | {"links": [{"rel": "first", "href": href}]}, ensure_ascii=False)
    yield head_text[:-1] + ', "list": ['
    for start in range(0, len(entries), AT_ONCE):
        some = [
            json.dumps(
                {"report_date": report_date} | {name: getattr(entry, name) for name in ATTRIBUTES},
                ensure_ascii=False,
            )
            for entry in entries[start : start + AT_ONCE]
        ]
        yield (", " if start else "") + ", ".join(some)
    yield "]}"


def as_xml(entries: Sequence[Entry], report_date: str, href: str) -> Iterator[str]:
    """The same as XML, well-formed whatever names hold. What is not known is an empty element."""
    count = len(entries)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<list page="1" page_size="{count}" count="{count}">\n  <link rel="first" href={attribute(href)}/>\n'
    )
    for start in range(0, count, AT_ONCE):
        yield "".join(_element(entry, report_date) for entry in entries[start : start + AT_ONCE])
    yield "</list>\n"


def _element(entry: Entry, report_date: str) -> str:
    lines = [f"    <report_date>{report_date}</report_date>"]
    for name in ATTRIBUTES:
        value = getattr(entry, name)
        if name == "condition_types":
            lines += [f"    <condition_type>{reason}</condition_type>" for reason in value]
        else:
            lines.append(f"    <{name}>{'' if value is None else text(str(value))}</{name}>")
    return "  <backup_status>\n" + "\n".join(lines) + "\n  </backup_status>\n"
