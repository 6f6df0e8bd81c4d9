"""What a test of pages talks to: a server at a time of its own, reports to put in, pages to read."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Unpack

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.app import create_app
from duplistat.config import Web
from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.services.audit import BY_COMMAND
from duplistat.services.commands import Direct, schedule_defaults
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import sweep
from duplistat.services.reports import intake
from duplistat.services.reports.accept import recording_of
from duplistat.store.database import Database

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
_TAG = re.compile(r"<(style|script|title)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass
class Site:
    """What a test talks to. `now` may be set; the zone is Europe/Berlin."""

    client: FlaskClient
    db: Database
    writes: Direct
    app: Flask
    # Proves that a form was fetched from here: who is signed in is an admin of main.
    token: str
    times: dict[str, datetime] = field(default_factory=lambda: {"now": NOW})

    @property
    def now(self) -> datetime:
        return self.times["now"]

    @now.setter
    def now(self, at: datetime) -> None:
        self.times["now"] = at

    def html(self, address: str, status: int = 200) -> str:
        response = self.client.get(address)
        assert response.status_code == status, response.text
        return response.text

    def send(self, address: str, status: int = 303, **fields: Any) -> TestResponse:
        """Send a form as an admin."""
        response = self.client.post(address, data={"csrf": self.token} | fields)
        assert response.status_code == status, response.text
        return response

    def text(self, address: str, status: int = 200) -> str:
        """What a page says: without markup, blanks made one."""
        return said(self.html(address, status))

    def report(
        self,
        server: str = "nas-keller",
        job: str = "photos",
        *,
        ago: timedelta = timedelta(hours=6),
        **values: Any,
    ) -> int:
        """Report a backup that began `ago` before now and was received when it ended; the id of its run."""
        started = self.now - ago
        backup = {
            "name": job,
            "status": "success",
            "startTime": started.isoformat(),
            "endTime": (started + timedelta(seconds=200)).isoformat(),
            "duration": 200,
            "files": 10_211,
            "size": 48_300_000_000,
            "storageUsed": 21_000_000_000,
        }
        kept, self.now = self.now, started + timedelta(seconds=200)
        response = self.client.post(
            "/api/upload", json={"server": {"name": server, "version": "1.0"}, "backup": backup | values}
        )
        self.now = kept
        assert response.status_code == 200, response.text
        return int(response.json["data"]["backupId"])  # type: ignore[index]  # it is an object

    def fail(self, server: str = "nas-keller", job: str = "paperless", **values: Any) -> int:
        messages = [{"level": "error", "message": "The source path /source does not exist"}]
        return self.report(server, job, **({"status": "error", "messages": messages} | values))

    def warn(self, server: str = "nas-keller", job: str = "documents", **values: Any) -> int:
        messages = [{"level": "warning", "message": "Failed to process path: /source/.lock"}]
        return self.report(server, job, **({"status": "warning", "messages": messages} | values))

    def nightly(self, server: str = "web-01", job: str = "nightly", *, nights: int, until: int = 0) -> None:
        """Good runs every night, the oldest `nights` days ago, the last `until` days ago."""
        for night in range(nights, until - 1, -1):
            self.report(server, job, ago=timedelta(days=night, hours=10))
        self.learn(ago=timedelta(days=until, hours=9))

    def notify(self, device: str = "web-01", *, ago: timedelta = timedelta(hours=6), **fields: Any) -> int:
        """Take in a notification of what happened `ago` before now; the id of its event."""
        event = {
            "deviceName": device,
            "timestamp": (self.now - ago).isoformat(),
            "severity": "warning",
            "type": "disk_space_low",
            "message": "Drive / has only 12% free space remaining.",
        }
        return int(self._take(intake.INGEST_NOTIFICATION, event | fields, self.now - ago)["event"])

    def script(self, device: str = "web-01", job: str = "dump", **fields: Any) -> int:
        """Take in the result of a run 6 hours ago that a script tells of; the id of the run."""
        at = self.now - timedelta(hours=6)
        run = {
            "deviceName": device,
            "jobName": job,
            "timestamp": at.isoformat(),
            "status": "Success",
            "message": "Backup completed. 142 GB transferred.",
        }
        return int(self._take(intake.INGEST_BACKUP, run | fields, at)["run"])

    def _take(self, endpoint: str, content: dict[str, Any], at: datetime) -> Any:
        """As its endpoint does, but without a key and its limit: tests bring in more than a script may."""
        body = json.dumps(content).encode()
        incoming = intake.Incoming(1, to_ms(at), endpoint, body, "127.0.0.1")
        parsed = intake.read(body, endpoint=endpoint, max_log_lines=1000)
        return self.writes.submit(recording_of(incoming, parsed))

    def public(self) -> FlaskClient:
        """A browser of somebody who is not signed in, where the overview is public."""
        context: Context = self.app.extensions[KEY]
        config = context.config.model_copy(update={"web": Web(public_overview=True)})
        return create_app(config, db=self.db, now=context.now).test_client()

    def set_job(self, job: int, **changes: Unpack[JobChanges]) -> None:
        self.writes.run(set_job, job=job, changes=changes, now=to_ms(self.now), by=BY_COMMAND.plain())

    def learn(self, *, ago: timedelta = timedelta(0)) -> None:
        """Let the clock learn what is noted, so long before now."""
        defaults = schedule_defaults(self.app.extensions[KEY].config)
        learn_noted(self.db, self.writes, defaults, lambda: to_ms(self.now - ago))

    def sweep(self) -> None:
        self.writes.run(sweep, now=to_ms(self.now))


def said(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def headline(html: str) -> str:
    """The first heading of a page, without the word of its mark."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return said(re.sub(r"<i class=[^>]*>.*?</i>", "", found[1]))


def rows(html: str) -> list[str]:
    """What each row of runs or events says."""
    return [said(row) for row in re.findall(r"<tr>\n(.*?)</tr>", html, re.DOTALL)]


def link(html: str, words: str) -> str:
    """The address behind a link that says this."""
    for address, text in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL):
        if words in said(text):
            return unescape(str(address))
    raise AssertionError(f"no link says {words}")
