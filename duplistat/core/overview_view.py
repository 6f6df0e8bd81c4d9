"""What a view of the overview is made of: which jobs, in which order, and what one sees of each. In the words of
addresses, which saved views keep as they are.
"""

from collections.abc import Mapping
from typing import Literal, TypedDict, get_args

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean

# A health; or jobs without a known schedule that were silent for long; those with too few runs for a schedule; or those
# in the archive.
State = Literal[
    "overdue", "failed", "stuck", "warning", "never", "running", "ok", "paused", "unscheduled", "no-schedule",
    "archived",
]  # fmt: skip
Group = Literal["server", "group", "account", "none"]
Layout = Literal["table", "cards"]
Column = Literal[
    "days", "last", "next", "size", "growth", "versions", "stored", "free", "files", "uploaded", "duration",
    "warnings", "errors", "runs", "failing", "alert", "verified", "restored", "client", "tags", "notes",
]  # fmt: skip
# By their state, by their name, or by any column but the days.
Sort = Literal[
    "state", "name", "last", "next", "size", "growth", "versions", "stored", "free", "files", "uploaded", "duration",
    "warnings", "errors", "runs", "failing", "alert", "verified", "restored", "client", "tags", "notes",
]  # fmt: skip
# In the order of what they are sorted by, or in the reverse one.
Order = Literal["", "reverse"]
STATES: tuple[str, ...] = get_args(State)
GROUPS: tuple[str, ...] = get_args(Group)
SORTS: tuple[str, ...] = get_args(Sort)
ORDERS: tuple[str, ...] = get_args(Order)
LAYOUTS: tuple[str, ...] = get_args(Layout)
COLUMNS: tuple[str, ...] = get_args(Column)
# Characters of a search, and of a tag.
LONGEST = 200


class ViewState(TypedDict):
    """As in an address: `state`, `q` and `tag` narrow the jobs, "" for all; `columns` are names with commas between
    them."""

    state: str
    q: str
    tag: str
    group: str
    sort: str
    order: str
    view: str
    columns: str


FIELDS = tuple(ViewState.__annotations__)
_ONE_OF = {"state": ("", *STATES), "group": GROUPS, "sort": SORTS, "order": ORDERS, "view": LAYOUTS}


def view_state(given: Mapping[str, str]) -> ViewState:
    """What an address or a form says of a view; what is left out is as on an overview of which nothing was chosen.

    Raises DuplistatError (invalid) for a value that there is not.
    """
    values: dict[str, str] = {}
    for name, known in _ONE_OF.items():
        values[name] = given.get(name, known[0])
        if values[name] not in known:
            raise DuplistatError(Kind.INVALID, f"must be one of {', '.join(filter(None, known))}", field=name)
    for name in ("q", "tag"):
        values[name] = clean(" ".join(given.get(name, "").split()) if name == "q" else given.get(name, ""))
        if len(values[name]) > LONGEST:
            raise DuplistatError(Kind.INVALID, f"must have at most {LONGEST} characters", field=name)
    names = set(filter(None, given.get("columns", "").split(",")))
    if not names <= set(COLUMNS):
        raise DuplistatError(Kind.INVALID, f"must be some of {', '.join(COLUMNS)}", field="columns")
    return {
        "state": values["state"],
        "q": values["q"],
        "tag": values["tag"],
        "group": values["group"],
        "sort": values["sort"],
        "order": values["order"],
        "view": values["view"],
        "columns": ",".join(name for name in COLUMNS if name in names),
    }


def as_texts(state: ViewState) -> dict[str, str]:
    """The same as a plain dictionary, without what is empty."""
    return {name: str(value) for name, value in state.items() if value}
