"""Who is on stage in these tests: a caller with a key; servers, jobs, runs and events of every kind."""

from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from duplistat.core.overview_view import view_state
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.oauth_clients import create_client
from duplistat.services.access.wall_links import create_wall_link
from duplistat.services.agents.registry import NewService, add_service
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.acknowledge import acknowledge
from duplistat.services.alerts.digests import DigestChanges, add_digest
from duplistat.services.alerts.silences import end_silence
from duplistat.services.imports.task import request_import
from duplistat.services.mail_intake.addresses import make_mail_address
from duplistat.services.mail_intake.own_rules import add_mail_rule
from duplistat.services.monitoring.sweep import tick, tick_arguments
from duplistat.services.people.administration import create_person
from duplistat.services.people.saved_views import add_view
from duplistat.services.pings import badges
from duplistat.services.pings import keys as ping_keys
from duplistat.store import channels, services
from tests.support.alerting import Alerting
from tests.support.bodies import SAMPLES, duplicati, sample
from tests.support.made_once import made_once
from tests.support.silences import HOUR_MS, set_silence
from tests.support.site import Site

SCRIPT = {"deviceName": "web-01", "jobName": "nightly", "sender": "script"}


class Caller:
    """Whoever asks, with a key."""

    def __init__(self, site: Site, key: str) -> None:
        self.site = site
        self.key = key

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.site.get(path, **{"X-Api-Key": self.key} | headers)

    def read(self, path: str) -> dict[str, Any]:
        """The JSON of an answer that must be 200."""
        return self.site.read(path, **{"X-Api-Key": self.key})

    def problems(self, path: str) -> dict[str, str]:
        """What is wrong with a request that must be 400: {parameter: problem}."""
        response = self.get(path)
        assert response.status_code == 400, response.text
        content: dict[str, Any] = response.json  # type: ignore[assignment]  # it is an object
        assert (content["status"], content["error"]) == ("error", "ValidationError")
        return {detail["field"]: detail["problem"] for detail in content["details"]}

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every page of a list from the first on; `path` has a question mark in it."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.read(f"{path}&cursor={cursor}" if cursor else path)
            yield page
            cursor = page["next_cursor"]

    def ids(self, path: str) -> list[int]:
        """The ids in all pages of a list."""
        pages = [*self.pages(path if "?" in path else f"{path}?")]
        (name,) = pages[0].keys() - {"next_cursor"}
        return [row["id"] for page in pages for row in page[name]]

    def report(self, start: str, **fields: Any) -> int:
        """A report of Duplicati arrives; the id of its run."""
        done = self.site.record(duplicati(start, **fields), headers={"X-Api-Key": self.key})
        return int(done["data"]["backupId"])

    def result(self, **fields: Any) -> dict[str, Any]:
        """Post the result of a script; the ids that were answered."""
        return self._post("/api/ingest/backup", SCRIPT | {"status": "Success", "message": "done"} | fields)

    def event(self, timestamp: str, **fields: Any) -> int:
        """Post a notification; the id that was answered."""
        body = SCRIPT | {"timestamp": timestamp, "severity": "warning", "type": "disk_space_low"} | fields
        return int(self._post("/api/ingest/notification", body)["notificationId"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.site.client().post(path, json=body, headers={"X-Api-Key": self.key})
        assert response.status_code == 201, response.text
        ids: dict[str, Any] = response.json["data"]  # type: ignore[index]  # it is an object
        return ids


def first_caller(site: Site) -> Caller:
    """With a key of the account `main`."""
    return Caller(site, site.key(*Scope, name="caller"))


@made_once
def filled_site(site: Site) -> str:
    """Something of everything; the key of the first caller."""
    caller = first_caller(site)
    filled(caller)
    return caller.key


def filled(caller: Caller) -> None:
    """Every sample of a report, a job that is fine, one with a warning, a script's own word, two events; and who was
    told of what is wrong, who was not, and what is silenced."""
    for name in SAMPLES:
        caller.site.post(sample(name))
    for day in range(20, 29):
        caller.report(f"2026-01-{day}T02:00:00Z")
    caller.report("2026-01-28T03:00:00Z", job="Photos", result="Warning")
    caller.result(timestamp="2026-01-28T04:00:00Z", status="Odd", message="one\ntwo")
    caller.event("2026-01-28T05:00:00Z")
    caller.event("2026-01-28T06:00:00Z", severity="critical", jobName="unheard of", message="a\nb")
    arguments = tick_arguments(caller.site.config.overdue, "test", caller.site.now())
    caller.site.writes.run(tick, **arguments)
    told_of(caller.site)
    settled(caller.site)


def settled(site: Site) -> None:
    """A Duplicati connection, a user, an OAuth client, a digest, and a report that nobody can read."""
    main, signed = site.everyone[0], site.signature()
    connection: NewService = {
        "kind": services.SERVER,
        "name": "nas",
        "host": "10.0.0.5",
        "port": 8200,
        "location": 527,
        "configured_at": site.now(),
    }
    site.writes.run(add_service, account=main, values=connection, tasks=["probe"], **signed)
    site.writes.run(
        create_person,
        account=main,
        email="jo@example.org",
        name="Jo",
        password_hash="!",
        role="viewer",
        **signed,
    )
    site.writes.run(create_client, account=main, name="billing", scopes=["partners_read"], **signed)
    (channel, *_) = channels.of_accounts(site.db, (main,))
    changes: DigestChanges = {"name": "mornings", "channels": [channel.id]}
    site.writes.run(add_digest, account=main, changes=changes, **signed)
    site.writes.run(
        add_view, account=main, user=None, name="failed", state=view_state({"state": "failed"}), **signed
    )
    site.writes.run(create_wall_link, account=main, name="office", hash="0" * 64, **signed)
    site.writes.run(make_mail_address, account=main, name="nas", server="", job="", **signed)
    site.writes.run(
        add_mail_rule,
        account=main,
        place="subject",
        pattern="{job} done",
        status="success",
        operation="backup",
        **signed,
    )
    waits = "import-" + "0" * 32 + ".upload"
    site.writes.run(
        request_import, account=main, program="healthchecks", file=waits, url="", dry_run=True, **signed
    )
    site.post(b"no report at all")


def sealed(site: Site) -> None:
    """A badge, a ping key, and where a webhook goes, which are encrypted with the key of this site's own folder."""
    main, signed = site.everyone[0], site.signature()
    hook = channel_config.prepared(
        site.config, channel_config.WEBHOOK, {"url": "https://hooks.example.org/a"}
    )
    site.db.change("UPDATE channel SET config = ? WHERE kind = ?", (hook.config, channel_config.WEBHOOK))
    fresh = badges.fresh(site.config)
    site.writes.run(badges.make_badge, account=main, of=badges.of_account(), badge=fresh, **signed)
    key = ping_keys.fresh(site.config)
    site.writes.run(ping_keys.make_ping_key, account=main, name="default", key=key, **signed)


def told_of(site: Site, name: str = "ops") -> None:
    """Somebody is told of what is wrong, and one problem is acknowledged; a silence holds, another one is over."""
    alerting = Alerting(site)
    match = {"kinds": ["warning", "failed", "event"]}
    alerting.rule(
        alerting.channel(name),
        name=name,
        match=match,
        quiet={"windows": [{"from": "22:00", "until": "06:00"}]},
    )
    alerting.tick()
    for problem in alerting.problems()[:1]:
        until = site.now() + 3_600_000
        site.writes.run(acknowledge, problem=problem.id, until=until, why="seen", **site.signature())
    for hours in (1, 2):
        made = set_silence(
            site.writes, site.now(), account=alerting.main, lasts_ms=hours * HOUR_MS, tags=["a"]
        )
    site.writes.run(end_silence, silence=made, **site.signature())
    alerting.rule(alerting.channel(f"{name} too"), name=f"{name} too", match={"kinds": ["warning"]})
    alerting.tick(deliver=False)
