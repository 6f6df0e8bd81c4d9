"""Whose address a request comes from, when proxies stand between."""

from collections.abc import Callable

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from duplistat.http.caller import address_of, query_to_keep
from tests.support.bodies import sample
from tests.support.site import Site

PROXY = ("10.0.0.0/8", "2001:db8::/32")


def request(address: str, forwarded: str | None = None) -> Request:
    headers = [("X-Forwarded-For", forwarded)] if forwarded is not None else []
    return Request(EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": address}).get_environ())


@pytest.mark.parametrize(
    ("address", "forwarded", "found"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.9, 10.0.0.2, 10.0.0.3", "198.51.100.9"),
        ("10.0.0.1", "10.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "198.51.100.9:51234", "198.51.100.9"),
        ("10.0.0.1", "[2001:db9::1]:443", "2001:db9::1"),
        ("2001:db8::1", "2001:db9::5", "2001:db9::5"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9, <script>", "10.0.0.1"),
        ("10.0.0.1", ",, ,", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.9", "198.51.100.9"),
    ],
)
def test_only_hops_that_trusted_proxies_wrote_are_believed(
    address: str, forwarded: str | None, found: str
) -> None:
    assert address_of(request(address, forwarded), PROXY) == found


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert address_of(request("10.0.0.1", "198.51.100.9"), ()) == "10.0.0.1"


def test_an_address_cannot_be_made_up(make_site: Callable[..., Site]) -> None:
    site = make_site(server={"trusted_proxies": ("10.0.0.0/8",)})
    forged = {"X-Forwarded-For": "203.0.113.66"}
    site.record(sample("01_"), headers=forged, address="192.0.2.1")
    site.record(sample("01_"), headers={"X-Forwarded-For": "203.0.113.66, 192.0.2.2"}, address="10.0.0.1")
    assert [s.name for s in site.servers()] == ["unknown (192.0.2.1)", "unknown (192.0.2.2)"]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a=b&c=d", "a=b&c=d"),
        ("key=s", ""),
        ("a=b&key=s&c=%20d", "a=b&c=%20d"),
        ("key=s&key=t", ""),
        ("k%65y=s&a=b", "a=b"),
        ("monkey=1&key=s", "monkey=1"),
        ("service=V10001&secret=s", "service=V10001"),
        ("s%65cret=s&secret=t&secrets=1", "secrets=1"),
        ("Secret=s&KEY=s&+key=s&a=b", "a=b"),
        ("secret", ""),
        ("", ""),
    ],
)
def test_a_query_is_stored_without_keys_and_secrets(raw: str, kept: str) -> None:
    assert query_to_keep(raw) == kept
