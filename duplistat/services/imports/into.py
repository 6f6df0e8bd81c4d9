"""Where the records of an import go: into the database, or nowhere, to see what would come."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import count
from typing import Any

from duplistat.services.audit import Actor
from duplistat.services.imports.channels import Made, NewChannel, import_channels, room_of, to_make
from duplistat.services.imports.history import (
    Row,
    Taken,
    began,
    import_missed,
    import_runs,
    settle_imported,
    unknown,
)
from duplistat.services.imports.places import (
    NOT_ITS_KEY,
    Found,
    NamedKey,
    NewJob,
    NewServer,
    import_jobs,
    import_ping_keys,
    import_servers,
    known_job,
    known_server,
)
from duplistat.services.worker_context import WorkerContext
from duplistat.store import ping_keys, runs

_OPERATION, _KEY = runs.VALUES.index("operation"), runs.VALUES.index("key")


class Into(ABC):
    """An account of ours that takes an import in."""

    def __init__(self, context: WorkerContext, account: int) -> None:
        self._context, self._account = context, account

    @abstractmethod
    def servers(self, chosen: list[NewServer]) -> list[Found]:
        """Find or make servers, in order."""

    @abstractmethod
    def jobs(self, chosen: list[NewJob]) -> list[Found]:
        """Find or make jobs, in order."""

    @abstractmethod
    def keys(self, chosen: list[NamedKey]) -> list[str]:
        """Take ping keys over; for each why that cannot be, or ""."""

    @abstractmethod
    def channels(self, chosen: list[NewChannel]) -> list[Made]:
        """Make channels that were not imported before, turned off, in order."""

    @abstractmethod
    def runs(self, rows: list[Row]) -> Taken:
        """Record the runs that are not known."""

    @abstractmethod
    def missed(self, missed: list[tuple[int, int]]) -> None:
        """Mark days (ms) of jobs on which a run did not come."""

    @abstractmethod
    def settle(self, jobs: Sequence[int]) -> None:
        """Work out how jobs are, after the last of their runs."""


class Database(Into):
    """Each batch is a command, and so a transaction, of its own. What the audit log notes is of `by`."""

    def __init__(self, context: WorkerContext, account: int, by: Actor) -> None:
        super().__init__(context, account)
        self._by = by

    def servers(self, chosen: list[NewServer]) -> list[Found]:
        return self._context.writes.run(
            import_servers, account=self._account, chosen=chosen, now=self._context.now()
        )

    def jobs(self, chosen: list[NewJob]) -> list[Found]:
        return self._context.writes.run(
            import_jobs, account=self._account, chosen=chosen, now=self._context.now()
        )

    def keys(self, chosen: list[NamedKey]) -> list[str]:
        return self._context.writes.run(
            import_ping_keys, account=self._account, chosen=chosen, now=self._context.now()
        )

    def channels(self, chosen: list[NewChannel]) -> list[Made]:
        return self._context.writes.run(
            import_channels, account=self._account, chosen=chosen, by=self._by, now=self._context.now()
        )

    def runs(self, rows: list[Row]) -> Taken:
        return self._context.writes.run(import_runs, rows=rows)

    def missed(self, missed: list[tuple[int, int]]) -> None:
        self._context.writes.run(import_missed, missed=missed)

    def settle(self, jobs: Sequence[int]) -> None:
        self._context.writes.run(settle_imported, changed=[*jobs], now=self._context.now())


class Nowhere(Into):
    """Counts what would come. What is not there yet has an id below zero."""

    def __init__(self, context: WorkerContext, account: int) -> None:
        super().__init__(context, account)
        self._made = count(-1, -1)
        # What was seen of the file itself: a report that is in it twice comes once.
        self._seen: set[int] = set()
        self._room = room_of(context.db, account)

    def servers(self, chosen: list[NewServer]) -> list[Found]:
        return [self._found(known_server(self._context.db, self._account, server)) for server in chosen]

    def jobs(self, chosen: list[NewJob]) -> list[Found]:
        return [self._found(known_job(self._context.db, self._account, job)) for job in chosen]

    def keys(self, chosen: list[NamedKey]) -> list[str]:
        known = [ping_keys.by_hash(self._context.db, item["key"]["hash"]) for item in chosen]
        return [NOT_ITS_KEY if key is not None and key.account_id != self._account else "" for key in known]

    def channels(self, chosen: list[NewChannel]) -> list[Made]:
        return [to_make(self._context.db, self._account, channel, self._room) for channel in chosen]

    def runs(self, rows: list[Row]) -> Taken:
        of_job: dict[int, list[Row]] = {}
        for row in sorted(rows, key=began):
            if not self._is_repeat(row[0], row[1]):
                of_job.setdefault(row[0], []).append(row)
        new = sum(
            len(mine) if job < 0 else len(unknown(self._context.db, job, mine))
            for job, mine in of_job.items()
        )
        return {"new": new, "known": len(rows) - new, "jobs": []}

    def missed(self, missed: list[tuple[int, int]]) -> None:
        pass

    def settle(self, jobs: Sequence[int]) -> None:
        pass

    def _found(self, known: int | None) -> Found:
        return {
            "id": next(self._made) if known is None else known,
            "new": known is None,
            "changed": False,
            "problem": "",
        }

    def _is_repeat(self, job: int, values: list[Any]) -> bool:
        name = hash((job, values[_OPERATION], values[_KEY]))
        seen = name in self._seen
        self._seen.add(name)
        return seen
