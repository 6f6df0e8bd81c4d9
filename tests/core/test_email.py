"""What is an e-mail address."""

import pytest

from duplistat.core.email import normal


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jo@example.org", "jo@example.org"),
        (" Jo.Do+tag@Sub.Example.ORG\n", "jo.do+tag@sub.example.org"),
        ("root@localhost", "root@localhost"),
        ("o'neil_x-1@example.co.uk", "o'neil_x-1@example.co.uk"),
        ("jürgen@münchen.de", "jürgen@münchen.de"),
        ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
    ],
)
def test_an_address_is_taken_in_lower_case(text: str, found: str) -> None:
    assert normal(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *["", "jo", "@", "jo@", "@example.org", "a@b@c", "a b@example.org", "a@exa mple.org", "a@-x.org"],
        *["a@example..org", "a@.example.org", "a@example.org.", ".a@example.org", "a..b@example.org"],
        *["<a@example.org>", "Jo <a@example.org>", "a@example.org,b@example.org", '"a"@example.org'],
        *["a@example.org\r\nBcc: b@example.org", "a\0@example.org", "a\x1b@example.org", "a@[127.0.0.1]"],
        *["a\u2028b@example.org", "a\ufffd\u202e@example.org", f"{'a' * 250}@example.org", "a@x_y-.org"],
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert normal(text) is None
