"""One request, one answer: bounded in time and size, to the checked address only, no redirect followed."""

import ssl
import threading
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import unquote

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from duplistat.agents.address import AgentError
from duplistat.agents.failures import colons, explained
from duplistat.agents.guard import literal
from duplistat.agents.wire import Wire, seconds, unverified
from duplistat.core import agent_words as words
from duplistat.core.i18n import Text

MOST_BYTES = 32 * 1024 * 1024
# A whole request may take so many times the time that we wait for bytes: a server can drip.
WHOLE = 3
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """`location` is where a redirect points to, or ""."""

    status: int
    body: bytes
    location: str


class Transport:
    """An agent as something to send requests to. It is used by one thread, and closed in the end.

    `fingerprint` is empty, or 64 digits in lower case: then any authority's word counts for nothing.
    """

    def __init__(self, wire: Wire, port: int, *, tls: bool, fingerprint: str = "") -> None:
        self._wire = wire
        self._fingerprint = fingerprint
        self._verify = not fingerprint
        self.scheme = "https" if tls else "http"
        self._authority = _authority(wire.host, port)
        self._port = port
        self._host = self._authority
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self._session = requests.Session()
        # No proxy, no .netrc: what was checked is what is called.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount(f"{self.scheme}://", _Adapter(wire, tls, fingerprint))

    def send(self, method: str, path: str, *, json: Any = None, form: dict[str, str] | None = None) -> Answer:
        """What it answers, whatever the status. Raises AgentError; that of kind size leaves it usable.

        Duplicati refuses names that it was not told of, but never an IP address: then it is asked once more
        under that.
        """
        answer = self._send(method, path, json, form)
        if answer.status == 403 and self._host == self._authority and not literal(self._wire.host):
            self._host = _authority(self._wire.targets[0][0], self._port)
            answer = self._send(method, path, json, form)
        return answer

    @property
    def left(self) -> float:
        """How many seconds are left for all requests together."""
        return self._wire.left

    def close(self) -> None:
        self._session.close()
        self._wire.close()

    def _send(self, method: str, path: str, json: Any, form: dict[str, str] | None) -> Answer:
        self._wire.require_time()
        connect, read = self._wire.timeout
        whole = min(WHOLE * read + connect, self._wire.left)
        late = threading.Event()

        def cut() -> None:
            late.set()
            self._wire.cut()

        watchdog = threading.Timer(whole, cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            with self._session.request(
                method,
                f"{self.scheme}://{self._authority}{path}",
                json=json,
                data=form,
                headers=self._all_headers(),
                allow_redirects=False,
                verify=self._verify,
                timeout=(connect, read),
                stream=True,
            ) as response:
                answer = self._read(response)
            # A body that ends with its connection looks whole when it was cut.
            if late.is_set():
                raise TimeoutError
            return answer
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as e:
            if late.is_set():
                self._wire.require_time()
                raise AgentError("timeout", Text(words.INCOMPLETE, time=seconds(whole))) from None
            problem = explained(e, silent=Text(words.NO_ANSWER, time=seconds(read)), pinned=self._fingerprint)
            if problem.kind == "certificate" and self._verify and (shown := self._wire.fingerprint()):
                reason = Text(words.FINGERPRINT, problem=problem.reason, fingerprint=colons(shown))
                problem = AgentError("certificate", reason)
            raise problem from None
        finally:
            watchdog.cancel()

    def _all_headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        xsrf = self.cookies.get("xsrf-token")
        return {
            "Host": self._host,
            "Accept": "application/json",
            # Nothing to unpack, so nothing grows.
            "Accept-Encoding": "identity",
            **({"Cookie": cookies} if cookies else {}),
            **({"X-XSRF-Token": unquote(xsrf)} if xsrf else {}),
            **self.headers,
        }

    def _read(self, response: requests.Response) -> Answer:
        # The cookies are kept by hand: a clock that is wrong over there must not expire them here.
        for line in response.raw.headers.getlist("Set-Cookie"):
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise AgentError("protocol", words.COMPRESSED)
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > MOST_BYTES:
                raise AgentError("size", Text(words.TOO_LARGE, size=MOST_BYTES // 1024**2))
        return Answer(response.status_code, bytes(body), response.headers.get("Location", ""))


class _Adapter(HTTPAdapter):
    """requests over connections of a wire."""

    def __init__(self, wire: Wire, tls: bool, fingerprint: str) -> None:
        self._wire = wire
        self._tls = tls
        self._fingerprint = fingerprint
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._fingerprint:
            kwargs |= {"ssl_context": unverified(), "assert_fingerprint": self._fingerprint}
        elif self._tls:
            # The authorities of this machine; requests adds those that it brings along.
            kwargs |= {"ssl_context": ssl.create_default_context()}
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._wire)


def _pools(wire: Wire) -> dict[str, Any]:
    """Pools whose connections go where the wire goes, whatever name they are for.

    The name still decides about the certificate and the Host header.
    """

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return wire.open()

    class Tls(HTTPSConnection):
        def _new_conn(self) -> Any:
            return wire.open()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _authority(host: str, port: int) -> str:
    return f"[{host.partition('%')[0]}]:{port}" if ":" in host else f"{host}:{port}"
