"""Rules as people set them: who hears of what, and when."""

import json
from collections.abc import Mapping
from typing import Any

from duplistat.core.alerts.rule import Rule, parse_rule, plain_rule
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, channels, problems, rules
from duplistat.store.database import Database
from duplistat.store.rules import RuleRow

MOST_RULES = 1000


@command
def add_rule(
    tx: Tx,
    *,
    account: int,
    name: str,
    rule: dict[str, Any],
    enabled: bool = True,
    tell_now: bool = False,
    by: Actor,
    now: int,
) -> int:
    """A new rule of an account, for it and all below; its id. `rule` as core.alerts.rule.parse_rule reads it.

    With `tell_now` it tells of what is wrong already; else of what happens next. Raises DuplistatError: invalid with
    what is wrong.
    """
    spec, name = checked(tx.db, account, rule), _name(name)
    if len(rules.of_accounts(tx.db, (account,))) >= MOST_RULES:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} rules", most=MOST_RULES))
    new = rules.add(tx.db, account, name, spec, now)
    if new is None:
        raise _taken(name)
    if not enabled:
        rules.update(tx.db, new, {"enabled": 0})
    if tell_now:
        problems.look_at(tx.db, account, now)
    audit.note(tx.db, by, "rule.create", account=account, subject=name, now=now, after={"rule": spec})
    return new


@command
def set_rule(
    tx: Tx,
    *,
    rule: int,
    name: str | None = None,
    spec: dict[str, Any] | None = None,
    enabled: bool | None = None,
    by: Actor,
    now: int,
) -> None:
    """Change a rule; what is None stays. What is wrong now is held against it at once.

    Raises DuplistatError: not_found, or invalid with what is wrong.
    """
    row = _found(tx.db, rule)
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _name(name)
        other = rules.by_name(tx.db, row.account_id, changes["name"])
        if other is not None and other.id != row.id:
            raise _taken(changes["name"])
    if spec is not None:
        changes["spec"] = checked(tx.db, row.account_id, spec)
    if enabled is not None:
        changes["enabled"] = int(enabled)
    if not changes:
        return
    rules.update(tx.db, row.id, changes)
    problems.look_at(tx.db, row.account_id, now)
    audit.note(
        tx.db,
        by,
        "rule.set",
        account=row.account_id,
        subject=row.name,
        now=now,
        before={field: getattr(row, field) for field in changes},
        after=changes,
    )


@command
def delete_rule(tx: Tx, *, rule: int, by: Actor, now: int) -> None:
    """Delete a rule. Recipients of its alerts still get the recovery message. Raises DuplistatError (not_found)."""
    row = _found(tx.db, rule)
    rules.delete(tx.db, row.id)
    audit.note(
        tx.db, by, "rule.delete", account=row.account_id, subject=row.name, now=now, before={"rule": row.spec}
    )


def without_channel(db: Database, channel: int) -> int:
    """Take a channel that goes out of all rules, in the caller's transaction; how many named it."""
    changed = 0
    for row in rules.naming(db, channel):
        plain = json.loads(row.spec)
        for step in plain["steps"]:
            step["channels"] = [other for other in step["channels"] if other != channel]
        plain["steps"] = [step for step in plain["steps"] if step["channels"]]
        if plain["steps"]:
            plain["steps"][0]["minutes"] = 0
        rules.update(db, row.id, {"spec": json.dumps(plain, separators=(",", ":"))})
        changed += 1
    return changed


def checked(db: Database, account: int, plain: Mapping[str, Any]) -> str:
    """What the column of a rule has, of a rule that can be: its channels are of the account or of one below it.

    Raises DuplistatError: invalid with what is wrong.
    """
    rule: Rule = parse_rule(plain)
    if not rule.steps:
        raise DuplistatError(Kind.INVALID, "a rule names a channel at least", field="steps")
    mine = accounts.visible(db, account)
    known = channels.by_ids(db, rule.channels)
    for channel in rule.channels:
        if channel not in known or known[channel].account_id not in mine:
            raise DuplistatError(
                Kind.INVALID, Text("there is no channel {number}", number=channel), field="steps"
            )
    for listed in rule.match.accounts:
        if listed not in mine:
            raise DuplistatError(
                Kind.INVALID, Text("there is no account {number}", number=listed), field="accounts"
            )
    return json.dumps(plain_rule(rule), ensure_ascii=False, separators=(",", ":"))


def _name(name: str) -> str:
    found = clip_name(name)
    if not found:
        raise DuplistatError(Kind.INVALID, "a rule has a name", field="name")
    return found


def _found(db: Database, rule: int) -> RuleRow:
    row = rules.get(db, rule)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "rule not found")
    return row


def _taken(name: str) -> DuplistatError:
    return DuplistatError(Kind.INVALID, Text("there is a rule {name} already", name=repr(name)), field="name")
