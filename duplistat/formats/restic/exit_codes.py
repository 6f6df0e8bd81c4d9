"""What restic's exit codes mean."""

from duplistat.core import exit_codes
from duplistat.core.status import Status

# Some of the source could not be read; of `forget`, some snapshots could not be removed.
PARTIAL = 3


def status_of(code: int | None) -> Status | None:
    """How a run ended; None without a code. One that is not known is a failure."""
    if code is None:
        return None
    return Status.WARNING if code == PARTIAL else exit_codes.plain(code)
