"""The key with which links in messages are signed: that of stored passwords, which every process of ours has."""

from duplistat.config import Config
from duplistat.core.alerts import links
from duplistat.core.alerts.links import Link, Verb
from duplistat.services.configuration import secrets


def url(config: Config, *, uid: str, verb: Verb, recipient: int = 0, now: int) -> str:
    """A signed link to us. Raises DuplistatError (unavailable) without a key."""
    key = secrets.keys_or_new(config)[0]
    token = links.sign(key.encode("ascii"), uid=uid, verb=verb, recipient=recipient, now=now)
    return f"{config.own_url}{links.PATH}{token}"


def read(config: Config, token: str, now: int) -> Link | None:
    """What a link says, also one that was signed before the key was changed; None for one that is not good.

    Raises DuplistatError (unavailable) without a key.
    """
    for key in secrets.keys(config):
        found = links.read(key.encode("ascii"), token, now)
        if found is not None:
            return found
    return None
