"""keep_unread(): keep what nobody can read, within bounds: anybody may send it, and the disk is everybody's."""

import re
from collections.abc import Callable
from time import monotonic

from duplistat.config import Intake
from duplistat.core.errors import DuplistatError
from duplistat.services.context import Tx
from duplistat.services.reports.packed import PackedUnread
from duplistat.services.writes import Writes, command
from duplistat.store import deliveries
from duplistat.store import unread as counted
from duplistat.store.database import Database
from duplistat.store.packing import pack
from duplistat.store.unread import Bounds, Unread

KIND_KEPT = 120
NO_ADDRESS = "-"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_DIGITS = re.compile(r"\d+")


def bounds_of(intake: Intake) -> Bounds:
    return Bounds(intake.unread_max_bytes, intake.unread_max_count)


def kind_of(error: DuplistatError) -> str:
    """Why something cannot be read, as a kind: what is wrong first, without what the sender wrote in it."""
    reason = f"{error.problems[0].field}: {error.problems[0].problem}" if error.problems else error.message
    reason = reason.partition("; ")[0]
    return _DIGITS.sub("#", _QUOTED.sub("…", reason))[:KIND_KEPT]


@command
def keep_unread(tx: Tx, *, unread: PackedUnread) -> int:
    """Keep the bytes of a request that nobody can read, and drop the oldest for it. The id of the delivery.

    Of a body that is larger than one network's share only the head is kept; its size and digest are the whole's.
    """
    db, request, bounds = tx.db, unread["request"], Bounds(*unread["bounds"])
    account, now, _, address, query, content_type = request
    problem, body = unread["problem"], unread["body"]
    text = sum(len(part.encode("utf-8", "replace")) for part in (problem, address, query, content_type))
    packed, most = pack(body), bounds.of_network.bytes
    if most and len(packed) + text > most:
        # What does not deflate grows a little.
        packed = pack(body[: max(0, (most - text) * 99 // 100 - 64)])
    delivery = deliveries.add(db, request, body, packed=packed, outcome="unrecognised", problem=problem)
    network = unread["network"] or NO_ADDRESS
    counted.add(db, account, Unread(delivery, network, unread["kind"], len(packed) + text))
    counted.make_room(db, account, network, bounds, newest=delivery, now=now)
    tx.tally.received("", "unrecognised", delivery)
    return delivery


@command
def prune_unread(tx: Tx, *, account: int, network: str, bounds: list[int], now: int) -> bool:
    """Drop what is over the `bounds` (bytes, bodies) of an account and a network, some at once; whether all is done."""
    counted.hold(tx.db, account)
    return counted.make_room(tx.db, account, network, Bounds(*bounds), newest=0, now=now)


def prune_all_unread(
    db: Database,
    writes: Writes,
    bounds: Bounds,
    now: int,
    pause: Callable[[float], object] = lambda _: None,
) -> None:
    """Drop what is over its bounds since these were lowered, some at a time, with a pause after as long as it took."""
    limits = [bounds.bytes, bounds.bodies]
    for account, network in counted.crowded(db, bounds):
        begun = monotonic()
        while not writes.run(prune_unread, account=account, network=network, bounds=limits, now=now):
            pause(monotonic() - begun)
            begun = monotonic()
