"""Which version of a thing there is: another one once anybody changed what people set of it.

What reports and the clock change is left out, so that a version lasts as long as it is nobody's change that would be
lost.
"""

import hashlib
import json

from duplistat.store.database import Database

# Of each kind: its table, and what people set of it.
_SET = {
    "account": ("account", ("name", "timezone", "parent_id", "suspended_at")),
    "channel": (
        "channel",
        ("name", "config", "zone", "language", "templates", "self_test", "state = 'off'", "verified_at"),
    ),
    "client": ("client", ("name", "scopes", "revoked_at")),
    "digest": (
        "digest",
        ("name", "period", "hour", "day", "channels", "skip_unchanged", "enabled"),
    ),
    "job": (
        "job",
        (
            *("alias", "tags", "schedule", "schedule_zone", "grace_ms", "kept_schedule", "kept_zone"),
            *("paused", "paused_until", "maintenance_from", "maintenance_until", "snoozed_until"),
            *("archived_at", "deleting_at", "joining_at", "verify_dismissed", "restored_dismissed"),
            "(SELECT n.text FROM job_note n WHERE n.job_id = job.id)",
        ),
    ),
    "key": ("key", ("name", "hash", "scopes", "expires_at", "revoked_at", "old_until")),
    "badge": ("badge", ("hash",)),
    "ping key": ("ping_key", ("name", "hash")),
    "notice": ("notice", ("result",)),
    "problem": ("problem", ("acked_until", "acked_at", "acked_by", "acked_why", "closed_at")),
    "report": ("delivery", ("outcome",)),
    "rule": ("rule", ("name", "enabled", "spec")),
    "server": (
        "server",
        ("alias", "group_name", "notes", "web_url", "archived_at", "identity", "names_state"),
    ),
    "service": (
        "service",
        (
            *("name", "host", "port", "location", "agent_secret", "fingerprint", "contact_id"),
            *("configured_at", "cancelled_at", "maintenance_until", "suspended_at"),
        ),
    ),
    "silence": ("silence", ("spec", "from_at", "until_at", "why", "ended_at")),
    "view": ("saved_view", ("name", "user_id", "state")),
    "user": ("account_user", ("email", "name", "role", "password_at")),
}
# Of the whole server, and of no id: names of settings begin so.
_SETTINGS = {"retention": "retention.", "connections": "agents.", "location": "locations"}
KINDS = frozenset((*_SET, *_SETTINGS))
# So many hexadecimal digits of its SHA-256.
_DIGITS = 16


def of(db: Database, kind: str, id: int) -> str:
    """The version of a thing; "" where there is none of that id. One statement."""
    return _version(db, kind, id, "")


def held(db: Database, kind: str, id: int) -> str:
    """The same in a transaction, which nobody else changes until its end."""
    if kind in _SETTINGS:
        db.queue_for("settings")
    return _version(db, kind, id, db.for_update)


def _version(db: Database, kind: str, id: int, end: str) -> str:
    if kind in _SETTINGS:
        kept = sorted(db.rows("SELECT name, value FROM setting"))
        return _digest([list(row) for row in kept if row[0].startswith(_SETTINGS[kind])])
    table, columns = _SET[kind]
    row = db.row(f'SELECT {", ".join(columns)} FROM "{table}" WHERE id = ?{end}', (id,))
    if row is None:
        return ""
    # SQLite has 1 where PostgreSQL has true; a version is of one database.
    return _digest(list(row))


def _digest(values: list[object]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()[:_DIGITS]
