"""Runs of a job, of a server or of all, a page of them, chosen by how they ended, what they were and when."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.report import BACKUP, DELETE, RESTORE
from duplistat.core.schedule import to_utc
from duplistat.core.status import Status
from duplistat.core.text import clean
from duplistat.core.times import to_ms
from duplistat.store import runs
from duplistat.store.database import Database
from duplistat.web.language import gettext as _
from duplistat.web.parts.history import Entry, cursor, entries
from duplistat.web.parts.run_words import operation as operation_word

PAGE = 25
# Operations that can be chosen; any other can be asked for in the address.
OPERATIONS = (BACKUP, RESTORE, "test", "compact", DELETE, "repair")
OPERATION_CHARS = 50


class History(NamedTuple):
    """One page of runs, and what was asked for. `older` is the cursor of the next page, "" at the end."""

    entries: list[Entry]
    older: str
    before: str
    status: str
    operation: str
    day: str

    @property
    def groups(self) -> list[list[Entry]]:
        """The runs, with those together that failed in a row with the same message."""
        found: list[list[Entry]] = []
        for entry in self.entries:
            if found and _same(found[-1][0], entry):
                found[-1].append(entry)
            else:
                found.append([entry])
        return [part for group in found for part in ([group] if len(group) > 2 else [[one] for one in group])]

    @property
    def chosen(self) -> dict[str, str]:
        """The parameters of what was chosen, without where in it this page is."""
        every = {"status": self.status, "operation": self.operation, "day": self.day}
        return {name: value for name, value in every.items() if value}

    @property
    def on(self) -> date | None:
        """The day that was chosen."""
        return date.fromisoformat(self.day) if self.day else None

    @property
    def statuses(self) -> list[tuple[str, str]]:
        """(value, text) of each result that can be chosen."""
        return [
            ("", _("any result")),
            (Status.SUCCESS, _("succeeded")),
            (Status.WARNING, _("with warnings")),
            (Status.ERROR, _("with errors")),
            (Status.FATAL, _("failed")),
            (Status.INTERRUPTED, _("interrupted")),
            (Status.RUNNING, _("running")),
            (Status.UNKNOWN, _("unknown result")),
            (Status.OTHER, _("other result")),
        ]

    @property
    def operations(self) -> list[tuple[str, str]]:
        """(value, text) of each operation that can be chosen."""
        known = (
            OPERATIONS
            if not self.operation or self.operation in OPERATIONS
            else (*OPERATIONS, self.operation)
        )
        return [("", _("any operation")), *((name, operation_word(name)) for name in known)]


def read(
    db: Database,
    accounts: tuple[int, ...],
    zone: ZoneInfo,
    asked: Mapping[str, str],
    *,
    job: int | None = None,
    server: int | None = None,
) -> History:
    """The page that an address asks for, of a job, a server or all of the accounts. Three statements. `?day=` is a day
    by the clock of `zone`: the server's, by which squares and sums of days are.

    Raises DuplistatError (invalid).
    """
    before = asked.get("before", "")
    day = asked.get("day", "").strip()
    since, until = bounds(day, zone) if day else (None, None)
    status, operation = asked.get("status", ""), clean(asked.get("operation", "")).strip().lower()
    operation = operation[:OPERATION_CHARS]
    if status and status not in [*Status]:
        raise DuplistatError(Kind.INVALID, f"?status= must be one of {', '.join(Status)}")
    wanted = runs.Filter(server=server, job=job, status=status, operation=operation, since=since, until=until)
    found, end = runs.page(db, accounts, wanted, before=cursor(before), limit=PAGE)
    older = f"{end[0]}-{end[1]}" if end else ""
    return History(entries(found), older, before, status, operation, day)


def _same(one: Entry, other: Entry) -> bool:
    """Whether two runs failed in the same way."""
    return one.state == other.state == "failed" and (one.label, one.message) == (other.label, other.message)


def bounds(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """The first moment of a day by the clock of `zone`, and of the day after it, in ms. Raises DuplistatError
    (invalid)."""
    try:
        day = date.fromisoformat(text)
        first, after = (
            to_utc(datetime.combine(each, time()), zone) for each in (day, day + timedelta(days=1))
        )
    except (ValueError, OverflowError):
        raise DuplistatError(Kind.INVALID, "?day= must be a day such as 2027-01-31") from None
    return to_ms(first), to_ms(after)
