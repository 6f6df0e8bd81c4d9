"""kopia's output: a manifest for each source, or what it says without `--json`; else what other commands say."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from duplistat.core import exit_codes
from duplistat.core.durations import parse_duration
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.tool_output import Output, Reading, Told, settled
from duplistat.formats.kopia import manifest, others

MOST_SOURCES = 1000

_BEGIN = re.compile(r"\bSnapshotting ([^@\s]+)@([^:\s]+):(.{1,500}?) \.\.\.")
_CREATED = re.compile(r"\bCreated( partial)? snapshot with root \S+ and ID \S+ in (\S+)")
_FATAL = re.compile(r"\b(Found (\d+) fatal error\(s\) while snapshotting ([^@\s]+)@([^:\s]+):(.+?))\.?$")
_IGNORED = re.compile(r"\b(Ignored (\d+) error\(s\) while snapshotting ([^@\s]+)@([^:\s]+):(.+?))\.?$")
_ENTRY = re.compile(r"\bError when processing (\".{1,500}?\": .+)")
_ERROR = re.compile(r"(?:^|\s)ERROR\s+(.+)")


def read(output: Output, told: Told) -> Reading | None:
    """What an output of kopia tells of: a report for each source, the last one of each; None when it is none."""
    found = list(_manifests(output)) if '"startTime"' in output.text else []
    made = [item for item in found if manifest.is_manifest(item)]
    if not made and any(manifest.is_listed(item) for item in found):
        return Reading("kopia.inventory")
    if made:
        by_source = {manifest.source_of(item): item for item in made}
        newest = list(by_source.values())[-MOST_SOURCES:]
        reports = [_failed_later(output, manifest.read(item), item) for item in newest]
    else:
        reports = _of_text(output) if "napshotting " in output.text else []
    if reports:
        return Reading("kopia.backup", tuple(_with_exit(reports, told)))
    other = others.read(output)
    if other is None:
        return None
    claim = None if other.status is Status.UNKNOWN else other.status
    status = settled(claim, None if told.exit is None else exit_codes.plain(told.exit))
    error = output.last(_ERROR)
    message = other.message or (first_line(error[1]) if error else "")
    other = replace(other, status=status, message="" if status is Status.SUCCESS else message)
    return Reading(f"kopia.{other.operation}", (other,))


def _manifests(output: Output) -> Iterator[Any]:
    for item in output.documents:
        yield from item if isinstance(item, list) else (item,)
    # Behind what a log puts before a line.
    if not any(manifest.is_manifest(item) for item in output.documents if not isinstance(item, list)):
        yield from output.objects


def _failed_later(output: Output, report: Report, item: dict[str, Any]) -> Report:
    """A source of which kopia says after its manifest that entries failed."""
    if report.status is not Status.SUCCESS or "while snapshotting" not in output.text:
        return report
    host, user, path = manifest.source_of(item)
    for line in output.lines:
        for pattern, status in ((_FATAL, Status.ERROR), (_IGNORED, Status.WARNING)):
            found = pattern.search(line)
            if found and found.group(3, 4, 5) == (user, host, path):
                return replace(report, status=status, message=first_line(found[1]))
    return report


def _of_text(output: Output) -> list[Report]:
    """The sources in the order in which they begin; one without an end is unknown."""
    reports: dict[tuple[str, str], Report] = {}
    current: tuple[str, str] | None = None
    entry = ""
    for line in output.lines:
        if begin := _BEGIN.search(line):
            current, entry = (begin[2], begin[3]), ""
            reports[current] = Report(
                operation=BACKUP,
                status=Status.UNKNOWN,
                precision=Precision.ARRIVAL,
                format="kopia-backup",
                server_name=clip_name(begin[2]),
                job_name=clip_name(begin[3]),
            )
        elif current is None:
            continue
        elif created := _CREATED.search(line):
            status = Status.WARNING if created[1] or entry else Status.SUCCESS
            reports[current] = replace(
                reports[current],
                status=status,
                duration_ms=parse_duration(created[2]),
                partial=bool(created[1]),
                message=entry or ("Incomplete" if created[1] else ""),
            )
        elif problem := _FATAL.search(line) or _IGNORED.search(line):
            fatal = problem[1].startswith("Found")
            key = (problem[4], problem[5])
            if key in reports and (fatal or reports[key].status is Status.SUCCESS):
                reports[key] = replace(
                    reports[key],
                    status=Status.ERROR if fatal else Status.WARNING,
                    files_failed=int(problem[2][:15]) if fatal else None,
                    message=entry or first_line(problem[1]),
                )
        elif processing := _ENTRY.search(line):
            entry = entry or first_line(processing[1])
        elif (error := _ERROR.search(line)) and reports[current].status is Status.UNKNOWN:
            reports[current] = replace(reports[current], status=Status.ERROR, message=first_line(error[1]))
    return list(reports.values())[-MOST_SOURCES:]


def _with_exit(reports: list[Report], told: Told) -> Iterable[Report]:
    """The reports with the exit code of all: where one of them has what it tells of, it is not of the others."""
    if told.exit is None:
        return reports
    by_exit = exit_codes.plain(told.exit)
    failed = any(item.status in (Status.ERROR, Status.INTERRUPTED, Status.UNKNOWN) for item in reports)
    if by_exit is Status.SUCCESS:
        return [
            replace(item, status=settled(None if item.status is Status.UNKNOWN else item.status, by_exit))
            for item in reports
        ]
    return [
        item
        if failed and item.status in (Status.SUCCESS, Status.WARNING)
        else replace(item, status=settled(item.status, by_exit))
        for item in reports
    ]
