"""Pages of lists of what has a number: by that number, or the newest first."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from flask import request

from duplistat.apis.native import cursors, parameters
from duplistat.apis.native.parameters import ByIdQuery, NewestQuery
from duplistat.apis.native.reads import caller_who
from duplistat.http.caller import Caller
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.store.database import Database


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_Numbered)
Rows = TypeVar("Rows", bound=_Numbered, covariant=True)


class ById(Protocol[Rows]):
    """A query of the rows of some accounts by id, those with ids above `after`."""

    def __call__(
        self, db: Database, accounts: tuple[int, ...], /, *, after: int, limit: int
    ) -> Sequence[Rows]: ...


class NewestFirst(Protocol[Rows]):
    """A query of the newest rows of some accounts, those with ids below `before` when it is given."""

    def __call__(
        self, db: Database, accounts: tuple[int, ...], /, *, before: int | None, limit: int
    ) -> Sequence[Rows]: ...


def by_id(scope: Scope, page_of: ById[Row]) -> tuple[Context, Caller, Sequence[Row], str | None]:
    """Of a list the page that a request asks for, as far as its caller sees it; and the cursor of the next one.

    Raises DuplistatError: unauthorized, forbidden, too_many; invalid for wrong parameters.
    """
    ctx, caller = caller_who(scope)
    asked = parameters.read(ByIdQuery, request.args)
    found = page_of(ctx.db, caller.sees, after=asked.cursor or 0, limit=asked.limit + 1)
    return ctx, caller, *cut(found, asked.limit)


def newest(scope: Scope, page_of: NewestFirst[Row]) -> tuple[Context, Caller, Sequence[Row], str | None]:
    """As `by_id`, of a list with the newest first."""
    ctx, caller = caller_who(scope)
    asked = parameters.read(NewestQuery, request.args)
    found = page_of(ctx.db, caller.sees, before=asked.cursor, limit=asked.limit + 1)
    return ctx, caller, *cut(found, asked.limit)


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """A page of rows, of which one more was asked for, and the cursor of the next one."""
    page = rows[:limit]
    return page, cursors.write(page[-1].id) if len(rows) > limit else None
