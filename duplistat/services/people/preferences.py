"""What a person prefers to see. It is nobody else's business, so the audit log knows nothing of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from duplistat.services.context import ScheduleDefaults
from duplistat.store import users
from duplistat.store.database import Database
from duplistat.store.totals import Tally

# A person has no more of them, nor longer ones.
MOST = 50
LONGEST = 200


def preferences_of(db: Database, user: int) -> dict[str, str]:
    """{name: value} of a person; empty for one that is gone."""
    kept = json.loads(users.preferences(db, user))
    return {str(name): str(value) for name, value in kept.items()}


def set_preferences(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Lay `arguments["changes"]`, {name: value}, over what `arguments["user"]` prefers; "" forgets a name."""
    changes: Mapping[str, str] = arguments["changes"]
    db.queue_for(f"preferences:{arguments['user']}")
    kept = preferences_of(db, arguments["user"]) | {name: value[:LONGEST] for name, value in changes.items()}
    kept = {name: value for name, value in kept.items() if value}
    if len(kept) <= MOST:
        users.set_preferences(db, arguments["user"], json.dumps(kept, ensure_ascii=False))
    return {}
