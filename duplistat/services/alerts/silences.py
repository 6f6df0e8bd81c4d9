"""Silences: for a time, problems of some jobs open and are shown, and nobody is told."""

import json
from typing import Any

from duplistat.core.alerts.rule import KINDS, parse_match, plain_match
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import first_line
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.alerts.acknowledge import LONGEST_WHY
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import problems, silences
from duplistat.store.database import Database
from duplistat.store.silences import Silence

DAY_MS = 86_400_000
MOST_DAYS = 366


@command
def add_silence(
    tx: Tx,
    *,
    account: int,
    match: dict[str, Any],
    from_at: int,
    until_at: int,
    why: str = "",
    by: Actor,
    now: int,
) -> int:
    """A new silence for jobs at or below an account; its id. Times in ms, MOST_DAYS apart at most.

    `match` as core.alerts.rule.parse_match reads it; its kinds do not count but for "event". What is wrong still when
    it ends is told then. Raises DuplistatError: invalid with what is wrong.
    """
    kinds = match.get("kinds") or KINDS
    spec = json.dumps(plain_match(parse_match({**match, "kinds": list(kinds)})), ensure_ascii=False)
    require_span(from_at, until_at, now)
    reason = first_line(why, LONGEST_WHY)
    new = silences.add(tx.db, account, spec, from_at, until_at, why=reason, set_by=by["who"], now=now)
    span = {"from": iso_ms(from_ms(from_at)), "until": iso_ms(from_ms(until_at))}
    after = {"match": spec, **span, "why": reason}
    audit.note(tx.db, by, "silence.create", account=account, subject=str(new), now=now, after=after)
    return new


@command
def end_silence(tx: Tx, *, silence: int, by: Actor, now: int) -> bool:
    """End a silence now; what is wrong still is told. False when it has ended. Raises DuplistatError (not_found)."""
    row = silences.get(tx.db, silence)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "silence not found")
    if not end_row(tx.db, row, by, now):
        return False
    problems.look_at(tx.db, row.account_id, now)
    return True


def end_row(db: Database, row: Silence, by: Actor, now: int) -> bool:
    """As `end_silence`, of a row, but that the caller has its problems looked at."""
    if not silences.end(db, row.id, now):
        return False
    audit.note(db, by, "silence.end", account=row.account_id, subject=str(row.id), now=now)
    return True


def require_span(from_at: int, until_at: int, now: int) -> None:
    """Raises DuplistatError (invalid) for times between which no silence can hold."""
    if not max(from_at, now) < until_at <= from_at + MOST_DAYS * DAY_MS:
        raise DuplistatError(
            Kind.INVALID,
            Text("a silence ends in the future, after at most {most} days", most=MOST_DAYS),
            field="until",
        )
