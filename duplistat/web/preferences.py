"""POST /preferences: how a person wants to see the pages."""

from collections.abc import Iterable
from typing import NamedTuple, cast

from flask import g, request
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.overview_view import GROUPS, LAYOUTS, ORDERS, SORTS
from duplistat.http import cookies
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.people.preferences import LONGEST, preferences_of, set_preferences
from duplistat.web import language
from duplistat.web.access import local_target, needs, viewer
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext
from duplistat.web.parts import job_columns
from duplistat.web.parts.charts import TYPES
from duplistat.web.parts.job_columns import COLUMNS, Column
from duplistat.web.redirects import to

# What pages go by, of whoever looks; a person who is signed in has a preference as well.
THEME_COOKIE = "duplistat_theme"
THEMES = ("light", "dark")
# What can be preferred, and what each may be.
CHOICES = {"group": GROUPS, "sort": SORTS, "order": ORDERS, "view": LAYOUTS}
# The saved view that the overview begins with, by its id.
HOME_VIEW = "home_view"
# The columns of a table of jobs, by their names; instead of them, those that one sees without a choice.
COLUMNS_FIELD, DEFAULT = "columns", "default"
# How charts are drawn.
DRAW = "draw"


def theme() -> str:
    """The colours that this browser was told to show: light, dark, or "" for those of the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def columns_in(values: Iterable[str]) -> tuple[Column, ...]:
    """The columns that some values of COLUMNS_FIELD name, with commas between them; () for those of no choice."""
    names = {name for value in values for name in value[:LONGEST].split(",")}
    return () if DEFAULT in names else job_columns.named(names)


def kept_preferences() -> dict[str, str]:
    """What is remembered of who looks; one statement for each page that asks."""
    signed = viewer().signed
    if signed is None:
        return {}
    if not hasattr(g, "preferences"):
        g.preferences = preferences_of(context().db, signed.user)
    return cast(dict[str, str], g.preferences)


class Preferred(NamedTuple):
    """How the overview is arranged: values of CHOICES, and the columns."""

    group: str
    sort: str
    order: str
    view: str
    columns: tuple[Column, ...]


def preferred() -> Preferred:
    """From the address, else what who looks prefers, else the first of each, and the usual columns."""
    signed, kept = viewer().signed, kept_preferences()
    if "sort" in request.args:
        # The order that is remembered is of another sort.
        kept = {name: value for name, value in kept.items() if name != "order"}
    chosen = {
        name: next((v for v in (request.args.get(name), kept.get(name)) if v in values), values[0])
        for name, values in CHOICES.items()
    }
    columns = columns_in(request.args.getlist(COLUMNS_FIELD) or [kept.get(COLUMNS_FIELD, "")])
    allowed = tuple(column for column in columns if signed or not column.private)
    return Preferred(**chosen, columns=allowed or job_columns.USUAL)


def offered(accounts: bool, groups: bool, private: bool) -> dict[str, list[tuple[str, str]]]:
    """{name: [(value, its words)]} of CHOICES and of the columns, but for those that are the same as another where
    there are no accounts below, or no groups of servers; and without the private columns unless these are wanted."""
    columns = [column for column in COLUMNS if private or not column.private]
    texts = {
        "group": {
            "server": _("Server"),
            "group": _("Group"),
            "account": _("Customer"),
            "none": _("None"),
        },
        "sort": {
            "state": _("Status"),
            "name": _("Name"),
        }
        | {column.name: column.head() for column in columns if column.key},
        "order": {"": pgettext("an order", "Default"), "reverse": pgettext("an order", "Reversed")},
        "view": {"table": _("Table"), "cards": _("Cards")},
        COLUMNS_FIELD: {column.name: column.head() for column in columns},
    }
    if not accounts:
        del texts["group"]["account"]
    if not groups:
        del texts["group"]["group"]
    return {name: list(values.items()) for name, values in texts.items()}


def chart_type() -> str:
    """How charts are drawn: by the address, else as who looks prefers; one of TYPES.

    Raises DuplistatError (invalid) for an address that names none of them.
    """
    asked = request.args.get(DRAW) or kept_preferences().get(DRAW, "")
    if asked and asked not in TYPES:
        raise DuplistatError(Kind.INVALID, f"?{DRAW}= must be one of {', '.join(TYPES)}")
    return asked or TYPES[0]


@needs(Role.VIEWER)
def preferences() -> ResponseReturnValue:
    """Keep what was chosen, and go back to where it was."""
    signed = viewer().signed
    offered = CHOICES | {"checklist": ("hidden",), DRAW: TYPES}
    changes = {name: request.form[name] for name in offered if request.form.get(name) in offered[name]}
    if COLUMNS_FIELD in request.form:
        names = [column.name for column in columns_in(request.form.getlist(COLUMNS_FIELD))]
        changes[COLUMNS_FIELD] = ",".join(names)
    if (spoken := request.form.get("language", "")) in language.LANGUAGES:
        changes["language"] = spoken
    if wanted := request.form.get("theme", ""):
        changes["theme"] = wanted if wanted in THEMES else ""
    if changes and signed:
        context().writes.run(set_preferences, user=signed.user, changes=changes)
    response = to(local_target(request.form.get("next", "")))
    language.keep(response, spoken)
    if wanted:
        kept = wanted if wanted in THEMES else ""
        cookies.give(response, THEME_COOKIE, kept, seconds=language.YEAR_SECONDS if kept else 0, hidden=False)
    return response
