"""One request, one answer: bounded in time and size, to the checked address only, no redirect followed."""

import io
import logging
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import IO, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from duplistat.core import outbound_words as words
from duplistat.core.i18n import Text
from duplistat.outbound.failures import OutboundError, colons, explained
from duplistat.outbound.wire import Wire, seconds, unverified

MOST_BYTES = 32 * 1024 * 1024
# A whole request may take so many times the time that we wait for bytes: a server can drip.
WHOLE = 3
_CHUNK = 64 * 1024

# Its lines name paths, which are secrets of receivers; what went wrong is raised.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """`location` is where a redirect points to, or ""; `cookies` are lines of Set-Cookie as they came."""

    status: int
    body: bytes
    location: str = ""
    retry_after: str = ""
    cookies: tuple[str, ...] = ()


class Transport:
    """A machine as something to send requests to. It is used by one thread, and closed in the end.

    `fingerprint` is empty, or 64 digits in lower case: then any authority's word counts for nothing. With
    `names_fingerprint` a certificate that is not trusted is told with the one to pin. `beginning` is
    the size in bytes at which the reading of an answer ends: the status is what matters then, and what is cut or
    late behind it does not. With None all of it is read, or OutboundError raised.
    """

    def __init__(
        self,
        wire: Wire,
        port: int,
        *,
        tls: bool,
        fingerprint: str = "",
        names_fingerprint: bool = False,
        beginning: int | None = None,
    ) -> None:
        self._wire = wire
        self._fingerprint = fingerprint
        self._verify = not fingerprint
        self._names_fingerprint = names_fingerprint and not fingerprint
        self._beginning = beginning
        self.scheme = "https" if tls else "http"
        self._authority = authority(wire.host, port)
        # Whether any byte of a request was handed over to the other end, or may have been.
        self.sent = False
        self._session = requests.Session()
        # No proxy, no .netrc: what was checked is what is called.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount(f"{self.scheme}://", _Adapter(self, wire, tls, fingerprint))

    @property
    def reads_whole(self) -> bool:
        """Whether an answer that is cut or late is none."""
        return self._beginning is None

    @property
    def left(self) -> float:
        """How many seconds are left for all requests together."""
        return self._wire.left

    def close(self) -> None:
        self._session.close()
        self._wire.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        data: bytes | dict[str, str] | None = None,
    ) -> Answer:
        """What is answered, whatever the status. `data` is a body, or the fields of a form.

        Raises OutboundError; that of kind size leaves the transport usable.
        """
        return self._request(method, path, headers, json, data, None, MOST_BYTES)

    def download(self, path: str, *, headers: Mapping[str, str], file: IO[bytes], most: int) -> int:
        """GET, with what is answered written to a file; the status. Raises OutboundError: size for more than `most`."""
        return self._request("GET", path, headers, None, None, file, most).status

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        json: Any,
        data: bytes | dict[str, str] | None,
        file: IO[bytes] | None,
        most: int,
    ) -> Answer:
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
                data=data,
                # Nothing to unpack, so nothing grows.
                headers={"Host": self._authority, "Accept-Encoding": "identity", **headers},
                allow_redirects=False,
                verify=self._verify,
                timeout=(connect, read),
                stream=True,
            ) as response:
                if file is not None:
                    _copy(response, file, most)
                    body = b""
                else:
                    body = self._whole(response) if self.reads_whole else self._first(response)
                answer = _answer(response, body)
            # A body that ends with its connection looks whole when it was cut.
            if late.is_set() and self.reads_whole:
                raise TimeoutError
            return answer
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as e:
            if late.is_set():
                self._wire.require_time()
                raise OutboundError("timeout", Text(words.INCOMPLETE, time=seconds(whole))) from None
            problem = explained(e, silent=Text(words.NO_ANSWER, time=seconds(read)), pinned=self._fingerprint)
            may_name = problem.kind == "certificate" and self._names_fingerprint
            if may_name and (shown := self._wire.fingerprint()):
                reason = Text(words.FINGERPRINT, problem=problem.reason, fingerprint=colons(shown))
                problem = OutboundError("certificate", reason)
            raise problem from None
        finally:
            watchdog.cancel()

    def _whole(self, response: requests.Response) -> bytes:
        body = io.BytesIO()
        _copy(response, body, MOST_BYTES)
        return body.getvalue()

    def _first(self, response: requests.Response) -> bytes:
        body = bytearray()
        try:
            for chunk in response.raw.stream(self._beginning, decode_content=False):
                body += chunk
                if len(body) >= (self._beginning or 0):
                    break
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            pass
        # What was not read is in the way of a further request.
        self._wire.cut()
        return bytes(body[: self._beginning])


def _copy(response: requests.Response, file: IO[bytes], most: int) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OutboundError("protocol", words.COMPRESSED)
    size = 0
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        size += len(chunk)
        if size > most:
            raise OutboundError("size", Text(words.TOO_LARGE, size=most // 1024**2))
        file.write(chunk)


def authority(host: str, port: int) -> str:
    """A host and its port as an URL and the Host header have them."""
    return f"[{host.partition('%')[0]}]:{port}" if ":" in host else f"{host}:{port}"


def _answer(response: requests.Response, body: bytes) -> Answer:
    return Answer(
        response.status_code,
        body,
        response.headers.get("Location", ""),
        response.headers.get("Retry-After", ""),
        tuple(response.raw.headers.getlist("Set-Cookie")),
    )


class _Adapter(HTTPAdapter):
    """requests over connections of a wire."""

    def __init__(self, transport: Transport, wire: Wire, tls: bool, fingerprint: str) -> None:
        self._transport = transport
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
        self.poolmanager.pool_classes_by_scheme = _pools(self._transport, self._wire)


def _pools(transport: Transport, wire: Wire) -> dict[str, Any]:
    """Pools whose connections go where the wire goes, whatever name they are for.

    The name still decides about the certificate and the Host header.
    """

    class Begun(HTTPResponse):
        """Where only the beginning is read, an answer that breaks off behind its status is that status.

        `cut` is seen as the end of the answer, or as a reset when the other end has sent more before we look.
        """

        def begin(self) -> None:
            try:
                super().begin()
            except OSError:
                if transport.reads_whole or not isinstance(self.status, int):
                    raise
                self.headers = self.msg = HTTPMessage()
                self.chunked, self.length, self.will_close = False, None, True

    class Plain(HTTPConnection):
        response_class = Begun

        def _new_conn(self) -> Any:
            return wire.open()

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            transport.sent = True
            super().send(data)

    class Tls(Plain, HTTPSConnection):
        """The same with TLS, which comes second in line for what Plain does not say."""

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
