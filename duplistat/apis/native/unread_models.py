"""Unrecognised reports as they are in our JSON."""

from typing import Literal

from pydantic import Field

from duplistat.apis.native.values import Bytes, Count, Cursor, Id, Shape, Time


class Unread(Shape):
    """A report that nobody could read, as far as it is told without its body."""

    id: Id = Field(description="Id of the delivery", examples=[7])
    account: str = Field(description="Name of the account that got it", examples=["main"])
    account_id: Id = Field(description="Id of that account", examples=[1])
    received_at: Time = Field(description="When it arrived", examples=["2026-01-28T12:00:00.000Z"])
    address: str = Field(description="From which address", examples=["192.0.2.7"])
    endpoint: str = Field(description="Where it was sent to", examples=["/api/upload"])
    content_type: str = Field(description="What it says it is", examples=["application/json"])
    size: Bytes = Field(description="How long it is, bytes", examples=[512])
    problem: str = Field(description="Why it was not read", examples=["is not JSON"])
    state: Literal["unrecognised", "dismissed", "read"] = Field(
        description="Whether it waits for somebody, was dismissed, or was read since",
        examples=["unrecognised"],
    )
    run_id: Id | None = Field(description="Id of its run, once it was recognised", examples=[None])
    event_id: Id | None = Field(description="Id of the event", examples=[None])


class UnreadList(Shape):
    """A page of unrecognised reports, newest first."""

    unrecognised: list[Unread] = Field(description="At most `limit`")
    next_cursor: Cursor


class Reprocessing(Shape):
    """That all unrecognised reports are read again in the background."""

    task_id: Count = Field(description="Number of the task", examples=[1])
