"""One stage of an upload in a loop of this process: what a worker does, and what the writer does, without sockets."""

import marshal
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.bodies import EVERY, JOBS, bodies
from duplistat import config as configuration
from duplistat.apis.duplistatus.upload import ADDRESSES, at_once, body_at_once
from duplistat.app import create_app
from duplistat.http.context import KEY, Context
from duplistat.services.commands import operations
from duplistat.services.writes import ThroughWriter, message_of
from duplistat.store import writer
from duplistat.store.database import Database
from duplistat.store.writer_client import Client

# After the last run of a turn has begun.
ARRIVES_AFTER = timedelta(minutes=2, seconds=20)
JSON = "application/json; charset=utf-8"


class Upload(NamedTuple):
    """A report, and when it arrives (ms)."""

    at: int
    body: bytes


def reports(count: int, first: datetime, seed: int) -> Iterator[Upload]:
    """As `bodies`; of a job the first run begins at `first`."""
    for number, body in enumerate(bodies(count, first, seed)):
        yield Upload(int((first + number // JOBS * EVERY + ARRIVES_AFTER).timestamp() * 1000), body)


def take_in(data: Path) -> tuple[Callable[[Sequence[Upload]], None], list[bytes]]:
    """What the loop of a worker does of some plain uploads, and where the messages are then that it would have sent."""
    config = configuration.load(data=data, environment={"DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE": "0"})
    clock = 0
    messages: list[bytes] = []
    db = Database(config.database_url, read_only=True)
    app = create_app(config, db=db, writes=ThroughWriter(Client(Path("none"))), now=lambda: clock)
    context: Context = app.extensions[KEY]

    def work(uploads: Sequence[Upload]) -> None:
        nonlocal clock
        for upload in uploads:
            clock = upload.at
            found = at_once(context, ADDRESSES[0], upload.body, address="127.0.0.1", content_type=JSON)
            if found is None:
                raise RuntimeError("no plain upload")
            messages.append(writer.frame([message_of(*found)]))
            body_at_once({"server": 1, "job": 1, "run": len(messages), "event": None, "duplicate": False})

    return work, messages


def record_group(data: Path) -> Callable[[Sequence[bytes]], None]:
    """What the writer does of messages that it commits together."""
    config = configuration.load(data=data, environment={})
    db, doing = Database(config.database_url), operations(config)

    def work(messages: Sequence[bytes]) -> None:
        requests: list[writer.Request] = []
        for message in messages:
            requests += marshal.loads(message[writer.LENGTH.size :])  # made above
        for result in writer.apply(db, doing, requests):
            if isinstance(result, Exception):
                raise result
            writer.frame([{"result": result}])

    return work
