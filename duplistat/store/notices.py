"""Notices: the outbox of messages that have to go out, each by one channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

WAITING, SENT, FAILED, DROPPED = "", "sent", "failed", "dropped"
# Problems of a notice that one statement looks for, or writes.
MEMBERS_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of `notice`; times in ms. `facts` is JSON, as core.alerts.notice.NoticeFacts says."""

    id: int
    uid: str
    account_id: int
    channel_id: int | None
    channel: str
    rule_id: int | None
    rule: str
    kind: str
    why: str
    facts: str
    dedupe: str | None
    created_at: int
    not_before: int
    attempts: int
    plain: int
    sent_to: str
    claimed_by: str
    claimed_until: int | None
    result: str
    result_why: str
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many notices wait, and since when the oldest does (ms); None when none does."""

    count: int
    oldest: int | None


COLUMNS = tuple(f.name for f in fields(Notice))
SELECT = f"SELECT {', '.join(COLUMNS)} FROM notice"


def add(db: Database, values: Mapping[str, Any], members: Sequence[tuple[int, str]] = ()) -> int | None:
    """The id of a new notice, `values` by column; None when one of its `dedupe` is there.

    `members` are the problems that it tells of: (problem, what of it). One that is told already fails with the
    database's own error: whoever adds has looked.
    """
    new = db.insert(
        f"INSERT INTO notice ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " ON CONFLICT (dedupe) DO NOTHING RETURNING id",
        list(values.values()),
    )
    if new is None:
        return None
    for first in range(0, len(members), MEMBERS_AT_ONCE):
        some = members[first : first + MEMBERS_AT_ONCE]
        db.execute(
            "INSERT INTO notice_problem (notice_id, problem_id, dedupe) VALUES "
            + ", ".join(["(?, ?, ?)"] * len(some)),
            [value for problem, dedupe in some for value in (new, problem, dedupe)],
        )
    return new


def _mine(accounts: tuple[int, ...]) -> str:
    """What is true of a notice that a caller for these accounts may see.

    What a channel or a rule of a parent account tells of one of these is that account's own business.
    """
    listed = account_filter(accounts)
    return (
        f"account_id IN ({listed}) AND (channel_id IN (SELECT id FROM channel WHERE account_id IN ({listed}))"
        " OR (channel_id IS NULL AND NOT EXISTS (SELECT 1 FROM rule WHERE rule.id = notice.rule_id"
        f" AND rule.account_id NOT IN ({listed}))))"
    )


def get(db: Database, notice: int) -> Notice | None:
    row = db.row(f"{SELECT} WHERE id = ?", (notice,))
    return Notice(*row) if row else None


def seen(db: Database, accounts: tuple[int, ...], notice: int) -> Notice | None:
    """The notice of that id, if a caller for these accounts may see it."""
    row = db.row(f"{SELECT} WHERE id = ? AND {_mine(accounts)}", (notice,))
    return Notice(*row) if row else None


def by_uid(db: Database, uid: str) -> Notice | None:
    row = db.row(f"{SELECT} WHERE uid = ?", (uid,))
    return Notice(*row) if row else None


def page(
    db: Database,
    accounts: tuple[int, ...],
    *,
    result: str | None = None,
    channel: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Notice]:
    """Notices of accounts, newest first; `before` is the id where the page before ended. `result` as in the row."""
    clauses, values = [_mine(accounts)], []
    for clause, value in (("result = ?", result), ("channel_id = ?", channel), ("id < ?", before)):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    rows = db.rows(f"{SELECT} WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT ?", (*values, limit))
    return [Notice(*row) for row in rows]


def said_of(db: Database, problems: Sequence[int]) -> dict[int, dict[str, tuple[int, int, str]]]:
    """What was put into notices of each problem: {problem: {dedupe: (notice, created_at, result)}}."""
    found: dict[int, dict[str, tuple[int, int, str]]] = {problem: {} for problem in problems}
    if not problems:
        return found
    rows = db.rows(
        "SELECT m.problem_id, m.dedupe, n.id, n.created_at, n.result FROM notice_problem m JOIN notice n"
        f" ON n.id = m.notice_id WHERE m.problem_id IN ({', '.join('?' * len(problems))})",
        list(problems),
    )
    for problem, dedupe, notice, created_at, result in rows:
        found[problem][dedupe] = (notice, created_at, result)
    return found


def said(db: Database, dedupes: Sequence[str]) -> set[str]:
    """What of this was put into a notice of a problem already."""
    found: set[str] = set()
    for first in range(0, len(dedupes), MEMBERS_AT_ONCE):
        some = dedupes[first : first + MEMBERS_AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = db.rows(f"SELECT dedupe FROM notice_problem WHERE dedupe IN ({marks})", some)
        found.update(dedupe for (dedupe,) in rows)
    return found


def replace_waiting(db: Database, problem: int, channel: object, now: int) -> int:
    """Take back what waits to tell a channel of this problem alone, and nobody is sending; how many."""
    return db.change(
        "UPDATE notice SET result = 'dropped', result_why = 'replaced', ended_at = ? WHERE result = ''"
        " AND channel_id = ? AND (claimed_until IS NULL OR claimed_until <= ?) AND attempts = 0"
        " AND id IN (SELECT notice_id FROM notice_problem WHERE problem_id = ?)"
        " AND (SELECT count(*) FROM notice_problem m WHERE m.notice_id = notice.id) = 1",
        (now, channel, now, problem),
    )


def of_problem(db: Database, problem: int, limit: int = 200) -> list[Notice]:
    """The notices that told of a problem, oldest first."""
    rows = db.rows(
        f"{SELECT} WHERE id IN (SELECT notice_id FROM notice_problem WHERE problem_id = ?) ORDER BY id LIMIT ?",
        (problem, limit),
    )
    return [Notice(*row) for row in rows]


def seen_of_problem(db: Database, accounts: tuple[int, ...], problem: int, limit: int = 200) -> list[int]:
    """The ids of the notices that told of a problem and that a caller for these accounts may see, oldest first."""
    rows = db.rows(
        "SELECT id FROM notice WHERE id IN (SELECT notice_id FROM notice_problem WHERE problem_id = ?)"
        f" AND {_mine(accounts)} ORDER BY id LIMIT ?",
        (problem, limit),
    )
    return [row[0] for row in rows]


def members(db: Database, notice: int) -> list[int]:
    """The problems that a notice tells of."""
    rows = db.rows("SELECT problem_id FROM notice_problem WHERE notice_id = ? ORDER BY problem_id", (notice,))
    return [row[0] for row in rows]


def waiting_of(db: Database, problem: int) -> list[Notice]:
    """The notices of a problem that wait."""
    rows = db.rows(
        f"{SELECT} WHERE result = '' AND id IN (SELECT notice_id FROM notice_problem WHERE problem_id = ?)"
        " ORDER BY id",
        (problem,),
    )
    return [Notice(*row) for row in rows]


def hold_waiting_of(db: Database, problem: int) -> None:
    """Have nobody else change the notices of a problem that wait until the transaction ends."""
    if db.for_own_use:
        db.rows(
            "SELECT id FROM notice WHERE result = '' AND id IN"
            f" (SELECT notice_id FROM notice_problem WHERE problem_id = ?) ORDER BY id{db.for_own_use}",
            (problem,),
        )


def drop(db: Database, notice: int, why: str, now: int) -> bool:
    """Take a notice back that waits, and that nobody is sending; False when somebody is, or it has ended."""
    return (
        db.change(
            "UPDATE notice SET result = 'dropped', result_why = ?, ended_at = ? WHERE id = ? AND result = ''"
            " AND (claimed_until IS NULL OR claimed_until <= ?)",
            (why, now, notice, now),
        )
        == 1
    )


def recent_of(db: Database, channel: int, since: int) -> list[tuple[int, str, str, int]]:
    """(created_at, kind, why, how many problems) of the notices of a channel since a time, oldest first."""
    rows = db.rows(
        "SELECT n.created_at, n.kind, n.why, (SELECT count(*) FROM notice_problem m WHERE m.notice_id = n.id)"
        " FROM notice n WHERE n.channel_id = ? AND n.created_at >= ? ORDER BY n.id",
        (channel, since),
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def drop_all(db: Database, channel: int, why: str, now: int, *, claimed: bool) -> int:
    """Take back all that waits for a channel, with `claimed` also what somebody is sending; how many."""
    free = "" if claimed else " AND (claimed_until IS NULL OR claimed_until <= ?)"
    return db.change(
        "UPDATE notice SET result = 'dropped', result_why = ?, ended_at = ?, claimed_by = '', claimed_until = NULL"
        f" WHERE result = '' AND channel_id = ?{free}",
        (why, now, channel, *(() if claimed else (now,))),
    )


def tests_of(db: Database, channel: int, since: int) -> list[Notice]:
    """The tests of a channel since a time (ms), newest first, at most 20."""
    rows = db.rows(
        f"{SELECT} WHERE channel_id = ? AND created_at >= ? AND kind = 'test' ORDER BY id DESC LIMIT 20",
        (channel, since),
    )
    return [Notice(*row) for row in rows]


def waiting(db: Database) -> Waiting:
    row = db.row("SELECT count(*), MIN(created_at) FROM notice WHERE result = ''")
    return Waiting(row[0], row[1]) if row else Waiting(0, None)


@dataclass(frozen=True, slots=True)
class Results:
    """How many notices of a channel ended so; `kind` is that of the channel, "" when it is gone."""

    channel: str
    kind: str
    result: str
    count: int


def results(db: Database, accounts: tuple[int, ...]) -> list[Results]:
    """How the notices ended that wait no more, by channel of some accounts."""
    rows = db.rows(
        "SELECT n.channel, COALESCE(c.kind, ''), n.result, count(*) FROM notice n LEFT JOIN channel c"
        " ON c.id = n.channel_id WHERE n.result <> '' AND COALESCE(c.account_id, n.account_id)"
        f" IN ({account_filter(accounts)}) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return [Results(*row) for row in rows]


def prune(db: Database, before: int, limit: int) -> int:
    """Delete notices that ended before a time; how many rows, those included that say of which problems they told."""
    members = db.change(
        "DELETE FROM notice_problem WHERE dedupe IN (SELECT dedupe FROM notice_problem WHERE notice_id IN"
        " (SELECT id FROM notice WHERE ended_at < ? ORDER BY id LIMIT ?) LIMIT ?)",
        (before, limit, limit),
    )
    if members == limit:
        return members
    return members + db.change(
        "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE ended_at < ? ORDER BY id LIMIT ?)",
        (before, limit - members),
    )


def waiting_events(db: Database, channel: int, now: int) -> Notice | None:
    """The notice of device notifications that waits for a channel, and that nobody is sending."""
    row = db.row(
        f"{SELECT} WHERE channel_id = ? AND kind = 'event' AND result = '' AND attempts = 0"
        " AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY id LIMIT 1",
        (channel, now),
    )
    return Notice(*row) if row else None


def set_facts(db: Database, notice: int, facts: str) -> bool:
    """Let a notice tell something else; False when somebody is sending it by now."""
    statement = "UPDATE notice SET facts = ? WHERE id = ? AND result = '' AND attempts = 0"
    return db.change(statement, (facts, notice)) == 1


def last_self_test(db: Database, channel: int) -> int | None:
    """When a channel was last tested by the clock (ms)."""
    row = db.row(
        "SELECT MAX(created_at) FROM notice WHERE channel_id = ? AND kind = 'test' AND why = 'schedule'",
        (channel,),
    )
    return row[0] if row else None
