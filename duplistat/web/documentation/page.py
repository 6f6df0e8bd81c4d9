"""GET /docs/…: the documentation of the version that runs here."""

from functools import lru_cache

from flask import render_template, url_for

from duplistat.core.errors import DuplistatError, Kind
from duplistat.web.documentation.files import START, pages
from duplistat.web.documentation.render import Page, render


def page(name: str = START) -> str:
    """A page of the documentation. Raises DuplistatError (not_found)."""
    if name not in pages():
        raise DuplistatError(Kind.NOT_FOUND, "There is no such page of the documentation")
    found = _rendered(name, url_for("web.documentation"))
    return render_template("documentation.html", page=found, start=name == START)


def address_of(name: str) -> str | None:
    """The address of a page; None where there is none of that name."""
    if name not in pages():
        return None
    return url_for("web.documentation", name=None if name == START else name)


@lru_cache(maxsize=100)
def _rendered(name: str, _base: str) -> Page:
    """Each once in a process, for the address that the server has."""
    return render(pages()[name].read_text("utf-8"), name, address_of)
