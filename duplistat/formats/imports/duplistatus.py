"""duplistatus, every version: what its columns are called is what counts, not the version that it says."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.report import BACKUP, MAX_INTEGER, LogLine, Precision, Report, kept
from duplistat.core.status import Status, status_of
from duplistat.core.text import clip_name, first_line
from duplistat.core.times import EPOCH
from duplistat.formats.imports.duplistatus_channels import channels_of
from duplistat.formats.imports.duplistatus_schedules import TOLERANCES, expectation_of
from duplistat.formats.imports.records import (
    MOST_PLACES,
    Happened,
    JobRecord,
    LeftOut,
    Place,
    RunRecord,
    ServerRecord,
    Tables,
)
from duplistat.formats.imports.values import (
    flag_in,
    integer_in,
    json_in,
    moment_in,
    name_in,
    note_in,
    present,
    text_in,
    texts_in,
    time_in,
)

NOT_THIS = later("this file is no database of duplistatus")
TOO_MANY = later("this file names more than 20,000 servers or jobs")
NO_SERVER = later("a report of a server that is not in the file")
NO_NAME = later("a server or a report without a name")
NO_START = later("a report without the time when its run began")
PASSWORD = later(
    "the password of a Duplicati server, which is encrypted: set it up as a Duplicati connection"
)

# What columns mean for a run; every other whole number is kept under Duplicati's own name.
_COUNTS = ("added_files", "modified_files", "deleted_files", "files_with_error")
_READ = (
    "id", "backup_name", "backup_id", "date", "begin_time", "end_time", "created_at", "status", "parsed_result",
    "main_operation", "duration_seconds", "size", "uploaded_size", "examined_files", "known_file_size",
    "backup_list_count", "bytes_downloaded", "warnings", "errors", "interrupted", "partial_backup", "dryrun",
    "version", "messages_array", "warnings_array", "errors_array", "available_backups", "messages_actual_length",
    *_COUNTS,
)  # fmt: skip
# Said by others of these, or of no use.
_NOT_KEPT = frozenset(
    (
        "backend_begin_time", "backend_duration", "last_backup_date", "backend_main_operation", "backend_parsed_result",
        "backend_version", "server_id", "machine_id", "size_of_examined_files", "warnings_actual_length",
        "errors_actual_length", "backend_warnings_actual_length", "backend_errors_actual_length",
    )
)  # fmt: skip
_LEVELS = (("messages_array", "information"), ("warnings_array", "warning"), ("errors_array", "error"))


class Duplistatus:
    """A database of duplistatus. Raises DuplistatError (invalid) for one of something else."""

    def __init__(self, tables: Tables, read_line: Callable[[str, str], LogLine], max_log_lines: int) -> None:
        """`read_line` reads a line of Duplicati's log that has a level of its own or the one that is given."""
        self._tables, self._read_line, self._most = tables, read_line, max_log_lines
        self._servers = "servers" if tables.columns("servers") else "machines"
        columns = tables.columns("backups")
        self._owner = "server_id" if "server_id" in columns else "machine_id"
        needed = {self._owner, "backup_name", "status"} <= {*columns}
        if not needed or not {"id", "name"} <= {*tables.columns(self._servers)}:
            raise DuplistatError(Kind.INVALID, NOT_THIS)
        self._columns = present(_READ, columns)
        self._others = {name: _camel(name) for name in columns if name not in _READ and name not in _NOT_KEPT}
        self.version = max(self._versions(), default="1.0")
        self._known: set[str] = set()

    def total(self) -> int:
        """How many reports there are."""
        return self._tables.count("backups")

    def places(self) -> Iterator[Place]:
        names: dict[str, str] = {}
        columns = present(
            ("id", "name", "alias", "note", "server_password"), self._tables.columns(self._servers)
        )
        for number, row in enumerate(self._tables.rows(self._servers, columns)):
            if number >= MOST_PLACES:
                raise DuplistatError(Kind.INVALID, TOO_MANY)
            values = dict(zip(columns, row[1:], strict=True))
            key, name = text_in(values["id"]), name_in(values["name"])
            if not key or not name or len(key) > 200:
                yield LeftOut(NO_NAME, key[:100] or name)
                continue
            names[key] = name
            yield ServerRecord(
                key,
                name,
                machine_id=key,
                alias=name_in(values.get("alias")),
                notes=note_in(values.get("note")),
            )
            if values.get("server_password"):
                yield LeftOut(PASSWORD, name)
        self._known = set(names)
        yield from self._jobs(names)

    def history(self) -> Iterator[Happened]:
        others = tuple(self._others)
        columns = (self._owner, *self._columns, *others)
        for row in self._tables.grouped("backups", (self._owner, "backup_name"), columns):
            yield self._run(row[0], dict(zip(columns, row[1:], strict=True)))

    def _versions(self) -> Iterator[str]:
        if "version" in self._tables.columns("db_version"):
            for _, version in self._tables.rows("db_version", ("version",)):
                if re.fullmatch(r"\d{1,3}\.\d{1,3}", text_in(version)):
                    yield text_in(version)

    def _jobs(self, names: Mapping[str, str]) -> Iterator[Place]:
        configurations = self._configurations()
        settings, tolerance = _settings(configurations), _tolerance(configurations)
        told: dict[str, tuple[str, Mapping[str, Any]]] = {}
        latest = present(("begin_time", "backup_id"), self._columns)
        found = self._tables.latest("backups", (self._owner, "backup_name"), latest, MOST_PLACES + 1)
        for number, row in enumerate(found):
            if number >= MOST_PLACES:
                raise DuplistatError(Kind.INVALID, TOO_MANY)
            server, name = text_in(row[0]), name_in(row[1])
            values = dict(zip(latest, row[2:], strict=True))
            # What is wrong with it is said of each report.
            if server not in names or not name:
                continue
            own = settings.get(f"{server}:{name}") or settings.get(f"{names[server]}:{name}") or {}
            schedule, lost = expectation_of(own, time_in(values.get("begin_time")))
            if lost:
                yield LeftOut(lost, f"{names[server]}: {name}")
            told[f"{server}:{name}"] = f"{names[server]}: {name}", own
            yield JobRecord(
                f"{server}:{name}",
                server,
                name,
                ref=name_in(values.get("backup_id")),
                schedule=schedule,
                grace_ms=tolerance if schedule is not None else None,
            )
        yield from channels_of(configurations, told)

    def _configurations(self) -> dict[str, Any]:
        """What is set, by its key."""
        if not {"key", "value"} <= {*self._tables.columns("configurations")}:
            return {}
        rows = self._tables.rows("configurations", ("key", "value"))
        return {text_in(key): value for _, key, value in rows}

    def _run(self, number: int, row: Mapping[str, Any]) -> Happened:
        server, name = text_in(row[self._owner]), name_in(row["backup_name"])
        what = f"{name or '?'} {text_in(row.get('begin_time') or row.get('date'))[:40]}".strip()
        if server not in self._known:
            return LeftOut(NO_SERVER, what, number)
        if not name:
            return LeftOut(NO_NAME, what, number)
        began = moment_in(row.get("begin_time")) or moment_in(row.get("date"))
        if began is None:
            return LeftOut(NO_START, what, number)
        seconds = integer_in(row.get("duration_seconds"))
        # Their ends do not fit their durations, which are what was reported.
        length = timedelta(seconds=min(seconds, 10**9)) if seconds is not None else None
        ended = began.at + length if length is not None else time_in(row.get("end_time"))
        report = self._report(row, began.at, began.ticks, ended, seconds)
        received = time_in(row.get("created_at")) or ended or began.at
        return RunRecord(number, f"{server}:{name}", received, report)

    def _report(
        self, row: Mapping[str, Any], began: datetime, ticks: int, ended: datetime | None, seconds: int | None
    ) -> Report:
        files = integer_in(row.get("examined_files")) or None
        size = integer_in(row.get("size")) or None
        # Of one that examined nothing, a zero says that nothing was told.
        told = files is not None or size is not None
        added, modified, deleted, failed = (_told(integer_in(row.get(name)), told) for name in _COUNTS)
        lines = [
            self._read_line(text, level) for column, level in _LEVELS for text in texts_in(row.get(column))
        ]
        if len(lines) > 1 and all(line.at for line in lines):
            lines.sort(key=_told_at)
        log, omitted = kept(lines, self._most)
        status, word = _status(row.get("status") or row.get("parsed_result"))
        return Report(
            operation=_operation(row.get("main_operation")),
            status=status,
            status_text=word,
            precision=Precision.SECOND,
            started_ticks=ticks,
            format="duplistatus",
            started=began,
            ended=ended,
            duration_ms=seconds * 1000 if seconds is not None and seconds <= MAX_INTEGER // 1000 else None,
            files=files,
            size=size,
            storage=integer_in(row.get("known_file_size")) or None,
            uploaded=_told(integer_in(row.get("uploaded_size")), told),
            downloaded=integer_in(row.get("bytes_downloaded")) or None,
            versions=integer_in(row.get("backup_list_count")) or None,
            files_added=added,
            files_modified=modified,
            files_deleted=deleted,
            files_failed=failed,
            messages=integer_in(row.get("messages_actual_length")),
            warnings=integer_in(row.get("warnings")),
            errors=integer_in(row.get("errors")),
            partial=flag_in(row.get("partial_backup")),
            interrupted=flag_in(row.get("interrupted")),
            dry_run=flag_in(row.get("dryrun")),
            message=_complaint(lines),
            log=log,
            log_omitted=omitted,
            numbers=self._numbers(row),
            restore_points=_points(row.get("available_backups")),
            facts=_facts(row.get("version")),
        )

    def _numbers(self, row: Mapping[str, Any]) -> dict[str, int]:
        numbers = {}
        for column, name in self._others.items():
            value = row[column]
            if value.__class__ is not int:
                value = integer_in(value) or 0
            if value > 0:
                numbers[name] = value
        return numbers


def _settings(configurations: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What is set of jobs, by their keys."""
    older = json_in(configurations.get("notifications"))
    found: dict[str, Mapping[str, Any]] = {}
    for jobs in (
        older.get("backupSettings") if isinstance(older, dict) else None,
        json_in(configurations.get("backup_settings")),
    ):
        if isinstance(jobs, dict):
            found |= {name: own for name, own in jobs.items() if isinstance(own, dict)}
    return found


def _tolerance(configurations: Mapping[str, Any]) -> int | None:
    """The grace period of all jobs, ms."""
    minutes = TOLERANCES.get(text_in(configurations.get("overdue_tolerance")).strip().strip('"'))
    return minutes * 60_000 if minutes is not None else None


@lru_cache(maxsize=256)
def _status(value: Any) -> tuple[Status, str]:
    """How a run ended, and the sender's own word where that is none of ours."""
    word = text_in(value)
    status = status_of(word)
    return status, clip_name(word, 50) if status is Status.OTHER else ""


@lru_cache(maxsize=256)
def _operation(value: Any) -> str:
    return text_in(value).strip().lower()[:50] or BACKUP


@lru_cache(maxsize=256)
def _facts(value: Any) -> Mapping[str, str]:
    version = text_in(value)[:200]
    return {"agent_version": version} if version else {}


def _told(value: int | None, told: bool) -> int | None:
    return value if value or told else None


def _points(value: Any) -> tuple[datetime, ...]:
    """The times of the versions that can be restored, newest first."""
    texts = texts_in(value)
    return tuple(sorted((at for text in texts if (at := time_in(text))), reverse=True)) if texts else ()


def _camel(column: str) -> str:
    """The name that Duplicati has for it: `opened_files` is OpenedFiles."""
    return "".join(part.capitalize() for part in column.split("_"))[:100]


def _told_at(line: LogLine) -> datetime:
    return line.at or EPOCH


def _complaint(lines: Iterable[LogLine]) -> str:
    """The first error, else the first warning."""
    found: dict[str, str] = {}
    for line in lines:
        found.setdefault(line.level, line.text)
    return first_line(found.get("error") or found.get("warning") or "")
