"""Addresses of web interfaces: http and https alone, without a name or password."""

import pytest

from duplistat.core.web_address import web_address_of


@pytest.mark.parametrize(
    "text",
    ["https://nas.example", "http://10.0.0.5:8200/", "http://[2001:db8::5]:8200/ngclient/#/a?b=c", ""],
)
def test_an_address_is_kept_as_it_was_typed(text: str) -> None:
    assert web_address_of(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "javascript:alert(1)",
            "ftp://nas.example",
            "nas.example",
            "//nas.example",
            "https://",
            "https:nas",
        ),
        *("https://ada@nas.example", "https://ada:secret@nas.example", "https://nas.example:0/"),
        *(
            "https://nas.example:99999/",
            "https://300.1.1.1/",
            "https://nas example/",
            "https://nas.example/\u202e",
        ),
        *(
            'https://nas.example/"onclick',
            "https://nas.example/<b>",
            "https://[::1",
        ),
        "https://nas.example/" + "a" * 1000,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert web_address_of(text) is None
