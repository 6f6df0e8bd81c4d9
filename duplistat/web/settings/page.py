"""What the pages of settings share: their frame, and the accounts to choose from."""

from typing import Any, NamedTuple

from flask import Response

from duplistat.http.context import context
from duplistat.services.accounts.names import labels
from duplistat.store import accounts
from duplistat.store.accounts import Account
from duplistat.web.access import viewer
from duplistat.web.formatting import visible
from duplistat.web.parts import subject_pages
from duplistat.web.settings import menu

# Rows of a list on one page.
ROWS = 100


class Place(NamedTuple):
    """An account in the tree: its name, visible, and how far below the first one it is."""

    account: Account
    name: str
    depth: int

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def indent(self) -> str:
        return "\u2003" * self.depth

    @property
    def option(self) -> tuple[int, str]:
        """As one of several to choose from."""
        return self.id, self.indent + self.name


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page of settings."""
    groups = menu.groups()
    links = [link for group in groups for link in group.links]
    at = subject_pages.here(links)
    return subject_pages.show(f"settings/{template}.html", links, at, status, groups=groups, **values)


def tree() -> list[Place]:
    """The accounts that who looks may see, parents before their children."""
    db = context().db
    top = accounts.by_id(db, viewer().account)
    found = accounts.below(db, top) if top else []
    called = labels({account.id: account.name for account in found})
    return [place_of(account, top, called[account.id]) for account in found] if top else []


def place_of(account: Account, top: Account, label: str = "") -> Place:
    """Where an account stands below another one; `label` tells it from others of its name."""
    return Place(account, visible(label or account.name), account.path.count("/") - top.path.count("/"))
