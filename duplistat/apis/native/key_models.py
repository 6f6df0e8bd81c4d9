"""API keys and OAuth clients as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import Field

from duplistat.apis.native.rule_models import GivenId, Name, Sent
from duplistat.apis.native.service_models import MOST_HOURS
from duplistat.apis.native.silence_models import GivenTime
from duplistat.apis.native.values import Cursor, Id, Shape, Time
from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import Scope

ClientScope = oauth_clients.Scope
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), strict=False)]
ClientScopes = Annotated[list[ClientScope], Field(min_length=1, max_length=len(ClientScope), strict=False)]
ONCE = "shown this once; null where the request is repeated"


class ApiKey(Shape):
    """An API key: what it may do, and when it was used. The key itself is shown once."""

    id: Id = Field(description="Id of the key", examples=[1])
    name: str = Field(description="Name, unique in its account", examples=["deploy"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    scopes: list[str] = Field(description="What it may do", examples=[["read", "jobs:write"]])
    hint: str = Field(description="How it begins; empty for one that was imported", examples=["ds_a1b2"])
    state: Literal["valid", "expired", "revoked"] = Field(
        description="Whether it is valid", examples=["valid"]
    )
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])
    expires_at: Time | None = Field(description="When it expires; null for never", examples=[None])
    revoked_at: Time | None = Field(description="When it was revoked; null for not", examples=[None])
    last_used_at: Time | None = Field(description="When it was last used", examples=[None])
    last_used_from: str | None = Field(description="From which address", examples=[None])
    old_until: Time | None = Field(
        description="Until when the key before its last rotation stays valid; null for none",
        examples=[None],
    )


class ApiKeyList(Shape):
    """A page of API keys, newest first."""

    keys: list[ApiKey] = Field(description="At most `limit`")
    next_cursor: Cursor


class ApiKeyMade(ApiKey):
    """An API key that was created or rotated."""

    key: str | None = Field(description=f"The key itself, {ONCE}", examples=["ds_…"])


class NewApiKey(Sent):
    """An API key to create."""

    name: Name = Field(description="Name, unique in its account", examples=["homepage"])
    scopes: Scopes = Field(
        description="What it may do: nothing that the key that creates it may not", examples=[["read"]]
    )
    expires_at: GivenTime | None = Field(
        None, description="When it expires; null for never", examples=["2027-01-28T12:00:00Z"]
    )
    account_id: GivenId | None = Field(
        None, description="Account that it is of; null for that of the key", examples=[None]
    )


class Rotation(Sent):
    """How a key is replaced."""

    keep_hours: Annotated[int, Field(ge=0, le=MOST_HOURS)] = Field(
        24, description="For how many hours the old one stays valid", examples=[24]
    )


class Client(Shape):
    """An OAuth client: a program that reads the partner report."""

    id: Id = Field(description="Id of the client", examples=[1])
    name: str = Field(description="Its name", examples=["billing"])
    client_id: str = Field(description="What it says who it is with", examples=["c_1a2b"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    scopes: list[str] = Field(description="What it may read", examples=[["partners_read"]])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])
    revoked_at: Time | None = Field(description="When it was revoked; null for not", examples=[None])
    last_used_at: Time | None = Field(description="When it last got a token", examples=[None])
    last_used_from: str | None = Field(description="From which address", examples=[None])


class ClientList(Shape):
    """A page of OAuth clients, newest first."""

    clients: list[Client] = Field(description="At most `limit`")
    next_cursor: Cursor


class ClientMade(Shape):
    """An OAuth client that was created."""

    client_id: str | None = Field(description=f"What it says who it is with, {ONCE}", examples=["c_1a2b"])
    client_secret: str | None = Field(description=f"Its secret, {ONCE}", examples=["s_…"])


class NewClient(Sent):
    """An OAuth client to create."""

    name: Name = Field(description="Its name", examples=["billing"])
    scopes: ClientScopes = Field(description="What it may read", examples=[["partners_read"]])
    account_id: GivenId | None = Field(
        None, description="Account that it reads for; null for that of the key", examples=[None]
    )
