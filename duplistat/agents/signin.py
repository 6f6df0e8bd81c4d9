"""Duplicati's two ways to sign in, told apart by what it answers.

Since 2.1: a password for a token of 15 minutes. Before: a token against forged requests in a cookie, and a
salted hash of the password; without a password set, that token alone.
"""

import base64
import hashlib
from typing import Any

from duplistat.agents.address import AgentError
from duplistat.agents.answers import object_of, value_of
from duplistat.agents.transport import Answer, Transport
from duplistat.core import agent_words as words
from duplistat.core.i18n import Text

# Light, and behind the sign-in on every version.
STATE = "/api/v1/serverstate"


def sign_in(transport: Transport, password: str) -> None:
    """Give the transport the headers and cookies that later requests need. Raises AgentError."""
    transport.headers.clear()
    transport.cookies.clear()
    first = transport.send("GET", STATE)
    if first.status == 200:
        object_of(first)
        return
    if first.status not in (400, 401) and not 300 <= first.status < 400:
        value_of(first)
        raise AgentError("protocol", Text(words.FIRST_REQUEST, status=first.status))
    for page in ("/", "/login.html"):
        if "xsrf-token" not in transport.cookies:
            transport.send("GET", page)
    if "xsrf-token" in transport.cookies:
        _old(transport, password)
    else:
        _new(transport, password)


def asks_for_sign_in(answer: Answer) -> bool:
    """Whether a request was refused because the sign-in is over."""
    return (
        answer.status == 401
        or (300 <= answer.status < 400 and "login" in answer.location)
        or (answer.status == 400 and b"xsrf" in answer.body[:1000].lower())
    )


def _new(transport: Transport, password: str) -> None:
    if not password:
        raise AgentError("password", words.NO_PASSWORD)
    answer = transport.send("POST", "/api/v1/auth/login", json={"Password": password, "RememberMe": False})
    if answer.status == 401:
        raise AgentError("password", words.WRONG_PASSWORD)
    token = object_of(answer).get("AccessToken")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise AgentError("protocol", words.NO_TOKEN)
    transport.headers["Authorization"] = f"Bearer {token}"


def _old(transport: Transport, password: str) -> None:
    if not asks_for_sign_in(transport.send("GET", STATE)):
        return
    if not password:
        raise AgentError("password", words.NO_PASSWORD)
    salted = object_of(transport.send("POST", "/login.cgi", form={"get-nonce": "1"}))
    answer = transport.send("POST", "/login.cgi", form={"password": _proof(salted, password)})
    if answer.status in (400, 401, 403) or "session-auth" not in transport.cookies:
        raise AgentError("password", words.WRONG_PASSWORD)


def _proof(salted: dict[str, Any], password: str) -> str:
    try:
        nonce, salt = base64.b64decode(salted["Nonce"]), base64.b64decode(salted["Salt"])
    except (KeyError, TypeError, ValueError):
        raise AgentError("protocol", words.NO_NONCE) from None
    hashed = hashlib.sha256(password.encode("utf-8") + salt).digest()
    return base64.b64encode(hashlib.sha256(nonce + hashed).digest()).decode("ascii")
