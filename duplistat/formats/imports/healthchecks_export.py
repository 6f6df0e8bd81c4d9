"""Checks as Healthchecks' API gives them, with their pings where somebody put them in: as the tables of its database.

For those who have no file of it: hosted accounts, and databases on PostgreSQL or MySQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later

NOT_THIS = later("this file is no answer of Healthchecks to GET /api/v3/checks/")
MICROSECONDS = 1_000_000
_SAME = (
    "name", "slug", "tags", "desc", "schedule", "tz", "status", "methods", "filter_subject", "filter_body",
    "filter_http_body",
)  # fmt: skip
_COLUMNS = {
    "accounts_project": ("id", "name"),
    "api_check": ("id", "code", "kind", "timeout", "grace", "project_id", *_SAME),
    "api_ping": ("id", "n", "owner_id", "created", "kind", "body", "exitstatus", "rid"),
}


class HealthchecksExport:
    """The tables of one project. Raises DuplistatError (invalid) for JSON of something else.

    `document` is {"checks": […]} as it was answered; each check may have "pings", a list as the API has it, and the
    document "project", a name.
    """

    def __init__(self, document: Any) -> None:
        checks = document.get("checks") if isinstance(document, Mapping) else None
        if not isinstance(checks, list) or not all(
            isinstance(check, Mapping) and "status" in check for check in checks
        ):
            raise DuplistatError(Kind.INVALID, NOT_THIS)
        pings = [ping for number, check in enumerate(checks, 1) for ping in _pings(number, check)]
        self._rows = {
            "accounts_project": [(1, document.get("project"))],
            "api_check": [_check(number, check) for number, check in enumerate(checks, 1)],
            "api_ping": [(number, *ping) for number, ping in enumerate(pings, 1)],
        }

    def columns(self, table: str) -> tuple[str, ...]:
        return _COLUMNS.get(table, ())

    def count(self, table: str, column: str = "", among: Collection[int] | None = None) -> int:
        return len(self._rows[table])

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        places = [_COLUMNS[table].index(name) for name in columns]
        for number, row in enumerate(self._rows[table], 1):
            yield (number, *(row[place] for place in places))

    def grouped(
        self, table: str, by: Sequence[str], columns: Sequence[str], among: Collection[int] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """They are in the order of their checks."""
        return self.rows(table, columns)

    def latest(
        self, table: str, by: Sequence[str], columns: Sequence[str], limit: int
    ) -> Iterator[tuple[Any, ...]]:
        return iter(())


def _check(number: int, check: Mapping[str, Any]) -> tuple[Any, ...]:
    schedule = check.get("schedule")
    kind = "simple"
    if isinstance(schedule, str):
        # The API does not say which; no field of cron has a colon.
        kind = "cron" if len(schedule.split()) == 5 and ":" not in schedule else "oncalendar"
    same = [check.get(name) for name in _SAME]
    length, grace = (_microseconds(check.get(name)) for name in ("timeout", "grace"))
    return (number, check.get("uuid"), kind, length, grace, 1, *same)


def _pings(number: int, check: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Without their own numbers, oldest first: the API has the newest first."""
    pings = check.get("pings")
    for ping in reversed(pings) if isinstance(pings, list) else ():
        if isinstance(ping, Mapping):
            kind = ping.get("type")
            told = None if kind == "success" else kind
            yield (ping.get("n"), number, ping.get("date"), told, ping.get("body"), None, ping.get("rid"))


def _microseconds(value: Any) -> int | None:
    return value * MICROSECONDS if isinstance(value, int) and 0 <= value < 10**9 else None
