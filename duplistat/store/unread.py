"""What nobody could read: how much is kept of it of each account and of each network, and what was dropped.

A row of `unread` stands beside each such delivery; its sums are kept as it comes and goes. The row of sums of the
account is written first of all: so whoever changes the sums of an account waits for whoever else does.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

# One of each kind is kept. Of an account as many kinds are told apart; what comes then counts as one more kind.
KINDS = 64
OTHER = ""
# Deliveries that are looked at to find the oldest that may go: more than there are kinds, so one is always found.
LOOKED_AT = 4 * KINDS
# Deliveries that go in one transaction, and their bytes, unless it is one. With limits that were lowered, the rest goes
# with the next ones.
AT_ONCE, BYTES_AT_ONCE = 100, 4_000_000
# In the table of sums: the network that stands for all of an account.
ALL = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept of an account, in bytes and deliveries; 0 for any. One network gets half of either."""

    bytes: int
    bodies: int

    @property
    def of_network(self) -> "Bounds":
        return Bounds(-(-self.bytes // 2), -(-self.bodies // 2))


class Unread(NamedTuple):
    """A row of `unread`: what is known of one delivery."""

    delivery: int
    network: str
    kind: str
    stored: int


class Dropped(NamedTuple):
    """What of an account was dropped, by the limit that it went for; times in ms."""

    account: int
    why: str
    bodies: int
    bytes: int
    first_at: int
    last_at: int
    last_network: str


# Each limit that something can go for: that of a network or of the account, and what it counts.
WHYS = ("address_count", "address_bytes", "account_count", "account_bytes")


def add(db: Database, account: int, row: Unread) -> None:
    """Count a delivery that nobody could read."""
    for network in (ALL, row.network):
        _add_to_sums(db, account, network, 1, row.stored)
    kind = row.kind
    known = db.row("SELECT 1 FROM unread_kind WHERE account_id = ? AND kind = ?", (account, kind))
    if known is None:
        ((kinds,),) = db.rows("SELECT count(*) FROM unread_kind WHERE account_id = ?", (account,))
        kind = kind if kinds < KINDS else OTHER
    db.execute(
        "INSERT INTO unread_kind AS k (account_id, kind, bodies) VALUES (?, ?, 1)"
        " ON CONFLICT (account_id, kind) DO UPDATE SET bodies = k.bodies + 1",
        (account, kind),
    )
    db.execute(
        "INSERT INTO unread (delivery_id, account_id, network, kind, stored) VALUES (?, ?, ?, ?, ?)",
        (row.delivery, account, row.network, kind, row.stored),
    )


def make_room(db: Database, account: int, network: str, bounds: Bounds, *, newest: int, now: int) -> bool:
    """Drop the oldest until an account and one of its networks are within bounds; `newest` is never dropped.

    When the account is over its own, they are those of the network that has most. The last of its kind goes only when
    all that is left is the last of its kind. False when there is more to drop than is dropped at once.
    """
    left, left_bytes = AT_ONCE, BYTES_AT_ONCE
    scopes = ((network, bounds.of_network), (ALL, bounds))
    for scope, limit in scopes if network != ALL else scopes[1:]:
        while left > 0 and left_bytes > 0:
            sums = _sums(db, account, scope)
            over_bodies = sums[0] - limit.bodies if limit.bodies else 0
            over_bytes = sums[1] - limit.bytes if limit.bytes else 0
            if over_bodies <= 0 and over_bytes <= 0:
                break
            what = "count" if over_bodies > 0 else "bytes"
            over = (min(max(over_bodies, 0), left), min(max(over_bytes, 0), left_bytes))
            source = scope
            if scope == ALL:
                source, over = _heaviest(db, account, what, over)
            chosen = _oldest(db, account, source, over, newest, else_any=scope == ALL)
            if not chosen:
                break
            chosen = chosen[
                : 1 + sum(size <= left_bytes for size in accumulate(row.stored for row in chosen[1:]))
            ]
            _drop(db, account, chosen, f"{'account' if scope == ALL else 'address'}_{what}", now)
            left, left_bytes = left - len(chosen), left_bytes - sum(row.stored for row in chosen)
    return left > 0 and left_bytes > 0


def hold(db: Database, account: int) -> None:
    """Let whoever counts what an account has wait for the end of this transaction."""
    db.execute("UPDATE unread_share SET bodies = bodies WHERE account_id = ? AND network = ?", (account, ALL))


def forget(db: Database, deliveries: Collection[int]) -> None:
    """Do not count these deliveries any more: they were read, or are about to be deleted."""
    if not deliveries:
        return
    inside = account_filter(tuple(deliveries))
    accounts = db.rows(
        f"SELECT DISTINCT account_id FROM unread WHERE delivery_id IN ({inside}) ORDER BY account_id"
    )
    for (account,) in accounts:
        hold(db, account)
        rows = db.rows(
            "SELECT delivery_id, network, kind, stored FROM unread"
            f" WHERE delivery_id IN ({inside}) AND account_id = ?",
            (account,),
        )
        _take_away(db, account, [Unread(*row) for row in rows])


def dropped(db: Database, accounts: tuple[int, ...], limit: int = 1_000_000) -> list[Dropped]:
    """What was dropped, those first for which something was dropped last."""
    rows = db.rows(
        "SELECT account_id, why, bodies, bytes, first_at, last_at, last_network FROM unread_dropped"
        f" WHERE account_id IN ({account_filter(accounts)}) ORDER BY last_at DESC, account_id, why LIMIT ?",
        (limit,),
    )
    return [Dropped(*row) for row in rows]


def crowded(db: Database, bounds: Bounds) -> list[tuple[int, str]]:
    """(account, network) of those that are over their bounds, as after these were lowered."""
    found: set[tuple[int, str]] = set()
    for column, most, half in (
        ("bodies", bounds.bodies, bounds.of_network.bodies),
        ("bytes", bounds.bytes, bounds.of_network.bytes),
    ):
        if most:
            rows = db.rows(
                f"SELECT account_id, network FROM unread_share WHERE (network = ? AND {column} > ?)"
                f" OR (network <> ? AND {column} > ?)",
                (ALL, most, ALL, half),
            )
            found.update((row[0], row[1]) for row in rows)
    return sorted(found)


def _sums(db: Database, account: int, network: str) -> tuple[int, int]:
    """(deliveries, bytes) of an account, or of one of its networks."""
    row = db.row(
        "SELECT bodies, bytes FROM unread_share WHERE account_id = ? AND network = ?", (account, network)
    )
    return (row[0], row[1]) if row else (0, 0)


def _heaviest(db: Database, account: int, what: str, over: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """The network that has most, and how much of it may go before another one has as much."""
    column = "bodies" if what == "count" else "bytes"
    rows = db.rows(
        f"SELECT network, {column} FROM unread_share WHERE account_id = ? AND network <> ?"
        f" ORDER BY {column} DESC, network LIMIT 2",
        (account, ALL),
    )
    ahead = rows[0][1] - rows[1][1] if len(rows) > 1 else rows[0][1]
    bodies, size = over
    # Much at once goes in a few steps, also where several have as much.
    most = max(1, ahead, (bodies if what == "count" else size) // 8)
    return rows[0][0], (
        min(bodies, most) if what == "count" else 0,
        min(size, most) if what == "bytes" else 0,
    )


def _oldest(
    db: Database, account: int, network: str, over: tuple[int, int], newest: int, *, else_any: bool
) -> list[Unread]:
    """The oldest of a network that make up for so many (deliveries, bytes), without the last of any kind.

    If there is nothing but that: with `else_any` the oldest of the account that is not, else the oldest of the network.
    """
    kinds: Counter[str] = Counter()
    for kind, bodies in db.rows("SELECT kind, bodies FROM unread_kind WHERE account_id = ?", (account,)):
        kinds[kind] = bodies
    mine = _first(db, account, "AND network = ?", (network,), newest)
    chosen = _spare(mine, kinds, over)
    if not chosen and else_any:
        chosen = _spare(_first(db, account, "", (), newest), kinds, (1, 0))
    return chosen or mine[:1]


def _first(
    db: Database, account: int, where: str, parameters: tuple[object, ...], newest: int
) -> list[Unread]:
    rows = db.rows(
        f"SELECT delivery_id, network, kind, stored FROM unread WHERE account_id = ? {where}"
        " AND delivery_id <> ? ORDER BY delivery_id LIMIT ?",
        (account, *parameters, newest, LOOKED_AT),
    )
    return [Unread(*row) for row in rows]


def _spare(rows: Sequence[Unread], kinds: Counter[str], over: tuple[int, int]) -> list[Unread]:
    """The first of these that make up for so many deliveries and bytes and are not the last of their kind."""
    bodies, size = over
    left, chosen = kinds.copy(), []
    for row in rows:
        if bodies <= 0 and size <= 0:
            break
        if left[row.kind] > 1:
            left[row.kind] -= 1
            chosen.append(row)
            bodies, size = bodies - 1, size - row.stored
    return chosen


def _drop(db: Database, account: int, rows: Sequence[Unread], why: str, now: int) -> None:
    _take_away(db, account, rows)
    db.execute(f"DELETE FROM delivery WHERE id IN ({account_filter(tuple(row.delivery for row in rows))})")
    db.execute(
        "INSERT INTO unread_dropped AS d (account_id, why, bodies, bytes, first_at, last_at, last_network)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, why) DO UPDATE SET"
        " bodies = d.bodies + excluded.bodies, bytes = d.bytes + excluded.bytes,"
        " last_at = excluded.last_at, last_network = excluded.last_network",
        (account, why, len(rows), sum(row.stored for row in rows), now, now, rows[-1].network),
    )


def _take_away(db: Database, account: int, rows: Sequence[Unread]) -> None:
    """Take rows of an account out of the table and out of its sums."""
    if not rows:
        return
    db.execute(
        f"DELETE FROM unread WHERE delivery_id IN ({account_filter(tuple(row.delivery for row in rows))})"
    )
    _add_to_sums(db, account, ALL, -len(rows), -sum(row.stored for row in rows))
    for network in sorted({row.network for row in rows}):
        stored = [row.stored for row in rows if row.network == network]
        _add_to_sums(db, account, network, -len(stored), -sum(stored))
    for kind, bodies in sorted(Counter(row.kind for row in rows).items()):
        db.execute(
            "UPDATE unread_kind SET bodies = bodies - ? WHERE account_id = ? AND kind = ?",
            (bodies, account, kind),
        )
    db.execute("DELETE FROM unread_kind WHERE account_id = ? AND bodies <= 0", (account,))
    db.execute(
        "DELETE FROM unread_share WHERE account_id = ? AND bodies <= 0 AND network <> ?", (account, ALL)
    )


def _add_to_sums(db: Database, account: int, network: str, bodies: int, size: int) -> None:
    """Add to the sums of an account or of a network; the row is held until the transaction ends."""
    db.execute(
        "INSERT INTO unread_share AS s (account_id, network, bodies, bytes) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, network) DO UPDATE SET"
        " bodies = s.bodies + excluded.bodies, bytes = s.bytes + excluded.bytes",
        (account, network, bodies, size),
    )
