"""What was typed into a form, and what is wrong with it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.datastructures import MultiDict

from duplistat.config import zone_named
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import NAME_LIMIT, capital, clean
from duplistat.core.times import midnight
from duplistat.http.context import context
from duplistat.store import accounts
from duplistat.store.accounts import Account
from duplistat.web import redirects
from duplistat.web.access import viewer
from duplistat.web.formatting import sentence
from duplistat.web.language import gettext as _
from duplistat.web.language import translated

Choice = TypeVar("Choice", bound=str)


class Form:
    """What a request brought, or else `values` to begin with. `wrong` is what to say below a field, "" above all.

    Whoever reads a field notes what is wrong with it, and gets something harmless instead.
    """

    def __init__(self, values: Mapping[str, str | list[str]] | None = None) -> None:
        self._values: MultiDict[str, str] = request.form if values is None else MultiDict(values)
        self.wrong: dict[str, str] = {}

    def typed(self, name: str) -> str:
        return self._values.get(name, "")

    def ticked(self, name: str) -> list[str]:
        """The values of all boxes of that name that were ticked."""
        return self._values.getlist(name)

    def error(self, name: str) -> str:
        return self.wrong.get(name, "")

    def confirmed(self, name: str, field: str = "confirm") -> bool:
        """Whether the name of what is lost was typed, whatever values this form begins with."""
        if redirects.confirmed(name, field):
            return True
        self.wrong[field] = _("The name does not match.")
        return False

    def text(self, name: str, *, missing: str = "", most: int = NAME_LIMIT) -> str:
        """One line without blanks around it; `missing` is what to say when there is none."""
        typed = clean(self.typed(name)).strip()
        if not typed and missing:
            self.wrong[name] = missing
        elif len(typed) > most:
            self.wrong[name] = _("At most %(most)s characters.") % {"most": most}
        return typed

    def number(self, name: str, least: int, most: int) -> int:
        typed = self.typed(name).strip()
        if typed.isascii() and typed.isdecimal() and len(typed) <= 18 and least <= int(typed) <= most:
            return int(typed)
        self.wrong[name] = _("Enter a whole number from %(least)s to %(most)s.") % {
            "least": least,
            "most": most,
        }
        return least

    def day_ends(self, name: str, zone: ZoneInfo) -> int | None:
        """The end (ms) of the day that was chosen; None for none."""
        typed = self.typed(name).strip()
        try:
            day = date.fromisoformat(typed) if typed else None
            return midnight(day, zone, 1) if day else None
        except (ValueError, OverflowError):
            self.wrong[name] = _("Enter a date such as 2027-01-31.")
            return None

    def zone(self, name: str) -> str:
        """The name of a time zone, or ""."""
        typed = self.text(name)
        try:
            if typed:
                zone_named(typed)
        except ValueError:
            self.wrong[name] = _("Enter a time zone such as Europe/Berlin, or leave blank.")
        return typed

    def clock(self) -> ZoneInfo | None:
        """The zone by whose clock its times were shown, where it says that."""
        try:
            return zone_named(self.typed("clock")) if self.typed("clock") else None
        except ValueError:
            return None

    def account(self, name: str = "account") -> Account:
        """The account that was chosen, among those that who looks may see; without a choice their own.

        Raises DuplistatError (not_found) for any other.
        """
        typed = self.typed(name).strip()
        wanted = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 18 else 0
        found = accounts.seen(context().db, viewer().sees, wanted if typed else viewer().account)
        if found is None:
            raise DuplistatError(Kind.NOT_FOUND, "Account not found")
        return found

    def some_of(self, name: str, options: Iterable[Choice], *, missing: str) -> list[Choice]:
        """Those of some options that were ticked, in their order; `missing` is what to say when there are none."""
        ticked = self.ticked(name)
        found = [option for option in options if option in ticked]
        if not found:
            self.wrong[name] = missing
        return found

    def one_of(self, name: str, options: Collection[Choice]) -> Choice:
        typed = self.typed(name)
        found = next((option for option in options if option == typed), None)
        if found is None:
            self.wrong[name] = _("Select one.")
            return next(iter(options))
        return found

    def refuse(self, error: DuplistatError, name: str = "", fields: Mapping[str, str] | None = None) -> None:
        """Note why a change was refused, below the field that the error names, else below `name`.

        `fields` has the names of fields that are called otherwise here. Raises what is no fault of what was typed.
        """
        if error.kind is not Kind.INVALID:
            raise error
        field = (fields or {}).get(error.field, error.field) or name
        self.wrong[field] = sentence(capital(translated(error.text)))
