"""Who is signed in."""

from dataclasses import dataclass

CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Signed:
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
