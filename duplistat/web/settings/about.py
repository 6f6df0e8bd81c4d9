"""/settings/about: what runs here, since when, whether it is well, and how it is configured."""

import platform
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response

from duplistat import __version__
from duplistat.config import SECTIONS
from duplistat.http.context import context
from duplistat.services.configuration.libraries import libraries
from duplistat.services.configuration.overrides import in_effect, stored
from duplistat.services.maintenance import scheduled_backups
from duplistat.services.monitoring.self_check import vitals
from duplistat.services.people.identity import Role
from duplistat.store import database_info, scheduler_lease
from duplistat.store.scheduler_lease import LEASE
from duplistat.web.access import needs, viewer
from duplistat.web.language import gettext as _
from duplistat.web.settings import sources
from duplistat.web.settings.page import show


class Line(NamedTuple):
    """A key of the configuration, with what holds and who says so."""

    key: str
    value: str
    source: str


@needs(Role.ADMIN)
def page() -> Response:
    ctx = context()
    return show(
        "about",
        facts=[
            (_("Version"), __version__),
            (_("Python"), platform.python_version()),
            (
                _("Database"),
                f"{'SQLite' if ctx.db.on_sqlite else 'PostgreSQL'} {database_info.version(ctx.db)}",
            ),
            (_("Schema version"), database_info.schema(ctx.db)),
        ],
        started=ctx.started,
        backed_up=scheduled_backups.look(ctx.db, ctx.config.backup, ctx.now()),
        vitals=vitals(
            ctx.config, scheduler_lease.lease(ctx.db, LEASE), ctx.now(), failing=ctx.writes.failing()
        ),
        configuration=configuration() if viewer().whole else {},
        data=str(ctx.config.data.absolute()) if viewer().whole else "",
        libraries=libraries(),
    )


def configuration() -> dict[str, list[Line]]:
    """{section: its keys} of what is in effect; what is secret is not in it."""
    ctx = context()
    config, kept = in_effect(ctx.db, ctx.config), stored(ctx.db)
    lines = {
        name: [
            Line(key, shown(name, key, getattr(getattr(config, name), key)), _source(kept, name, key))
            for key in model.model_fields
        ]
        for name, model in SECTIONS.items()
    }
    names = ", ".join(location.name for location in config.locations)
    return lines | {"[locations]": [Line("name", names, sources.words(ctx.config, kept, "locations"))]}


def shown(section: str, key: str, value: Any) -> str:
    """A value as it may be read by an admin: never a password."""
    if not SECTIONS[section].model_fields[key].repr:
        return _("set (hidden)") if value else ""
    if (section, key) == ("database", "url"):
        return without_password(str(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def without_password(url: str) -> str:
    """The address of a database without whatever is secret in it: user, password and parameters."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" or not parts.scheme:
        return url
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _source(kept: Mapping[str, Any], section: str, key: str) -> str:
    return sources.words(context().config, kept, section, key)
