"""Telling: problems whose time has come are held against rules, quiet hours and silences, and become notices.

What goes out is decided here, in the scheduler, from what it read; `put_notices` writes it down, and lets nothing in
twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict
from zoneinfo import ZoneInfo

from duplistat.core.alerts.grouping import STORM_MS
from duplistat.core.alerts.notice import Kind
from duplistat.core.alerts.plan import Planned, plan
from duplistat.core.alerts.problem import Problem
from duplistat.services.alerts.cases import situation
from duplistat.services.alerts.facts import cause_facts, facts_of
from duplistat.services.alerts.listeners import load_listeners
from duplistat.services.alerts.new_notice import new_notice
from duplistat.services.context import Tx
from duplistat.services.writes import Writes, command
from duplistat.store import accounts, channels, notices, problems, told
from duplistat.store.database import Database

# Problems that are looked at together, at most: more than that are told in several messages.
AT_ONCE = 2000
# Notices, problems that these are of, and problems to look at again, that are written down in one transaction: reports
# wait for it. One notice is written whole.
NOTICES_AT_ONCE, MEMBERS_AT_ONCE, LOOKS_AT_ONCE = 10, 500, 200


class NewNotice(TypedDict):
    """A notice to be written down: its columns, and its problems with what is said once of each."""

    values: dict[str, str | int | None]
    members: list[tuple[int, str]]


class Look(TypedDict):
    """When to look at a problem again (ms), unless it has changed since `changes`."""

    problem: int
    next_at: int | None
    changes: int


@command
def put_notices(tx: Tx, *, made: list[NewNotice], looks: list[Look], now: int) -> int:
    """Write notices down, and when to look at their problems again; how many notices are new.

    What was told of a problem already is left out; a notice of which nothing is left is not made. An older notice of
    the same problem that waits for the same channel is replaced.
    """
    new = 0
    for item in made:
        values, members = item["values"], [(member[0], member[1]) for member in item["members"]]
        said = notices.said(tx.db, [dedupe for _, dedupe in members])
        fresh = [member for member in members if member[1] not in said]
        if not fresh:
            continue
        if values["result"] == "" and values["kind"] != Kind.RECOVERED and len(members) == 1:
            notices.replace_waiting(tx.db, members[0][0], values["channel_id"], now)
        new += notices.add(tx.db, values, fresh) is not None
    for look in looks:
        problems.set_next(tx.db, look["problem"], look["next_at"], look["changes"])
    return new


def tell_due(db: Database, writes: Writes, now: int, *, gather_ms: int, storm_ms: int, zone: ZoneInfo) -> int:
    """Look at the problems whose time has come, and make the notices that are due; how many."""
    found = problems.due(db, now, AT_ONCE)
    if not found:
        return 0
    # Those that would be told within the minute are told with them, and so are those that wait to be told as over.
    soon = problems.soon(db, now + gather_ms, AT_ONCE) if gather_ms else []
    together = list({problem.id: problem for problem in (*found, *soon, *_over(db, found))}.values())
    since = now - max(storm_ms, STORM_MS)
    at_hand = situation(db, together, load_listeners(db, now), now, since=since, zone=zone)
    planned = plan(
        at_hand.cases,
        at_hand.channels,
        now,
        gather_ms=gather_ms,
        storm_ms=storm_ms,
        jobs_of=at_hand.jobs_of,
        jobs=at_hand.jobs,
    )
    by_id = {problem.id: problem for problem in together}
    due = {problem.id for problem in found}
    made = [notice for item in planned.notices if (notice := _notice(db, item, by_id, now)) is not None]
    looks: list[Look] = [
        {"problem": id, "next_at": planned.next_at.get(id), "changes": by_id[id].changes} for id in due
    ]
    # Notices first: what was told is known when a problem is looked at again.
    new = 0
    for some in _in_portions(made):
        new += writes.run(put_notices, made=some, looks=[], now=now)
    for first in range(0, len(looks), LOOKS_AT_ONCE):
        writes.run(put_notices, made=[], looks=looks[first : first + LOOKS_AT_ONCE], now=now)
    return new


def _in_portions(made: Sequence[NewNotice]) -> Iterator[list[NewNotice]]:
    """The notices of one transaction, and those of the next ones."""
    some: list[NewNotice] = []
    for notice in made:
        members = sum(len(item["members"]) for item in some) + len(notice["members"])
        if some and (len(some) == NOTICES_AT_ONCE or members > MEMBERS_AT_ONCE):
            yield some
            some = []
        some.append(notice)
    if some:
        yield some


def _over(db: Database, found: Sequence[Problem]) -> list[Problem]:
    """What else is over that the channels have to tell which tell that one of these is: it may go out with it."""
    ended = [problem.id for problem in found if problem.closed_at is not None]
    by = {item.channel_id for items in told.of(db, ended).values() for item in items}
    ids = {id for channel in by for id in told.unrecovered(db, channel, AT_ONCE)}
    return list(problems.by_ids(db, sorted(ids)).values())


def _notice(db: Database, item: Planned, by_id: Mapping[int, Problem], now: int) -> NewNotice | None:
    """A planned message as a row; None when its channel has gone meanwhile."""
    channel = channels.get(db, item.channel)
    if channel is None:
        return None
    about = [by_id[problem] for problem, _ in item.members]
    owner = about[0].account_id if len({problem.account_id for problem in about}) == 1 else channel.account_id
    facts = facts_of(db, item.kind, item.why, now, about, accounts.name_of(db, owner))
    facts["rule"], facts["number"], facts["of"] = item.rule, item.number, item.of
    facts["cause"], facts["cause_name"] = item.cause.value, item.cause_name
    if item.causes:
        facts["causes"] = cause_facts(db, item.causes, by_id)
    if item.held_since is not None:
        facts["went"] = problems.came_and_went(db, channel.account_id, item.held_since, now)
    values = {**new_notice(owner, channel, facts, now), "rule_id": item.rule_id}
    if item.dropped is not None:
        values |= {"result": notices.DROPPED, "result_why": item.dropped.value, "ended_at": now}
    return {"values": values, "members": list(item.members)}
