"""Which versions of Duplicati are older than the newest one on their update channel."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Duplicati's versions have four parts. Those of other tools are shown, and compared with nothing.
_DUPLICATI = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?![.\d])")


class ClientVersion(NamedTuple):
    """What a server reports of its client: `text` as it came; `parts` are () where they cannot be compared; `channel`
    is in lower case, "" where none is reported."""

    text: str
    parts: tuple[int, ...] = ()
    channel: str = ""


def client_version(facts: Mapping[str, str]) -> ClientVersion:
    """The version in the facts of a server (core.report.FACTS); its text is "" for none."""
    text = str(facts.get("agent_version", ""))
    found = _DUPLICATI.match(text)
    parts = tuple(map(int, found.groups())) if found else ()
    return ClientVersion(text, parts, str(facts.get("update_channel", "")).strip().casefold())


def newest_of_channels(versions: Iterable[ClientVersion]) -> dict[str, ClientVersion]:
    """{channel: the newest version that is reported on it}."""
    newest: dict[str, ClientVersion] = {}
    for one in versions:
        if one.parts and (one.channel not in newest or one.parts > newest[one.channel].parts):
            newest[one.channel] = one
    return newest


def is_outdated(one: ClientVersion, newest: Mapping[str, ClientVersion]) -> bool:
    return bool(one.parts) and one.channel in newest and one.parts < newest[one.channel].parts


def order_key(one: ClientVersion) -> str | None:
    """A text that sorts as a version does, as no part has more than nine digits; None for none."""
    if one.parts:
        return ".".join(f"{part:09}" for part in one.parts)
    return one.text.casefold() or None
