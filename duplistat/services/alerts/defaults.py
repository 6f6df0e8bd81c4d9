"""The alert rule of a fresh database: administrators are alerted about what failed, is overdue or stalled."""

import json

from duplistat.core.alerts.rule import Match, Rule, Step, plain_rule
from duplistat.store import channels, rules
from duplistat.store.database import Database

CHANNEL = "Administrators"
RULE = "Failed, overdue or stalled"


def default_alerts(db: Database, account: int, now: int) -> None:
    """A channel that mails the administrators of an account, and a rule that tells it; in the caller's transaction.

    Without a mail server the channel is broken until there is one, as the pages say.
    """
    channel = channels.add(
        db,
        {
            "account_id": account,
            "name": CHANNEL,
            "kind": "mail",
            "config": json.dumps({"to": [], "admins": True}),
            "shown": "administrators",
            "state_at": now,
            "created_at": now,
        },
    )
    if channel is not None:
        rule = Rule(Match(), (Step(0, (channel,)),))
        rules.add(db, account, RULE, json.dumps(plain_rule(rule), separators=(",", ":")), now)
