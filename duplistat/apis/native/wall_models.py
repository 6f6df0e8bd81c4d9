"""Links to the wall display as they are in our JSON, in answers and in what is sent."""

from pydantic import Field

from duplistat.apis.native.rule_models import GivenId, Name, Sent
from duplistat.apis.native.values import Cursor, Id, Shape, Time


class WallLink(Shape):
    """A link to the wall display: whoever has it sees how the jobs of its account are, without signing in."""

    id: Id = Field(description="Id of the link", examples=[1])
    name: str = Field(description="Name", examples=["office"])
    account: str = Field(description="Name of its account", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    created_at: Time = Field(description="When it was created", examples=["2026-01-28T12:00:00.000Z"])
    used_at: Time | None = Field(
        description="When it was last used, to the hour; null for never", examples=[None]
    )


class WallLinkMade(WallLink):
    """A new link, with its address."""

    url: str | None = Field(
        description="Its address, shown once; null where a request is repeated",
        examples=["http://HOST:9666/wall/TOKEN"],
    )


class WallLinkList(Shape):
    """A page of links, by id."""

    wall_links: list[WallLink] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewWallLink(Sent):
    """A link to create."""

    name: Name = Field(description="Name, such as where the screen is", examples=["office"])
    account_id: GivenId | None = Field(
        None, description="Account whose jobs it shows; null for that of the key", examples=[None]
    )
