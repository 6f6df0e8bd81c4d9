"""Runs as rows of a table, and cursors through them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from duplistat.core import words
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Status
from duplistat.store.runs import Run
from duplistat.web.present import RUN_MARKS, duration, visible

# More than this of a sender's own word for how a run ended is a text, which the page of the run has.
WORD = 60
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


def ended(run: Run) -> tuple[str, str]:
    """(mark, how it ended in words that follow the name of the operation); its own word where it has one."""
    health, word = RUN_MARKS[Status(run.status)]
    if Status(run.status) is Status.OTHER and run.status_text:
        text = run.status_text if not long_word(run) else f"{run.status_text[:WORD].rstrip()}…"
        word = f"ended as “{visible(text)}”"
    return health.value, word


def long_word(run: Run) -> bool:
    """Whether its own word for how it ended is too long to be a part of a sentence."""
    return len(run.status_text) > WORD


def operation(run: Run) -> str:
    """Backup, Restore, Test …"""
    name = visible(run.operation)
    return name[:1].upper() + name[1:] or "Run"


def counted(run: Run) -> str:
    """1 error and 35 warnings; "" for none, or none told."""
    told = [
        words.plural(number, name)
        for number, name in ((run.errors, "error"), (run.warnings, "warning"))
        if number
    ]
    return " and ".join(told)


def _entry(run: Run) -> Entry:
    state, word = ended(run)
    status, told = Status(run.status), counted(run)
    remarks = [text for text, holds in (("dry run", run.dry_run), ("partial", run.partial)) if holds]
    label = operation(run)
    # The mark says that it succeeded; a column of that word hides what did not.
    if status in (Status.WARNING, Status.ERROR) and told:
        label += f" with {told}"
    elif status is not Status.SUCCESS:
        label += f" {word}"
    elif told:
        remarks.append(told)
    return Entry(
        id=run.id,
        job=run.job_id,
        state="warning" if run.partial and state == "ok" else state,
        label=label,
        remark=", ".join(remarks),
        at=run.order_at,
        duration=duration(run.duration_ms),
        size=words.size(run.size),
        uploaded=words.size(run.uploaded),
        message=visible(run.message),
    )
