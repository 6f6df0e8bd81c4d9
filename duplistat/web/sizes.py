"""How much there is of a job, as pages say it: a run that failed early tells zero, which is no size."""

from typing import NamedTuple

from duplistat.core.status import Status
from duplistat.store.jobs import Job

FAILED = (Status.ERROR, Status.FATAL, Status.INTERRUPTED)


class Size(NamedTuple):
    """Bytes, and those of the run before to compare them with; files. None for what is not known."""

    bytes: int | None
    before: int | None
    files: int | None


def size_of(job: Job) -> Size:
    """What the latest run told; where that one failed and found nothing, what the one before it told of bytes."""
    if job.last_status in FAILED and not job.size:
        return Size(job.size_before or None, None, job.files or None)
    # What grew out of nothing came after such a run.
    return Size(job.size, job.size_before or None, job.files)
