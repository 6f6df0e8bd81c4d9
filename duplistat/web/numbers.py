"""What a run counted, in groups, each number with how it changed since the good run before."""

from collections.abc import Mapping
from typing import NamedTuple

from duplistat.core import words
from duplistat.store.runs import Run
from duplistat.web.present import spaced, visible


class Number(NamedTuple):
    """`exact` is for hover; `change` is "" where there is nothing to compare with."""

    label: str
    value: str
    exact: str
    change: str


class NumberGroup(NamedTuple):
    name: str
    numbers: list[Number]


# Group, then (label, column of Run, whether it is in bytes).
_GROUPS = (
    (
        "Files",
        (
            ("Examined", "files", False),
            ("Added", "files_added", False),
            ("Modified", "files_modified", False),
            ("Deleted", "files_deleted", False),
            ("Failed", "files_failed", False),
        ),
    ),
    (
        "Bytes",
        (("Source", "size", True), ("Uploaded", "uploaded", True), ("Downloaded", "downloaded", True)),
    ),
    (
        "Destination",
        (
            ("Stored", "storage", True),
            ("Versions", "versions", False),
            ("Free space", "quota_free", True),
            ("Space in all", "quota_total", True),
        ),
    ),
)


def groups(run: Run, before: Run | None) -> list[NumberGroup]:
    """What the run told, without what it did not; a group without any number is left out."""
    made = []
    for name, columns in _GROUPS:
        numbers = [
            _number(label, getattr(run, column), getattr(before, column, None), in_bytes)
            for label, column, in_bytes in columns
            if getattr(run, column) is not None
        ]
        if numbers:
            made.append(NumberGroup(name, numbers))
    return made


def others(numbers: Mapping[str, int]) -> list[Number]:
    """Every other counter of a report, under the sender's own name in words."""
    return [_number(visible(spaced(name)), value, None, _in_bytes(name)) for name, value in numbers.items()]


def difference(before: int | None, after: int | None) -> str:
    """How a count changed: +7, −2 000, or ±0."""
    if before is None or after is None:
        return ""
    by = after - before
    return "±0" if not by else ("+" if by > 0 else "−") + words.count(abs(by))


def _number(label: str, value: int, before: int | None, in_bytes: bool) -> Number:
    if in_bytes:
        return Number(label, words.size(value), f"{words.count(value)} bytes", words.change(before, value))
    return Number(label, words.count(value), "", difference(before, value))


def _in_bytes(name: str) -> bool:
    """By its name, as Duplicati calls them: SizeOfAddedFiles, DeletedFileSize, BytesUploaded, FreeQuotaSpace."""
    return name.startswith(("SizeOf", "Bytes")) or name.endswith(("Size", "Bytes", "Space"))
