"""What borg's exit codes mean, the few of old and the many of `BORG_EXIT_CODES=modern`."""

from duplistat.core import exit_codes
from duplistat.core.report import VERIFY
from duplistat.core.status import Status

# Of a check, the code for warnings says that the repository is damaged.
_WARNINGS = frozenset({1, *range(100, 128)})


def status_of(code: int | None, operation: str) -> Status | None:
    """How a run of an operation ended; None without a code."""
    if code is None:
        return None
    if code in _WARNINGS:
        return Status.ERROR if operation == VERIFY else Status.WARNING
    return exit_codes.plain(code)
