"""What a person prefers to see. It is nobody else's business, so the audit log knows nothing of it."""

import json
from collections.abc import Mapping

from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import users
from duplistat.store.database import Database

# A person has no more of them, nor longer ones.
MOST = 50
LONGEST = 200


def preferences_of(db: Database, user: int) -> dict[str, str]:
    """{name: value} of a person; empty for one that is gone."""
    kept = json.loads(users.preferences(db, user))
    return {str(name): str(value) for name, value in kept.items()}


@command
def set_preferences(tx: Tx, *, user: int, changes: Mapping[str, str]) -> None:
    """Lay `changes`, {name: value}, over what a person prefers; "" forgets a name."""
    tx.db.queue_for(f"preferences:{user}")
    kept = preferences_of(tx.db, user) | {name: value[:LONGEST] for name, value in changes.items()}
    kept = {name: value for name, value in kept.items() if value}
    if len(kept) <= MOST:
        users.set_preferences(tx.db, user, json.dumps(kept, ensure_ascii=False))
