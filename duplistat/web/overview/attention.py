"""Jobs that need attention, worst first, and why."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from duplistat.http.context import Context
from duplistat.services.accounts.names import labels as apart
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.reasons import ended_badly
from duplistat.store import accounts
from duplistat.web.access import viewer
from duplistat.web.formatting import visible
from duplistat.web.parts.judged import RANK, TO_LOOK_AT, JudgedJob
from duplistat.web.parts.labels import Label
from duplistat.web.parts.reasons import reason

# More than this nobody reads one by one; the table below has them all.
MOST_NAMED = 50


class Case(NamedTuple):
    """A job that needs attention, and why; `run` is the latest one that failed, None where none did."""

    id: int
    state: str
    server: Label
    name: str
    reason: Markup
    acknowledged_until: int | None
    run: int | None
    customer: str


def cases(
    judged: Sequence[JudgedJob],
    labels: Mapping[int, Label],
    customers: Mapping[int, str],
    defaults: ScheduleDefaults,
    now: int,
    *,
    quoted: bool,
) -> tuple[list[Case], int]:
    """What needs attention, worst first and then longest so; and how many more there are than are named."""
    found = [one for one in judged if one.state in TO_LOOK_AT]
    found.sort(key=lambda one: (RANK[one.state], one.job.health_at))
    named = [
        Case(
            job.id,
            state,
            labels[job.server_id],
            visible(job.label),
            reason(job, health, defaults, now, quoted=quoted),
            job.snoozed_until,
            job.last_run if ended_badly(job) else None,
            customers.get(job.account_id, ""),
        )
        for job, health, state in found[:MOST_NAMED]
    ]
    return named, len(found) - len(named)


def customers_of(ctx: Context, sees: Sequence[int], judged: Sequence[JudgedJob]) -> dict[int, str]:
    """{account: its name} of those below the one that pages act for, whose jobs need attention; one statement where
    there are any."""
    if len(sees) < 2:
        return {}
    ids = {one.job.account_id for one in judged if one.state in TO_LOOK_AT} - {viewer().account}
    return {id: visible(name) for id, name in apart(accounts.names(ctx.db, ids)).items()} if ids else {}
