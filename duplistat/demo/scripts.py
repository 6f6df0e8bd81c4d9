"""Devices that report by scripts: what these post of their backups, and of everything else."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.schedule import next_after
from duplistat.core.schedule_text import parse_schedule
from duplistat.demo.notifications import NOTIFICATIONS
from duplistat.services.reports.intake import INGEST_BACKUP, INGEST_NOTIFICATION

GB = 10**9
# As for the other jobs: now is as it is told, and nothing goes wrong by chance.
_CALM = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Post:
    """A body that a script sends to an endpoint at a time (aware)."""

    at: datetime
    endpoint: str
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class _Script:
    """A job of a script. `size` in bytes, `growth` is a part of it a year; the messages take numbers by name."""

    device: str
    sender: str
    job: str
    schedule: str
    size: int
    growth: float
    good: str
    warning: str
    error: str


_SCRIPTS = (
    _Script(
        "pg-main",
        "pg_dump.sh",
        "postgres dump",
        "daily 01:30",
        38 * GB,
        0.3,
        "Backup completed. 14 databases, {size} GB dumped.",
        "Backup completed with warnings. Table audit_log of shop is locked, and was left out.",
        'pg_dump: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
    ),
    _Script(
        "pg-main",
        "pg_dump.sh",
        "WAL to offsite",
        "every 6h from 2020-01-05T00:10Z",
        3 * GB,
        0.2,
        "Backup completed. {uploaded} GB transferred.",
        "Backup completed with warnings. 2 segments were sent again.",
        "rclone: Failed to copy: 503 Slow Down. Please reduce your request rate.",
    ),
    _Script(
        "web-02",
        "ops-scripts",
        "rsync /srv",
        "daily 02:45",
        142 * GB,
        0.15,
        "Backup completed. {uploaded} GB transferred.",
        "rsync warning: some files vanished before they could be transferred (code 24)",
        "rsync error: timeout in data send/receive (code 30) at io.c(200)",
    ),
)


def posts(begin: datetime, now: datetime, zone: ZoneInfo, seed: int) -> Iterator[Post]:
    """Everything that scripts send from `begin` to `now`, in order. The same for the same seed."""
    streams = [_backups(script, begin, now, zone, seed) for script in _SCRIPTS]
    return merge(*streams, _notifications(begin, now, seed), key=lambda post: post.at)


def _backups(script: _Script, begin: datetime, now: datetime, zone: ZoneInfo, seed: int) -> Iterator[Post]:
    luck = random.Random(f"{seed}:{script.device}:{script.job}")  # noqa: S311  # the same again
    schedule, due, size = parse_schedule(script.schedule), begin, float(script.size)
    while (following := next_after(schedule, zone, due)) is not None and following < now:
        size *= 1 + script.growth * (following - due) / timedelta(days=365)
        due = following
        started = due + timedelta(seconds=luck.randint(1, 4))
        uploaded = int(size * luck.uniform(0.01, 0.06))
        seconds = round(20 + uploaded / 40e6 * luck.uniform(0.7, 1.5))
        ended = started + timedelta(seconds=seconds)
        chance = 1.0 if now - due < _CALM else luck.random()
        if ended >= now:
            return
        status, text = "Success", script.good
        if chance < 0.04:
            status, text = ("Error", script.error) if chance < 0.012 else ("Warning", script.warning)
        body: dict[str, Any] = {
            "deviceName": script.device,
            "jobName": script.job,
            "timestamp": started.astimezone(zone).isoformat(timespec="seconds"),
            "status": status,
            "message": text.format(size=f"{size / GB:.1f}", uploaded=f"{uploaded / GB:.2f}"),
            "sender": script.sender,
            "duration": seconds,
        }
        if status != "Error":
            body |= {"size": int(size), "storageUsed": int(size * 1.9), "uploadedSize": uploaded}
            body["files"] = int(size / 2.1e6)
        yield _post(ended + timedelta(milliseconds=luck.randint(80, 900)), INGEST_BACKUP, body)


def _notifications(begin: datetime, now: datetime, seed: int) -> Iterator[Post]:
    luck = random.Random(f"{seed}:notifications")  # noqa: S311  # the same again
    later = timedelta(seconds=luck.randint(0, 900))
    for notification in NOTIFICATIONS:
        at = now - notification.before - later
        if at < begin:
            continue
        body = {
            "deviceName": notification.device,
            "timestamp": at.isoformat(timespec="seconds"),
            "severity": notification.severity,
            "type": notification.type,
            "message": notification.message,
            "sender": notification.sender,
        }
        if notification.job:
            body["jobName"] = notification.job
        yield _post(at + timedelta(milliseconds=luck.randint(80, 900)), INGEST_NOTIFICATION, body)


def _post(at: datetime, endpoint: str, body: dict[str, Any]) -> Post:
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return Post(at, endpoint, text.encode(), f"192.0.2.{200 + len(str(body['deviceName'])) % 50}")
