"""Types of settings that are more than a text: networks and time zones."""

import ipaddress
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError with a line for whoever wrote it."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as e:
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin") from e


def _zone(name: str) -> str:
    if name:
        zone_named(name)
    return name


Network = Annotated[str, AfterValidator(_network)]
Zone = Annotated[str, AfterValidator(_zone)]
