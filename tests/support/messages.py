"""A message as the sender has it."""

from dataclasses import replace
from typing import Any

from duplistat.notify.message import Message

UID = "01KB3T6QX1Z8V3C4M5N6P7R8S9"
THREAD = "01KB3T6QX1THREAD0000000000"
AT = 1_795_832_045_000
ACKNOWLEDGE = "https://backup.example.org/n/01KB3T6Q.ack.k3yOfTheLink"


def message(**changes: Any) -> Message:
    """A failed job; `changes` replace fields."""
    return replace(
        Message(
            uid=UID,
            thread=THREAD,
            type="job.failed",
            severity="error",
            at=AT,
            subject="[FAILED] daily-backup on server-01: access denied to /srv",
            text="daily-backup failed.\naccess denied to /srv\n",
            html="<html><body><p>daily-backup failed.</p><p>access denied to /srv</p></body></html>",
            short="daily-backup failed\naccess denied to /srv",
            link="https://backup.example.org/jobs/7",
            acknowledge=ACKNOWLEDGE,
            unsubscribe="https://backup.example.org/u/un5ubscribeKey",
            data={
                "notice": UID,
                "job": {"id": 7, "name": "daily-backup"},
                "server": {"id": 3, "name": "server-01"},
                "why": "access denied to /srv",
                "counts": {"failed": 3},
                "run": None,
            },
            kind="problem",
            job="daily-backup on server-01",
        ),
        **changes,
    )
