"""Where a setting comes from, in words; what comes from elsewhere is not made here."""

from collections.abc import Mapping
from typing import Any

from duplistat.config import COMMAND_LINE, ENVIRONMENT_PREFIX, Config
from duplistat.web.language import gettext as _


def is_fixed(config: Config, section: str, key: str = "") -> bool:
    """Whether the file, the environment or the command line says it: then that holds."""
    return bool(config.source(section, key))


def words(config: Config, kept: Mapping[str, Any], section: str, key: str = "") -> str:
    """Where the value of a key comes from; `kept` is what was set on the pages, by name."""
    source = config.source(section, key)
    if source == COMMAND_LINE:
        return _("command line")
    if source.startswith(ENVIRONMENT_PREFIX):
        return _("environment variable %(name)s") % {"name": source}
    if source:
        return _("configuration file %(name)s") % {"name": source}
    name = f"{section}.{key}" if key else section
    return _("set on this page") if name in kept else _("default")
