"""What kopia says of commands that make no snapshot: `restore`, `snapshot verify`, `maintenance run`."""

import re
from dataclasses import replace

from duplistat.core.report import PRUNE, RESTORE, VERIFY, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output

_RESTORED = re.compile(
    r"\bRestored (\d{1,15}) files, \d+ directories and \d+ symbolic links \((\d[\d.]* ?[KMGTPE]?i?B)\)"
    r"(?:, skipped \d+ \([^)]*\))?(, ignored \d+ errors)?"
)
_VERIFIED = re.compile(r"\bFinished processing (\d{1,15}) objects\.")
_VERIFYING = re.compile(r"\bProcessed \d{1,15} objects\.")
_NOT_SOUND = re.compile(r"\b(encountered \d+ errors?\b.*|error processing .+)")
# That it finished is said of a failure, too.
_MAINTENANCE = re.compile(r"\bRunning (?:full|quick) maintenance\.\.\.")


def read(output: Output) -> Report | None:
    """What one of these did, with how it ended as far as it says so; None for none of them."""
    if (restored := output.last(_RESTORED)) is not None:
        ignored = restored[3]
        return replace(
            _plain(RESTORE, Status.WARNING if ignored else Status.SUCCESS),
            files=int(restored[1]),
            size=size_of(restored[2]),
            approximate=("size",) if is_rounded(restored[2]) else (),
            message=ignored.removeprefix(", ") if ignored else "",
        )
    verified = output.last(_VERIFIED)
    if verified is not None or output.last(_VERIFYING) is not None:
        wrong = output.last(_NOT_SOUND)
        status = Status.ERROR if wrong else Status.SUCCESS if verified else Status.UNKNOWN
        return replace(
            _plain(VERIFY, status),
            files=int(verified[1]) if verified else None,
            message=first_line(wrong[1]) if wrong else "",
        )
    return _plain(PRUNE, Status.UNKNOWN) if output.last(_MAINTENANCE) is not None else None


def _plain(operation: str, status: Status) -> Report:
    return Report(
        operation=operation, status=status, precision=Precision.ARRIVAL, format=f"kopia-{operation}"
    )
