"""GET /jobs/….csv and /jobs/…/series.json: what a job did, for spreadsheets and for its charts."""

from collections.abc import Iterator

from flask import Response, stream_with_context

from duplistat.core.reason_words import message_of
from duplistat.core.spreadsheet import as_csv
from duplistat.core.times import from_ms, iso_ms
from duplistat.http.context import context
from duplistat.store import runs
from duplistat.store.database import Database
from duplistat.store.runs import Run
from duplistat.web.formatting import Reader
from duplistat.web.job import series
from duplistat.web.job.page import find

# Runs in memory at once.
AT_ONCE = 500
# Heads, each with its unit, and what of a run stands below it.
_COUNTS = ("files", "files_added", "files_modified", "files_deleted", "files_failed", "versions")
_BYTES = ("size", "uploaded", "downloaded", "storage", "quota_total", "quota_free")
_LINES = ("messages", "warnings", "errors", "log_lines")
HEADS = (
    "run", "operation", "status", "sender_word", "began_utc", "ended_utc", "received_utc", "duration_seconds",
    *(f"{name}_count" for name in _COUNTS), *(f"{name}_bytes" for name in _BYTES),
    *(f"{name}_count" for name in _LINES),
    "partial", "dry_run", "message", "imported_from",
)  # fmt: skip


def job_csv(number: int) -> Response:
    """All runs of a job, newest first, as CSV. Raises DuplistatError (not_found)."""
    found = find(number)
    pieces = as_csv(HEADS, (_row(run) for run in _all(context().db, found.job.id)))
    response = Response(stream_with_context(pieces), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="job-{found.job.id}.csv"'
    return response


def job_series(number: int) -> Response:
    """What the runs of a job measured since `?since=` (ms). Raises DuplistatError: not_found or invalid."""
    found = find(number)
    return series.numbers(found.job, series.since_of_request(), Reader(found.now, found.zone))


def _all(db: Database, job: int) -> Iterator[Run]:
    before: tuple[int, int] | None = None
    while some := runs.history(db, job, before=before, limit=AT_ONCE):
        yield from some
        before = (some[-1].order_at, some[-1].id)


def _row(run: Run) -> tuple[object, ...]:
    times = (_iso(run.started_at), _iso(run.ended_at), _iso(run.received_at))
    numbers = (getattr(run, name) for name in (*_COUNTS, *_BYTES, *_LINES))
    seconds = None if run.duration_ms is None else run.duration_ms / 1000
    what = (run.id, run.operation, run.status, run.status_text)
    return (*what, *times, seconds, *numbers, run.partial, run.dry_run, message_of(run.message), run.imported)


def _iso(at: int | None) -> str | None:
    return None if at is None else iso_ms(from_ms(at))
