"""Jobs as rows of a table. Made for a thousand of them: what a cell shows is worked out here, once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import day_of, zone_of
from duplistat.store.jobs import Job
from duplistat.web.formatting import Reader, visible
from duplistat.web.parts.job_cells import NOTHING_BESIDE, Beside, Cell, View, ended_words
from duplistat.web.parts.job_columns import NAME, USUAL, Column, sort_key
from duplistat.web.parts.judged import JudgedJob, worst
from duplistat.web.parts.labels import Label, tags_of
from duplistat.web.parts.sorting import in_order


class Row(NamedTuple):
    """A job, ready to be shown, with a cell for each column behind the attributes of its element. `server` and `tags`
    are "" where they stand elsewhere."""

    id: int
    state: str
    server: str
    name: str
    tags: str
    cells: list[tuple[Markup, Cell]]


class Table(NamedTuple):
    """How jobs are shown: the columns, with what these read `beside` the rows of jobs, what rows are sorted by, and
    whether they stand in the `reverse` order.

    Names of jobs go with those of their `servers`, where these are given; with `numbers` of their runs, those without
    a schedule say how many are missing. With `labelled`, each cell has the head of its column.
    """

    defaults: ScheduleDefaults
    now: int
    columns: Sequence[Column] = USUAL
    beside: Beside = NOTHING_BESIDE
    sort: str = "state"
    reverse: bool = False
    servers: Mapping[int, Label] | None = None
    numbers: Mapping[int, int] | None = None
    labelled: bool = False


class Group(NamedTuple):
    """Jobs that have something in common; `state` is that of the worst. `id` is that of a server or an account, 0 for
    none."""

    id: int
    state: str
    label: Label
    rows: list[Row]


def groups(
    keys: Callable[[Job], int], labels: Mapping[int, Label], jobs: Iterable[JudgedJob], table: Table
) -> Iterator[Group]:
    """Every group of `labels` with its jobs, which `keys` puts into it, both in the order of the table.

    A group is where the first of its rows would be; one without any comes last. Rows are made when their group is
    taken: a long page is sent while they are.
    """
    key = sort_key(table.sort, table.beside)
    members: dict[int, list[JudgedJob]] = {group: [] for group in labels}
    for one in in_order(jobs, key, reverse=table.reverse):
        members[keys(one.job)].append(one)

    def called(item: tuple[int, list[JudgedJob]]) -> str:
        return labels[item[0]].text.casefold()

    if table.sort == NAME:
        order = in_order(members.items(), called, reverse=table.reverse)
    else:
        by_name = sorted(members.items(), key=lambda item: (not item[1], called(item)))
        order = in_order(by_name, lambda item: key(item[1][0]) if item[1] else None, reverse=table.reverse)
    return (Group(group, worst(own), labels[group], rows(own, table)) for group, own in order)


def rows(jobs: Iterable[JudgedJob], table: Table) -> list[Row]:
    """Rows in the order of the jobs."""
    defaults, now = table.defaults, table.now
    today, ended = day_of(now, defaults.zone), ended_words()
    columns = [(_attributes(column, labelled=table.labelled), column.cell) for column in table.columns]
    tagged = all(column.name != "tags" for column in table.columns)
    views: dict[ZoneInfo, View] = {}
    made = []
    for item in jobs:
        job = item.job
        zone = zone_of(job, defaults)
        if zone not in views:
            views[zone] = View(Reader(now, zone), today, ended, table.numbers, table.beside)
        view = views[zone]
        server = table.servers[job.server_id].text if table.servers else ""
        tags = visible(", ".join(tags_of(job))) if tagged and job.tags != "[]" else ""
        cells = [(attributes, cell(item, view)) for attributes, cell in columns]
        made.append(Row(job.id, item.state, server, visible(job.label), tags, cells))
    return made


def _attributes(column: Column, *, labelled: bool) -> Markup:
    """What an element of a column begins with, as short as it can be; days and runs need no label."""
    if column.looks == "d":
        return Markup("")
    looks = Markup(" class={}").format(column.looks) if column.looks else Markup("")
    named = labelled and column.looks not in ("l", "x")
    return looks + Markup(' data-h="{}"').format(column.head()) if named else looks
