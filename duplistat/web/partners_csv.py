"""The partner report as CSV: no cell of it is a formula."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from duplistat.services.backup_status import ATTRIBUTES, Entry

# A spreadsheet takes a cell that begins with one of these for a formula, and runs it. Where it takes semicolons
# or tabs for the ends of cells, whatever quotes are around, a cell may begin inside of ours.
_FORMULA = re.compile("(^|[;,\t\r\n])(?=[\\s\"']*[=+\\-@|%\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")
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
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'", value)
    return "" if value is None else value
