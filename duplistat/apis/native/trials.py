"""A rule that is tried on what is stored, as a shape."""

from typing import Any

from duplistat.apis.native.shapes import time
from duplistat.apis.native.trial_models import TrialMessage, TrialResult
from duplistat.config import Config
from duplistat.services.alerts.trial import try_rule
from duplistat.store.database import Database


def tried(
    db: Database, config: Config, account: int, rule: dict[str, Any], days: int, now: int
) -> TrialResult:
    """Alerts that a rule of an account would have sent in the last days. It has been checked before."""
    trial = try_rule(
        db,
        account,
        rule,
        now,
        days=days,
        gather_ms=config.alerts.gather_ms,
        storm_ms=config.alerts.storm_ms,
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
