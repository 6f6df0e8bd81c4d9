"""Signed links say what they were signed for, for as long as that holds, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.alerts.links import LIFETIMES, Link, Verb, read, sign

KEY = b"k" * 32
NOW = 1_790_000_000_000
UID = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("verb", Verb)
def test_a_link_says_what_it_was_signed_for(verb: Verb) -> None:
    token = sign(KEY, uid=UID, verb=verb, recipient=7, now=NOW)
    assert read(KEY, token, NOW) == Link(UID, verb, 7, NOW // 1000 + LIFETIMES[verb])
    assert re.fullmatch(r"[\w.-]+", token)  # it needs no escaping in an address


@pytest.mark.parametrize("verb", Verb)
def test_a_link_expires(verb: Verb) -> None:
    token, end = sign(KEY, uid=UID, verb=verb, now=NOW), NOW + LIFETIMES[verb] * 1000
    assert read(KEY, token, end - 1)
    assert read(KEY, token, end) is None


def test_a_link_of_another_key_is_none() -> None:
    assert read(b"other", sign(KEY, uid=UID, verb=Verb.VERIFY, now=NOW), NOW) is None


@given(st.data())
def test_a_changed_link_is_none(data: st.DataObject) -> None:
    token = sign(KEY, uid=UID, verb=Verb.UNSUBSCRIBE, recipient=12, now=NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcxyz0123456789-_.AZ") | st.characters())
    changed = token[:at] + other + token[at + 1 :]
    assert read(KEY, changed, NOW) is None or changed == token


@pytest.mark.parametrize("part", range(5))
def test_parts_of_two_links_make_no_third(part: int) -> None:
    one = sign(KEY, uid=UID, verb=Verb.ACKNOWLEDGE, recipient=1, now=NOW).split(".")
    two = sign(KEY, uid=UID[::-1], verb=Verb.UNSUBSCRIBE, recipient=2, now=NOW + 5000).split(".")
    one[part] = two[part]
    assert read(KEY, ".".join(one), NOW) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "....",
        "a.b.c.d.e",
        "ä" * 60,
        "\ud800",
        "\0",
        "a" * 100_000,
        f"{UID}.verify.1.99.{'A' * 43}\n",
    ],
)
def test_what_is_no_link_is_none(token: str) -> None:
    assert read(KEY, token, NOW) is None


def test_the_last_letter_of_a_signature_cannot_be_another_one() -> None:
    """Of base64's last letter two bits mean nothing; another one with the same meaning is refused all the same."""
    token = sign(KEY, uid=UID, verb=Verb.VERIFY, now=NOW)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [letter for letter in alphabet if read(KEY, token[:-1] + letter, NOW)] == [token[-1]]


@pytest.mark.parametrize("uid", ["", "a.b", "A", "a" * 65, "a/b"])
def test_a_name_that_no_link_can_carry_is_refused(uid: str) -> None:
    with pytest.raises(ValueError, match="no link can carry"):
        sign(KEY, uid=uid, verb=Verb.VERIFY, now=NOW)


@pytest.mark.parametrize("recipient", [-1, 10**19])
def test_a_recipient_that_no_link_can_carry_is_refused(recipient: int) -> None:
    with pytest.raises(ValueError, match="no link can carry"):
        sign(KEY, uid=UID, verb=Verb.VERIFY, recipient=recipient, now=NOW)
