"""Where an agent is, and what can go wrong with it."""

from dataclasses import dataclass, field
from typing import Literal

FailureKind = Literal[
    "refused", "unreachable", "timeout", "certificate", "password", "busy", "size", "protocol"
]


@dataclass(frozen=True)
class Address:
    """A host (a name or an IP address) and a port; `password` is that of the agent's own sign-in.

    `fingerprint` is the SHA-256 of the one certificate that is trusted, in hex with or without colons.
    """

    host: str
    port: int
    password: str = field(default="", repr=False)
    fingerprint: str = ""


class AgentError(Exception):
    """Why an agent could not be asked: `reason` is a sentence for people without a full stop.

    `kind`: refused (by us, before anything was sent), unreachable, timeout, certificate, password, busy
    (try again later), size (more than we take), protocol (it answered, but not what was asked for).
    """

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
