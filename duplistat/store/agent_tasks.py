"""Tasks: what is to be done with an agent in the background. A service has at most one of each kind.

Whoever works on one holds it until a time; each change is a compare-and-set on that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from duplistat.store.database import Database

PROBE, RUN, FOLLOW, COLLECT = "probe", "run", "follow", "collect"


@dataclass(frozen=True, slots=True)
class Task:
    """A row of `agent_task`: times in ms, `state` JSON."""

    id: int
    service_id: int
    kind: str
    due_at: int
    taken_until: int | None
    state: str


_COLUMNS = "id, service_id, kind, due_at, taken_until, state"
_FREE = "due_at <= ? AND (taken_until IS NULL OR taken_until <= ?)"


def add(db: Database, service: int, kind: str, due_at: int, state: str = "{}") -> None:
    """Have something done; what is there already is done again, with this state, when it is due later."""
    db.execute(
        "INSERT INTO agent_task (service_id, kind, due_at, state) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (service_id, kind) DO UPDATE SET due_at = excluded.due_at, state = excluded.state",
        (service, kind, due_at, state),
    )


def any_due(db: Database, now: int) -> bool:
    return db.row(f"SELECT 1 FROM agent_task WHERE {_FREE} LIMIT 1", (now, now)) is not None


def due(db: Database, now: int, limit: int) -> list[Task]:
    """What nobody works on; one of each service whose tasks nobody works on.

    What somebody waits for first, then what is only collected; of each the longest due first.
    """
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM agent_task t WHERE {_FREE} AND NOT EXISTS (SELECT 1 FROM agent_task o"
        " WHERE o.service_id = t.service_id AND o.taken_until > ?)"
        " ORDER BY CASE kind WHEN ? THEN 1 ELSE 0 END, due_at, id LIMIT ?",
        (now, now, now, COLLECT, 4 * limit),
    )
    first: dict[int, Task] = {}
    for row in rows:
        task = Task(*row)
        first.setdefault(task.service_id, task)
    return list(first.values())[:limit]


def take(db: Database, task: Task, now: int, until: int) -> bool:
    """Work on a task until a time; False when another was first."""
    changed = db.change(
        f"UPDATE agent_task SET taken_until = ? WHERE id = ? AND {_FREE}", (until, task.id, now, now)
    )
    return changed == 1


def free_all(db: Database) -> int:
    """Let go of everything that is held; how many those were."""
    return db.change("UPDATE agent_task SET taken_until = NULL WHERE taken_until IS NOT NULL")


def holds(db: Database, task: int, until: int) -> bool:
    """Whether the one who took a task until then still holds it; the row is held until the transaction ends."""
    row = db.row(f"SELECT taken_until FROM agent_task WHERE id = ?{db.for_update}", (task,))
    return row is not None and row[0] == until


def end(db: Database, task: int, due_at: int) -> None:
    """It is done, unless it was asked for again since it was taken: then it is free for the next one."""
    if not db.change("DELETE FROM agent_task WHERE id = ? AND due_at = ?", (task, due_at)):
        db.change("UPDATE agent_task SET taken_until = NULL WHERE id = ?", (task,))


def put_off(db: Database, task: int, due_at: int, again_at: int, state: str) -> None:
    """Let it be done again later, with this state, unless it was asked for again since it was taken."""
    if not db.change(
        "UPDATE agent_task SET taken_until = NULL, due_at = ?, state = ? WHERE id = ? AND due_at = ?",
        (again_at, state, task, due_at),
    ):
        db.change("UPDATE agent_task SET taken_until = NULL WHERE id = ?", (task,))


def keep(db: Database, task: int, until: int, due_at: int, state: str) -> None:
    """Note how far one has come, unless another works on it by now, or it was asked for again since."""
    db.change(
        "UPDATE agent_task SET state = ? WHERE id = ? AND taken_until = ? AND due_at = ?",
        (state, task, until, due_at),
    )


def drop(db: Database, service: int, kind: str) -> None:
    db.change("DELETE FROM agent_task WHERE service_id = ? AND kind = ?", (service, kind))


def drop_all(db: Database, service: int) -> None:
    db.change("DELETE FROM agent_task WHERE service_id = ?", (service,))


def waiting(db: Database, service: int) -> list[Task]:
    return waiting_of(db, (service,)).get(service, [])


def waiting_of(db: Database, services: Sequence[int]) -> dict[int, list[Task]]:
    """{service: what is to be done with it}, of those with which something is."""
    if not services:
        return {}
    found: dict[int, list[Task]] = {}
    marks = ", ".join("?" * len(services))
    for row in db.rows(
        f"SELECT {_COLUMNS} FROM agent_task WHERE service_id IN ({marks}) ORDER BY id", services
    ):
        task = Task(*row)
        found.setdefault(task.service_id, []).append(task)
    return found


def by_ids(db: Database, tasks: Sequence[int]) -> list[Task]:
    if not tasks:
        return []
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM agent_task WHERE id IN ({', '.join('?' * len(tasks))}) ORDER BY id", tasks
    )
    return [Task(*row) for row in rows]
