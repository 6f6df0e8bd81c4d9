"""Types of settings that are more than a text: networks, time zones, storage locations; and what a section is."""

import ipaddress
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


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


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Location(Section):
    """[[locations]]: where a service stores its backups, as /api.php tells it."""

    id: int = Field(ge=0, le=2**31 - 1)
    name: str
    url: str = ""
    hostname: str = ""
    ip: str = ""
    http_port: int = Field(80, ge=1, le=65535)
    https_port: int = Field(443, ge=1, le=65535)
    special: bool = False


LOCATIONS = (
    Location(id=527, name="Washington"),
    Location(id=528, name="Los Angeles"),
    Location(id=529, name="Frankfurt"),
    Location(id=530, name="Bucharest"),
)
