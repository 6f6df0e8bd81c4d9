"""One stage of an upload in a loop of this process: what a worker does, and what the writer does, without sockets."""

import marshal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from bench.bodies import EVERY, JOBS, bodies
from duplistat import config as configuration
from duplistat.app import create_app
from duplistat.services.commands import operations
from duplistat.services.writes import ThroughWriter
from duplistat.store import writer
from duplistat.store.database import Database
from duplistat.store.writer_client import Client

# After the last run of a turn has begun.
ARRIVES_AFTER = timedelta(minutes=2, seconds=20)


class Upload(NamedTuple):
    """A report, and when it arrives (ms)."""

    at: int
    body: bytes


class _Kept(Client):
    """In place of the writer: keeps the messages, and answers each."""

    def __init__(self) -> None:
        super().__init__(Path("none"))
        self.messages: list[bytes] = []

    def call(self, name: str, arguments: dict[str, Any], *, repeatable: bool = False) -> Any:
        self.messages.append(writer.frame([(name, arguments)]))
        return {"server": 1, "job": 1, "run": len(self.messages), "event": None, "duplicate": False}


def reports(count: int, first: datetime, seed: int) -> Iterator[Upload]:
    """As `bodies`; of a job the first run begins at `first`."""
    for number, body in enumerate(bodies(count, first, seed)):
        yield Upload(int((first + number // JOBS * EVERY + ARRIVES_AFTER).timestamp() * 1000), body)


def take_in(data: Path) -> tuple[Callable[[Sequence[Upload]], None], list[bytes]]:
    """What a worker does of some uploads, and where the messages are then that it would have sent."""
    config = configuration.load(data=data, environment={"DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE": "0"})
    client, clock = _Kept(), 0
    db = Database(config.database_url, read_only=True)
    app = create_app(config, db=db, writes=ThroughWriter(client), now=lambda: clock)

    def begin(status: str, headers: object, _: object = None) -> Callable[[bytes], object]:
        if not status.startswith("200"):
            raise RuntimeError(f"answered {status}")
        return client.messages.append

    def work(uploads: Sequence[Upload]) -> None:
        nonlocal clock
        for upload in uploads:
            clock = upload.at
            b"".join(app.wsgi_app(_environment(upload.body), begin))

    return work, client.messages


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


def _environment(body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/upload",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": "application/json; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
