"""rsync's numbers at the end of a run, from 3.0 on, in any locale; its errors; and its log file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from duplistat.core import exit_codes
from duplistat.core.local_clock import offset_of, ticks_of
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.size_text import size_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output, Reading, Told, settled

# Some files were not transferred; some had vanished; deletions stopped at a limit.
_PARTIAL, _VANISHED, _MAX_DELETE = 23, 24, 25
_SIGNALS = frozenset({19, 20})
NOTHING_FOUND = "The source holds no files"

# A number with whatever a locale puts between its digits, or with a unit.
_NUMBER = r"(-?\d[\d.,'\u00a0\u202f ]*[KMGTP]?)"
_FILES = re.compile(rf"^Number of files: {_NUMBER}(?: \((.+)\)|$)")
_DELETED = re.compile(rf"^Number of deleted files: {_NUMBER}(?: \(|$)")
_TOTAL = re.compile(
    rf"^(?:Total file size: {_NUMBER} bytes|total size is {_NUMBER}  speedup is |sent .+ bytes  total size {_NUMBER}$)"
)
_LITERAL = re.compile(rf"^Literal data: {_NUMBER} bytes")
_SPEEDUP = re.compile(r"^total size is .+  speedup is [\d.,'\u00a0\u202f ]+(?: \((DRY RUN|BATCH ONLY)\))?$")
# What a log file has in place of that where no numbers were asked for.
_CLOSED = re.compile(
    r"^sent [\d.,'\u00a0\u202f ]+[KMGTP]? bytes  received .+ bytes  total size [\d.,'\u00a0\u202f ]+$"
)
_END = re.compile(r"rsync (?:error|warning): (.+) \(code (\d+)\) at \S+\(\d+\)(?: \[\w+=[\w.]+\])?")
_SENTENCE = re.compile(
    r"^rsync: (?!error|warning)(.+)|^(file has vanished: .+)|^(Deletions stopped due to .+)|^(\[\w+\] io timeout .+)"
)
_ONLY_FOLDERS = re.compile(r"dir: [\d.,'\u00a0\u202f ]+[KMGTP]?")
# The rest of the source was read.
_ONE_FILE = re.compile(r"send_files failed to open |recv_generator: \w+ \".*\" failed|mkstemp \".*\" failed")
_NO_SOURCE = re.compile(r'change_dir (?:#\d+ )?".*" .*failed')
_PREFIX = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[\d+\] ")
# A log file goes on where the run before ended.
_BEGIN = re.compile(_PREFIX.pattern + r"(?:building|receiving) file list$")
_SAME_SCRIPT = timedelta(minutes=1)
_SEPARATORS = re.compile(r"[.,'\u00a0\u202f ]")


def status_of(code: int | None, *, nothing_read: bool = False) -> Status | None:
    """How a run ended by its exit code, None without one; `nothing_read`: its source could not be read at all."""
    if code is None:
        return None
    if code in _SIGNALS:
        return Status.INTERRUPTED
    if code == _PARTIAL:
        return Status.ERROR if nothing_read else Status.WARNING
    return Status.WARNING if code in (_VANISHED, _MAX_DELETE) else exit_codes.plain(code)


def read(output: Output, told: Told) -> Reading | None:
    """What an output of rsync tells of; None when it is none."""
    plain, moments = _without_prefix(output)
    speedup, end = plain.last(_SPEEDUP), plain.last(_END)
    summed = speedup or plain.last(_CLOSED)
    listed = plain.last(_FILES)
    if end is None and summed is None and not (listed and plain.last(_LITERAL)):
        return None
    numbers = {
        name: next(filter(None, found.groups()), None) if (found := plain.last(pattern)) else None
        for name, pattern in (("files", _FILES), ("size", _TOTAL), ("added", _LITERAL), ("deleted", _DELETED))
    }
    files, size = _integer(numbers["files"]), _integer(numbers["size"])
    unknown = files is None and summed is None and plain.last(_ONE_FILE) is None
    # Without a count of files their size tells.
    nothing = files == 0 if files is not None else size == 0
    read_none = nothing or unknown or plain.last(_NO_SOURCE) is not None
    code = told.exit if told.exit is not None else int(end[2]) if end else None
    dry = speedup is not None and speedup[1] == "DRY RUN"
    claim = status_of(int(end[2]), nothing_read=read_none) if end else None
    if claim is None and summed is not None:
        # A folder without files is mostly a disk that is not mounted; what is restored may be one.
        if listed is not None and told.operation in ("", BACKUP):
            nothing = nothing or _ONLY_FOLDERS.fullmatch(listed[2] or "") is not None
        claim = Status.WARNING if nothing and not dry else Status.SUCCESS
    status = settled(claim, status_of(code, nothing_read=read_none))
    message = "" if status is Status.SUCCESS else _message(plain)
    if not message and status is Status.WARNING and nothing:
        deleted = _integer(numbers["deleted"])
        gone = f", and what was at the destination was deleted ({deleted})" if deleted else ""
        message = NOTHING_FOUND + gone
    report = Report(
        operation=told.operation or BACKUP,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"rsync-{told.operation or BACKUP}",
        files=files,
        size=size,
        uploaded=_integer(numbers["added"]),
        files_deleted=_integer(numbers["deleted"]),
        dry_run=dry,
        approximate=tuple(name for name in ("files", "size", "added") if _is_rounded(numbers[name])),
        message=message,
    )
    return Reading(f"rsync.{report.operation}", (_timed(report, moments, told),))


def _without_prefix(output: Output) -> tuple[Output, list[str]]:
    """The lines of a log file without what it puts before each, and their times: those of its last run, and of runs
    right before it."""
    lines, moments = [], []
    for line in output.lines[_last_begin(output.lines) :]:
        if found := _PREFIX.match(line):
            moments.append(found[1])
            line = line[found.end() :]
        lines.append(line)
    return Output("\n".join(lines)), moments


def _last_begin(lines: Sequence[str]) -> int:
    """Where the last run begins. One that begins as soon as another ended is of the same script: a failure of either
    is one of both."""
    begin, latest = 0, ""
    for number, line in enumerate(lines):
        found = _PREFIX.match(line)
        if (
            found
            and _BEGIN.match(line)
            and (not latest or _moment(found[1]) - _moment(latest) > _SAME_SCRIPT)
        ):
            begin = number
        latest = found[1] if found else latest
    return begin


def _moment(text: str) -> datetime:
    moment = parse_iso(text.replace("/", "-"))
    return moment.at if moment else datetime.min.replace(tzinfo=UTC)


def _integer(text: str | None) -> int | None:
    """A number in any locale; one with a unit is rounded, by thousands."""
    if text is None:
        return None
    if _is_rounded(text):
        return size_of(text)
    digits = _SEPARATORS.sub("", text)
    return int(digits) if digits.isdigit() and len(digits) < 19 else None


def _is_rounded(text: str | None) -> bool:
    return bool(text) and text is not None and text[-1] in "KMGTP"


def _timed(report: Report, moments: list[str], told: Told) -> Report:
    """With the times of a log file, by the clock of its machine."""
    if not moments:
        return report
    started, ended = (parse_iso(moments[index].replace("/", "-")) for index in (0, -1))
    offset = offset_of(ended.at.replace(tzinfo=None), told.received) if ended else None
    if started is None or ended is None or started.at > ended.at:
        return report
    duration_ms = (ended.at - started.at) // timedelta(milliseconds=1)
    if offset is None:
        return replace(report, duration_ms=duration_ms)
    return replace(
        report,
        precision=Precision.SECOND,
        started=started.at - offset,
        started_ticks=ticks_of(started.at - offset),
        ended=ended.at - offset,
        duration_ms=duration_ms,
        offset_minutes=offset // timedelta(minutes=1),
    )


def _message(plain: Output) -> str:
    """The first sentence about what went wrong; what rsync ends with says less."""
    found = plain.first(_SENTENCE)
    if found is not None:
        return first_line(next(filter(None, found.groups())))
    end = plain.last(_END)
    return first_line(end[1]) if end else ""
