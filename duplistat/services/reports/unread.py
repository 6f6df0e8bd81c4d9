"""keep_unread(): keep what nobody can read, within bounds: anybody may send it, and the disk is everybody's."""

import re
from collections.abc import Sequence
from typing import Any

from duplistat.config import Intake
from duplistat.core.errors import DuplistatError
from duplistat.services.context import ScheduleDefaults
from duplistat.services.writes import Writes
from duplistat.store import deliveries, unread
from duplistat.store.database import Database
from duplistat.store.packing import pack
from duplistat.store.totals import Tally
from duplistat.store.unread import Bounds, Unread

KIND_KEPT = 120
NO_ADDRESS = "-"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_DIGITS = re.compile(r"\d+")


def bounds_of(intake: Intake) -> Bounds:
    return Bounds(intake.unread_max_bytes, intake.unread_max_count)


def kind_of(error: DuplistatError) -> str:
    """Why something cannot be read, as a kind: what is wrong first, without what the sender wrote in it."""
    told = f"{error.problems[0].field}: {error.problems[0].problem}" if error.problems else error.message
    told = told.partition("; ")[0]
    return _DIGITS.sub("#", _QUOTED.sub("…", told))[:KIND_KEPT]


def keep_unread(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Keep the bytes of a request that nobody can read, and drop the oldest for it. Answers {"delivery"}.

    Of a body that is larger than one network's share only the head is kept; its size and digest are the whole's.
    """
    request, bounds = arguments["request"], Bounds(*arguments["bounds"])
    account, now, _, address, query, content_type = request
    problem, body = arguments["problem"], blobs[0]
    text = sum(len(part.encode("utf-8", "replace")) for part in (problem, address, query, content_type))
    packed, most = pack(body), bounds.of_network.bytes
    if most and len(packed) + text > most:
        # What does not deflate grows a little.
        packed = pack(body[: max(0, (most - text) * 99 // 100 - 64)])
    delivery = deliveries.add(db, request, body, packed=packed, outcome="unrecognised", problem=problem)
    network = arguments["network"] or NO_ADDRESS
    unread.add(db, account, Unread(delivery, network, arguments["kind"], len(packed) + text))
    unread.make_room(db, account, network, bounds, newest=delivery, now=now)
    tally.received("", "unrecognised", delivery)
    return {"delivery": delivery}


def prune_unread(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Drop what is over the `bounds` of an account and a network, some at once. Answers {"done"}."""
    account, network, bounds = arguments["account"], arguments["network"], Bounds(*arguments["bounds"])
    unread.hold(db, account)
    return {"done": unread.make_room(db, account, network, bounds, newest=0, now=arguments["now"])}


def prune_all_unread(db: Database, writes: Writes, bounds: Bounds, now: int) -> None:
    """Drop what is over its bounds since these were lowered."""
    limits = [bounds.bytes, bounds.bodies]
    for account, network in unread.crowded(db, bounds):
        arguments = {"account": account, "network": network, "bounds": limits, "now": now}
        while not writes.call("prune_unread", arguments)["done"]:
            pass
