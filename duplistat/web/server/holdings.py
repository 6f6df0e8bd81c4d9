"""What the jobs of a server, or of all, hold together, how that grows, and what is proven of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from duplistat.core import formatting
from duplistat.core.status import Health
from duplistat.store.jobs import Job
from duplistat.store.series import Held
from duplistat.web import language
from duplistat.web.parts.judged import JudgedJob, worst
from duplistat.web.server import proofs
from duplistat.web.server.proofs import Proven


class Holdings(NamedTuple):
    """`state` is the worst. Bytes are None where no job told of any; `part` is by how much of it the backups grew in
    30 days, `growth` the same in words. `free` is at the fullest destination."""

    jobs: int
    state: str
    size: int | None
    storage: int | None
    part: float | None
    growth: str
    free: int | None
    verified: Proven
    restored: Proven


def holdings(
    judged: Sequence[JudgedJob], before: Mapping[int, Held], without: Health = Health.NEVER
) -> Holdings:
    """Of some jobs; `before` is what they held a month ago, `without` the state of none."""
    own = [one.job for one in judged]
    part = grown(own, before)
    return Holdings(
        jobs=len(own),
        state=worst(judged) if judged else without.value,
        size=_sum(job.size for job in own),
        storage=_sum(job.storage for job in own),
        part=part,
        growth=formatting.growth(part, language.say()) if part is not None else "",
        free=min(
            (job.quota_free for job in own if job.quota_free is not None and job.quota_total), default=None
        ),
        verified=proofs.verified(own),
        restored=proofs.restored(own),
    )


def grown(own: Iterable[Job], before: Mapping[int, Held]) -> float | None:
    """By how much of it the backups grew, of the jobs that told of both times; None where none did.

    Of a job that tells nothing of its backups, it is the source.
    """
    then = now = 0
    for job in own:
        held = before.get(job.id)
        if held is None:
            continue
        for earlier, later in ((held.storage, job.storage), (held.size, job.size)):
            if earlier and later is not None:
                then, now = then + earlier, now + later
                break
    return (now - then) / then if then else None


def _sum(sizes: Iterable[int | None]) -> int | None:
    told = [size for size in sizes if size is not None]
    return sum(told) if told else None
