"""Saved views of the overview as they are in our JSON, in answers and in what is sent."""

from typing import Annotated

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import NOT_BLANK, GivenId, Sent
from duplistat.apis.native.values import Cursor, Id, Shape, Time
from duplistat.core import overview_view as words
from duplistat.core.text import clean
from duplistat.services.people.saved_views import LONGEST_NAME

ViewName = Annotated[
    str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NOT_BLANK), AfterValidator(clean)
]
Words = Annotated[str, Field(max_length=words.LONGEST), AfterValidator(clean)]
Columns = Annotated[list[words.Column], Field(max_length=len(words.COLUMNS))]
NAME = "Name, unique among the shared views of its account"
STATE = "Leaves the jobs in this state; null for all. `no-schedule`: with too few runs for a schedule"
SEARCH = "Words that each have to be in the name, alias, notes or tags of a job or its server; empty for all"
TAG = "Leaves the jobs with this tag; empty for all"
GROUP = "What jobs are grouped by"
SORT = "What jobs are sorted by: their state, their name, or a column"
LAYOUT = "How they stand"
COLUMNS = "Columns, in their own order; none for the usual ones"


class View(Shape):
    """A saved view of the overview that is shared within its account."""

    id: Id = Field(description="Id of the view", examples=[1])
    name: str = Field(description=NAME, examples=["Off-site, failed"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    state: words.State | None = Field(description=STATE, examples=["failed"])
    search: str = Field(description=SEARCH, examples=["nas"])
    tag: str = Field(description=TAG, examples=["offsite"])
    group: words.Group = Field(description=GROUP, examples=["none"])
    sort: words.Sort = Field(description=SORT, examples=["errors"])
    layout: words.Layout = Field(description=LAYOUT, examples=["table"])
    columns: list[words.Column] = Field(description=COLUMNS, examples=[["last", "errors"]])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])
    changed_at: Time = Field(description="When it was last changed", examples=["2026-01-28T12:00:00.000Z"])


class ViewList(Shape):
    """A page of saved views, by id."""

    views: list[View] = Field(description="At most `limit`")
    next_cursor: Cursor


class SavedViewChanges(Sent):
    """What changes about a saved view: what is left out stays."""

    name: ViewName = Field("", description=NAME, examples=["Off-site, failed"])
    state: words.State | None = Field(None, description=STATE, examples=["failed"])
    search: Words = Field("", description=SEARCH, examples=["nas"])
    tag: Words = Field("", description=TAG, examples=["offsite"])
    group: words.Group = Field("server", description=GROUP, examples=["none"])
    sort: words.Sort = Field("state", description=SORT, examples=["errors"])
    layout: words.Layout = Field("table", description=LAYOUT, examples=["table"])
    columns: Columns = Field([], description=COLUMNS, examples=[["last", "errors"]])


class NewView(SavedViewChanges):
    """A saved view to create, shared within its account."""

    name: ViewName = Field(description=NAME, examples=["Off-site, failed"])
    account_id: GivenId | None = Field(
        None, description="Account that shares it; null for that of the key", examples=[None]
    )
