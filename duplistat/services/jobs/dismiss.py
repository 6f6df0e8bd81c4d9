"""dismiss_failure(): a person knows of a verification or a restore that failed, and it is settled."""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health import health_of
from duplistat.core.times import from_ms, iso_ms
from duplistat.core.verdict import Proof
from duplistat.services import audit
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.health_change import change_health
from duplistat.services.jobs.state import facts_of
from duplistat.store import jobs, servers
from duplistat.store.database import Database
from duplistat.store.totals import Tally


def dismiss_failure(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Dismiss what failed of `proofs` (names of Proof) of a job, and note it. Answers {"health", "dismissed"}.

    With `at` (ms, when its run began) only the failure that was looked at. Raises DuplistatError: not_found, or
    invalid where nothing stands that could be dismissed.
    """
    now, at = arguments["now"], arguments.get("at")
    job = jobs.locked_by_id(db, arguments["job"])
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "this job is gone")
    standing = [proof for proof in map(Proof, arguments["proofs"]) if verdicts.stands(job, proof)]
    if not standing:
        raise DuplistatError(
            Kind.INVALID, "there is no failed verification or restore of this job to dismiss"
        )
    failed = {proof: getattr(job, f"{verdicts.PREFIXES[proof]}_at") for proof in standing}
    if at is not None and any(its != at for its in failed.values()):
        raise DuplistatError(Kind.INVALID, "another one has failed since: look at that one first")
    for proof in standing:
        verdicts.dismiss(job, proof, now)
    change_health(db, job, health_of(facts_of(job), now), now, defaults=defaults)
    jobs.save(db, job)
    home = servers.by_id(db, (job.account_id,), job.server_id)
    audit.note(
        db,
        arguments["by"],
        "job.dismiss",
        account=job.account_id,
        subject=f"{home.label if home else ''} / {job.label}",
        now=now,
        after={f"failed_{proof}": iso_ms(from_ms(its)) for proof, its in failed.items()},
    )
    return {"health": job.health, "dismissed": [proof.value for proof in standing]}
