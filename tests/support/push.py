"""A browser that subscribed to web push, as far as a server sees one: its keys, and what it reads."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class PushBrowser:
    """Its private key and its secret; what it tells a server are `p256dh` and `auth`."""

    own: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    secret: bytes = b"sixteen bytes it"

    @property
    def point(self) -> bytes:
        return self.own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def p256dh(self) -> str:
        return unpadded(self.point)

    @property
    def auth(self) -> str:
        return unpadded(self.secret)

    def read(self, body: bytes) -> bytes:
        """What a message says, by RFC 8188 and 8291; one of another sender or for another browser raises."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, encrypted = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= size
        shared = self.own.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
        info = b"WebPush: info\0" + self.point + sender
        secret = HKDF(SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, encrypted, None)
        assert plain.rstrip(b"\0").endswith(b"\x02")
        return plain.rstrip(b"\0")[:-1]

    def json(self, body: bytes) -> Any:
        return json.loads(self.read(body))
