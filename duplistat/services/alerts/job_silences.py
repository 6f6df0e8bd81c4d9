"""The silence of one job: until when it holds, and set, moved or ended without touching a silence of more jobs."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from duplistat.services.alerts.listeners import Silences, latest_end, match_in, subjects
from duplistat.services.alerts.silences import add_silence, end_row
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.store import silences
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.silences import Silence


def own_of(found: Iterable[Silence], sees: Collection[int]) -> list[Silence]:
    """Those of the silences of a job that name it alone, of accounts in `sees`: what may be changed for that job."""
    return [one for one in found if one.account_id in sees and len(match_in(one.spec).jobs) == 1]


def own_silences(
    db: Database, some: Sequence[Job], sees: Collection[int], now: int
) -> Mapping[int, list[Silence]]:
    """{job: its own silences that hold}. 3 statements."""
    holding = Silences(silences.holding(db, now))
    return {job: own_of(holding.of(subject), sees) for job, subject in subjects(db, some).items()}


def own_ends(db: Database, some: Sequence[Job], sees: Collection[int], now: int) -> dict[int, int]:
    """{job: until when its own silence holds (ms)}, of those that have one. 3 statements."""
    found = own_silences(db, some, sees, now)
    return {job: end for job, own in found.items() if (end := latest_end(own)) is not None}


def silence_job(
    tx: Tx, job: Job, own: Sequence[Silence], until_at: int | None, by: Actor, now: int
) -> set[int]:
    """Let one silence of a job hold until then (ms) in place of its `own`, whose reason it keeps; None: none does.

    What ends, and what begins, is noted as that of any silence. The accounts whose problems are to be looked at, since
    a silence ended. The caller holds the row of the job. Raises DuplistatError (invalid).
    """
    why = next((silence.why for silence in reversed(own) if silence.why), "")
    ended = {silence.account_id for silence in own if end_row(tx.db, silence, by, now)}
    if until_at is not None:
        match = {"jobs": [job.id]}
        add_silence(
            tx, account=job.account_id, match=match, from_at=now, until_at=until_at, why=why, by=by, now=now
        )
    return ended
