"""Healthchecks, of any version that keeps its data in SQLite: projects are servers, checks are jobs."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.times import to_ms
from duplistat.formats.imports.healthchecks_channels import channel_of
from duplistat.formats.imports.healthchecks_schedules import expectation_of
from duplistat.formats.imports.pairing import Starts
from duplistat.formats.imports.records import (
    MOST_PLACES,
    Happened,
    JobRecord,
    KeyRecord,
    LeftOut,
    MissedRecord,
    Names,
    PingRecord,
    Place,
    ServerRecord,
    Tables,
)
from duplistat.formats.imports.values import (
    flag_in,
    integer_in,
    name_in,
    note_in,
    present,
    text_in,
    time_in,
)

NOT_THIS = later("this file is no database of Healthchecks")
TOO_MANY = later("this file names more than 20,000 projects or checks")
NO_UUID = later("a check without a UUID: its job has no ping URL")
NO_PROJECT = later("a check of a project that is not in the file")
NO_TIME = later("a ping without a time")
NO_END = later("a start without an end")
IGNORED = later("a ping that Healthchecks ignored")
NO_SUCH_CHECK = later("a ping of a check that is not in the file")
IN_S3 = later("the body of a ping that Healthchecks keeps in an object store")
FILTERS = later("keyword filters of a check: what a ping's body says is recognised instead")
METHODS = later("a check that takes POST alone: here every method counts")

UNNAMED_PROJECT = "My project"
_SLUG = re.compile(r"[-a-z0-9_]{1,100}", re.ASCII)
_KEY = re.compile(r"[-a-zA-Z0-9_]{1,128}", re.ASCII)
_TAG_CHARS = 50
_CHECK = (
    "id", "code", "name", "slug", "tags", "desc", "kind", "timeout", "grace", "schedule", "tz", "status", "methods",
    "filter_subject", "filter_body", "filter_http_body", "project_id",
)  # fmt: skip
_CHANNEL = ("id", "code", "name", "kind", "value")
_PING = ("id", "n", "owner_id", "created", "kind", "body_raw", "body", "object_size", "exitstatus", "rid")


class Healthchecks:
    """A database of Healthchecks. Raises DuplistatError (invalid) for one of something else."""

    version = ""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        needed = {"id", "code", "name", "status", "project_id"}
        if not needed <= {*tables.columns("api_check")} or not {"id", "name"} <= {
            *tables.columns("accounts_project")
        }:
            raise DuplistatError(Kind.INVALID, NOT_THIS)
        self._pings = present(_PING, tables.columns("api_ping"))
        if not {"owner_id", "created", "kind"} <= {*self._pings}:
            raise DuplistatError(Kind.INVALID, NOT_THIS)
        self._known: dict[int, str] = {}

    def total(self) -> int:
        """How many pings and changes of status there are."""
        flips = self._tables.count("api_flip") if self._tables.columns("api_flip") else 0
        return self._tables.count("api_ping") + flips

    def places(self) -> Iterator[Place]:
        projects: dict[int, str] = {}
        taken = Names()
        for number, (_, key, name) in enumerate(self._tables.rows("accounts_project", ("id", "name"))):
            if number >= MOST_PLACES:
                raise DuplistatError(Kind.INVALID, TOO_MANY)
            if not isinstance(key, int):
                continue
            projects[key] = taken.unique("", name_in(name) or UNNAMED_PROJECT, key)
            yield ServerRecord(str(key), projects[key])
        yield from self._keys(projects)
        names, columns = Names(), present(_CHECK, self._tables.columns("api_check"))
        for number, row in enumerate(self._tables.rows("api_check", columns)):
            if number >= MOST_PLACES:
                raise DuplistatError(Kind.INVALID, TOO_MANY)
            yield from self._check(projects, names, dict(zip(columns, row[1:], strict=True)))
        yield from self._channels()

    def history(self) -> Iterator[Happened]:
        starts = Starts()
        for row in self._tables.grouped("api_ping", ("owner_id",), self._pings):
            yield from self._ping(starts, row[0], dict(zip(self._pings, row[1:], strict=True)))
        for _ in range(starts.left()):
            yield LeftOut(NO_END)
        yield from self._missed()

    def _keys(self, projects: Mapping[int, str]) -> Iterator[KeyRecord]:
        if "ping_key" in self._tables.columns("accounts_project"):
            for _, project, key in self._tables.rows("accounts_project", ("id", "ping_key")):
                if project in projects and _KEY.fullmatch(text_in(key)):
                    yield KeyRecord(projects[project], text_in(key))

    def _check(self, projects: Mapping[int, str], names: Names, row: Mapping[str, Any]) -> Iterator[Place]:
        number, project = integer_in(row["id"]), row["project_id"]
        if number is None or project not in projects:
            yield LeftOut(NO_PROJECT, name_in(row["name"]) or str(number or ""))
            return
        slug = text_in(row.get("slug"))
        name = name_in(row["name"]) or slug[:100] or f"check {number}"
        self._known[number] = name
        uuid = _uuid(row["code"])
        if not uuid:
            yield LeftOut(NO_UUID, name)
        schedule, zone, lost = expectation_of(row)
        if lost:
            yield LeftOut(lost, name)
        if any(flag_in(row.get(f"filter_{what}")) for what in ("subject", "body", "http_body")):
            yield LeftOut(FILTERS, name)
        if row.get("methods"):
            yield LeftOut(METHODS, name)
        grace = integer_in(row.get("grace"))
        yield JobRecord(
            str(number),
            str(project),
            names.unique(str(project), name, number),
            schedule=schedule,
            zone=zone,
            grace_ms=min(grace // 1000, 366 * 86_400_000) if grace is not None else None,
            tags=tuple(tag[:_TAG_CHARS] for tag in text_in(row.get("tags")).split()),
            notes=note_in(row.get("desc")),
            paused=text_in(row["status"]) == "paused",
            ping=uuid,
            slug=slug if _SLUG.fullmatch(slug) else "",
        )

    def _ping(self, starts: Starts, number: int, row: Mapping[str, Any]) -> Iterator[Happened]:
        check, at, kind = row["owner_id"], time_in(row["created"]), text_in(row["kind"])
        if check not in self._known:
            yield LeftOut(NO_SUCH_CHECK, str(check)[:50], number)
            return
        what = f"{self._known[check]} {text_in(row['created'])[:40]}"
        if at is None:
            yield LeftOut(NO_TIME, what, number)
            return
        rid, job = text_in(row.get("rid")), str(check)
        if kind == "start":
            starts.begin(job, rid, at)
        elif kind == "ign":
            yield LeftOut(IGNORED, what, number)
        elif kind in ("", "fail"):
            if row.get("object_size"):
                yield LeftOut(IN_S3, what, number)
            body = row.get("body_raw")
            yield PingRecord(
                number,
                job,
                f"h{to_ms(at)}-{integer_in(row.get('n')) or row.get('id') or number}".replace(":", "-")[:100],
                at,
                failed=kind == "fail",
                exit=integer_in(row.get("exitstatus")),
                body=body if isinstance(body, bytes) and body else text_in(row.get("body")).encode(),
                started=starts.end(job, rid, at),
            )

    def _missed(self) -> Iterator[Happened]:
        """Where a check went down because nothing came."""
        columns = ("owner_id", "created", "new_status", "reason")
        if not {*columns} <= {*self._tables.columns("api_flip")}:
            return
        for number, check, created, status, reason in self._tables.rows("api_flip", columns):
            at = time_in(created)
            if (status, reason) == ("down", "timeout") and at is not None and check in self._known:
                yield MissedRecord(number, str(check), at)

    def _channels(self) -> Iterator[Place]:
        columns = present(_CHANNEL, self._tables.columns("api_channel"))
        if not {"code", "name", "kind", "value"} <= {*columns}:
            return
        checks: dict[int, list[str]] = {}
        pair = ("channel_id", "check_id")
        if {*pair} <= {*self._tables.columns("api_channel_checks")}:
            for _, channel, check in self._tables.rows("api_channel_checks", pair):
                if check in self._known and isinstance(channel, int):
                    checks.setdefault(channel, []).append(str(check))
        for row in islice(self._tables.rows("api_channel", columns), MOST_PLACES):
            values = dict(zip(columns, row[1:], strict=True))
            yield from channel_of(values, tuple(checks.get(integer_in(values["id"]) or 0, ())))


def _uuid(value: Any) -> str:
    text = text_in(value).strip()
    try:
        return str(UUID(text)) if len(text) in (32, 36) else ""
    except ValueError:
        return ""
