"""Lists of what has a number, the newest first."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from flask import request

from duplistat.apis.native import parameters
from duplistat.apis.native.alert_reads import cut
from duplistat.apis.native.parameters import NewestQuery
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


class PageOf(Protocol[Rows]):
    """A query of the newest rows of some accounts, those with ids below `before` when it is given."""

    def __call__(
        self, db: Database, accounts: tuple[int, ...], /, *, before: int | None, limit: int
    ) -> Sequence[Rows]: ...


def newest(scope: Scope, page_of: PageOf[Row]) -> tuple[Context, Caller, Sequence[Row], str | None]:
    """Of a list the page that a request asks for, as far as its caller sees it; and the cursor of the next one.

    Raises DuplistatError: unauthorized, forbidden, too_many; invalid for wrong parameters.
    """
    ctx, caller = caller_who(scope)
    asked = parameters.read(NewestQuery, request.args)
    found = page_of(ctx.db, caller.sees, before=asked.cursor, limit=asked.limit + 1)
    return ctx, caller, *cut(found, asked.limit, lambda row: row.id)
