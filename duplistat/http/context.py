"""What the application hands to its views: configuration, database, writes, clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, cast

from flask import current_app

from duplistat.config import Config
from duplistat.http.answers import JsonBody
from duplistat.http.streams import Streams
from duplistat.services.access.light_callers import LowVolumeExemption
from duplistat.services.context import ScheduleDefaults
from duplistat.services.monitoring.overview_version import OverviewSnapshot
from duplistat.services.monitoring.read_cache import Remembered
from duplistat.services.writes import Writes
from duplistat.store.database import Database
from duplistat.store.totals import Summary

KEY = "duplistat"


class LastBackupsAsked(NamedTuple):
    """Whose the caller is (the id of an account), what it calls the server, and whether it asks for every job of that
    and for texts in place of nulls; and whether it wants the answer compressed."""

    account: int
    server: str
    every_job: bool
    as_texts: bool
    gzip: bool


@dataclass(frozen=True, slots=True)
class Context:
    """`now` gives ms since 1970, UTC. `main_account` is the id of the account that acts without a key.

    `started` is when the server began (ms). `summaries` are of an account and all below it.
    """

    config: Config
    db: Database
    writes: Writes
    now: Callable[[], int]
    schedule_defaults: ScheduleDefaults
    main_account: int
    summaries: Remembered[int, Summary]
    pulses: Remembered[tuple[int, ...], OverviewSnapshot]
    last_backups: Remembered[LastBackupsAsked, JsonBody]
    streams: Streams
    low_volume: LowVolumeExemption
    started: int


def context() -> Context:
    return cast(Context, current_app.extensions[KEY])
