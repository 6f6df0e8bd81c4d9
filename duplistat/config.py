"""Configuration: a TOML file, then DUPLISTAT_* in the environment, into one frozen Config.

Each key `[section] name` is also `DUPLISTAT_SECTION_NAME`; with `_FILE` behind it, the value is read from
that file (for secrets). A list in the environment is comma-separated. A wrong key or value ends the start
with one line that names it.
"""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from duplistat.config_error import ConfigError
from duplistat.sections import (
    SECTIONS,
    Accounts,
    Agents,
    Alerts,
    Api,
    Backup,
    Database,
    Heartbeat,
    Intake,
    Limits,
    Log,
    Mail,
    Oauth,
    Overdue,
    Retention,
    Secret,
    Server,
    Web,
)
from duplistat.setting_types import LOCATIONS, Location, zone_named

# isort: split
# After the sections, which say how pydantic is to be loaded.
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

__all__ = [
    "LOCATIONS",
    "SECTIONS",
    "Accounts",
    "Agents",
    "Alerts",
    "Api",
    "Backup",
    "Config",
    "ConfigError",
    "Database",
    "Heartbeat",
    "Intake",
    "Limits",
    "Location",
    "Log",
    "Mail",
    "Oauth",
    "Overdue",
    "Retention",
    "Secret",
    "Server",
    "Web",
    "load",
    "zone_named",
]

ENVIRONMENT_PREFIX = "DUPLISTAT_"
# Where an option of a command set a key.
COMMAND_LINE = "command line"
# Not keys of a section: where the file and the data folder are.
OUTSIDE = (
    *("DUPLISTAT_CONFIG", "DUPLISTAT_DATA"),
    # Of `duplistat run`, which may run beside a server.
    *("DUPLISTAT_URL", "DUPLISTAT_KEY", "DUPLISTAT_KEY_FILE", "DUPLISTAT_SPOOL", "DUPLISTAT_TIMEOUT"),
)


class Config(BaseModel):
    """Everything that can be set. `data` is the folder for the database and what lives beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Path("data")
    server: Server = Server()
    database: Database = Database()
    api: Api = Api()
    intake: Intake = Intake()
    limits: Limits = Limits()
    overdue: Overdue = Overdue()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    agents: Agents = Agents()
    alerts: Alerts = Alerts()
    heartbeat: Heartbeat = Heartbeat()
    secret: Secret = Secret()
    oauth: Oauth = Oauth()
    retention: Retention = Retention()
    backup: Backup = Backup()
    web: Web = Web()
    log: Log = Log()
    locations: tuple[Location, ...] = LOCATIONS
    _sources: dict[tuple[str, str], str] = PrivateAttr(default_factory=dict)

    def source(self, section: str, key: str = "") -> str:
        """Where a key was set: a file, the name of a variable, or "command line"; "" where the default holds.

        Locations are all set in one place, and have no key.
        """
        return self._sources.get((section, key), "")

    @cached_property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.data.absolute() / 'duplistat.db'}"

    @property
    def dump_url(self) -> str:
        """Where programs of PostgreSQL connect that need a session of their own."""
        return self.database.direct_url or self.database_url

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def workers(self) -> int:
        return self.server.workers or max(1, min(4, os.cpu_count() or 1))

    @property
    def own_url(self) -> str:
        """Where people reach this server, as far as it knows. What a request says its name is has no part in it."""
        own = self.server
        host = "localhost" if own.host in ("", "0.0.0.0", "::") else own.host  # noqa: S104  # not bound to it here
        named = f"[{host}]" if ":" in host else host
        return self.public_address or f"http://{named}:{own.port}{own.base_path}"

    @property
    def public_address(self) -> str:
        """[server] public_url with the path below which we are, whether or not it has that; "" where it is not set."""
        given, path = self.server.public_url.rstrip("/"), self.server.base_path
        return given + path if given and not urlsplit(given).path.endswith(path) else given

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.server.timezone) if self.server.timezone else _machine_zone()


def _machine_zone() -> ZoneInfo:
    """The zone that TZ or /etc/localtime names, UTC where neither is readable as a zone."""
    names = [os.environ.get("TZ", "").lstrip(":")]
    target = str(Path("/etc/localtime").resolve())
    if "/zoneinfo/" in target:
        names.append(target.split("/zoneinfo/", 1)[1])
    for name in names:
        try:
            return ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            continue
    return ZoneInfo("UTC")


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    data: Path | None = None,
) -> Config:
    """Read the file, lay the environment and then `overrides` ({section: {key: value}}) over it.

    Raises ConfigError with one line that names the wrong key or value and where it came from.
    """
    environment = os.environ if environment is None else environment
    merged = _read_file(file) if file else {}
    sources = {
        (section, key): str(file) for section, keys in merged.items() if section in SECTIONS for key in keys
    }
    if "locations" in merged:
        sources["locations", ""] = str(file)
    for name, section, key, value in _from_environment(environment):
        merged.setdefault(section, {})[key] = value
        sources[(section, key)] = name
    for section, keys in (overrides or {}).items():
        merged.setdefault(section, {}).update(keys)
        sources.update({(section, key): COMMAND_LINE for key in keys})
    values: dict[str, Any] = dict(merged)
    if data is not None:
        values["data"] = data
    try:
        config = Config(**values)
    except ValidationError as e:
        raise ConfigError(_one_line(e, sources)) from e
    config._sources.update(sources)
    return config


def _read_file(file: Path) -> dict[str, dict[str, Any]]:
    # Most servers have no file.
    import tomllib

    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as e:
        raise ConfigError(f"{file}: cannot be read ({e.strerror})") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConfigError(f"{file}: is not valid TOML ({e})") from e
    for name, section in content.items():
        if name == "locations":
            if not isinstance(section, list):
                raise ConfigError(f"{file}: locations are written as [[locations]], one after the other")
            continue
        if name not in SECTIONS:
            raise ConfigError(f"{file}: unknown section [{name}]; there are {', '.join(SECTIONS)}")
        if not isinstance(section, dict):
            raise ConfigError(f"{file}: [{name}] must be a section, not a value")
        # A section within one, such as [intake.smtp], is another way to write its keys: intake.smtp_listen.
        for inner in [key for key, value in section.items() if isinstance(value, dict)]:
            section.update({f"{inner}_{key}": value for key, value in section.pop(inner).items()})
    return content


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, str, str, Any]]:
    """Each (variable, section, key, value) that the environment sets."""
    found = []
    for name, value in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or name in OUTSIDE:
            continue
        section, _, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        fields = SECTIONS[section].model_fields if section in SECTIONS else {}
        if key not in fields and key.endswith("_file") and key.removesuffix("_file") in fields:
            key = key.removesuffix("_file")
            try:
                value = Path(value).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as e:
                raise ConfigError(f"{name}: {value} cannot be read ({e})") from e
        if key not in fields:
            raise ConfigError(f"{name}: there is no such setting")
        is_list = "tuple" in str(fields[key].annotation)
        parsed = [part.strip() for part in value.split(",") if part.strip()] if is_list else value
        found.append((name, section, key, parsed))
    return found


def _one_line(error: ValidationError, sources: Mapping[tuple[str, str], str]) -> str:
    first = error.errors()[0]
    section, key = (str(part) for part in (*first["loc"], "")[:2])
    where = sources.get((section, key), "configuration")
    if first["type"] == "extra_forbidden":
        known = ", ".join(SECTIONS[section].model_fields)
        return f"{where}: unknown key [{section}] {key}; there are {known}"
    problem = first["msg"].removeprefix("Value error, ")
    # The address of a database may hold a password; this line ends in logs.
    value = re.sub(r"//.*@", "//…@", repr(first["input"]))
    return f"{where}: [{section}] {key} = {value}: {problem[0].lower()}{problem[1:]}"
