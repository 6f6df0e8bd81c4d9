"""A run's log as the text that is stored: looked through as it is, so that of a hundred thousand lines few are read."""

import json
import re
from collections import Counter
from collections.abc import Collection

from duplistat.store.database import Database
from duplistat.store.packing import unpack

# What stands between two lines of `runs.write_log`. Inside a text JSON puts a backslash before each quote; where a text
# ends so that the quote after it completes this, a comma follows.
_BETWEEN = re.compile(r'\],\["(?!,)')
# Before the first line, and behind the last one.
_BEGIN, _END = '[["', "]]"

Line = tuple[str, str, str, int | None]


class LogText:
    """The lines of a log, each (level, tag, text, time in ms or None), counted from 0."""

    def __init__(self, written: str = "") -> None:
        """`written` is what `runs.write_log` made, or ""."""
        inner = written[len(_BEGIN) : -len(_END)]
        self._lines = _BETWEEN.split(inner) if inner else []

    def __len__(self) -> int:
        return len(self._lines)

    def levels(self) -> Counter[str]:
        """{level: how many lines}."""
        return Counter(line[: line.index('"')] for line in self._lines)

    def line(self, number: int) -> Line:
        level, tag, text, at = json.loads(f'["{self._lines[number]}]')
        return level, tag, text, at

    def find(self, levels: Collection[str] | None = None, query: str = "") -> list[int]:
        """The numbers of the lines of some levels (None for all) whose text or tag contains a query, in any case."""
        # Each line begins with its level, and the quote that ends it.
        begins = "" if levels is None else tuple(f'{level}"' for level in levels)
        found = [number for number, line in enumerate(self._lines) if line.startswith(begins)]
        if not query:
            return found
        wanted = query.casefold()
        # A line that contains it does so as it is written, too. Not the other way round: then it is read.
        as_written = json.dumps(wanted, ensure_ascii=False)[1:-1]
        likely = [number for number in found if as_written in self._lines[number].casefold()]
        return [number for number in likely if self._contains(number, wanted)]

    def _contains(self, number: int, wanted: str) -> bool:
        _, tag, text, _ = self.line(number)
        return wanted in text.casefold() or wanted in tag.casefold()


def of_run(db: Database, run: int) -> LogText:
    """The log of a run; one without lines when it has none."""
    row = db.row("SELECT lines FROM run_log WHERE run_id = ?", (run,))
    return LogText(unpack(bytes(row[0])).decode() if row else "")
