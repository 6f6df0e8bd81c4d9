"""Services: backup agents that we can call, each with the address and the secrets for that.

A caller is a `Scope`: what it may see is in every statement.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from duplistat.core.i18n import restored
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

VDS, SERVER = "VDS", "SERVER"
# A service's number is its id from here on, so that it has five digits from the first.
FIRST_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose services: those of an account, or those that are assigned to a contact (a child account)."""

    account: int
    contact: bool = False

    @property
    def where(self) -> str:
        account = int(self.account)
        if not self.contact:
            return f"s.account_id = {account}"
        # Of the account above: who moved below another one takes nothing along.
        above = f"(SELECT parent_id FROM account WHERE id = {account})"
        return f"s.contact_id = {account} AND s.account_id = {above}"


# The kind of a problem that is of a job.
JOB = "job"


@dataclass(frozen=True, slots=True)
class Service:
    """A row of `service`, column by column, with when its account was suspended. Times are ms; flags 0 or 1."""

    id: int
    account_id: int
    contact_id: int | None
    kind: str
    name: str
    host: str
    port: int
    location: int
    encrypt: int
    data_secret: str
    agent_secret: str
    fingerprint: str
    activation_hint: str
    created_at: int
    configured_at: int | None
    cancelled_at: int | None
    maintenance_until: int | None
    tried_at: int | None
    started_at: int | None
    suspended_at: int | None
    machine_id: str
    answered_at: int | None
    running: int
    jobs: int
    facts: str
    # A core.i18n.Text, or plain; kept as core.i18n.stored makes it.
    problem: str
    problem_at: int | None
    # What it is about: JOB, or "" for an agent that could not be reached.
    problem_kind: str
    # When all that there was last came, and when that was last tried.
    collected_at: int | None
    collect_tried_at: int | None
    account_suspended_at: int | None

    @property
    def number(self) -> str:
        return number_of(self.kind, self.id)

    @property
    def job_failed(self) -> bool:
        """Whether its problem is that a job which was started here failed."""
        return bool(self.problem) and self.problem_kind == JOB

    @property
    def is_unreachable(self) -> bool:
        return bool(self.problem) and self.problem_kind != JOB

    @property
    def restricted(self) -> bool:
        return self.suspended_at is not None or self.account_suspended_at is not None

    def in_maintenance(self, now: int) -> bool:
        return self.maintenance_until is not None and self.maintenance_until > now


COLUMNS = tuple(f.name for f in fields(Service))[:-1]
_PROBLEM = COLUMNS.index("problem")
_SELECT = (
    f"SELECT {', '.join('s.' + name for name in COLUMNS)}, a.suspended_at"
    " FROM service s JOIN account a ON a.id = s.account_id"
)
# A server that was named by a post is that service's; any other is the one's that has its name.
_OWNS = "(v.service_id = s.id OR (v.service_id IS NULL AND (s.name = v.name OR s.name = v.alias)))"


def _service(row: tuple[Any, ...]) -> Service:
    values = list(row)
    values[_PROBLEM] = restored(values[_PROBLEM])
    return Service(*values)


def number_of(kind: str, service: int) -> str:
    return f"{kind[0]}{FIRST_NUMBER + service}"


def parse_number(text: str) -> tuple[str, int] | None:
    """(kind, id) of a number such as V16428; None for what is none."""
    kinds = {kind[0]: kind for kind in (VDS, SERVER)}
    kind, digits = kinds.get(text[:1].upper()), text[1:]
    if kind is None or not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15):
        return None
    id = int(digits) - FIRST_NUMBER
    return (kind, id) if id > 0 else None


def add(db: Database, values: Mapping[str, Any], request: str | None = None) -> int | None:
    """A new service; its id. `values` are by column. None when there is one that the same `request` made."""
    columns, given = ("request", *values), (request, *values.values())
    return db.insert(
        f"INSERT INTO service ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        " ON CONFLICT (request) DO NOTHING RETURNING id",
        given,
    )


def of_request(db: Database, request: str | None) -> int:
    """The id of the service that a request made. Raises LookupError."""
    row = db.row("SELECT id FROM service WHERE request = ?", (request,))
    if row is None:
        raise LookupError("the database gave no id to a service")
    return int(row[0])


def change(db: Database, service: int, values: Mapping[str, Any]) -> None:
    """Other values for some columns; the names of columns are ours, never a caller's."""
    if values:
        if not set(values) <= set(COLUMNS):
            raise ValueError("a service has no such column")
        db.change(
            f"UPDATE service SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            (*values.values(), service),
        )


def of(db: Database, scope: Scope) -> list[Service]:
    """All that a caller may see, in the order in which they were made."""
    return [_service(row) for row in db.rows(f"{_SELECT} WHERE {scope.where} ORDER BY s.id")]


def by_id(db: Database, scope: Scope, service: int) -> Service | None:
    row = db.row(f"{_SELECT} WHERE s.id = ? AND {scope.where}", (service,))
    return _service(row) if row else None


def by_number(db: Database, scope: Scope, number: str) -> Service | None:
    """The service that a caller may see under a number such as V16428."""
    parsed = parse_number(number)
    found = by_id(db, scope, parsed[1]) if parsed else None
    return found if found is not None and parsed is not None and found.kind == parsed[0] else None


def numbered(db: Database, number: str) -> Service | None:
    """The service of that number, whosever it is."""
    parsed = parse_number(number.strip())
    found = get(db, parsed[1]) if parsed else None
    return found if found is not None and parsed is not None and found.kind == parsed[0] else None


def of_run(db: Database, scope: Scope, run: int) -> Service | None:
    """The service that a caller may see and that a run is of; the first, should there be two of one name."""
    row = db.row(
        f"{_SELECT} JOIN server v ON v.account_id = s.account_id AND {_OWNS}"
        " JOIN job j ON j.server_id = v.id JOIN run r ON r.job_id = j.id"
        f" WHERE r.id = ? AND {scope.where} ORDER BY s.id LIMIT 1",
        (run,),
    )
    return _service(row) if row else None


def get(db: Database, service: int) -> Service | None:
    """Whosever it is: for what is done in the background."""
    row = db.row(f"{_SELECT} WHERE s.id = ?", (service,))
    return _service(row) if row else None


def of_server(db: Database, account: int, service: int | None, names: Collection[str]) -> Service | None:
    """The service that a server of an account is of: by its id, else by its name; one that is in use comes first."""
    which = "s.id = ?" if service is not None else f"s.name IN ({', '.join('?' * len(names))})"
    row = db.row(
        f"{_SELECT} WHERE s.account_id = ? AND {which}"
        " ORDER BY CASE WHEN s.cancelled_at IS NULL THEN 0 ELSE 1 END, s.id LIMIT 1",
        (account, *([service] if service is not None else names)),
    )
    return _service(row) if row else None


def visible(db: Database, accounts: Collection[int]) -> list[Service]:
    """All services of these accounts, in the order in which they were made."""
    rows = db.rows(f"{_SELECT} WHERE s.account_id IN ({account_filter(tuple(accounts))}) ORDER BY s.id")
    return [_service(row) for row in rows]


def seen(db: Database, accounts: tuple[int, ...], service: int) -> Service | None:
    """The service of that id, if it is of one of these accounts."""
    row = db.row(f"{_SELECT} WHERE s.id = ? AND s.account_id IN ({account_filter(accounts)})", (service,))
    return _service(row) if row else None


def page(
    db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int, removed: bool | None = None
) -> list[Service]:
    """The newest services of some accounts, those with ids below `before` when it is given.

    Those that are `removed`, those that are not, or both (None).
    """
    where, parameters = ("AND s.id < ?", (before,)) if before is not None else ("", ())
    if removed is not None:
        where += f" AND s.cancelled_at IS {'NOT NULL' if removed else 'NULL'}"
    rows = db.rows(
        f"{_SELECT} WHERE s.account_id IN ({account_filter(accounts)}) {where} ORDER BY s.id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [_service(row) for row in rows]


def any_removed(db: Database, accounts: tuple[int, ...]) -> bool:
    """Whether one of these accounts has a service that was removed."""
    where = f"s.cancelled_at IS NOT NULL AND s.account_id IN ({account_filter(accounts)})"
    return db.row(f"SELECT 1 FROM service s WHERE {where} LIMIT 1") is not None


def working(db: Database) -> list[Service]:
    """Every service that is configured and neither cancelled nor suspended, of all accounts."""
    rows = db.rows(
        f"{_SELECT} WHERE s.configured_at IS NOT NULL AND s.cancelled_at IS NULL AND s.suspended_at IS NULL"
        " AND a.suspended_at IS NULL ORDER BY s.id"
    )
    return [_service(row) for row in rows]


def uncollected(db: Database, since: int, limit: int) -> list[int]:
    """The configured services that nobody tried to collect from since then and that have no such task, oldest first."""
    rows = db.rows(
        "SELECT s.id FROM service s JOIN account a ON a.id = s.account_id"
        " WHERE s.configured_at IS NOT NULL AND s.cancelled_at IS NULL AND s.suspended_at IS NULL"
        " AND a.suspended_at IS NULL AND COALESCE(s.collect_tried_at, 0) <= ?"
        " AND NOT EXISTS (SELECT 1 FROM agent_task t WHERE t.service_id = s.id AND t.kind = 'collect')"
        " ORDER BY COALESCE(s.collect_tried_at, 0), s.id LIMIT ?",
        (since, limit),
    )
    return [row[0] for row in rows]


def at_locations(db: Database) -> dict[int, int]:
    """{location: how many services that are not cancelled store their backups there}."""
    rows = db.rows("SELECT location, count(*) FROM service WHERE cancelled_at IS NULL GROUP BY location")
    return {row[0]: row[1] for row in rows}


def accounts_of(services: Collection[Service]) -> tuple[int, ...]:
    return tuple(sorted({service.account_id for service in services}))
