"""Rules of an account for what mails mean: tried before those that are built in, in the order they were made."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.wildcards import problem_of
from duplistat.formats.mail import rules
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, mail_intake

MOST = 200


@command
def add_mail_rule(
    tx: Tx, *, account: int, place: str, pattern: str, status: str, operation: str, by: Actor, now: int
) -> int:
    """Add a rule; its number. Raises DuplistatError: not_found; invalid."""
    db, pattern = tx.db, " ".join(pattern.split())
    if accounts.by_id(db, account) is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    if place not in rules.PLACES or status not in rules.STATUSES or operation not in rules.OPERATIONS:
        raise DuplistatError(Kind.INVALID, "a rule needs a place, a status and an operation")
    if problem := problem_of(pattern):
        raise DuplistatError(Kind.INVALID, Text("the pattern {problem}", problem=problem))
    if len(mail_intake.rules(db, (account,))) >= MOST:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} rules for mails", most=MOST))
    made = mail_intake.add_rule(db, account, place, pattern, status, operation)
    if made is None:
        raise DuplistatError(Kind.INVALID, "there is a rule for this pattern already")
    after = {"place": place, "status": status, "operation": operation}
    audit.note(db, by, "mail_rule.add", account=account, subject=pattern, now=now, after=after)
    return made


@command
def drop_mail_rule(tx: Tx, *, rule: int, by: Actor, now: int) -> None:
    """Take a rule away. Raises DuplistatError (not_found)."""
    everybody = tuple(account.id for account in accounts.all_accounts(tx.db))
    found = mail_intake.rule(tx.db, everybody, rule)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "rule not found: it was deleted")
    mail_intake.drop_rule(tx.db, found.id)
    audit.note(tx.db, by, "mail_rule.drop", account=found.account_id, subject=found.pattern, now=now)
