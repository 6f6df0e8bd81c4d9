"""Settings that people make on the pages. What the file, the environment or the command line says wins over them.

They hold from the next time on that somebody asks `in_effect`, without a restart.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from duplistat.config import SECTIONS, Config, Location
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import accounts, settings
from duplistat.store.database import Database

log = logging.getLogger(__name__)

# The sections of which every key can be set on a page; and locations, as a whole.
EDITABLE_SECTIONS = ("retention", "agents")
LOCATIONS = "locations"
MOST_LOCATIONS = 200
CHANGED = later(
    "Somebody else changed this at the same moment, so your change is not made: look at it, and try again"
)


def stored(db: Database) -> dict[str, Any]:
    """{name: value} of what was set on the pages, such as retention.runs_days, whether or not it is in effect."""
    return {name: json.loads(value) for name, value in settings.all_settings(db).items()}


def in_effect(db: Database, config: Config) -> Config:
    """The configuration with what was set on the pages, where nothing else says otherwise. One statement."""
    kept, update = stored(db), {}
    for section in EDITABLE_SECTIONS:
        before = getattr(config, section)
        changes = {
            key: kept[f"{section}.{key}"]
            for key in SECTIONS[section].model_fields
            if f"{section}.{key}" in kept and not config.source(section, key)
        }
        if changes:
            update[section] = _section(section, before.model_dump() | changes) or before
    if LOCATIONS in kept and not config.source(LOCATIONS):
        update[LOCATIONS] = _locations(kept[LOCATIONS]) or config.locations
    return config.model_copy(update=update) if update else config


@command
def set_overrides(
    tx: Tx,
    *,
    changes: Mapping[str, object],
    subject: str,
    seen: Mapping[str, object] | None = None,
    by: Actor,
    now: int,
) -> None:
    """Set settings, {name: value}; None goes back to the default. `subject` is what the audit log calls them.

    `seen` is what was stored of some of them when the change was made of it. Raises DuplistatError (invalid), also
    when that is not what is stored by now.
    """
    db, before = tx.db, {}
    main = accounts.main(db)
    if main is None:
        raise LookupError(f"the account {accounts.MAIN!r} is gone")
    db.queue_for("settings")
    kept = stored(db)
    if any(kept.get(name) != value for name, value in (seen or {}).items()):
        raise DuplistatError(Kind.INVALID, CHANGED)
    for name, value in changes.items():
        before[name] = kept.get(name)
        if value is None:
            settings.drop(db, name)
        else:
            _demand(name, value)
            settings.put(db, name, json.dumps(value, ensure_ascii=False))
    audit.note(db, by, "setting.set", account=main.id, subject=subject, now=now, before=before, after=changes)


def _demand(name: str, value: Any) -> None:
    """Raises DuplistatError (invalid) for a setting that is not made here, or that cannot be so."""
    section, _, key = name.partition(".")
    fine = name == LOCATIONS and _locations(value) is not None
    if section in EDITABLE_SECTIONS and key in SECTIONS[section].model_fields:
        fine = _section(section, {key: value}) is not None
    if not fine:
        raise DuplistatError(Kind.INVALID, f"{name} cannot be set to this")


def _section(section: str, values: Mapping[str, Any]) -> Any:
    """A section with these values; None when they are not allowed, as they may once have been."""
    try:
        return SECTIONS[section](**values)
    except ValidationError as e:
        log.warning("setting [%s] made on a page is invalid and not used: %s", section, e.errors()[0]["msg"])
        return None


def _locations(values: Any) -> tuple[Location, ...] | None:
    """Locations with an id each; None when they are not allowed."""
    try:
        found = tuple(Location(**value) for value in values)
    except (TypeError, ValidationError):
        return None
    ids = {location.id for location in found}
    return found if found and len(ids) == len(found) <= MOST_LOCATIONS else None
