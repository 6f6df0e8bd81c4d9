"""What a run counted, in groups, each number with how it changed since the good run before."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from duplistat.core.status import Status
from duplistat.store.runs import Run
from duplistat.web.formatting import change, count, size, spaced, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.run.counter_names import NAMES


class Number(NamedTuple):
    """`exact` is for hover; `change` is "" where there is nothing to compare with.

    `own`: the label is the sender's own name of it, in English.
    """

    label: str
    value: str
    exact: str
    change: str
    own: bool = False


class NumberGroup(NamedTuple):
    name: str
    numbers: list[Number]


def _groups() -> Sequence[tuple[str, Sequence[tuple[str, str, bool]]]]:
    """Group, then (label, column of Run, whether it is in bytes)."""
    return (
        (
            _("Files"),
            (
                (_("Examined"), "files", False),
                (_("Added"), "files_added", False),
                (_("Modified"), "files_modified", False),
                (_("Deleted"), "files_deleted", False),
                (_("With errors"), "files_failed", False),
            ),
        ),
        (
            _("Data"),
            (
                (_("Source size"), "size", True),
                (_("Uploaded"), "uploaded", True),
                (_("Downloaded"), "downloaded", True),
            ),
        ),
        (
            _("Destination"),
            (
                (_("Backup size"), "storage", True),
                (_("Versions"), "versions", False),
                (_("Free space"), "quota_free", True),
                (_("Total space"), "quota_total", True),
            ),
        ),
    )


def groups(run: Run, before: Run | None) -> list[NumberGroup]:
    """What the run told, without what it did not; a group without any number is left out.

    A run that failed counted nothing where it has 0, and is no measure of how much there is.
    """
    broken, made = Status(run.status).broken, []
    before = None if broken else before
    for name, columns in _groups():
        numbers = [
            _number(label, getattr(run, column), getattr(before, column, None), in_bytes)
            for label, column, in_bytes in columns
            if getattr(run, column) is not None and not (broken and getattr(run, column) == 0)
        ]
        if numbers:
            made.append(NumberGroup(name, numbers))
    return made


def others(numbers: Mapping[str, int], before: Mapping[str, int] | None = None) -> list[Number]:
    """Every other counter of a report, with those of the good run before.

    One that is not in NAMES has the sender's own name, in words.
    """
    known = before or {}
    return [
        _number(
            _(NAMES[name]) if name in NAMES else visible(spaced(name)),
            value,
            known.get(name),
            _in_bytes(name),
        )._replace(own=name not in NAMES)
        for name, value in numbers.items()
    ]


def difference(before: int | None, after: int | None) -> str:
    """How a count changed: +7, −2 000, or ±0."""
    if before is None or after is None:
        return ""
    by = after - before
    return "±0" if not by else ("+" if by > 0 else "−") + count(abs(by))


def _number(label: str, value: int, before: int | None, in_bytes: bool) -> Number:
    if in_bytes:
        exact = ngettext("%(number)s byte", "%(number)s bytes", value) % {"number": count(value)}
        return Number(label, size(value), exact, change(before, value))
    return Number(label, count(value), "", difference(before, value))


def _in_bytes(name: str) -> bool:
    """By its name, as Duplicati calls them: SizeOfAddedFiles, DeletedFileSize, BytesUploaded, FreeQuotaSpace."""
    return name.startswith(("SizeOf", "Bytes")) or name.endswith(("Size", "Bytes", "Space"))
