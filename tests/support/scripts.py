"""What scripts post: the result of a run, and a notification; and a script that does so with its key."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from duplistat.store import events
from duplistat.store.events import Event
from tests.support.bodies import JSON, as_bytes
from tests.support.site import Site

BACKUP = "/api/ingest/backup"
NOTIFICATION = "/api/ingest/notification"
COUNTS = "/api/integration/counts"
START = "2026-01-28T02:00:00Z"


def backup(**fields: Any) -> dict[str, Any]:
    """A post of a run; `fields` in place of those that it has, or more."""
    return {
        "deviceName": "web-01",
        "jobName": "nightly",
        "timestamp": START,
        "status": "Success",
        "message": "All is well.",
    } | fields


def notification(**fields: Any) -> dict[str, Any]:
    return {
        "deviceName": "web-01",
        "timestamp": START,
        "severity": "warning",
        "type": "disk_space_low",
        "message": "Drive / has only 12% free space remaining.",
    } | fields


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


@dataclass
class Script:
    """Posts to a site with its key, and reads with it."""

    site: Site
    key: str
    address: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, path: str, body: bytes | str | dict[str, Any], **headers: str) -> TestResponse:
        return self.site.client().post(
            path,
            data=as_bytes(body),
            content_type=JSON,
            headers={"X-Api-Key": self.key} | self.headers | headers,
            environ_base={"REMOTE_ADDR": self.address},
        )

    def backup(self, **fields: Any) -> dict[str, int]:
        """Post a run; the ids that were answered."""
        return self.told(BACKUP, backup(**fields))

    def notify(self, **fields: Any) -> int:
        """Post a notification; its id."""
        return self.told(NOTIFICATION, notification(**fields))["notificationId"]

    def told(self, path: str, body: bytes | str | dict[str, Any], **headers: str) -> dict[str, int]:
        """The ids that a post was answered with, which must be right."""
        response = self.send(path, body, **headers)
        assert response.status_code == 201, response.text
        ids: dict[str, int] = response.get_json()["data"]
        return ids

    def problems(self, path: str, body: bytes | str | dict[str, Any]) -> list[tuple[str, str]]:
        """(field, problem) of all that is wrong with a post, which must be refused."""
        response = self.send(path, body)
        assert response.status_code == 400, response.text
        content = response.get_json()
        assert (content["status"], content["error"]) == ("error", "ValidationError")
        return [(detail["field"], detail["problem"]) for detail in content["details"]]

    def counts(self) -> tuple[int, int, int, int]:
        """Success, error, warning and other."""
        content = self.site.read(COUNTS, **{"X-Api-Key": self.key})
        return (
            content["successCount"],
            content["errorCount"],
            content["warningCount"],
            content["otherCount"],
        )


def script_of(site: Site, *, account: str = "main", name: str = "script") -> Script:
    """A script with a new key that may post and read."""
    return Script(site, site.key(Scope.INGEST, Scope.READ, account=account, name=name))


def events_of(site: Site, accounts: Iterable[int] = ()) -> list[Event]:
    """The events of these accounts, or of all, oldest first."""
    rows = site.db.rows(f"SELECT {', '.join(events.COLUMNS)} FROM event ORDER BY id")
    found = [Event(*row) for row in rows]
    wanted = set(accounts)
    return [event for event in found if not wanted or event.account_id in wanted]
