"""One change of many jobs, such as a pause: each for itself, and told of each whether it was made."""

import json
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import packed
from duplistat.core.text import clean
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs.settings import JobChanges, change_job, schedule_changes, to_change
from duplistat.services.writes import command
from duplistat.store.jobs import Job

# Jobs that are changed in one transaction: reports wait for as long as it takes.
AT_ONCE = 100


class BulkChanges(TypedDict, total=False):
    """What changes about each of some jobs; what is left out stays.

    `changes` are the same for each. `add_tags` and `remove_tags` leave its other tags. `schedule` is as a person types
    it, in `zone`; without a zone it is that of the server.
    """

    changes: JobChanges
    add_tags: list[str]
    remove_tags: list[str]
    schedule: str
    zone: str


class Refused(TypedDict):
    """Why a job was not changed: `text` as core.i18n.packed has it, `field` as in DuplistatError."""

    job: int
    text: Any
    field: str


@command
def set_jobs(
    tx: Tx, *, jobs: list[int], sees: list[int], changes: BulkChanges, by: Actor, now: int
) -> list[Refused]:
    """Change jobs, at most AT_ONCE, as `set_job` does each; those that were refused, and why.

    A job of an account that is not in `sees` is refused as one that is not there.
    """
    if len(jobs) > AT_ONCE:
        raise DuplistatError(Kind.INVALID, f"at most {AT_ONCE} jobs are changed at once", field="jobs")
    refused: list[Refused] = []
    # In one order: two that change the same jobs wait for each other, and not both.
    for number in sorted(set(jobs)):
        try:
            row = to_change(tx.db, number, sees)
            # What may be refused is so before anything of this job is written.
            change_job(tx, row, _of(row, changes, now), by, now)
        except DuplistatError as e:
            refused.append({"job": number, "text": packed(e.text), "field": e.field})
    return refused


def _of(job: Job, wanted: BulkChanges, now: int) -> JobChanges:
    """What it comes to for one job. Raises DuplistatError (invalid)."""
    changes = wanted.get("changes", {}).copy()
    if "add_tags" in wanted or "remove_tags" in wanted:
        gone = {clean(tag.strip()) for tag in wanted.get("remove_tags", ())}
        tags = [tag for tag in json.loads(job.tags) if tag not in gone]
        changes["tags"] = [*tags, *wanted.get("add_tags", ())]
    if "schedule" in wanted:
        try:
            changes |= schedule_changes(wanted["schedule"], wanted.get("zone", ""), job, now)
        except ValueError as e:
            raise DuplistatError(Kind.INVALID, e.args[0], field="schedule") from e
    return changes
