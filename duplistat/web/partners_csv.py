"""The partner report as CSV: no cell of it is a formula."""

import csv
import io
from collections.abc import Iterator, Sequence

from duplistat.services.backup_status import ATTRIBUTES, Entry

# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_PIECE = 1 << 15


def as_csv(entries: Sequence[Entry]) -> Iterator[str]:
    """RFC 4180 in UTF-8, with the mark that spreadsheets know it by. Several `condition_types` have blanks between."""
    yield "\ufeff"
    out = io.StringIO(newline="")
    write = csv.writer(out)
    write.writerow(ATTRIBUTES)
    for entry in entries:
        write.writerow([cell(getattr(entry, name)) for name in ATTRIBUTES])
        if out.tell() > _PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet."""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
