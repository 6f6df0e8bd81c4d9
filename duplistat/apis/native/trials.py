"""A rule that is tried on what is stored, as a shape."""

from typing import Any

from duplistat.apis.native.shapes import time
from duplistat.apis.native.trial_models import TrialMessage, TrialResult
from duplistat.config import Config
from duplistat.services.alerts.trial import try_rule
from duplistat.services.configuration.overrides import in_effect
from duplistat.store.database import Database

SECOND_MS = 1000
MINUTE_MS = 60_000


def tried(
    db: Database, config: Config, account: int, rule: dict[str, Any], days: int, now: int
) -> TrialResult:
    """What a rule of an account would have told in the last days. It has been checked before."""
    alerts = in_effect(db, config).alerts
    trial = try_rule(
        db,
        account,
        rule,
        now,
        days=days,
        gather_ms=alerts.gather_seconds * SECOND_MS,
        storm_ms=alerts.storm_minutes * MINUTE_MS,
        zone=config.zone,
    )
    messages = [
        TrialMessage(
            at=time(message["at"]),
            channel=message["channel"],
            kind=message["kind"],
            why=message["why"],
            jobs=message["jobs"],
            total=message["total"],
        )
        for message in trial["messages"]
    ]
    return TrialResult.model_validate({**trial, "messages": messages})
