"""Somebody with a browser without scripts: looks at pages, and sends the forms that are on them."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.http.session_cookie import COOKIE
from tests.support.people import PASSWORD
from tests.support.site import Site

_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>', re.S)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|type|value)="([^"]*)"')
_TAG = re.compile(r"<(style|script|title)\b.*?</\1>|<[^>]*>", re.S)


class Browser:
    """With cookies of its own, at an address of its own."""

    def __init__(self, site: Site, address: str = "127.0.0.1", **headers: str) -> None:
        self.site = site
        self.client: FlaskClient = site.client()
        self.address = address
        self.headers = headers

    def get(self, path: str, status: int = 200) -> TestResponse:
        response = self.client.get(path, **self._from)
        assert response.status_code == status, (response.status_code, said(response))
        return response

    def text(self, path: str, status: int = 200) -> str:
        """What a page says: without markup, blanks made one."""
        return said(self.get(path, status))

    def send(self, path: str, action: str, status: int = 303, **fields: Any) -> TestResponse:
        """Fill the form on a page whose address is `action` without its query, and send it."""
        return self.post(action, status, **(self.fields(self.get(path), action) | fields))

    def post(self, path: str, status: int, **fields: Any) -> TestResponse:
        response = self.client.post(path, data=fields, **self._from)
        assert response.status_code == status, (response.status_code, said(response))
        return response

    @staticmethod
    def fields(page: TestResponse, action: str) -> dict[str, str]:
        """What a form on a page would send as it stands; boxes are not ticked."""
        for address, inside in _FORM.findall(page.text):
            if unescape(address).partition("?")[0] == action:
                found = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(inside)]
                return {
                    unescape(tag["name"]): unescape(tag.get("value", ""))
                    for tag in found
                    if tag.get("type") not in ("checkbox", "radio") and "name" in tag
                }
        raise AssertionError(f"there is no form for {action}")

    def sign_in(
        self, email: str = "jo@example.org", password: str = PASSWORD, status: int = 303, **more: str
    ) -> TestResponse:
        return self.send("/sign-in", "/sign-in", status, email=email, password=password, **more)

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie(COOKIE)
        return found.value if found else ""

    @property
    def is_in(self) -> bool:
        return self.client.get("/", **self._from).status_code == 200

    @property
    def _from(self) -> Any:
        return {"environ_base": {"REMOTE_ADDR": self.address}, "headers": self.headers}


def said(response: TestResponse) -> str:
    return " ".join(unescape(_TAG.sub(" ", response.text)).split())
