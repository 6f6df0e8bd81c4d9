"""borgmatic: a log of its own with lines of borg in it, or an array of what borg prints, one a repository."""

import re
from dataclasses import replace

from duplistat.core import exit_codes
from duplistat.core.report import BACKUP, PRUNE, RESTORE, VERIFY, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of
from duplistat.formats.borg import archive, signs
from duplistat.formats.borg.log import Log

# The action that matters most comes first.
_ACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:^|: )Creating archive(?: at .+|s)?$"), BACKUP),
    (re.compile(r"(?:^|: )(?:Extracting archive|Restoring databases?) "), RESTORE),
    (re.compile(r"(?:^|: )Running consistency checks$"), VERIFY),
    (re.compile(r"(?:^|: )(?:Pruning archives|Compacting segments)"), PRUNE),
)
_OWN = re.compile(
    r"\.ya?ml: (?:Pinging|Sent |Notifying \d|Pushing |Successfully ran configuration file)"
    r"|\.ya?ml: (?:Error running|An error occurred)"
    r"|^(?:\S+: )?Error running actions for repository|^Error running configuration$|, as per borgmatic defaults$"
    r"|^\S.*: No valid configuration files found|^\S.*: Error parsing configuration file$"
)
_WELL = re.compile(r": Successfully ran configuration file$")
_ILL = re.compile(
    r"^(?:\S+: )?(?:Error running (?:actions|configuration)|An error occurred|\S+: Error running)"
    r"|^\S.*: No valid configuration files found"
)
# Why it did not even call borg.
_REASON = re.compile(
    r"^(?:\S+: )?Source directories or .{1,100} do not exist: .+|^At .{1,300}: .+|^\[Errno \d+\] .+"
)
_DRY = re.compile(r"\(dry run; not making any changes\)")
_COMMAND = re.compile(
    r"Command '.+' returned non-zero exit status \d+\.|^.+: No valid configuration files found.*"
)


def read(output: Output, told: Told) -> Reading | None:
    """What borgmatic tells of: one report, or with `--json` one for each of several repositories."""
    documents = _labelled(output)
    if not documents and output.first(_OWN) is None:
        return None
    if documents:
        reports = [_of_archive(item, len(documents) > 1, told) for item in documents]
        return Reading("borgmatic.backup", tuple(report for report in reports if report is not None))
    log = Log(output).plain
    said = (word for sign, word in (*_ACTIONS, *signs.OPERATIONS) if log.first(sign) is not None)
    operation = next(said, told.operation or BACKUP)
    status = settled(_claim(output), None if told.exit is None else exit_codes.plain(told.exit))
    report = archive.of_text(log, told) if operation == BACKUP else None
    report = report or Report(operation=operation, status=status, precision=Precision.ARRIVAL)
    report = replace(
        report,
        status=status,
        format=f"borgmatic-{operation}",
        message="" if status is Status.SUCCESS else _message(output),
        dry_run=log.first(_DRY) is not None,
    )
    return Reading(f"borgmatic.{operation}", (report,))


def _labelled(output: Output) -> list[dict[str, object]]:
    """borg's objects with borgmatic's label of the repository."""
    return [
        item
        for item in Log(output).documents
        if isinstance(item.get("archive"), dict) and "label" in item["repository"]
    ]


def _of_archive(item: dict[str, object], several: bool, told: Told) -> Report | None:
    report = archive.of_document(item, told)
    if report is None:
        return None
    repository = item["repository"]
    names = repository if isinstance(repository, dict) else {}
    label = text_of(names, "label") or text_of(names, "location")
    status = settled(report.status, None if told.exit is None else exit_codes.plain(told.exit))
    return replace(report, status=status, format="borgmatic-backup", job_name=label if several else "")


def _claim(output: Output) -> Status | None:
    if output.last(signs.INTERRUPTED) is not None:
        return Status.INTERRUPTED
    if output.last(_ILL) is not None:
        return Status.ERROR
    if output.last(_WELL) is None:
        return None
    # It takes borg's exit code for what its configuration says, and goes on.
    return Status.SUCCESS if output.last(signs.LEFT_OUT) is None else Status.WARNING


def _message(output: Output) -> str:
    """What borg said, else which command failed."""
    for pattern in (signs.FAILED, signs.LEFT_OUT, _REASON, _COMMAND, _ILL, signs.INTERRUPTED):
        if (found := output.last(pattern)) is not None:
            return first_line(found.string)
    return ""
