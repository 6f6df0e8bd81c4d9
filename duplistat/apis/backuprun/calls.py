"""What a call is, and who may make it."""

from collections.abc import Callable
from dataclasses import dataclass

from duplistat.apis.backuprun.params import Params
from duplistat.apis.backuprun.xml import Element
from duplistat.http.context import Context
from duplistat.services.people.identity import CurrentUser, Role

# Stands for whoever makes a call that needs no session.
NOBODY = CurrentUser(user=0, account=0, email="", name="", role="", session="")
# A viewer looks; an operator does all but say who else may sign in.
STARTS = ("runPolicy",)
OF_PEOPLE = ("addContact", "updateContactData", "removeContact")


@dataclass(frozen=True, slots=True)
class Call:
    """`function` gives the elements behind the status; it raises CallError or DuplistatError.

    Without `needs_session` it is called for NOBODY. `for_contacts`: also a contact may make it.
    """

    function: Callable[[Context, CurrentUser, Params], list[Element]]
    needs_session: bool
    for_contacts: bool


def may(role: str, name: str, call: Call) -> bool:
    """Whether somebody of that role may make a call."""
    if role == Role.ADMIN:
        return True
    if role == Role.OPERATOR:
        return name not in OF_PEOPLE
    if role == Role.VIEWER:
        return call.for_contacts and name not in STARTS
    return call.for_contacts
