"""People with a browser, or a script with a cookie jar, at /api.php."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from duplistat.http.session_cookie import COOKIE
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from tests.support.known import the_account
from tests.support.site import Site

PASSWORD = "correct horse"


def hashes_computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes of passwords that are computed from here on: what takes time."""
    seen: list[str] = []
    original = PasswordHasher.hash

    def counted(self: PasswordHasher, password: bytes, *, salt: bytes) -> str:
        seen.append(original(self, password, salt=salt))
        return seen[-1]

    monkeypatch.setattr(PasswordHasher, "hash", counted)
    return seen


@dataclass(frozen=True)
class Answer:
    """What /api.php said; `code` is "" when it is ok."""

    response: TestResponse
    root: ElementTree.Element

    @property
    def code(self) -> str:
        status = self.root[0]
        assert status.tag == "status"
        assert status.get("value") == ("error" if status.get("code") else "ok")
        return status.get("code", "")

    @property
    def message(self) -> str:
        return self.root[0].get("message", "")


class Person:
    """Somebody at one address, with the cookies of before."""

    def __init__(self, site: Site, address: str = "127.0.0.1") -> None:
        self.site = site
        self.address = address
        self.client = site.client()
        self.headers: dict[str, str] = {}

    def call(self, name: str, /, **params: str) -> Answer:
        """Make a call, as urlencoded form; what it answered, which is XML in any case."""
        response = self.client.post(
            "/api.php",
            data={"apiCALL": name} | params,
            headers=self.headers,
            environ_base={"REMOTE_ADDR": self.address},
        )
        assert response.content_type == "application/xml; charset=UTF-8"
        return Answer(response, ElementTree.fromstring(response.data))

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> Answer:
        return self.call("login", email=email, password=password, **more)

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie(COOKIE)
        return found.value if found else ""

    @property
    def is_in(self) -> bool:
        """Whether there is a session, by a call that changes nothing."""
        return self.call("updateUserData").code == ""


class People:
    """Makes people on a server under test."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def user(
        self,
        email: str = "jo@example.org",
        *,
        account: str = "main",
        role: Role = Role.ADMIN,
        name: str = "Jo",
    ) -> int:
        owner = the_account(self.site.db, account)
        assert owner is not None
        return users.create(
            self.site.db,
            account=owner,
            email=email,
            name=name,
            password=PASSWORD,
            role=role,
            now=self.site.now(),
        )

    def nobody(self, address: str = "127.0.0.1") -> Person:
        return Person(self.site, address)

    def signed_in(self, email: str = "jo@example.org", **made: Any) -> Person:
        """A new user who signed in."""
        self.user(email, **made)
        person = self.nobody()
        assert person.sign_in(email).code == ""
        return person

    def contact(self, of: Person, email: str = "kim@example.org", **more: str) -> int:
        """The id of a contact that somebody adds."""
        form = {"email": email, "name": "Kim", "password": PASSWORD, "role": "4"} | more
        answer = of.call("addContact", **form)
        assert answer.code == "", answer.message
        return int(answer.root[1].attrib["id"])
