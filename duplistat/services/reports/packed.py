"""What goes from the process that takes a request in to the one that records it."""

from typing import Any, TypedDict


class Named(TypedDict):
    """What every packed message tells: plain values, for they go to the process that writes.

    `request` is in the order of `deliveries.REQUEST`; `server` is its identity, machine id, name and sender. Bytes are
    hashed and packed there: each would make a thread give up the interpreter's lock here, where many wait for it.
    """

    request: list[Any]
    format: str
    server: list[str]
    facts: dict[str, str]
    body: bytes


class PackedEvent(Named):
    """`event` is in the order of `events.VALUES`."""

    event: list[Any]


class NamedJob(Named):
    """What also names a job: its name, and the id that its sender has for it.

    `said` is how the server named itself in this very report. `service` is the one that it was posted for, `home` the
    server of the agent that was asked for it.
    """

    job: list[str]
    said: str
    service: int | None
    home: int | None


class OfJob(NamedJob):
    """What happened at a time (`at`, ms), with packed lines of a log."""

    at: int
    log: bytes


class PackedReport(OfJob):
    """`run` is in the order of `runs.VALUES`; `state` names what the report says, where its words change.

    `began` are the ticks of the word that its run began, where its sender says when that was.
    """

    run: list[Any]
    next_run: int | None
    state: str
    collected: bool
    began: int | None


class LiveState(TypedDict):
    """What a live post says; times in ms."""

    operation: str
    state: str
    started_at: int
    ticks: int
    phase: str
    progress: float | None
    error: str


class PackedLive(OfJob):
    live: LiveState


class PackedUnread(TypedDict):
    """A request that nobody can read: why, and what it counts for; `bounds` are bytes and bodies."""

    request: list[Any]
    body: bytes
    problem: str
    kind: str
    network: str
    bounds: list[int]
