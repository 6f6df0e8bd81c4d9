"""What backrest's hooks tell by their default template: an event, and of a backup its statistics."""

import re
from dataclasses import replace

from duplistat.core.durations import parse_duration
from duplistat.core.notification_json import notification_of
from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output, Reading, Told, settled
from duplistat.formats.restic import exit_codes

_EVENT = re.compile(
    r"(?:^|\s)Event: \"?((?:snapshot|check|prune|forget) (?:start|end|success|warning|error|skipped)|error|unknown)\b"
)
_TASK = re.compile(r"(?:^|\s)Task: (.{1,300}?) at (\d{4}-\d\d-\d\dT\S+)\s*$")
_PLAN = re.compile(r"\bplan \"([^\"]{1,200})\"")
_PLAN_LINE = re.compile(r"(?:^|\s)Plan: (\S.*?)\s*$")
_ERROR = re.compile(r"(?:^|\s)(?:Error|Failed to create snapshot): (\S.*)")
_NUMBER = re.compile(r"(?:^|\s)- ((?:Files|Dirs|Data|Tree|Total) [a-z ]+): (\S.*?)\s*$")

_SUBJECTS = {"snapshot": BACKUP, "check": VERIFY, "prune": PRUNE, "forget": PRUNE}
_ENDS = {
    "start": Status.RUNNING,
    "end": Status.SUCCESS,
    "success": Status.SUCCESS,
    "warning": Status.WARNING,
    "error": Status.ERROR,
    # Nothing had changed, so no snapshot was needed.
    "skipped": Status.SUCCESS,
}
# Of what a task is that an error is told of.
_TASKS = (("backup", BACKUP), ("check", VERIFY), ("prune", PRUNE), ("forget", PRUNE), ("restore", RESTORE))


def read(output: Output, told: Told) -> Reading | None:
    """What a hook of backrest tells of; None when it is none.

    Of several events it is the last; an end of a snapshot is told of beside its success, warning or error, and only
    counts where it is alone.
    """
    if "Event: " not in output.text:
        return None
    body = notification_of(output).message
    events = [
        (number, found[1])
        for number, line in enumerate(body.lines)
        if len(line) < 300 and (found := _EVENT.search(line))
    ]
    if not events or not any(
        "ackrest" in line or _TASK.search(line) for line in body.lines if len(line) < 1000
    ):
        return None
    number, event = next(
        (item for item in reversed(events) if item[1] not in ("snapshot end", "snapshot start")), events[-1]
    )
    report = _report(_block(body, number), event)
    by_exit = exit_codes.status_of(told.exit) if report.status is not Status.RUNNING else None
    claim = None if report.status is Status.UNKNOWN else report.status
    report = replace(report, status=settled(claim, by_exit), format=f"backrest-{report.operation}")
    return Reading(f"backrest.{report.operation}", (report,))


def _block(body: Output, number: int) -> list[str]:
    """The lines of an event: from its task to the task of the next one."""
    lines = body.lines
    begin = next((at for at in range(number, -1, -1) if _TASK.search(lines[at][:1000])), number)
    end = next((at for at in range(number + 1, len(lines)) if _TASK.search(lines[at][:1000])), len(lines))
    return lines[begin:end]


def _report(lines: list[str], event: str) -> Report:
    block = Output("\n".join(lines))
    task, error = block.first(_TASK), block.first(_ERROR)
    subject, _, end = event.rpartition(" ")
    name = task[1].strip() if task else ""
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    operation = _SUBJECTS.get(subject) or next(
        (value for word, value in _TASKS if word in name.lower()), OTHER
    )
    status = _ENDS.get(end, Status.UNKNOWN)
    if error is not None and status in (Status.SUCCESS, Status.UNKNOWN):
        status = Status.ERROR
    plan = _PLAN.search(name) or block.first(_PLAN_LINE)
    at = parse_iso(task[2]) if task else None
    report = Report(
        operation=operation,
        status=status,
        precision=Precision.ARRIVAL,
        job_name=clip_name(plan[1]) if plan else "",
        ended=at.at if at and status is not Status.RUNNING else None,
        offset_minutes=at.offset_minutes if at else None,
        message=first_line(error[1]) if error else "",
    )
    return _counted(report, block) if operation == BACKUP else report


def _counted(report: Report, block: Output) -> Report:
    """The numbers of a backup, whose sizes are rounded."""
    told = {found[1]: found[2] for line in block.lines if (found := _NUMBER.search(line[:1000]))}
    numbers = {name: int(text) for name, text in told.items() if text.isdecimal() and len(text) < 19}
    if not told:
        return report
    sizes = {"size": told.get("Total bytes processed", ""), "added": told.get("Data added", "")}
    report = replace(
        report,
        duration_ms=parse_duration(told.get("Total duration")),
        files=numbers.get("Total files processed"),
        size=size_of(sizes["size"]),
        uploaded=size_of(sizes["added"]),
        files_added=numbers.get("Files new"),
        files_modified=numbers.get("Files changed"),
        approximate=tuple(name for name, text in sizes.items() if is_rounded(text)),
        numbers={
            name.lower().replace(" ", "_"): number
            for name, number in numbers.items()
            if name
            in ("Files unmodified", "Dirs new", "Dirs changed", "Dirs unmodified", "Data blobs", "Tree blobs")
        },
    )
    if report.files == 0 and report.status is Status.SUCCESS:
        return replace(report, status=Status.WARNING, message="The source holds no files")
    return report
