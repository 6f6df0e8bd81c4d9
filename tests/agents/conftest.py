"""Simulated Duplicati servers on real sockets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from duplistat.agents.duplicati import Address, Agent, AgentError, connect
from tests.support.certificates import Certificate, self_signed
from tests.support.duplicati_server import DuplicatiServer

# To connect, to wait for bytes: seconds.
PATIENT = (5.0, 10.0)
Serve = Callable[..., DuplicatiServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that answers until the test ends."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(DuplicatiServer(**how))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(params=[False, True], ids=["2.2", "2.0"])
def server(request: pytest.FixtureRequest, serve: Serve) -> DuplicatiServer:
    """Of each generation, with the password `s3cret`."""
    return serve(old=request.param, password="s3cret")


def call(
    server: DuplicatiServer,
    *,
    host: str = "127.0.0.1",
    password: str = "s3cret",
    deny: tuple[str, ...] = (),
    timeout: tuple[float, float] = PATIENT,
    fingerprint: str = "",
    limit: float = 60,
) -> Agent:
    return connect(Address(host, server.port, password, fingerprint), deny=deny, timeout=timeout, limit=limit)


def failure(server: DuplicatiServer, **how: Any) -> AgentError:
    """What is wrong when a server is asked who it is."""
    with pytest.raises(AgentError) as caught, call(server, **how) as agent:
        agent.system()
    return caught.value


def no_port() -> int:
    """A port that nothing listens on."""
    server = DuplicatiServer()
    with server:
        return server.port
