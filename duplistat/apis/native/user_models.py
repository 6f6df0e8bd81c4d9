"""Users as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.apis.native.service_models import ServiceName
from duplistat.apis.native.values import Count, Cursor, Id, Shape, Time
from duplistat.core.text import clean

UserRole = Literal["admin", "operator", "viewer", "contact"]
Email = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(clean)]
Password = Annotated[str, Field(min_length=1, max_length=1000)]
ROLE = "What they may do: see the page of users"


class User(Shape):
    """A person who signs in."""

    id: Id = Field(description="Id of the user", examples=[1])
    name: str = Field(description="Name", examples=["Jo Doe"])
    email: str = Field(description="E-mail, unique in the account", examples=["jo@example.org"])
    role: UserRole = Field(description=ROLE, examples=["operator"])
    account: str = Field(description="Name of the account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    sessions: Count = Field(description="How many sessions they have", examples=[1])
    created_at: Time = Field(description="When the user was created", examples=["2026-01-28T12:00:00.000Z"])
    signed_in_at: Time | None = Field(description="When they last signed in; null for never", examples=[None])


class UserList(Shape):
    """A page of users, newest first."""

    users: list[User] = Field(description="At most `limit`")
    next_cursor: Cursor


class Ended(Shape):
    """How many sessions ended."""

    sessions: Count = Field(description="How many", examples=[2])


class NewUser(Sent):
    """A user to create."""

    email: Email = Field(description="E-mail", examples=["jo@example.org"])
    name: ServiceName = Field(description="Name", examples=["Jo Doe"])
    role: UserRole = Field(description=ROLE, examples=["viewer"])
    password: Password | None = Field(
        None, description="Password; null: a link to choose one is mailed", examples=["correct horse"]
    )
    account_id: GivenId | None = Field(
        None, description="Account of the user; null for that of the key", examples=[None]
    )


class UserSettingsChanges(Sent):
    """What changes about a user: what is left out stays."""

    email: Email = Field("", description="E-mail", examples=["jo@example.org"])
    name: ServiceName = Field("", description="Name", examples=["Jo Doe"])
    role: UserRole = Field("viewer", description=ROLE, examples=["viewer"])


class NewPassword(Sent):
    """Another password of a user."""

    password: Password = Field(description="The password", examples=["correct horse"])
