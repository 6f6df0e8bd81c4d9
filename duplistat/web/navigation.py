"""What the frame of each page leads to: the main navigation, and the keys that do so."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import url_for

from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext

# What all pages of an entry are below, where it has several.
_WITH_MORE = {
    "v": ("web.servers", "web.schedules", "web.calendar", "web.trends", "web.run_list"),
    "a": ("web.alerts", "web.digest", "web.evidence"),
    "s": ("web.settings",),
}


class Link(NamedTuple):
    """An entry of the main navigation: `key` follows g on the keyboard; `current` says that this page is one of it."""

    key: str
    name: str
    address: str
    current: bool


class Shortcut(NamedTuple):
    keys: str
    does: str


def links(here: str, *, signed: bool, customers: bool) -> list[Link]:
    """The main navigation of whoever looks at the address `here`, with or without customers."""
    events = [("e", _("Events"), url_for("web.events"))] if signed else []
    servers = [("v", _("Servers"), url_for("web.servers"))] if signed else []
    partners = [("p", _("Customers"), url_for("web.partners"))] if customers else []
    alerts = [("a", _("Alerts"), url_for("web.alerts"))] if signed else []
    settings = [("s", _("Settings"), url_for("web.settings"))] if signed else []
    found = [("o", _("Overview"), url_for("web.overview")), *servers, *partners, *alerts, *events, *settings]
    path = here.partition("?")[0]
    return [
        Link(key, name, address, path == address or _is_below(path, _WITH_MORE.get(key, ())))
        for key, name, address in found
    ]


def _is_below(path: str, endpoints: Iterable[str]) -> bool:
    return any(f"{path}/".startswith(f"{url_for(endpoint)}/") for endpoint in endpoints)


def fleet_tabs() -> list[tuple[str, str]]:
    """(address, name) of the pages over all servers and jobs, which stand beside each other."""
    return [
        (url_for("web.servers"), _("Servers")),
        (url_for("web.schedules"), _("Schedules")),
        (url_for("web.calendar"), _("Calendar")),
        (url_for("web.trends"), _("Trends")),
    ]


def shortcuts(*, signed: bool, customers: bool) -> list[Shortcut]:
    """What keys do, in the order in which they are listed."""
    found = [
        Shortcut("/", _("search")),
        Shortcut("j k", _("next / previous job")),
        Shortcut("← →", _("previous / next day")),
        Shortcut("Enter", pgettext("a key does this", "open")),
        Shortcut("g o", _("go to Overview")),
    ]
    if signed:
        found += [
            Shortcut("x", _("select or deselect the job, while selecting")),
            Shortcut("g v", _("go to Servers")),
            Shortcut("g a", _("go to Alerts")),
            Shortcut("g e", _("go to Events")),
        ]
    if customers:
        found.append(Shortcut("g p", _("go to Customers")))
    if signed:
        found.append(Shortcut("g s", _("go to Settings")))
    return [*found, Shortcut("?", _("show this help"))]
