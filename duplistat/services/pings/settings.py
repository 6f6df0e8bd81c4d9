"""What a person sets of how a job is pinged."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs.subject import subject_of
from duplistat.services.writes import command
from duplistat.store import jobs, ping_starts
from duplistat.store.ping_starts import Count


@command
def set_ping_timed(tx: Tx, *, job: int, timed: bool, by: Actor, now: int) -> None:
    """Say whether Uptime Kuma's `ping` is how long a run of the job took. Raises DuplistatError (not_found)."""
    db, row = tx.db, jobs.locked_by_id(tx.db, job)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    before = ping_starts.counts(db, [row.id]).get(row.id, Count()).timed
    ping_starts.set_timed(db, row.id, timed)
    audit.note(
        db,
        by,
        "ping.set",
        account=row.account_id,
        subject=subject_of(db, row),
        now=now,
        before={"ping is duration": before},
        after={"ping is duration": timed},
    )
