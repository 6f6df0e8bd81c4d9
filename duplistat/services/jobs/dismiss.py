"""dismiss_failure(): a person knows of a verification or a restore that failed, and it is settled."""

from collections.abc import Sequence
from typing import TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health import health_of
from duplistat.core.times import from_ms, iso_ms
from duplistat.core.verdict import Proof
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.health_change import change_health
from duplistat.services.jobs.state import facts_of
from duplistat.services.jobs.subject import subject_of
from duplistat.services.writes import command
from duplistat.store import jobs


class FailureDismissed(TypedDict):
    """The health of a job after that, and which proofs' failures were dismissed (values of Proof)."""

    health: str
    dismissed: list[str]


@command
def dismiss_failure(
    tx: Tx, *, job: int, proofs: Sequence[str], by: Actor, now: int, at: int | None = None
) -> FailureDismissed:
    """Dismiss what failed of `proofs` (values of Proof) of a job, and note it.

    With `at` (ms, when its run began) only the failure that was looked at. Raises DuplistatError: not_found, or
    invalid where nothing stands that could be dismissed.
    """
    db, row = tx.db, jobs.locked_by_id(tx.db, job)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    standing = [proof for proof in map(Proof, proofs) if verdicts.stands(row, proof)]
    if not standing:
        raise DuplistatError(
            Kind.INVALID, "there is no failed verification or restore of this job to dismiss"
        )
    failed = {proof: getattr(row, f"{verdicts.PREFIXES[proof]}_at") for proof in standing}
    if at is not None and any(its != at for its in failed.values()):
        raise DuplistatError(
            Kind.INVALID, "a later one has failed since: reload the page and look at that one first"
        )
    for proof in standing:
        verdicts.dismiss(row, proof, now)
    change_health(db, row, health_of(facts_of(row), now), now, defaults=tx.defaults)
    jobs.save(db, row)
    audit.note(
        db,
        by,
        "job.dismiss",
        account=row.account_id,
        subject=subject_of(db, row),
        now=now,
        after={f"failed_{proof}": iso_ms(from_ms(its)) for proof, its in failed.items()},
    )
    return {"health": row.health, "dismissed": [proof.value for proof in standing]}
