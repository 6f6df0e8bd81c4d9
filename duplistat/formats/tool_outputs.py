"""Which backup tool printed this, and what does it say? The only module that knows all of them.

What nobody knows is text: an exit code says how it ended, and without one nothing does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from duplistat.core import exit_codes
from duplistat.core.log_prefix import without_prefix
from duplistat.core.report import BACKUP, LogLine, Precision, Report, kept
from duplistat.core.status import Status
from duplistat.core.text import clean, first_line
from duplistat.core.tool_output import TEXT, Output, Reading, Told
from duplistat.formats.borg import borgmatic
from duplistat.formats.borg import exit_codes as borg_codes
from duplistat.formats.borg import read as borg
from duplistat.formats.docker_volume_backup import read as docker_volume_backup
from duplistat.formats.dumps import read as dumps
from duplistat.formats.duplicity import read as duplicity
from duplistat.formats.kopia import read as kopia
from duplistat.formats.proxmox import read as proxmox
from duplistat.formats.rclone import read as rclone
from duplistat.formats.rdiff_backup import read as rdiff_backup
from duplistat.formats.restic import backrest, resticprofile, rustic
from duplistat.formats.restic import exit_codes as restic_codes
from duplistat.formats.restic import read as restic
from duplistat.formats.rsync import read as rsync
from duplistat.formats.tar import read as tar


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool whose output is known. `status_of`: what its exit code means for an operation, where no text says more."""

    name: str
    read: Callable[[Output, Told], Reading | None]
    status_of: Callable[[int, str], Status | None] = lambda code, _: exit_codes.plain(code)


# In the order in which they are asked: those that print what another prints, and more, come first.
TOOLS = (
    Tool("proxmox", proxmox.read),
    Tool("docker-volume-backup", docker_volume_backup.read),
    Tool("backrest", backrest.read),
    Tool("resticprofile", resticprofile.read),
    Tool("rustic", rustic.read),
    Tool("restic", restic.read, lambda code, _: restic_codes.status_of(code)),
    Tool("borgmatic", borgmatic.read),
    Tool("borg", borg.read, borg_codes.status_of),
    Tool("kopia", kopia.read),
    Tool("duplicity", duplicity.read),
    Tool("rdiff-backup", rdiff_backup.read, rdiff_backup.status_of),
    Tool("rclone", rclone.read, lambda code, _: rclone.status_of(code)),
    Tool("rsync", rsync.read, lambda code, _: rsync.status_of(code)),
    Tool("tar", tar.read, lambda code, _: tar.status_of(code)),
    Tool("dump", dumps.read),
)


def read_output(text: str, told: Told, *, max_log_lines: int = 100_000) -> Reading:
    """What an output tells of. Of `told.tool`, whose it is as far as its sender says, the text knows better.

    Each report has the output for a log, at most `max_log_lines` lines of it. Never raises.
    """
    whole = Output(text)
    bare = without_prefix(whole.text)
    output = whole if bare == whole.text else Output(bare)
    found = next(
        (reading for item in _asked(told.tool) if (reading := item.read(output, told)) is not None), None
    )
    reading = found if found is not None else _by_exit_code(output, told)
    lines, omitted = kept(_lines(whole), max_log_lines)
    log = tuple(LogLine(clean(line)) for line in lines)
    reports = tuple(
        replace(_with_reason(report, output, told), log=log, log_omitted=omitted)
        for report in reading.reports
    )
    return Reading(reading.recognised, reports)


def _asked(tool: str) -> list[Tool]:
    return sorted(TOOLS, key=lambda item: item.name != tool)


def _by_exit_code(output: Output, told: Told) -> Reading:
    """What is left where no tool knows its output: how it ended, if its exit code is known."""
    known = next((item for item in TOOLS if item.name == told.tool), None)
    operation = told.operation or BACKUP
    status = Status.UNKNOWN
    if told.exit is not None:
        status = (known.status_of(told.exit, operation) if known else exit_codes.plain(told.exit)) or status
    name = known.name if known else TEXT
    report = Report(
        operation=operation,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"{name}-{operation}" if known else TEXT,
        message="" if status in (Status.SUCCESS, Status.UNKNOWN) else _last_words(output, told.exit),
    )
    return Reading(f"{name}.{operation}" if known else TEXT, (report,))


# What tools say when the ssh that they started could not connect, and what that said itself.
_NO_CONNECTION = re.compile(
    r"connection unexpectedly closed|Connection closed by remote host|unable to start the sftp session"
)
_OF_SSH = re.compile(
    r"(?:^|: )(ssh: .+|Host key verification failed\.|\S+@\S+: Permission denied \([\w,-]+\)\.?)\s*$"
)

# Numbers at the end have none of these.
_REASON_IN_JSON = re.compile(r'"(?:error|msg|message)"\s{0,3}:')


def _with_reason(report: Report, output: Output, told: Told) -> Report:
    """With why it did not succeed where its tool does not say: what ssh said, or else its exit code."""
    if _NO_CONNECTION.search(report.message) and (found := output.last(_OF_SSH)) is not None:
        return replace(report, message=first_line(found[1]))
    quiet = (Status.SUCCESS, Status.UNKNOWN, Status.RUNNING)
    if report.message or told.exit in (None, 0) or report.status in quiet:
        return report
    failed = report.status in (Status.ERROR, Status.FATAL)
    return replace(report, message=_last_words(output, told.exit) if failed else f"Exit code {told.exit}")


def _last_words(output: Output, code: int | None) -> str:
    """What nobody understands ended with: most programs say at last what went wrong."""
    last = next((line for line in reversed(output.lines) if line.strip() and not _says_nothing(line)), "")
    return first_line(f"Exit code {code}: {last.strip()}" if last else f"Exit code {code}")


def _says_nothing(line: str) -> bool:
    """Whether a line is no sentence: progress, an exit code in words, or a rule."""
    if _is_progress(line) or line.lstrip().startswith("terminating with "):
        return True
    if line.lstrip().startswith("{"):
        return '"progress' in line or _REASON_IN_JSON.search(line) is None
    return not any(map(str.isalnum, line))


def _lines(output: Output) -> list[str]:
    """The lines of a log, without what a tool says of its progress many times a second."""
    lines = [line.rstrip() for line in output.lines if not _is_progress(line)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _is_progress(line: str) -> bool:
    beginning = line.lstrip()[:60]
    return beginning.startswith("{") and (
        '"status"' in beginning or '"verbose_status"' in beginning or '_progress"' in line
    )
