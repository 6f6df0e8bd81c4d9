"""Accounts as they are in our JSON, in answers and in what is sent."""

from typing import Annotated

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.apis.native.service_models import ServiceName
from duplistat.apis.native.values import Count, Cursor, Id, Shape, Time
from duplistat.core.text import clean

ZoneName = Annotated[str, Field(max_length=100), AfterValidator(clean)]
ZONE = "Time zone of its reports without a UTC offset; empty for that of the server"


class Account(Shape):
    """An account: servers, jobs and people of one owner. Accounts form a tree."""

    id: Id = Field(description="Id of the account", examples=[2])
    name: str = Field(description="Name, unique among those below the same account", examples=["acme"])
    parent_id: Id | None = Field(
        description="Id of the parent account; null where the key does not see that", examples=[1]
    )
    timezone: str = Field(description=ZONE, examples=["Europe/Berlin"])
    suspended_at: Time | None = Field(description="Since when it is suspended; null for not", examples=[None])
    servers: Count = Field(
        description="How many servers it has, without those of accounts below", examples=[3]
    )
    jobs: Count = Field(description="How many jobs", examples=[7])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])


class AccountList(Shape):
    """A page of accounts, by id."""

    accounts: list[Account] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewAccount(Sent):
    """An account to create."""

    name: ServiceName = Field(description="Name", examples=["acme"])
    parent_id: GivenId | None = Field(
        None, description="Id of the parent account; null for that of the key", examples=[None]
    )
    timezone: ZoneName = Field("", description=ZONE, examples=["Europe/Berlin"])


class AccountSettingsChanges(Sent):
    """What changes about an account: what is left out stays."""

    name: ServiceName = Field("", description="Name; not of the key's own account", examples=["acme"])
    timezone: ZoneName = Field("", description=ZONE, examples=["Europe/Berlin"])


class Move(Sent):
    """Where an account is moved to."""

    parent_id: GivenId = Field(description="Id of the account that will be above it", examples=[1])
