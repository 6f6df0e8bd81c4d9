"""borg's own output: objects of `--json` and `--log-json`, text, or all of them mixed."""

from dataclasses import replace

from duplistat.core.report import BACKUP, OTHER, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of
from duplistat.formats.borg import archive, exit_codes, signs
from duplistat.formats.borg.log import Log

NOTHING_BACKED_UP = "The archive holds no files"


def read(output: Output, told: Told) -> Reading | None:
    """What an output of borg tells of; None when it is none."""
    log = Log(output)
    made = [found for item in log.documents if (found := archive.of_document(item, told)) is not None]
    operation = BACKUP if made else _operation(log) or (OTHER if _exists(log, told) else "")
    if not made and _is_listed(log, operation):
        return Reading("borg.inventory")
    only_dry = _is_dry_list(log)
    if not made and not operation and not _is_borg(log) and not (only_dry and told.tool == "borg"):
        return None
    report = made[-1] if made else archive.of_text(log.plain, told) if operation == BACKUP else None
    operation = operation or told.operation or BACKUP
    if report is None:
        report = Report(operation=operation, status=Status.UNKNOWN, precision=Precision.ARRIVAL)
    status = settled(_claim(log, report), exit_codes.status_of(_code(log, told), operation))
    report = replace(
        report,
        status=status,
        format=f"borg-{operation}",
        message="" if status is Status.SUCCESS else _message(log, report, status),
        dry_run=report.dry_run or only_dry or log.plain.first(signs.WOULD_PRUNE) is not None,
        files_failed=report.files_failed or (log.plain.count(signs.LEFT_OUT) - _retries(log) or None),
    )
    return Reading(f"borg.{operation}", (report,))


def _operation(log: Log) -> str:
    for pattern, operation in signs.OPERATIONS:
        if log.plain.first(pattern) is not None:
            return operation
    return log.doing


def _is_listed(log: Log, operation: str) -> bool:
    """An inventory, which is no run: `list`, `info`, `repo-list`."""
    if log.documents:
        return True
    if log.plain.first(signs.SHOWN) is not None and log.plain.first(signs.NAME) is not None:
        return True
    listed = log.plain.first(signs.LISTED) or log.plain.first(signs.REPOSITORY_ID)
    return not operation and listed is not None


def _is_dry_list(log: Log) -> bool:
    """Whether nothing stands there but what `create --list --dry-run` says of items, and how it ended."""
    some = False
    for line in log.plain.lines:
        if not line.strip() or signs.RETURN_CODE.search(line):
            continue
        # Of most other outputs the first line decides.
        if not signs.DRY_ITEM.match(line) or signs.TRACED.match(line):
            return False
        some = some or not signs.DRY_EXCLUDED.match(line)
    return some


def _exists(log: Log, told: Told) -> bool:
    """Whether `init` failed because there is a repository, and nothing was done after that."""
    lines = (
        line for line in reversed(log.plain.lines) if line.strip() and not signs.RETURN_CODE.search(line)
    )
    return bool(_code(log, told)) and signs.EXISTS.match(next(lines, "")) is not None


def _is_borg(log: Log) -> bool:
    patterns = (signs.RETURN_CODE, signs.FAILED, signs.INTERRUPTED, signs.OF_BORG, signs.NAMED)
    return bool(log.messages) or any(log.plain.first(pattern) is not None for pattern in patterns)


def _code(log: Log, told: Told) -> int | None:
    """The exit code: as it was told, else as `--show-rc` has it."""
    found = log.plain.last(signs.RETURN_CODE)
    return told.exit if told.exit is not None or found is None else int(found[1])


def _claim(log: Log, report: Report) -> Status | None:
    """What the output says of how it ended; None for nothing."""
    plain, done = log.plain, report.status in (Status.SUCCESS, Status.WARNING)
    levels = {text_of(item, "levelname") for item in log.messages}
    if plain.last(signs.INTERRUPTED) is not None:
        return Status.WARNING if done else Status.INTERRUPTED
    failed = plain.last(signs.FAILED) is not None or levels & {"ERROR", "CRITICAL"}
    if plain.last(signs.DAMAGED) is not None and plain.last(signs.SOUND) is None:
        return Status.ERROR
    if failed or plain.last(signs.TRACEBACK) is not None or plain.last(signs.DAMAGED) is not None:
        return Status.WARNING if done else Status.ERROR
    if _retries(log) < plain.count(signs.LEFT_OUT) or "WARNING" in levels or report.status is Status.WARNING:
        return Status.WARNING
    if done:
        return Status.WARNING if report.files == 0 else Status.SUCCESS
    if report.operation != BACKUP and _operation(log):
        return None if report.operation == "verify" and plain.last(signs.SOUND) is None else Status.SUCCESS
    return None


def _retries(log: Log) -> int:
    return log.plain.count(signs.RETRIED)


def _message(log: Log, report: Report, status: Status) -> str:
    """Why it did not simply succeed, in borg's own words."""
    plain = log.plain
    if plain.last(signs.TRACEBACK) is not None and (raised := plain.last(signs.RAISED)) is not None:
        return first_line(raised.string)
    for level in ("CRITICAL", "ERROR", "WARNING"):
        texts = [text_of(item, "message") for item in log.messages if item.get("levelname") == level]
        if texts:
            return first_line(texts[-1])
    for pattern in (signs.INTERRUPTED, signs.DAMAGED, signs.FAILED, signs.LEFT_OUT, signs.NOT_FOUND):
        if (found := plain.last(pattern)) is not None:
            return first_line(found.string)
    if report.operation == OTHER and (found := plain.last(signs.EXISTS)) is not None:
        return first_line(found.string)
    return NOTHING_BACKED_UP if status is Status.WARNING and report.files == 0 else ""
