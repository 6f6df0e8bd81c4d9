"""Addresses that are not called, whatever they are called."""

import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from duplistat.agents.duplicati import Address, AgentError, connect
from duplistat.agents.failures import as_agent_errors
from duplistat.config import Agents
from duplistat.outbound import embedded, guard
from duplistat.outbound.failures import OutboundError
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


def at_each_length(ipv4: str, prefix: str = "2a01:1234:5678:9abc::", suffix: int = 0) -> list[str]:
    """IPv6 addresses that NAT64 would take for an IPv4 one, each with a prefix of another length (RFC 6052)."""
    found = []
    for length in (32, 40, 48, 56, 64, 96):
        octets = bytearray(IPv6Address(prefix).packed)
        octets[15] = suffix if length < 96 else 0
        places = [at for at in range(length // 8, 16) if at != 8 or length == 96][:4]
        for at, octet in zip(places, IPv4Address(ipv4).packed, strict=True):
            octets[at] = octet
        found.append(str(IPv6Address(bytes(octets))))
    return found


def refusal(host: str, *deny: str, allow: tuple[str, ...] = (), public_only: bool = False) -> str:
    """Why an address is not called; "" when it is."""
    try:
        with as_agent_errors():
            guard.resolve(host, 80, deny, allow, public_only=public_only)
    except AgentError as e:
        return e.reason if e.kind == "refused" else f"{e.kind}: {e.reason}"
    return ""


def test_an_address_inside_is_where_the_standard_says() -> None:
    # RFC 6052, 2.4.
    assert at_each_length("192.0.2.33", "2001:db8:122:344::")[-3:] == [
        "2001:db8:122:3c0:0:221::",
        "2001:db8:122:344:c0:2:2100:0",
        "2001:db8:122:344::c000:221",
    ]
    for text in ("2001:db8:c000:221::", "2001:db8:1c0:2:21::", "2001:db8:122:c000:2:2100::"):
        assert IPv4Address("192.0.2.33") in list(embedded.possible(IPv6Address(text)))


@pytest.mark.parametrize("host", at_each_length("169.254.169.254"))
def test_a_denied_address_is_refused_behind_a_prefix_of_any_length(host: str) -> None:
    assert "169.254.0.0/16 of [agents] deny" in refusal(host, *DENY)
    assert refusal(host) == ""


@pytest.mark.parametrize("host", at_each_length("169.254.169.254", "64:ff9b:1::", suffix=7)[2:])
def test_behind_a_prefix_for_local_use_nothing_has_to_be_zero(host: str) -> None:
    assert "169.254.0.0/16 of [agents] deny" in refusal(host, *DENY)


@pytest.mark.parametrize(
    "ipv4", ["127.0.0.1", "10.1.2.3", "172.31.255.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"]
)
def test_with_open_registration_private_addresses_are_refused_at_every_length(ipv4: str) -> None:
    for host in (ipv4, *at_each_length(ipv4), *at_each_length(ipv4, "64:ff9b:1::")[2:]):
        assert "[agents] allow opens it" in refusal(host, public_only=True), host


@pytest.mark.parametrize(
    "host",
    [
        "127.8.8.8", "::1", "0.0.0.0", "::", "10.255.0.1", "172.16.0.1", "192.168.0.1", "100.127.1.1", "169.254.1.1",
        "fe80::1", "fec0::1", "fc00::1", "fdab::1", "ff02::1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
        "192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "100::1", "198.18.0.1", "192.0.0.8",
        "::ffff:10.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1", "2002:a00:1::1", "64:ff9b::10.0.0.1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:a00:1:8000:63bf:3fff:fdd2", "2a01::5efe:10.0.0.1",
        "2a01::200:5efe:192.168.0.1", "127.1", "0x7f000001", "2130706433", "[::1]", "017700000001",
    ],
)  # fmt: skip
def test_with_open_registration_what_is_not_public_is_refused(host: str) -> None:
    assert "[agents] allow opens it" in refusal(host, public_only=True)


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.167.1.1", "2001:4860:4860::8888", "2606:4700:4700::1111",
        "2a01:4f8:10a:3b5e::2", "2a01:4f8:a01:22::2", "2a07:a8c0::", "2620:fe::fe", "2a00:1450:4001:829::200e",
        "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8", "2002:808:808::1",
        "2a03:2880:f10c:83:face:b00c:0:25de", "2a01:7f00::1",
    ],
)  # fmt: skip
def test_with_open_registration_public_addresses_are_called(host: str) -> None:
    assert refusal(host, *DENY, public_only=True) == ""


def test_with_closed_registration_private_addresses_are_called() -> None:
    for host in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "fd00::1", "::1", *at_each_length("10.0.0.1")):
        assert refusal(host, *DENY) == ""


def test_a_private_network_is_opened() -> None:
    ours = ("10.0.0.0/8", "fd12::/16")
    for host in ("10.1.2.3", "fd12::1", "::ffff:10.1.2.3", *at_each_length("10.1.2.3")):
        assert refusal(host, *DENY, allow=ours, public_only=True) == ""
    for host in ("192.168.0.1", "127.0.0.1", "fd13::1", *at_each_length("192.168.0.1")):
        assert refusal(host, *DENY, allow=ours, public_only=True)


def test_the_narrower_network_decides_and_of_two_that_are_one_deny() -> None:
    assert refusal("10.1.2.3", "10.0.0.0/8", allow=("10.1.2.0/24",)) == ""
    assert refusal("10.1.3.3", "10.0.0.0/8", allow=("10.1.2.0/24",))
    assert refusal("10.1.2.3", "10.1.2.0/24", allow=("10.0.0.0/8",), public_only=True)
    assert refusal("10.1.2.3", "10.0.0.0/8", allow=("10.0.0.0/8",))
    everything = ("0.0.0.0/0", "::/0")
    assert refusal("192.168.1.1", *DENY, allow=everything, public_only=True) == ""
    assert refusal("169.254.169.254", *DENY, allow=everything, public_only=True)
    assert refusal("169.254.1.1", *DENY, allow=("169.254.1.0/24",)) == ""


def test_an_address_that_is_allowed_itself_is_not_searched_for_others() -> None:
    host = at_each_length("10.0.0.1")[-1]
    assert refusal(host, public_only=True)
    assert refusal(host, allow=("2a01:1234::/32",), public_only=True) == ""
    # Where it is no guess, it counts all the same.
    assert refusal("64:ff9b::10.0.0.1", allow=("64:ff9b::/96",), public_only=True)


def test_all_of_ipv4_denied_leaves_ipv6() -> None:
    assert refusal("2a01:4f8:10a:3b5e::2", "0.0.0.0/0") == ""
    assert refusal("64:ff9b::8.8.8.8", "0.0.0.0/0")


def test_a_private_address_is_told_with_how_to_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal("127.0.0.1", public_only=True) == (
        "this address is not called: 127.0.0.1, which is in 127.0.0.0/8 and not public; [agents] allow opens it"
    )
    names(monkeypatch, ["10.0.0.1", "fd00::1"])
    assert refusal("nas.example", public_only=True) == (
        "this address is not called: nas.example is 10.0.0.1, which is in 10.0.0.0/8 and not public;"
        " [agents] allow opens it"
    )


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
    with pytest.raises(OutboundError) as caught:
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
