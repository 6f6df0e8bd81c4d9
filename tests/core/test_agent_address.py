"""Where people say that Duplicati is."""

import pytest

from duplistat.core.agent_address import address_of


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://nas.example.com:8200/ngclient/index.html", ("nas.example.com", 8200)),
        (" http://10.0.0.5:8200/ ", ("10.0.0.5", 8200)),
        ("https://nas", ("nas", 443)),
        ("http://nas", ("nas", 80)),
        ("nas", ("nas", 8200)),
        ("nas:1234", ("nas", 1234)),
        ("[2001:db8::1]:8200", ("2001:db8::1", 8200)),
        ("http://[2001:db8::1]", ("2001:db8::1", 80)),
        ("", None),
        ("https://", None),
        ("ftp://nas", None),
        ("https://nas/duplicati/", None),
        ("https://admin:secret@nas", None),
        ("https://nas:0", None),
        ("https://nas:70000", None),
        ("https://nas:x", None),
        ("https://[::1", None),
        ("not a host", None),
        ("javascript:alert(1)", None),
    ],
)
def test_an_address(typed: str, found: tuple[str, int] | None) -> None:
    assert address_of(typed) == found
