"""The columns of a table of jobs: which there are, which are shown to whoever chose none, and how they sort rows."""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from duplistat.core.client_versions import order_key
from duplistat.store.jobs import Job
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext
from duplistat.web.parts import job_cells as cells
from duplistat.web.parts.job_cells import NOTHING_BESIDE, Beside, Cell, View, latest_of
from duplistat.web.parts.judged import RANK, JudgedJob
from duplistat.web.parts.labels import tags_of
from duplistat.web.parts.sorting import order_of

# What rows are compared by; None where nothing is known.
SortKey = float | str | None

# What every job has, beside its columns: rows are sorted by it as well.
NAME = "name"
# What reads more than the rows of jobs.
NOTES, LATEST, CLIENTS = "notes", "latest", "clients"


class Column(NamedTuple):
    """A column of jobs: its name in addresses, its head, and what it says of each.

    Where rows can be sorted by it, `key` is what is compared, None for what is not known, and `rising` says that the
    least stands first. `looks` is the class of its cells: "d", "l" and "x" are those that a phone shows, "t" is text,
    "" a number. `reads` is what it shows of Beside. `usual` ones are shown to whoever chose none; `private` ones never
    to whoever is not signed in.
    """

    name: str
    head: Callable[[], str]
    cell: Callable[[JudgedJob, View], Cell]
    key: Callable[[JudgedJob, Beside], SortKey] | None = None
    looks: str = ""
    reads: str = ""
    usual: bool = False
    private: bool = False
    rising: bool = False


class Head(NamedTuple):
    """What stands above a column; `sort` is "" where rows cannot be sorted by it, `order` is as in aria-sort, "" where
    they are not."""

    text: str
    looks: str
    sort: str
    order: str


# After the name, in this order: heads, cells and what rows are sorted by all come from here. Numbers are sorted the
# largest first, what was the latest first, and what comes the soonest first.
COLUMNS = (
    Column("days", lambda: _("Last 30 days"), cells.last_days, looks="d", usual=True),
    Column(
        "last",
        lambda: _("Last run"),
        cells.last_run,
        lambda one, _b: _down(one.job.last_order),
        looks="l",
        usual=True,
    ),
    Column(
        "next",
        lambda: _("Next run"),
        cells.next_run,
        lambda one, _b: one.job.expected_at,
        looks="x",
        usual=True,
        rising=True,
    ),
    Column("size", lambda: _("Size"), cells.size, lambda one, _b: _down(one.job.size), usual=True),
    Column(
        "growth",
        lambda: pgettext("of a size", "Growth"),
        cells.growth,
        lambda one, _b: _growth(one.job),
        usual=True,
    ),
    Column(
        "versions", lambda: _("Versions"), cells.versions, lambda one, _b: _down(one.job.versions), usual=True
    ),
    Column("stored", lambda: _("Backup size"), cells.stored, lambda one, _b: _down(one.job.storage)),
    Column("free", lambda: _("Free space"), cells.free, lambda one, _b: one.job.quota_free, rising=True),
    Column("files", lambda: _("Files"), cells.files, lambda one, _b: _down(one.job.files)),
    Column(
        "uploaded",
        lambda: _("Uploaded"),
        cells.uploaded,
        lambda one, beside: _down(latest_of(one, beside).uploaded),
        reads=LATEST,
    ),
    Column("duration", lambda: _("Duration"), cells.duration, lambda one, _b: _down(one.job.last_duration)),
    Column(
        "warnings",
        lambda: _("Warnings"),
        cells.warnings,
        lambda one, beside: _down(latest_of(one, beside).warnings),
        reads=LATEST,
    ),
    Column(
        "errors",
        lambda: _("Errors"),
        cells.errors,
        lambda one, beside: _down(latest_of(one, beside).errors),
        reads=LATEST,
    ),
    Column("runs", lambda: _("Runs"), cells.runs, lambda one, _b: -one.job.runs),
    Column(
        "failing",
        lambda: _("Failed in a row"),
        cells.failed_in_a_row,
        lambda one, _b: _down(one.job.failing_runs),
    ),
    Column(
        "alert", lambda: _("Overdue after"), cells.overdue_after, lambda one, _b: one.job.due_at, rising=True
    ),
    Column("verified", lambda: _("Verified"), cells.verified, lambda one, _b: _down(one.job.verify_at)),
    Column("restored", lambda: _("Restored"), cells.restored, lambda one, _b: _down(one.job.restored_at)),
    # The oldest first: those to be updated.
    Column(
        "client",
        lambda: _("Client version"),
        cells.client,
        lambda one, beside: _version(one.job, beside),
        looks="t",
        reads=CLIENTS,
        private=True,
        rising=True,
    ),
    Column(
        "tags",
        lambda: _("Tags"),
        cells.tags,
        lambda one, _b: _text(", ".join(tags_of(one.job))),
        looks="t",
        rising=True,
    ),
    Column(
        "notes",
        lambda: _("Notes"),
        cells.note,
        lambda one, beside: _text(beside.notes.get(one.job.id, "")),
        looks="t",
        reads=NOTES,
        private=True,
        rising=True,
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
USUAL = tuple(column for column in COLUMNS if column.usual)


def named(names: Collection[str]) -> tuple[Column, ...]:
    """The columns of these names, in the order in which they stand; names that no column has are left out."""
    return tuple(column for column in COLUMNS if column.name in names)


def heads(
    first: str, columns: Iterable[Column] = USUAL, sort: str = "", *, reverse: bool = False
) -> list[Head]:
    """What stands above the name, which is `first`, and above the columns after it; rows are sorted by `sort`."""

    def order(name: str, *, rising: bool) -> str:
        return order_of(rising=rising, reverse=reverse) if name == sort else ""

    return [Head(first, "", NAME, order(NAME, rising=True))] + [
        Head(
            column.head(),
            column.looks,
            column.name if column.key else "",
            order(column.name, rising=column.rising),
        )
        for column in columns
    ]


def sort_key(sort: str, beside: Beside = NOTHING_BESIDE) -> Callable[[JudgedJob], SortKey]:
    """What rows are sorted by: by their state, by a column, or by name."""
    if sort == "state":
        return lambda item: RANK[item.state]
    column = BY_NAME.get(sort)
    key = column.key if column else None
    if key is None:
        return lambda item: item.job.label.casefold()
    return lambda item: key(item, beside)


def _down(number: int | None) -> int | None:
    return None if number is None else -number


def _growth(job: Job) -> int | None:
    return None if job.size is None or job.size_before is None else job.size_before - job.size


def _text(text: str) -> str | None:
    return text.casefold() or None


def _version(job: Job, beside: Beside) -> str | None:
    one = beside.clients.get(job.server_id)
    return order_key(one) if one is not None else None
