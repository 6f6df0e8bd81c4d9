"""The newest rows of many owners, page by page, at a cost that does not depend on how many rows there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

# How many rows one page looks at for those that a filter wants: a rare kind costs no more than a common one.
LOOKED_AT = 5000

Cursor = tuple[int, int]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of SQL that is true of what is wanted, with its parameters; empty for everything."""

    text: str = ""
    parameters: tuple[object, ...] = ()

    @classmethod
    def all_of(cls, *parts: tuple[str, object]) -> "Clause":
        """Each part is a comparison, such as "type = ?", and its value; those without a value are left out."""
        held = [(text, value) for text, value in parts if value not in (None, "")]
        return cls(" AND ".join(text for text, _ in held), tuple(value for _, value in held))


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is the (order_at, id) to go on from; None at the end. There may be fewer ids than were asked for."""

    ids: list[int]
    next: Cursor | None

    def page(self, known: Mapping[int, Row]) -> tuple[list[Row], Cursor | None]:
        """The rows in their order, and where to go on. One that was deleted in between is no longer there."""
        return [known[id] for id in self.ids if id in known], self.next


def newest(
    db: Database,
    table: str,
    owner: str,
    owners: Sequence[int],
    *,
    since: int | None,
    until: int | None,
    wanted: Clause,
    before: Cursor | None,
    limit: int,
) -> Found:
    """The ids of the newest rows of `table` that belong to `owners`, by its order_at and id.

    `owner` is "account", "server" or "job": the table has an index on its id and order_at. `since` and
    `until` bound that, the first included; `wanted` says which rows, of the row `t`. One statement.
    """
    if not owners:
        return Found([], None)
    # Of one owner PostgreSQL plans by how many rows that one has, and not by how many owners have on average.
    alone = account_filter(tuple(owners)) if len(owners) == 1 else ""
    within = Clause.all_of(("order_at >= ?", since), ("order_at < ?", until))
    bounds, parameters = [f"{owner}_id = {alone or 'o.id'}"], list(within.parameters)
    if within.text:
        bounds.append(within.text)
    if before is not None:
        # The first part is for the index.
        bounds.append("order_at <= ? AND (order_at < ? OR id < ?)")
        parameters += [before[0], before[0], before[1]]
    # The first so many of all are among the first so many of each.
    most = max(limit + 1, LOOKED_AT // len(owners)) if wanted.text else limit + 1
    of_each = " AND ".join(bounds) + " ORDER BY order_at DESC, id DESC LIMIT ?"
    rows = db.rows(
        f"SELECT t.order_at, t.id, CASE WHEN {wanted.text or '1 = 1'} THEN 1 ELSE 0 END"
        f" {db.first_of_each(owner, table, of_each)}"
        f" WHERE o.id IN ({account_filter(tuple(owners))}) ORDER BY t.order_at DESC, t.id DESC LIMIT ?",
        (*wanted.parameters, *parameters, most, most),
    )
    return cut(rows, limit, more=len(rows) == most)


def cut(rows: Sequence[tuple[int, int, int]], limit: int, *, more: bool) -> Found:
    """The first `limit` rows (order_at, id, whether it is wanted), and where to go on.

    `more` says that the rows are not all there are.
    """
    ids: list[int] = []
    for place, (order_at, id, is_wanted) in enumerate(rows):
        if is_wanted:
            ids.append(id)
        if len(ids) == limit:
            at_end = place == len(rows) - 1 and not more
            return Found(ids, None if at_end else (order_at, id))
    return Found(ids, (rows[-1][0], rows[-1][1]) if more and rows else None)
