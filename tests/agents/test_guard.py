"""Addresses that are not called, whatever they are called."""

import socket
from typing import Any

import pytest

from duplistat.agents import guard
from duplistat.agents.duplicati import Address, AgentError, connect
from duplistat.config import Agents
from tests.agents.conftest import Serve, call, failure, no_port
from tests.support.duplicati_server import DuplicatiServer

DENY = Agents().deny


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to these addresses, one list after the other; the names that were asked for."""
    asked: list[str] = []
    real, waiting = socket.getaddrinfo, list(answers)

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        found = waiting.pop(0) if waiting else answers[-1]
        return [entry for address in found for entry in real(address, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "[::ffff:a9fe:a9fe]",
        "2852039166",
        "0xa9fea9fe",
        "169.254.43518",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "::ffff:0:169.254.169.254",
        "fe80::1%lo",
        "fd00:ec2::254",
        "100.100.100.200",
    ],
)
def test_a_denied_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(AgentError) as caught:
        connect(Address(host, 80), deny=DENY)
    assert caught.value.kind == "refused"
    assert "of [agents] deny" in caught.value.reason


def test_the_reason_names_address_and_network(server: DuplicatiServer) -> None:
    error = failure(server, deny=("10.0.0.0/8", "127.0.0.0/8"))
    assert (error.kind, error.reason) == (
        "refused",
        "this address is not called: 127.0.0.1, which is in 127.0.0.0/8 of [agents] deny",
    )
    assert server.seen == []


@pytest.mark.parametrize(
    "host", ["localhost", "0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:0:0", "127.1"]
)
def test_this_machine_has_many_names(server: DuplicatiServer, host: str) -> None:
    assert failure(server, host=host, deny=("127.0.0.0/8", "::1/128")).kind == "refused"
    assert server.seen == []


def test_a_name_is_refused_for_what_it_resolves_to(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["169.254.169.254"])
    assert failure(serve(), host="metadata.example", deny=DENY).reason == (
        "this address is not called: metadata.example is 169.254.169.254,"
        " which is in 169.254.0.0/16 of [agents] deny"
    )


def test_of_several_addresses_only_those_that_are_allowed_are_called(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["169.254.169.254", "127.0.0.1"])
    with call(serve(), host="nas.example", deny=DENY) as agent:
        assert agent.system().machine_name == "nas"


def test_of_many_addresses_only_a_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [f"127.0.0.{number}" for number in range(1, 50)])
    assert len(guard.resolve("nas.example", 80, ())) == guard.MOST_TARGETS


def test_a_name_is_resolved_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(password="s3cret")
    server.hosts.add("nas.example")
    asked = names(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    with call(server, host="nas.example", deny=DENY) as agent:
        agent.system()
        server.fault = "closes"
        with pytest.raises(AgentError):
            agent.system()
        server.fault = ""
        assert agent.system().machine_name == "nas"
    assert asked == ["nas.example"]


def test_the_next_address_is_tried_when_the_first_does_not_answer(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["::1", "127.0.0.1"])
    with call(serve(), host="localhost") as agent:
        assert agent.system().machine_name == "nas"


def test_a_name_that_the_agent_does_not_know_is_replaced_by_its_address(
    server: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    with call(server, host="nas.example") as agent:
        assert agent.system().machine_name == "nas"
    sent = [headers["Host"] for _, _, headers in server.seen]
    assert sent[0] == f"nas.example:{server.port}"
    assert set(sent[1:]) == {f"127.0.0.1:{server.port}"}


def test_a_name_that_the_agent_knows_is_sent_as_it_is(
    server: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    server.hosts.add("nas.example")
    with call(server, host="nas.example") as agent:
        agent.system()
    assert {headers["Host"] for _, _, headers in server.seen} == {f"nas.example:{server.port}"}


@pytest.mark.parametrize(
    "host", ["", "a b", "nas/path", "user@nas", "nas?x", "nas#x", "a\r\nX: y", "x" * 300]
)
def test_what_is_no_name_is_refused_before_it_is_resolved(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = names(monkeypatch, ["127.0.0.1"])
    with pytest.raises(AgentError, match="no host name or IP address"):
        connect(Address(host, 80), deny=())
    assert asked == []


@pytest.mark.parametrize("host", ["nothing.invalid", "a..b", "x" * 80 + ".invalid"])
def test_a_name_without_an_address_is_told(host: str) -> None:
    with pytest.raises(AgentError) as caught:
        guard.resolve(host, 80, ())
    assert caught.value.kind == "unreachable"
    assert caught.value.reason.startswith(f"the name {host} has no address (")


def test_no_proxy_of_the_environment_is_used(
    server: DuplicatiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{no_port()}")
    with call(server) as agent:
        assert agent.system().machine_name == "nas"
    assert {path.startswith("/") for _, path, _ in server.seen} == {True}
