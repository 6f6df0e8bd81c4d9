"""Web push on the wire, by the examples of its standards."""

import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from duplistat.notify import push_encryption
from tests.support.push import PushBrowser, padded, unpadded

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_a_message_is_encrypted_as_in_the_example_of_its_standard() -> None:
    body = push_encryption.encrypted(PLAIN, p256dh=P256DH, auth=AUTH, sender=SENDER, salt=padded(SALT))
    assert unpadded(body) == BODY


def test_the_browser_of_the_example_reads_it_and_no_other_does() -> None:
    own = derive_private_key(int.from_bytes(padded(RECEIVER), "big"), SECP256R1())
    assert PushBrowser(own, padded(AUTH)).read(padded(BODY)) == PLAIN
    with pytest.raises(InvalidTag):
        PushBrowser().read(padded(BODY))


def test_who_sends_is_signed_for_one_push_service_and_for_some_hours() -> None:
    key = push_encryption.new_key()
    header = push_encryption.vapid(
        key, audience="https://push.example.org", subject="mailto:ops@example.org", now=1000
    )
    token, public = header.removeprefix("vapid t=").split(", k=")
    assert public == push_encryption.public_key(key)
    signed, _, signature = token.rpartition(".")
    head, claims = (json.loads(padded(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {
        "aud": "https://push.example.org",
        "exp": 1000 + 12 * 3600,
        "sub": "mailto:ops@example.org",
    }
    raw = padded(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), padded(public)).verify(
        pair, signed.encode(), ECDSA(SHA256())
    )


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        (P256DH[:-4], AUTH),
        (P256DH, ""),
        (P256DH, AUTH[:-4]),
        ("B" * 87, AUTH),
        (P256DH, "ä" * 22),
    ],
)
def test_what_are_no_keys_of_a_browser_is_refused(p256dh: str, auth: str) -> None:
    push_encryption.check_subscription(P256DH, AUTH)
    with pytest.raises(ValueError, match="no keys of a subscription"):
        push_encryption.check_subscription(p256dh, auth)
