"""The sections of the configuration: each key with its type, its limits, its default and what it means."""

import os
from typing import Literal

# pydantic would search all that is installed for plugins, in each process. We have none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import Field

from duplistat.setting_types import Network, Section, Zone

# 200 a second from one address: behind it 6000 machines may run at once, and each tell so every half minute.
UPLOADS_PER_MINUTE = 12_000


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
    base_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        max_length=200,
        description="Path below which a proxy shows this server, such as /backups; empty for a name of its own",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed"
    )
    timezone: Zone = Field(
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
        8, ge=1, le=200, description="Connections that one worker process holds to PostgreSQL, at most"
    )
    prepare: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether frequent statements are prepared; auto: unless a pooler is in between"
    )
    wait_seconds: int = Field(
        10, ge=0, le=120, description="How long a change waits for a PostgreSQL that is away or full"
    )
    direct_url: str = Field(
        "",
        description="URL of PostgreSQL for backups and restores, where url is that of a pooler; empty: url",
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
    max_log_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Largest output of a tool sent to /api/report, in bytes, decompressed;"
        " of one over 5 MiB the first 1 MiB and the last 4 MiB are read and kept",
    )
    max_log_lines: int = Field(
        100_000,
        ge=0,
        le=10_000_000,
        description="Log lines kept of one run: the first and the last half of these",
    )
    unread_max_bytes: int = Field(
        256 * 1024 * 1024,
        ge=0,
        le=2**50,
        description="Bytes stored of bodies that nobody can read, of one account; one address gets half of it;"
        " 0 for no limit",
    )
    unread_max_count: int = Field(
        10_000,
        ge=0,
        le=100_000_000,
        description="Bodies kept that nobody can read, of one account; one address gets half of it; 0 for no limit",
    )
    smtp_listen: str = Field(
        "",
        pattern=r"^(\S*:\d{1,5})?$",
        description="Address and port at which mails are taken in, such as 0.0.0.0:2525; empty: none are",
    )
    smtp_domain: str = Field(
        "",
        max_length=253,
        pattern=r"^[A-Za-z0-9.-]*$",
        description="Domain that is shown behind the @ of mail addresses; mails to any other are taken as well",
    )
    smtp_max_bytes: int = Field(
        10 * 1024 * 1024, ge=1024, le=1024**3, description="Largest mail that is taken in, in bytes"
    )
    smtp_certificate: str = Field(
        "", description="File in PEM with the certificate for STARTTLS and its chain"
    )
    smtp_key: str = Field("", description="File in PEM with its key; empty: in the file of the certificate")
    smtp_require_tls: bool = Field(False, description="Take mails in over TLS alone")


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
    mails_per_minute: int = Field(
        60,
        ge=0,
        le=1_000_000,
        description="Mails that one address takes in a minute or at once; 0 for no limit",
    )
    upload_per_minute: int = Field(
        UPLOADS_PER_MINUTE,
        ge=0,
        le=1_000_000,
        description="Requests to /api/upload that one address may send without a key a minute or at once; 0 for no"
        " limit. Any value but the default holds for each API key, too. Duplicati does not send a refused report again",
    )
    wrong_keys_per_minute: int = Field(
        30,
        ge=0,
        le=1_000_000,
        description="Requests with a wrong API key that one address may send a minute or at once; 0 for no limit",
    )
    header_seconds: int = Field(
        30,
        ge=1,
        le=3600,
        description="Time for the first line and the headers of a request to arrive, in seconds",
    )
    body_seconds: int = Field(
        60, ge=1, le=3600, description="How long nothing of the body of a request may arrive, in seconds"
    )
    body_bytes_per_second: int = Field(
        500,
        ge=0,
        le=1_000_000,
        description="Bytes of a body that arrive each second at least, else body_seconds run out; 0 for any rate",
    )
    unfinished_per_address: int = Field(
        256,
        ge=0,
        le=100_000,
        description="Unfinished requests of one address, at most; the most silent end then; 0 for no limit",
    )
    unfinished_bytes: int = Field(
        1024**3,
        ge=1024**2,
        le=1024**4,
        description="Bytes of unfinished bodies and unread answers that one worker process keeps on disk, at most",
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
        description="Silence after which a job that said it runs has stalled, in seconds",
    )


class Accounts(Section):
    """[accounts]"""

    registration: Literal["closed", "open"] = Field(
        "closed", description="open lets anybody make an account through /api.php; closed lets nobody"
    )


class Mail(Section):
    """[mail]"""

    host: str = Field("", description="Mail server that takes our mail; empty: no mail is sent")
    port: int = Field(25, ge=1, le=65535, description="Port of the mail server")
    user: str = Field("", description="User name there; empty: no sign-in")
    password: str = Field("", description="Password there", repr=False)
    sender: str = Field("", description="Address that mail comes from")
    tls: Literal["none", "starttls", "tls"] = Field(
        "none", description="none, starttls, or tls from the first byte"
    )


class Agents(Section):
    """[agents]"""

    deny: tuple[Network, ...] = Field(
        ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32"),
        description="Networks in which no agent is called, whatever its name resolves to",
    )
    allow: tuple[Network, ...] = Field(
        (),
        description="Networks in which agents are called although `deny`, or open registration, says otherwise",
    )
    collect_minutes: int = Field(
        15,
        ge=0,
        le=7 * 1440,
        description="How often agents are asked for jobs, schedules and logs; 0 for never",
    )


class Alerts(Section):
    """[alerts]"""

    allow: tuple[Network, ...] = Field(
        (),
        description="Private, local or otherwise special networks that webhooks, ntfy and Apprise may call",
    )
    send_workers: int = Field(
        1, ge=0, le=8, description="Sender processes that serve starts; 0 where they run elsewhere"
    )
    gather_seconds: int = Field(
        60,
        ge=0,
        le=900,
        description="How long a problem waits for others of the same cause before a message goes out, in seconds",
    )
    storm_minutes: int = Field(
        15,
        ge=1,
        le=1440,
        description="Shortest time between two messages to a channel in a storm of problems, in minutes",
    )

    @property
    def gather_ms(self) -> int:
        return self.gather_seconds * 1000

    @property
    def storm_ms(self) -> int:
        return self.storm_minutes * 60_000


class Heartbeat(Section):
    """[heartbeat]: somebody who notices when this server falls silent."""

    url: str = Field(
        "",
        max_length=2000,
        pattern=r"^(https?://[^\s]+)?$",
        description="URL that is requested each minute while alerts work; empty: none",
        repr=False,
    )
    style: Literal["healthchecks", "uptime-kuma"] = Field(
        "healthchecks",
        description="healthchecks requests the URL as it is; uptime-kuma adds status=up and msg=OK",
    )


class Secret(Section):
    """[secret]"""

    key: str = Field(
        "", description="Key that encrypts stored passwords; empty: secret.key in the data folder", repr=False
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
    audit_days: int = Field(
        730, ge=0, le=36500, description="Days to keep who changed what; 0 keeps it for ever"
    )


class Backup(Section):
    """[backup]: the server's own database, not what jobs back up."""

    folder: str = Field(
        "", max_length=4096, description="Folder that the server backs its own database up into; empty: none"
    )
    every_hours: int = Field(
        24, ge=0, le=366 * 24, description="Hours between two backups of the database; 0 for never"
    )
    keep: int = Field(
        14, ge=0, le=10_000, description="Newest backups of the database to keep in that folder; 0 keeps all"
    )
    warn_after_hours: int = Field(
        0,
        ge=0,
        le=366 * 24,
        description="Age of the last backup, in hours, after which there is a warning; 0: twice every_hours,"
        " and never without a folder",
    )


class Web(Section):
    """[web]"""

    public_overview: bool = Field(
        False,
        description="Show the overview of the account main, and nothing else, to whoever is not signed in",
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
    keep_bytes: int = Field(4_194_304, ge=0, le=1 << 30, description="Bytes of log kept on disk; 0: none")


SECTIONS: dict[str, type[Section]] = {
    "server": Server,
    "database": Database,
    "api": Api,
    "intake": Intake,
    "limits": Limits,
    "overdue": Overdue,
    "accounts": Accounts,
    "mail": Mail,
    "agents": Agents,
    "alerts": Alerts,
    "heartbeat": Heartbeat,
    "secret": Secret,
    "oauth": Oauth,
    "retention": Retention,
    "backup": Backup,
    "web": Web,
    "log": Log,
}
