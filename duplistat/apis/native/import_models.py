"""Imports from other programs as they are in our JSON."""

from typing import Literal

from pydantic import Field

from duplistat.apis.native.values import Cursor, Id, Shape, Time


class LeftOut(Shape):
    """What does not come over, for one reason."""

    why: str = Field(description="The reason", examples=["a run of a job that was deleted meanwhile"])
    count: int = Field(description="How many", examples=[2])
    names: list[str] = Field(description="Names of some", examples=[["nightly"]])


class Import(Shape):
    """An import in the background: how it stands, and what came over, or would. Counts grow until it ends."""

    id: Id = Field(description="Id of the import", examples=[1])
    state: Literal["under_way", "done", "failed"] = Field(description="How it stands", examples=["done"])
    program: Literal["duplistatus", "healthchecks", "uptime-kuma"] = Field(
        description="Program whose file it is", examples=["healthchecks"]
    )
    dry_run: bool = Field(description="Whether nothing is recorded", examples=[True])
    account_id: Id = Field(description="Id of the account that it is imported into", examples=[1])
    asked_at: Time = Field(description="When it was asked for", examples=["2026-01-28T12:00:00.000Z"])
    ended_at: Time | None = Field(
        description="When it ended; null for not yet", examples=["2026-01-28T12:00:03.000Z"]
    )
    problem: str | None = Field(description="Why it failed; null for nothing", examples=[None])
    servers: int = Field(description="New servers", examples=[2])
    jobs: int = Field(description="New jobs", examples=[14])
    runs: int = Field(description="New runs", examples=[310])
    known: int = Field(description="Runs that were here already", examples=[0])
    missed: int = Field(description="Missed runs", examples=[3])
    pings: int = Field(description="Jobs that keep their ping URL", examples=[14])
    channels: int = Field(description="New channels, turned off", examples=[1])
    rules: int = Field(description="New rules that name them", examples=[1])
    left_out: list[LeftOut] = Field(description="What does not come over")


class ImportList(Shape):
    """A page of imports, newest first."""

    imports: list[Import] = Field(description="At most `limit`")
    next_cursor: Cursor
