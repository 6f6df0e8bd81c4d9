"""CSV for spreadsheets: no cell of it is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# A spreadsheet takes a cell that begins with one of these for a formula, and runs it. Where it takes semicolons
# or tabs for the ends of cells, whatever quotes are around, a cell may begin inside of ours.
_FORMULA = re.compile("(^|[;,\t\r\n])(?=[\\s\"']*[=+\\-@|%\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")
_PIECE = 1 << 15


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """RFC 4180 in UTF-8, with the mark that spreadsheets know it by, in pieces."""
    yield "\ufeff"
    out = io.StringIO(newline="")
    write = csv.writer(out)
    write.writerow(heads)
    for row in rows:
        write.writerow([cell(value) for value in row])
        if out.tell() > _PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet. Of several, such as `condition_types`, blanks stand between."""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'", value)
    return "" if value is None else value
