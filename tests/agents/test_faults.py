"""Whatever goes wrong with an agent is one clear sentence, in bounded time."""

import socket
import threading
import time
from collections import deque

import pytest

from duplistat.agents.duplicati import Address, AgentError, connect
from tests.agents.conftest import Serve, call, failure, no_port
from tests.support.duplicati_server import DuplicatiServer

# Seconds to connect, and for an answer: a server that is not at fault has answered by then.
QUICK = (5.0, 1.0)


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("500", "protocol", "it answered 500 “Object reference not set”"),
        ("locked", "busy", "its database is locked: an operation uses it"),
        ("hang", "timeout", "no answer within 1 s"),
        ("closes", "protocol", "it closed the connection in the middle of its answer"),
        ("not json", "protocol", "it answered something that is no JSON"),
        ("huge", "size", "its answer is larger than 32 MB"),
        (
            "redirect",
            "protocol",
            "it redirects to “http://127.0.0.1:1/elsewhere”, which is not followed",
        ),
        ("wrong password", "password", "it ended the sign-in"),
    ],
)
def test_a_fault_is_one_sentence(server: DuplicatiServer, fault: str, kind: str, reason: str) -> None:
    server.fault, server.fault_at = fault, "systeminfo"
    error = failure(server, timeout=QUICK)
    assert (error.kind, error.reason) == (kind, reason)


def test_a_slow_answer_is_waited_for(server: DuplicatiServer) -> None:
    server.fault = "slow"
    with call(server) as agent:
        assert agent.system().machine_name == "nas"


def test_after_a_fault_the_same_agent_can_be_asked_again(server: DuplicatiServer) -> None:
    server.fault_at = "systeminfo"
    with call(server, timeout=QUICK) as agent:
        for fault in ("500", "hang", "closes", "huge", ""):
            server.fault = fault
            if fault:
                with pytest.raises(AgentError):
                    agent.system()
            else:
                assert agent.system().machine_name == "nas"


def test_a_server_that_drips_is_left_in_time(server: DuplicatiServer) -> None:
    server.fault, server.fault_at = "drip", "systeminfo"
    began = time.monotonic()
    assert failure(server, timeout=(0.5, 0.3)).reason == "its answer was not complete after 1.4 s"
    assert time.monotonic() - began < 5


def test_all_that_is_asked_comes_to_an_end_together(server: DuplicatiServer) -> None:
    with call(server, limit=1.0) as agent:
        server.fault, server.pace = "slow", 0.4
        began = time.monotonic()
        with pytest.raises(AgentError) as caught:
            deque(iter(agent.system, None), maxlen=0)
        assert time.monotonic() - began < 5
        assert (caught.value.kind, caught.value.reason) == (
            "timeout",
            "it did not come to an end within 1 s",
        )
        asked = len(server.seen)
        with pytest.raises(AgentError):
            agent.system()
        assert (agent.left < 0, len(server.seen)) == (True, asked)


@pytest.mark.parametrize("sent", [b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: "])
def test_a_server_that_drips_its_head_is_left_in_time(sent: bytes) -> None:
    with _socket_server(sent, then=b"1") as port:
        began = time.monotonic()
        with pytest.raises(AgentError) as caught:
            connect(Address("127.0.0.1", port), deny=(), timeout=(0.5, 0.3))
    assert (caught.value.kind, caught.value.reason) == (
        "timeout",
        "its answer was not complete after 1.4 s",
    )
    assert time.monotonic() - began < 5


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with _socket_server(b"") as port, pytest.raises(AgentError) as caught:
        connect(Address("127.0.0.1", port), deny=(), timeout=(0.5, 0.2))
    assert (caught.value.kind, caught.value.reason) == ("timeout", "no answer within 0.2 s")


def test_a_server_that_speaks_something_else_is_told() -> None:
    with _socket_server(b"SSH-2.0-OpenSSH_9.2\r\n", close=True) as port, pytest.raises(AgentError) as caught:
        connect(Address("127.0.0.1", port), deny=(), timeout=(0.5, 0.5))
    assert caught.value.kind == "protocol"


def test_a_port_that_nothing_listens_on_is_told() -> None:
    with pytest.raises(AgentError) as caught:
        connect(Address("127.0.0.1", no_port()), deny=())
    assert (caught.value.kind, caught.value.reason) == (
        "unreachable",
        "the connection was refused: nothing listens on this port",
    )


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    server = serve()
    with call(server) as agent:
        server.fault = "redirect"
        with pytest.raises(AgentError, match="not followed"):
            agent.jobs()
    assert not [path for _, path, _ in server.seen if "elsewhere" in path]


class _socket_server:
    """Sends some bytes to whoever has sent something, then `then` again and again; or closes."""

    def __init__(self, sent: bytes, *, then: bytes = b"", close: bool = False) -> None:
        self._sent, self._then, self._close = sent, then, close
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()

    def __enter__(self) -> int:
        threading.Thread(target=self._accept, daemon=True).start()
        port: int = self._socket.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line:
            try:
                line.recv(65536)
                line.sendall(self._sent)
                while not self._close and not self._over.wait(0.05):
                    line.sendall(self._then)
            except OSError:
                return
