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
    workers: int = Field(0, ge=0, le=64, description="Worker processes; 0: one for each core, at most 4")
    threads: int = Field(
        32, ge=1, le=512, description="Threads of each worker process: requests that it answers at once"
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s]+)?$",
        description="Public URL of this server, for links in messages and instructions; empty: that of the request",
    )
    base_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        max_length=200,
        description="URL path under which a reverse proxy serves duplistat, such as /backups; empty: the root",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (),
        description="Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are trusted",
    )
    timezone: Zone = Field(
        "", description="Time zone of days and learned schedules; empty: that of the machine"
    )


class Database(Section):
    """[database]"""

    url: str = Field(
        "",
        pattern=r"^((sqlite:///|postgres(ql)?://).+)?$",
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; empty: duplistat.db in the data folder",
    )
    pool: int = Field(
        8, ge=1, le=200, description="Connections to PostgreSQL in the pool of each worker process, at most"
    )
    prepare: Literal["auto", "on", "off"] = Field(
        "auto", description="Prepared statements on PostgreSQL; auto: unless behind a pooler"
    )
    wait_seconds: int = Field(
        10,
        ge=0,
        le=120,
        description="Seconds that a change waits for PostgreSQL while it is unreachable or out of connections",
    )
    direct_url: str = Field(
        "", description="URL of PostgreSQL for backups and restores, where url is a pooler's; empty: url"
    )


class Api(Section):
    """[api]"""

    require_key: bool = Field(
        False, description="Require an API key for uploads and reads of the duplistatus API"
    )
    logs_in_last_backup: bool = Field(
        False, description="Include log lines in answers of /api/lastbackup; they can contain file names"
    )
    metrics_jobs: int = Field(
        2000, ge=0, le=1_000_000, description="Maximum number of jobs with metrics of their own"
    )


class Intake(Section):
    """[intake]"""

    max_body_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Maximum size of a request body, in bytes, decompressed",
    )
    max_log_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Maximum size of a tool's output sent to /api/report, in bytes, decompressed; of one "
        "over 5 MiB the first 1 MiB and the last 4 MiB are read and kept",
    )
    max_log_lines: int = Field(
        100_000,
        ge=0,
        le=10_000_000,
        description="Maximum number of log lines kept of a run: the first half and the last half",
    )
    unread_max_bytes: int = Field(
        256 * 1024 * 1024,
        ge=0,
        le=2**50,
        description="Maximum size of unrecognised reports per account, in bytes; half per sender address; 0: no limit",
    )
    unread_max_count: int = Field(
        10_000,
        ge=0,
        le=100_000_000,
        description="Maximum number of unrecognised reports per account; half per sender address; 0: no limit",
    )
    smtp_listen: str = Field(
        "",
        pattern=r"^(\S*:\d{1,5})?$",
        description="Address and port of the SMTP server for reports by mail, such as 0.0.0.0:2525; empty: off",
    )
    smtp_domain: str = Field(
        "",
        max_length=253,
        pattern=r"^[A-Za-z0-9.-]*$",
        description="Domain shown in mail addresses, after the @; mails to other domains are accepted too",
    )
    smtp_max_bytes: int = Field(
        10 * 1024 * 1024, ge=1024, le=1024**3, description="Maximum size of a mail, in bytes"
    )
    smtp_certificate: str = Field("", description="PEM file with the certificate for STARTTLS and its chain")
    smtp_key: str = Field(
        "", description="PEM file with its private key; empty: in the file of the certificate"
    )
    smtp_require_tls: bool = Field(False, description="Require TLS: reject mails without it")


class Limits(Section):
    """[limits]"""

    ingest_per_minute: int = Field(
        120,
        ge=0,
        le=1_000_000,
        description="Rate limit of /api/ingest: requests per API key and minute; 0: no limit",
    )
    ingest_burst: int = Field(
        60, ge=1, le=1_000_000, description="Burst of that rate limit: requests per API key at once"
    )
    mails_per_minute: int = Field(
        60,
        ge=0,
        le=1_000_000,
        description="Rate limit of mails: per mail address and minute, or at once; 0: no limit",
    )
    upload_per_minute: int = Field(
        UPLOADS_PER_MINUTE,
        ge=0,
        le=1_000_000,
        description="Rate limit of /api/upload: requests without an API key per client address and "
        "minute, or at once; 0: no limit. Any value but the default also limits each API key. "
        "Duplicati does not send a rejected report again",
    )
    wrong_keys_per_minute: int = Field(
        30,
        ge=0,
        le=1_000_000,
        description="Rate limit of wrong API keys: requests per client address and minute, or at once; 0: no limit",
    )
    header_seconds: int = Field(
        30, ge=1, le=3600, description="Timeout for the first line and the headers of a request, in seconds"
    )
    body_seconds: int = Field(
        60, ge=1, le=3600, description="Timeout between two parts of a request body, in seconds"
    )
    body_bytes_per_second: int = Field(
        500,
        ge=0,
        le=1_000_000,
        description="Minimum rate of a request body in bytes per second, else body_seconds run out; 0: any rate",
    )
    unfinished_per_address: int = Field(
        256,
        ge=0,
        le=100_000,
        description="Maximum unfinished requests per client address; the most silent are closed; 0: no limit",
    )
    unfinished_bytes: int = Field(
        1024**3,
        ge=1024**2,
        le=1024**4,
        description="Maximum size of unfinished bodies and unread answers on the disk of a worker process, in bytes",
    )


class Overdue(Section):
    """[overdue]"""

    grace_seconds: int = Field(
        7200,
        ge=0,
        le=366 * 86400,
        description="Default grace period: how late a run may be before its job is overdue, in seconds",
    )
    sweep_seconds: int = Field(
        30, ge=1, le=3600, description="Interval of checks for overdue jobs, in seconds"
    )
    stuck_seconds: int = Field(
        900,
        ge=10,
        le=366 * 86400,
        description="Time without progress after which a running job counts as stalled, in seconds",
    )


class Accounts(Section):
    """[accounts]"""

    registration: Literal["closed", "open"] = Field(
        "closed", description="Registration of accounts through /api.php: open to anybody, or closed"
    )


class Mail(Section):
    """[mail]"""

    host: str = Field("", description="Mail server (SMTP) for outgoing mail; empty: no mail is sent")
    port: int = Field(25, ge=1, le=65535, description="Port of the mail server")
    user: str = Field("", description="User name for the mail server; empty: no authentication")
    password: str = Field("", description="Password for the mail server", repr=False)
    sender: str = Field("", description="Sender address (From) of mails")
    tls: Literal["none", "starttls", "tls"] = Field(
        "none", description="Encryption: none, starttls, or tls from the first byte"
    )


class Agents(Section):
    """[agents]"""

    deny: tuple[Network, ...] = Field(
        ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32"),
        description="Blocked networks: no Duplicati server in them is contacted, whatever a name resolves to",
    )
    allow: tuple[Network, ...] = Field(
        (), description="Allowed networks: exceptions to `deny`, and to what open registration blocks"
    )
    collect_minutes: int = Field(
        15,
        ge=0,
        le=7 * 1440,
        description="Interval of collecting from Duplicati connections, in minutes; 0: never",
    )


class Alerts(Section):
    """[alerts]"""

    allow: tuple[Network, ...] = Field(
        (), description="Private and other non-public networks that webhooks, ntfy and Apprise may call"
    )
    send_workers: int = Field(
        1, ge=0, le=8, description="Number of sender processes; 0: none, they run elsewhere"
    )
    gather_seconds: int = Field(
        60,
        ge=0,
        le=900,
        description="Time a problem waits for others of the same cause, to be one message, in seconds",
    )
    storm_minutes: int = Field(
        15,
        ge=1,
        le=1440,
        description="Minimum interval between two messages to a channel during a storm of problems, in minutes",
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
        description="Heartbeat URL, requested each minute while alerts work; empty: none",
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
        3600, ge=60, le=30 * 86400, description="How long an access token is valid, in seconds"
    )


class Retention(Section):
    """[retention]"""

    runs_days: int = Field(
        730, ge=0, le=36500, description="Retention of runs and their logs, in days; 0: forever"
    )
    deliveries_days: int = Field(
        90, ge=0, le=36500, description="Retention of raw reports, in days; 0: forever"
    )
    events_days: int = Field(
        365, ge=0, le=36500, description="Retention of events and status history, in days; 0: forever"
    )
    audit_days: int = Field(
        730, ge=0, le=36500, description="Retention of the audit log, in days; 0: forever"
    )


class Backup(Section):
    """[backup]: the server's own database, not what jobs back up."""

    folder: str = Field(
        "", max_length=4096, description="Folder for scheduled backups of the database; empty: none"
    )
    every_hours: int = Field(
        24, ge=0, le=366 * 24, description="Interval between two backups of the database, in hours; 0: never"
    )
    keep: int = Field(
        14, ge=0, le=10_000, description="Number of database backups to keep in that folder; 0: all"
    )
    warn_after_hours: int = Field(
        0,
        ge=0,
        le=366 * 24,
        description="Warn when the last backup of the database is older, in hours; 0: twice every_hours, "
        "and never without a folder",
    )


class Web(Section):
    """[web]"""

    public_overview: bool = Field(
        False, description="Show the overview of the account main, and nothing else, without sign-in"
    )


class Log(Section):
    """[log]"""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum severity that is logged: debug, info, warning or error"
    )
    format: Literal["text", "json"] = Field(
        "text", description="Log format: text, or json (one object per line)"
    )
    access: bool = Field(False, description="Access log: method, path, status and duration of each request")
    keep_bytes: int = Field(
        4_194_304, ge=0, le=1 << 30, description="Size of the log kept on disk, in bytes; 0: none"
    )


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
