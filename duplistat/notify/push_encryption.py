"""What web push takes to encrypt a message for one browser (RFC 8291), and to say who sends it (VAPID, RFC 8292)."""

import base64
import binascii
import json
import struct

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# The whole message is one record of this size at most.
RECORD = 4096
# Seconds for which a push service may take our word that we sent it; a day at most.
WORD_LASTS = 12 * 3600


def new_key() -> str:
    """A private key to sign with, as `vapid` takes it."""
    return encoded(generate_private_key(SECP256R1()).private_numbers().private_value.to_bytes(32, "big"))


def public_key(private: str) -> str:
    """What browsers are told of a private key, so that they take messages of its owner alone."""
    return encoded(_public(_private(private)))


def check_subscription(p256dh: str, auth: str) -> None:
    """Raises ValueError for what are no keys of a browser's subscription."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decoded(p256dh))
        right = len(decoded(auth)) == 16
    except ValueError:
        right = False
    if not right:
        raise ValueError("these are no keys of a subscription")


def encrypted(plain: bytes, *, p256dh: str, auth: str, sender: str, salt: bytes) -> bytes:
    """The body of a push message that only this browser can read.

    `sender` is a private key, and `salt` 16 bytes, both for this message alone. Raises ValueError for keys that are
    none.
    """
    receiver, own = decoded(p256dh), _private(sender)
    point = _public(own)
    shared = own.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), receiver))
    secret = _derived(shared, decoded(auth), b"WebPush: info\0" + receiver + point, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack(">IB", RECORD, len(point)) + point
    # 2: nothing comes after this record.
    return head + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def vapid(private: str, *, audience: str, subject: str, now: int) -> str:
    """The header Authorization for a push service: `audience` is its origin, `subject` how to reach who sends, or "".

    `now` in seconds.
    """
    claims = {"aud": audience, "exp": now + WORD_LASTS, **({"sub": subject} if subject else {})}
    head = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
    key = _private(private)
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encoded(_public(key))}"


def encoded(data: bytes) -> str:
    """Bytes in base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """What `encoded` made a text of. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None


def _private(text: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(decoded(text), "big"), SECP256R1())


def _public(key: EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
