"""Who is signed in."""

from dataclasses import dataclass
from enum import StrEnum

CONTACT = "contact"


class Role(StrEnum):
    """What a person may do. `CONTACT` is of a child account, and sees what is assigned to that."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    CONTACT = CONTACT

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this role may do what the other one may."""
        return _RANK[self] >= _RANK[other]


_RANK = {Role.CONTACT: 0, Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """A person with a session. `account` is the one that the person acts for; a contact's is a child account."""

    user: int
    account: int
    email: str
    name: str
    role: str
    # Names the session, so that others can be ended and this one kept.
    session: str

    @property
    def is_contact(self) -> bool:
        return self.role == CONTACT
