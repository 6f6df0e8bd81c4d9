"""pg_dump, mysqldump and their like: sentences that begin with the name of the program."""

import re

from duplistat.core import exit_codes
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled

_LINE = re.compile(
    r"^(?:\S*/)?(pg_dump|pg_dumpall|pg_basebackup|pg_restore|mysqldump|mariadb-dump|mongodump|redis-cli): (.+)"
)
_FAILED = re.compile(
    r"^(?:error|fatal|Got error|Error|Couldn't|Can't|Lost connection|Failed)\b[: ]?", re.IGNORECASE
)
_WARNING = re.compile(r"^(?:\[Warning\]|warning\b)", re.IGNORECASE)


def read(output: Output, told: Told) -> Reading | None:
    """What such an output tells of; None when it is none. Without an exit code an output of warnings says nothing."""
    lines = [found for line in output.lines if (found := _LINE.match(line))]
    if not lines:
        return None
    failed = next((found for found in lines if _FAILED.match(found[2])), None)
    warned = next((found for found in lines if _WARNING.match(found[2])), None)
    claim = Status.ERROR if failed else None
    by_exit = None if told.exit is None else exit_codes.plain(told.exit)
    status = settled(claim, by_exit)
    why = failed or warned or lines[-1]
    tool = lines[0][1]
    operation = told.operation or ("restore" if tool == "pg_restore" else BACKUP)
    report = Report(
        operation=operation,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"{tool}-{operation}",
        message="" if status is Status.SUCCESS else first_line(why[2].removeprefix("error: ")),
    )
    return Reading(f"{tool}.{operation}", (report,))
