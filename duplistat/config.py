"""Configuration: a TOML file, then DUPLISTAT_* in the environment, into one frozen Config.

Each key `[section] name` is also `DUPLISTAT_SECTION_NAME`; with `_FILE` behind it, the value is read from
that file (for secrets). A list in the environment is comma-separated. A wrong key or value ends the start
with one line that names it.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

# pydantic would search all that is installed for plugins, in each process. We have none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

ENVIRONMENT_PREFIX = "DUPLISTAT_"
# Not keys of a section: where the file and the data folder are.
OUTSIDE = ("DUPLISTAT_CONFIG", "DUPLISTAT_DATA")


class ConfigError(Exception):
    """A wrong key or value, in one line."""


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError with a line for whoever wrote it."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as e:
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin") from e


def _zone(name: str) -> str:
    if name:
        zone_named(name)
    return name


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    """[server]"""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all")
    port: int = Field(9666, ge=1, le=65535, description="Port to listen on")
    workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Worker processes that answer requests; 0 takes one for each core, at most 4",
    )
    threads: int = Field(32, ge=1, le=512, description="Requests that one worker process answers at once")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s]+)?$",
        description="Address under which others reach this server, shown in instructions; empty: as asked for",
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed"
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "", description="Zone in which days and learned schedules are meant; empty: the machine's own"
    )


class Database(Section):
    """[database]"""

    url: str = Field(
        "",
        pattern=r"^((sqlite:///|postgres(ql)?://).+)?$",
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; empty: duplistat.db in the data folder",
    )
    pool: int = Field(
        16, ge=1, le=200, description="Connections that one worker process holds to PostgreSQL, at most"
    )


class Api(Section):
    """[api]"""

    require_key: bool = Field(
        False, description="Refuse uploads and reads of the duplistatus API that bring no API key"
    )
    logs_in_last_backup: bool = Field(
        False, description="Put log lines into /api/lastbackup answers; they can name files"
    )
    metrics_jobs: int = Field(
        2000, ge=0, le=1_000_000, description="Jobs that get metrics of their own, at most"
    )


class Intake(Section):
    """[intake]"""

    max_body_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Largest body of one request, in bytes, decompressed",
    )
    max_log_lines: int = Field(
        100_000,
        ge=0,
        le=10_000_000,
        description="Log lines kept of one run: the first and the last half of these",
    )


class Limits(Section):
    """[limits]"""

    ingest_per_minute: int = Field(
        120,
        ge=0,
        le=1_000_000,
        description="Requests to /api/ingest that one API key may send a minute; 0 for no limit",
    )
    ingest_burst: int = Field(
        60, ge=1, le=1_000_000, description="Requests to /api/ingest that one API key may send at once"
    )
    upload_per_minute: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Requests to /api/upload that one API key, or one address without a key, may send a minute"
        " or at once; 0 for no limit. Duplicati does not send a refused report again",
    )
    wrong_keys_per_minute: int = Field(
        30,
        ge=0,
        le=1_000_000,
        description="Requests with a wrong API key that one address may send a minute or at once; 0 for no limit",
    )


class Overdue(Section):
    """[overdue]"""

    grace_seconds: int = Field(
        7200, ge=0, le=366 * 86400, description="How late a job may be before it is overdue, in seconds"
    )
    sweep_seconds: int = Field(
        30, ge=1, le=3600, description="How often jobs that are due are looked at, in seconds"
    )
    stuck_seconds: int = Field(
        900,
        ge=10,
        le=366 * 86400,
        description="Silence after which a job that said it runs is stuck, in seconds",
    )


class Oauth(Section):
    """[oauth]"""

    token_seconds: int = Field(
        3600, ge=60, le=30 * 86400, description="How long an access token is good, in seconds"
    )


class Retention(Section):
    """[retention]"""

    runs_days: int = Field(
        730, ge=0, le=36500, description="Days to keep runs and their logs; 0 keeps them for ever"
    )
    deliveries_days: int = Field(
        90, ge=0, le=36500, description="Days to keep bodies as received; 0 keeps them for ever"
    )
    events_days: int = Field(
        365, ge=0, le=36500, description="Days to keep events and state changes; 0 keeps them for ever"
    )


class Log(Section):
    """[log]"""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged: debug, info, warning or error"
    )
    format: Literal["text", "json"] = Field(
        "text", description="text for people, json for machines (one object a line)"
    )
    access: bool = Field(False, description="Log each request: method, path, status, time taken")


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
    oauth: Oauth = Oauth()
    retention: Retention = Retention()
    log: Log = Log()

    @cached_property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.data.absolute() / 'duplistat.db'}"

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def workers(self) -> int:
        return self.server.workers or max(1, min(4, os.cpu_count() or 1))

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.server.timezone) if self.server.timezone else _machine_zone()


SECTIONS: dict[str, type[Section]] = {
    "server": Server,
    "database": Database,
    "api": Api,
    "intake": Intake,
    "limits": Limits,
    "overdue": Overdue,
    "oauth": Oauth,
    "retention": Retention,
    "log": Log,
}


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
    sources = {(section, key): str(file) for section, keys in merged.items() for key in keys}
    for name, section, key, value in _from_environment(environment):
        merged.setdefault(section, {})[key] = value
        sources[(section, key)] = name
    for section, keys in (overrides or {}).items():
        merged.setdefault(section, {}).update(keys)
        sources.update({(section, key): "command line" for key in keys})
    values: dict[str, Any] = dict(merged)
    if data is not None:
        values["data"] = data
    try:
        return Config(**values)
    except ValidationError as e:
        raise ConfigError(_one_line(e, sources)) from e


def _read_file(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as e:
        raise ConfigError(f"{file}: cannot be read ({e.strerror})") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConfigError(f"{file}: is not valid TOML ({e})") from e
    for name, section in content.items():
        if name not in SECTIONS:
            raise ConfigError(f"{file}: unknown section [{name}]; there are {', '.join(SECTIONS)}")
        if not isinstance(section, dict):
            raise ConfigError(f"{file}: [{name}] must be a section, not a value")
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
