"""Digests as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import Field

from duplistat.apis.native.rule_models import GivenId, Name, Sent
from duplistat.apis.native.values import Count, Cursor, Id, Shape, Time
from duplistat.services.alerts.digests import MOST_CHANNELS

Period = Literal["day", "week", "month"]
Hour = Annotated[int, Field(ge=0, le=23)]
Day = Annotated[int, Field(ge=1, le=31)]
Channels = Annotated[list[GivenId], Field(min_length=1, max_length=MOST_CHANNELS)]
HOUR = "Hour of the day at which it goes out, by the clock of its account"
DAY = "Day of the week (1 is Monday) or of the month (31 is the last one)"


class Digest(Shape):
    """A summary of an account that goes out by the clock, also when all is OK."""

    id: Id = Field(description="Id of the digest", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["Every morning"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(
        description="Id of that account; it is about this one and those below", examples=[1]
    )
    period: Period = Field(description="How often it goes out", examples=["day"])
    hour: int = Field(description=HOUR, examples=[7])
    day: int = Field(description=DAY, examples=[1])
    channels: list[Id] = Field(description="Channels that it goes out by, by id", examples=[[1]])
    skip_unchanged: bool = Field(
        description="Whether it is left out when nothing changed since the last one", examples=[False]
    )
    enabled: bool = Field(description="Whether it is on", examples=[True])
    next_at: Time = Field(description="When it goes out next", examples=["2026-01-29T06:00:00.000Z"])
    last_at: Time | None = Field(description="When it last went out; null for never", examples=[None])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])


class DigestList(Shape):
    """A page of digests, by id."""

    digests: list[Digest] = Field(description="At most `limit`")
    next_cursor: Cursor


class DigestSettingsChanges(Sent):
    """What changes about a digest: what is left out stays."""

    name: Name = Field("", description="Name, unique in its account", examples=["Every morning"])
    period: Period = Field("day", description="How often it goes out", examples=["week"])
    hour: Hour = Field(7, description=HOUR, examples=[7])
    day: Day = Field(1, description=DAY, examples=[1])
    channels: Channels = Field([], description="Channels that it goes out by, by id", examples=[[1]])
    skip_unchanged: bool = Field(
        False, description="Whether it is left out when nothing changed since the last one", examples=[False]
    )
    enabled: bool = Field(True, description="Whether it is on", examples=[True])


class NewDigest(DigestSettingsChanges):
    """A digest to create."""

    name: Name = Field(description="Name, unique in its account", examples=["Every morning"])
    channels: Channels = Field(description="Channels that it goes out by, by id", examples=[[1]])
    account_id: GivenId | None = Field(
        None, description="Account that it is about; null for that of the key", examples=[None]
    )


class HandedOut(Shape):
    """How many messages go out."""

    notices: Count = Field(description="How many", examples=[1])
