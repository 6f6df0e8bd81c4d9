"""Requests to a Duplicati server: its cookies, and the names that it does not know itself by."""

from typing import Any
from urllib.parse import unquote

from duplistat.agents.failures import as_agent_errors
from duplistat.outbound import transport as outbound
from duplistat.outbound.guard import literal
from duplistat.outbound.transport import Answer
from duplistat.outbound.wire import Wire

__all__ = ["Answer", "Transport"]


class Transport:
    """An agent as something to send requests to. It is used by one thread, and closed in the end.

    `fingerprint` is empty, or 64 digits in lower case: then any authority's word counts for nothing.
    """

    def __init__(self, wire: Wire, port: int, *, tls: bool, fingerprint: str = "") -> None:
        self._wire = wire
        self._transport = outbound.Transport(
            wire, port, tls=tls, fingerprint=fingerprint, names_fingerprint=True
        )
        self.scheme = self._transport.scheme
        self._authority = outbound.authority(wire.host, port)
        self._port = port
        self._host = self._authority
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    def send(self, method: str, path: str, *, json: Any = None, form: dict[str, str] | None = None) -> Answer:
        """What it answers, whatever the status. Raises AgentError; that of kind size leaves it usable.

        Duplicati refuses names that it was not told of, but never an IP address: then it is asked once more
        under that.
        """
        answer = self._send(method, path, json, form)
        if answer.status == 403 and self._host == self._authority and not literal(self._wire.host):
            self._host = outbound.authority(self._wire.targets[0][0], self._port)
            answer = self._send(method, path, json, form)
        return answer

    @property
    def left(self) -> float:
        """How many seconds are left for all requests together."""
        return self._transport.left

    def close(self) -> None:
        self._transport.close()

    def _send(self, method: str, path: str, json: Any, form: dict[str, str] | None) -> Answer:
        with as_agent_errors():
            answer = self._transport.request(method, path, headers=self._all_headers(), json=json, data=form)
        # The cookies are kept by hand: a clock that is wrong over there must not expire them here.
        for line in answer.cookies:
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return answer

    def _all_headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        xsrf = self.cookies.get("xsrf-token")
        return {
            "Host": self._host,
            "Accept": "application/json",
            **({"Cookie": cookies} if cookies else {}),
            **({"X-XSRF-Token": unquote(xsrf)} if xsrf else {}),
            **self.headers,
        }
