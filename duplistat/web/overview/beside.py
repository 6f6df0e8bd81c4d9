"""What the chosen columns show and the rows of jobs do not have: one more statement for each kind that is wanted."""

import json
from collections.abc import Sequence

from duplistat.core.client_versions import client_version, newest_of_channels
from duplistat.http.context import Context
from duplistat.store import job_notes, runs
from duplistat.store.servers import Server
from duplistat.web.access import viewer
from duplistat.web.overview.filters import Choices
from duplistat.web.parts.job_cells import NOTHING_BESIDE, Beside
from duplistat.web.parts.job_columns import BY_NAME, CLIENTS, LATEST, NOTES


def beside(ctx: Context, sees: tuple[int, ...], known: Sequence[Server], choices: Choices) -> Beside:
    """What is read by the columns that are shown, and by the one that rows are sorted by; `known` are all servers.

    Nothing for whoever is not signed in but what is no secret.
    """
    reads = {column.reads for column in choices.columns}
    if choices.sort in BY_NAME:
        reads.add(BY_NAME[choices.sort].reads)
    if viewer().signed is None:
        reads -= {NOTES, CLIENTS}
    if not any(reads):
        return NOTHING_BESIDE
    clients = {s.id: client_version(json.loads(s.facts)) for s in known} if CLIENTS in reads else {}
    return Beside(
        notes=job_notes.of_jobs(ctx.db, sees) if NOTES in reads else {},
        latest=runs.latest_numbers(ctx.db, sees) if LATEST in reads else {},
        clients=clients,
        newest=newest_of_channels(clients.values()),
    )
