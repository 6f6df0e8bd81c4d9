"""Sums that answer without a look at history: kept in the transaction that changes them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duplistat.core.status import Health
from duplistat.store import overview_version
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

DAY_MS = 86_400_000
OUTCOMES = ("success", "warning", "failed", "other")


@dataclass(slots=True)
class Sums:
    """What to add to one account's totals."""

    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    uploaded: int = 0
    size: int = 0
    storage: int = 0
    received_at: int = 0
    started_at: int = 0


class Tally:
    """Collects what a transaction adds to shared rows, and writes each row once, last, before the commit.

    A row of sums is what many reports have in common: touched last, it is locked shortest, and once for a
    group of reports that are committed together.
    """

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._sums: dict[tuple[int, int], Sums] = defaultdict(Sums)
        self._days: dict[tuple[int, int, int], dict[str, int]] = {}
        self._received: dict[tuple[str, str, int], int] = defaultdict(int)

    def run(self, account: int, job: int, outcome: str, received_at: int, by: int = 1) -> None:
        """One backup run more (or, with `by` = -1, one less) of this outcome, reported then."""
        self._sums[account, job % self._shards].outcomes[outcome] += by
        day = self._days.setdefault(
            (account, received_at // DAY_MS, job % self._shards), dict.fromkeys(OUTCOMES, 0)
        )
        day[outcome] += by

    def bytes(self, account: int, job: int, *, uploaded: int = 0, size: int = 0, storage: int = 0) -> None:
        """Add to sums of bytes; below zero takes away."""
        sums = self._sums[account, job % self._shards]
        sums.uploaded += uploaded
        sums.size += size
        sums.storage += storage

    def newest(self, account: int, job: int, received_at: int, started_at: int = 0) -> None:
        """A report arrived then, of a backup run that started then (0: of something else)."""
        sums = self._sums[account, job % self._shards]
        sums.received_at = max(sums.received_at, received_at)
        sums.started_at = max(sums.started_at, started_at)

    def received(self, format: str, outcome: str, shard: int) -> None:
        self._received[format, outcome, shard % self._shards] += 1

    def flush(self, db: Database) -> None:
        """Write everything, in an order that is the same in every process: no deadlocks."""
        sums = sorted(self._sums.items(), key=lambda item: item[0])
        if db.adds_digits and sums:
            _add_all_sums(db, sums)
        else:
            for (account, shard), added in sums:
                _add_sums(db, account, shard, added)
        for (account, day, shard), counts in sorted(self._days.items()):
            db.execute(
                "INSERT INTO account_day AS d (account_id, day, shard, success, warning, failed, other)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, day, shard) DO UPDATE SET"
                " success = d.success + excluded.success, warning = d.warning + excluded.warning,"
                " failed = d.failed + excluded.failed, other = d.other + excluded.other",
                (account, day, shard, *(counts[outcome] for outcome in OUTCOMES)),
            )
        for (format, outcome, shard), count in sorted(self._received.items()):
            db.execute(
                "INSERT INTO received AS r (format, outcome, shard, count) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (format, outcome, shard) DO UPDATE SET count = r.count + excluded.count",
                (format, outcome, shard, count),
            )


def _add_all_sums(db: Database, sums: Sequence[tuple[tuple[int, int], Sums]]) -> None:
    """Add to all rows in one statement, which locks them in the order in which they are given."""
    row = f"({', '.join('?' * 11)})"
    db.execute(
        "INSERT INTO total AS t (account_id, shard, success, warning, failed, other, uploaded, size, storage,"
        f" received_at, started_at) VALUES {', '.join([row] * len(sums))} ON CONFLICT (account_id, shard) DO UPDATE SET"
        " success = t.success + excluded.success, warning = t.warning + excluded.warning,"
        " failed = t.failed + excluded.failed, other = t.other + excluded.other,"
        " uploaded = CAST(CAST(t.uploaded AS numeric) + CAST(excluded.uploaded AS numeric) AS text),"
        " size = CAST(CAST(t.size AS numeric) + CAST(excluded.size AS numeric) AS text),"
        " storage = CAST(CAST(t.storage AS numeric) + CAST(excluded.storage AS numeric) AS text),"
        " received_at = greatest(t.received_at, excluded.received_at),"
        " started_at = greatest(t.started_at, excluded.started_at)",
        [
            value
            for key, added in sums
            for value in (
                *key,
                *(added.outcomes[outcome] for outcome in OUTCOMES),
                *(str(total) for total in (added.uploaded, added.size, added.storage)),
                added.received_at,
                added.started_at,
            )
        ],
    )


def _add_sums(db: Database, account: int, shard: int, sums: Sums) -> None:
    """Add to one row, where digits are added here."""
    key = (account, shard)
    db.execute(
        "INSERT INTO total (account_id, shard) VALUES (?, ?) ON CONFLICT DO NOTHING",
        key,
    )
    row = db.row(
        f"SELECT uploaded, size, storage FROM total WHERE account_id = ? AND shard = ?{db.for_update}", key
    )
    if row is None:
        raise LookupError(f"total of account {account} is gone")
    db.execute(
        "UPDATE total SET success = success + ?, warning = warning + ?, failed = failed + ?,"
        " other = other + ?, uploaded = ?, size = ?, storage = ?,"
        " received_at = CASE WHEN received_at > ? THEN received_at ELSE ? END,"
        " started_at = CASE WHEN started_at > ? THEN started_at ELSE ? END"
        " WHERE account_id = ? AND shard = ?",
        (
            *(sums.outcomes[outcome] for outcome in OUTCOMES),
            str(int(row[0]) + sums.uploaded),
            str(int(row[1]) + sums.size),
            str(int(row[2]) + sums.storage),
            sums.received_at,
            sums.received_at,
            sums.started_at,
            sums.started_at,
            *key,
        ),
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """One look at everything that some accounts hold. Bytes and counts; times in ms, 0 before the first.

    `healths` are those of all jobs but the ones in the archive.
    """

    servers: int
    jobs: int
    healths: Mapping[Health, int]
    archived: int
    success: int
    warning: int
    failed: int
    other: int
    uploaded: int
    size: int
    storage: int
    received_at: int
    started_at: int

    @property
    def overdue(self) -> int:
        return self.healths.get(Health.OVERDUE, 0)

    @property
    def runs(self) -> int:
        return self.success + self.warning + self.failed + self.other


def summary(db: Database, accounts: tuple[int, ...], now: int) -> Summary:
    """Four statements, whatever the history. A job that became due since the last sweep counts as overdue."""
    inside = account_filter(accounts)
    found = overview_version.counts(db, accounts, now)
    (servers,) = db.row(f"SELECT count(*) FROM server WHERE account_id IN ({inside})") or (0,)
    rows = db.rows(
        "SELECT success, warning, failed, other, received_at, started_at, uploaded, size, storage"
        f" FROM total WHERE account_id IN ({inside})"
    )
    counts = [sum(r[i] for r in rows) for i in range(4)]
    newest = [max((r[i] for r in rows), default=0) for i in (4, 5)]
    uploaded, size, storage = (sum(int(r[i]) for r in rows) for i in (6, 7, 8))
    return Summary(
        servers=servers,
        jobs=found.jobs,
        healths=found.healths,
        archived=found.archived,
        success=counts[0],
        warning=counts[1],
        failed=counts[2],
        other=counts[3],
        uploaded=uploaded,
        size=size,
        storage=storage,
        received_at=newest[0],
        started_at=newest[1],
    )


def success_rate(db: Database, accounts: tuple[int, ...], now: int, days: int = 30) -> float | None:
    """Part of the backup runs of the last days that succeeded, 0 to 1; None when there were none."""
    row = db.row(
        "SELECT SUM(success), SUM(success + warning + failed + other) FROM account_day"
        f" WHERE account_id IN ({account_filter(accounts)}) AND day > ?",
        (now // DAY_MS - days,),
    )
    return float(row[0] / row[1]) if row and row[1] else None


def received(db: Database) -> list[tuple[str, str, int]]:
    """(format, outcome, how many deliveries), over all accounts."""
    rows = db.rows("SELECT format, outcome, SUM(count) FROM received GROUP BY format, outcome")
    return sorted((row[0], row[1], int(row[2])) for row in rows)
