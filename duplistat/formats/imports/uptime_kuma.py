"""Uptime Kuma 1 and 2: its push monitors, which are jobs here. Whatever else it watches, it watches itself."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.schedule import Within
from duplistat.core.schedule_text import LONGEST, SHORTEST, write_schedule
from duplistat.core.text import first_line
from duplistat.core.times import to_ms
from duplistat.formats.imports.pairing import Starts
from duplistat.formats.imports.records import (
    MOST_PLACES,
    Happened,
    JobRecord,
    LeftOut,
    MissedRecord,
    Names,
    PingRecord,
    Place,
    ServerRecord,
    Tables,
)
from duplistat.formats.imports.uptime_kuma_channels import channel_of
from duplistat.formats.imports.values import (
    flag_in,
    integer_in,
    name_in,
    note_in,
    present,
    text_in,
    time_in,
)

NOT_THIS = later("this file is no database of Uptime Kuma")
TOO_MANY = later("this file names more than 20,000 monitors")
IN_MARIADB = later(
    "this file of Uptime Kuma holds no monitors: it keeps them in MariaDB, which is not read here"
)
OTHER_TYPE = later("a monitor that is no push monitor: Uptime Kuma itself calls what it watches")
NO_NAME = later("a monitor without a name")
NO_TOKEN = later("a push monitor without a token: its job has no push URL")
NO_TIME = later("a heartbeat without a time")
UPSIDE_DOWN = later("a monitor in upside down mode: the job's schedule is learned")
NO_END = later("a start without an end")
PENDING = later("a heartbeat that Uptime Kuma wrote while it waited for another")

HOME = "Uptime Kuma"
SILENT = "no heartbeat in the time window"
DOWN, UP, PENDING_STATUS, MAINTENANCE = 0, 1, 2, 3
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_TAG_CHARS = 50
_MONITOR = (
    "id", "name", "type", "active", "interval", "retry_interval", "maxretries", "upside_down", "push_token",
    "description", "parent",
)  # fmt: skip
_BEAT = ("id", "monitor_id", "status", "msg", "time", "ping")


class UptimeKuma:
    """A database of Uptime Kuma. Raises DuplistatError (invalid) for one of something else."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        columns = tables.columns("monitor")
        if not {"id", "name", "type"} <= {*columns} or not {*_BEAT} <= {*tables.columns("heartbeat")}:
            # Beside MariaDB a file is left behind with nothing in it.
            raise DuplistatError(Kind.INVALID, IN_MARIADB if tables.columns("knex_migrations") else NOT_THIS)
        self.version = "2" if tables.columns("knex_migrations") else "1"
        self._monitors = self._read_monitors(present(_MONITOR, columns))
        self._pushed = [number for number, row in self._monitors.items() if text_in(row["type"]) == "push"]

    def total(self) -> int:
        """How many beats of push monitors there are."""
        return self._tables.count("heartbeat", "monitor_id", self._pushed)

    def places(self) -> Iterator[Place]:
        names, tags, homes = Names(), self._tags(), set[str]()
        for number, row in self._monitors.items():
            kind, name = text_in(row["type"]), name_in(row["name"])
            if kind == "group":
                continue
            if kind != "push":
                yield LeftOut(OTHER_TYPE, f"{name} ({kind[:20]})")
                continue
            if not name:
                yield LeftOut(NO_NAME, str(number))
                name = f"monitor {number}"
            home = self._home(row)
            if home not in homes:
                homes.add(home)
                yield ServerRecord(home, home)
            upside_down = flag_in(row.get("upside_down"))
            if upside_down:
                yield LeftOut(UPSIDE_DOWN, name)
            token = text_in(row.get("push_token"))
            if not _TOKEN.fullmatch(token):
                yield LeftOut(NO_TOKEN, name)
                token = ""
            schedule, grace_ms = (None, None) if upside_down else _expectation(row)
            yield JobRecord(
                str(number),
                home,
                names.unique(home, name, number),
                schedule=schedule,
                grace_ms=grace_ms,
                tags=tags.get(number, ()),
                notes=note_in(row.get("description")),
                paused=not flag_in(row.get("active", 1)),
                push=token,
            )
        yield from self._channels()

    def history(self) -> Iterator[Happened]:
        starts = Starts()
        for row in self._tables.grouped("heartbeat", ("monitor_id",), _BEAT, self._pushed):
            yield from self._beat(starts, row[0], dict(zip(_BEAT, row[1:], strict=True)))
        for _ in range(starts.left()):
            yield LeftOut(NO_END)

    def _read_monitors(self, columns: tuple[str, ...]) -> dict[int, dict[str, Any]]:
        monitors: dict[int, dict[str, Any]] = {}
        for row in self._tables.rows("monitor", columns):
            values = dict(zip(columns, row[1:], strict=True))
            if (number := integer_in(values["id"])) is not None:
                monitors[number] = values
            if len(monitors) > MOST_PLACES:
                raise DuplistatError(Kind.INVALID, TOO_MANY)
        return monitors

    def _home(self, row: Mapping[str, Any]) -> str:
        parent = self._monitors.get(integer_in(row.get("parent")) or -1)
        return (name_in(parent["name"]) if parent else "") or HOME

    def _tags(self) -> dict[int, tuple[str, ...]]:
        """What each monitor is tagged with: the name, and the value behind it if there is one."""
        if not {"id", "name"} <= {*self._tables.columns("tag")}:
            return {}
        names = {number: name_in(name) for _, number, name in self._tables.rows("tag", ("id", "name"))}
        found: dict[int, tuple[str, ...]] = {}
        wanted = ("monitor_id", "tag_id", "value")
        if not {*wanted} <= {*self._tables.columns("monitor_tag")}:
            return {}
        for _, monitor, tag, value in self._tables.rows("monitor_tag", wanted):
            own, more = names.get(tag, ""), name_in(value)
            if own and isinstance(monitor, int):
                text = f"{own}: {more}" if more else own
                found[monitor] = (*found.get(monitor, ()), text[:_TAG_CHARS])
        return found

    def _channels(self) -> Iterator[Place]:
        columns = present(("id", "name", "config"), self._tables.columns("notification"))
        if not {"id", "name"} <= {*columns}:
            return
        pushed, monitors = {*self._pushed}, dict[int, list[str]]()
        pair = ("notification_id", "monitor_id")
        if {*pair} <= {*self._tables.columns("monitor_notification")}:
            for _, notification, monitor in self._tables.rows("monitor_notification", pair):
                if monitor in pushed and isinstance(notification, int):
                    monitors.setdefault(notification, []).append(str(monitor))
        for row in islice(self._tables.rows("notification", columns), MOST_PLACES):
            values = dict(zip(columns, row[1:], strict=True))
            yield from channel_of(values, tuple(monitors.get(integer_in(values["id"]) or 0, ())))

    def _beat(self, starts: Starts, number: int, row: Mapping[str, Any]) -> Iterator[Happened]:
        monitor, at, message = row["monitor_id"], time_in(row["time"]), text_in(row["msg"]).strip()
        job, status = str(monitor), integer_in(row["status"])
        if at is None:
            yield LeftOut(NO_TIME, f"{name_in(self._monitors[monitor]['name'])} {row['id']}", number)
            return
        if message.lower() == SILENT:
            # Written by the server: nobody reported anything.
            if status == DOWN:
                yield MissedRecord(number, job, at)
            return
        if status not in (DOWN, UP):
            if status == PENDING_STATUS:
                yield LeftOut(PENDING, f"{name_in(self._monitors[monitor]['name'])} {row['time']}", number)
            return
        up = (status == UP) is not flag_in(self._monitors[monitor].get("upside_down"))
        ping = _milliseconds(row["ping"])
        if up and message.lower() == "start" and not ping:
            starts.begin(job, "", at)
            return
        yield PingRecord(
            number,
            job,
            f"k{to_ms(at)}-{row['id']}".replace(":", "-")[:100],
            at,
            failed=not up,
            message="" if up else first_line(message),
            started=starts.end(job, "", at),
            duration_ms=ping or None,
        )


def _milliseconds(value: Any) -> int | None:
    return integer_in(round(value) if isinstance(value, float) and abs(value) < 1e15 else value)


def _expectation(row: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """A beat within so many seconds of the one before; what Uptime Kuma tries again is added to that (ms)."""
    seconds = integer_in(row.get("interval")) or 0
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        return None, None
    again = integer_in(row.get("retry_interval")) or seconds
    grace = min(integer_in(row.get("maxretries")) or 0, 1000) * again
    return write_schedule(Within(timedelta(seconds=seconds))), min(grace, 366 * 86_400) * 1000
