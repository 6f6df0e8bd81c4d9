"""What the application hands to its views: configuration, database, writes, clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from duplistat.config import Config
from duplistat.http.streams import Streams
from duplistat.services.job_state import Clockwork
from duplistat.services.pulse import Pulse
from duplistat.services.remembering import Remembered
from duplistat.services.sparing import Sparing
from duplistat.services.writes import Writes
from duplistat.store.database import Database
from duplistat.store.totals import Summary

KEY = "duplistat"


@dataclass(frozen=True, slots=True)
class Context:
    """`now` gives ms since 1970, UTC. `main_account` is the id of the account that acts without a key.

    `started` is when the server began (ms).
    """

    config: Config
    db: Database
    writes: Writes
    now: Callable[[], int]
    clockwork: Clockwork
    main_account: int
    summaries: Remembered[Summary]
    pulses: Remembered[Pulse]
    streams: Streams
    sparing: Sparing
    started: int


def context() -> Context:
    return cast(Context, current_app.extensions[KEY])
