"""Runs as rows of a table, and cursors through them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.reason_words import message_of
from duplistat.core.status import Status
from duplistat.store.runs import Run
from duplistat.web import language
from duplistat.web.formatting import duration, size, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.run_words import MARKS, counted, short

# The last run of the page before: its order_at (ms) and its id.
_CURSOR = re.compile(r"(-?\d{1,18})-(\d{1,18})", re.ASCII)


class Entry(NamedTuple):
    """A run, ready to be shown. `at` is in ms; `label` says what it was and how it ended, `remark` what else."""

    id: int
    job: int
    state: str
    label: str
    remark: str
    at: int
    duration: str
    size: str
    uploaded: str
    message: str


def entries(runs: Iterable[Run]) -> list[Entry]:
    return [_entry(run) for run in runs]


def cursor(text: str) -> tuple[int, int] | None:
    """(order_at, id) of `?before=`; None for "". Raises DuplistatError (invalid) for anything else."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise DuplistatError(
            Kind.INVALID, "?before= must be a time and an id, as the link to what is older has it"
        )
    return int(found[1]), int(found[2])


def _entry(run: Run) -> Entry:
    state = MARKS[Status(run.status)].value
    known = (
        (_("dry run"), run.dry_run),
        (_("partial"), run.partial),
        (_("start unknown"), run.started_at is None),
    )
    remarks = [text for text, holds in known if holds]
    # A run that came to nothing says nothing of its sizes.
    nothing = 0 if Status(run.status).broken else None
    if Status(run.status) is Status.SUCCESS and (told := counted(run)):
        remarks.append(told)
    return Entry(
        id=run.id,
        job=run.job_id,
        state="warning" if run.partial and state == "ok" else state,
        label=short(run),
        remark=", ".join(remarks),
        at=run.order_at,
        duration=duration(run.duration_ms),
        size="" if run.size == nothing else size(run.size),
        uploaded="" if run.uploaded == nothing else size(run.uploaded),
        message=visible(message_of(run.message, language.say())),
    )
