"""Ping URLs, ping keys and badges as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import GivenId, Name, Sent
from duplistat.apis.native.service_models import MOST_HOURS
from duplistat.apis.native.values import Cursor, Id, Shape, Time
from duplistat.core.text import clean
from duplistat.services.jobs.settings import TAG_CHARS

WHO = "Whoever has it can ping"


class Ping(Shape):
    """Where a job is pinged; null for a job without a ping URL. It holds secrets."""

    ping_url: str | None = Field(
        description=f"As Healthchecks has it. {WHO}", examples=["http://HOST:9666/ping/UUID"]
    )
    push_url: str | None = Field(
        description=f"As Uptime Kuma has it. {WHO}", examples=["http://HOST:9666/api/push/TOKEN"]
    )
    made_at: Time | None = Field(description="When it was made", examples=["2026-01-28T12:00:00.000Z"])
    timed: bool = Field(description="Whether Uptime Kuma's `ping` is how long a run took", examples=[False])


class PingSettingsChanges(Sent):
    """What changes about pings of a job."""

    timed: bool = Field(
        False, description="Whether Uptime Kuma's `ping` is how long a run took", examples=[True]
    )


class PingRotation(Sent):
    """How a ping URL is replaced."""

    keep_hours: Annotated[int, Field(ge=0, le=MOST_HOURS)] = Field(
        24, description="For how many hours the one before stays valid", examples=[24]
    )


class PingKey(Shape):
    """A ping key: with it jobs of its account are pinged by name."""

    id: Id = Field(description="Id of the ping key", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["default"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    made_at: Time = Field(description="When it was created or rotated", examples=["2026-01-28T12:00:00.000Z"])
    used_at: Time | None = Field(description="When it was last used; null for never", examples=[None])


class PingKeyDetail(PingKey):
    """A ping key as in the list, with the key."""

    key: str = Field(description=WHO, examples=["abcdefghij0123456789kl"])


class PingKeyList(Shape):
    """A page of ping keys, by id."""

    ping_keys: list[PingKey] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewPingKey(Sent):
    """A ping key to create."""

    name: Name = Field(description="Name, unique in its account", examples=["default"])
    account_id: GivenId | None = Field(
        None, description="Account whose jobs it pings; null for that of the key", examples=[None]
    )


class Badge(Shape):
    """A badge: whoever has its address sees how jobs are, and nothing else."""

    id: Id = Field(description="Id of the badge", examples=[1])
    kind: Literal["job", "server", "tag", "account"] = Field(description="What it is of", examples=["tag"])
    label: str = Field(description="Name of that", examples=["offsite"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    url: str = Field(
        description="Where it is, in two states (up, down)", examples=["http://HOST:9666/b/2/CODE.svg"]
    )
    three_url: str = Field(
        description="Where it is in three (late besides)", examples=["http://HOST:9666/b/3/CODE.svg"]
    )


class BadgeList(Shape):
    """A page of badges, by id."""

    badges: list[Badge] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewBadge(Sent):
    """A badge to create."""

    tag: Annotated[str, Field(min_length=1, max_length=TAG_CHARS), AfterValidator(clean)] | None = Field(
        None, description="Tag whose jobs it is of; null for all jobs of the account", examples=["offsite"]
    )
    account_id: GivenId | None = Field(None, description="Account; null for that of the key", examples=[None])
