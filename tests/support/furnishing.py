"""One of everything that pages show beside what reports bring: customers, people, keys, agents, alerts, notes."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from duplistat.core.overview_view import view_state
from duplistat.core.text import clip_name
from duplistat.http.context import KEY as CONTEXT
from duplistat.http.context import Context
from duplistat.jobs.alerts import route_and_tell
from duplistat.services.access import api_keys, oauth_clients
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import NewService, add_service, change_service
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channels import add_channel
from duplistat.services.alerts.devices import add_device
from duplistat.services.alerts.digests import DigestChanges, add_digest
from duplistat.services.alerts.rules import add_rule
from duplistat.services.audit import BY_COMMAND, Signature
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.services.people.saved_views import add_view
from duplistat.services.pings import badges
from duplistat.services.pings import keys as ping_keys
from duplistat.services.pings import urls as ping_urls
from duplistat.services.servers.settings import ServerChanges, set_server
from duplistat.services.worker_context import WorkerContext
from duplistat.store import attempts, channels, jobs, notices, outbox, servers, services
from duplistat.store import users as stored_users
from duplistat.store.services import VDS
from tests.support.bodies import JSON, as_bytes, duplicati
from tests.support.known import id_of
from tests.support.push import PushBrowser
from tests.support.silences import set_silence

DAY_MS = 86_400_000


class Furnisher:
    """Makes things in the name of the command line. Every text goes through `text` first."""

    def __init__(self, app: Flask, text: Callable[[str], str]) -> None:
        self.ctx: Context = app.extensions[CONTEXT]
        self.client = app.test_client()
        self.text = text

    def signature(self) -> Signature:
        return {"by": BY_COMMAND.plain(), "now": self.ctx.now()}

    def post(self, path: str, body: Any, key: str) -> None:
        self.client.post(path, data=as_bytes(body), content_type=JSON, headers={"X-Api-Key": key})

    def customer(self, name: str, job: str, result: str) -> None:
        """A customer with a key, a machine, and one run of a job."""
        db, now = self.ctx.db, self.ctx.now()
        made = tree.create(db, self.text(name), id_of(db, "main"), now)
        key = api_keys.create(
            db, account=made.id, name=self.text("all machines"), scopes=[Scope.INGEST], now=now
        )
        body = duplicati(
            "2026-01-28T02:00:00Z",
            job=self.text(job),
            server=self.text(f"{name} PC"),
            machine=name,
            result=result,
        )
        self.post("/api/upload", body, key)
        users.create(
            db, account=made, email=f"{made.id}@example.org", name=self.text("Eva Miller"),
            password="correct horse battery", role=Role.VIEWER, now=now,
        )  # fmt: skip

    def keys_and_clients(self) -> None:
        db, now, main = self.ctx.db, self.ctx.now(), self.ctx.main_account
        api_keys.create(
            db, account=main, name=self.text("Homepage widget"), scopes=list(Scope), now=now,
            expires_at=now + 30 * DAY_MS,
        )  # fmt: skip
        oauth_clients.create(
            db, account=main, name=self.text("Billing"), scopes=list(oauth_clients.Scope), now=now
        )

    def pings(self) -> None:
        """A job with a ping URL and a badge, a ping key, and a badge of a tag."""
        ctx, config = self.ctx, self.ctx.config
        main, sign = ctx.main_account, self.signature()
        made = ctx.writes.run(
            ping_urls.make_ping_url,
            account=main,
            server=self.text("web-01"),
            job=self.text("DB backup"),
            url=ping_urls.fresh(config),
            slug="",
            **sign,
        )
        name, key = self.text("runitor"), ping_keys.fresh(config)
        ctx.writes.run(ping_keys.make_ping_key, account=main, name=name, key=key, **sign)
        for of in (badges.of_job(made["job"]), badges.of_tag(clip_name(self.text("prod")))):
            ctx.writes.run(badges.make_badge, account=main, of=of, badge=badges.fresh(config), **sign)

    def unread(self) -> None:
        """What nobody could read."""
        key = api_keys.create(
            self.ctx.db,
            account=self.ctx.main_account,
            name=self.text("old NAS"),
            scopes=[Scope.INGEST],
            now=self.ctx.now(),
        )
        self.post("/api/upload", self.text("Backup finished, have a nice day").encode(), key)

    def words(self) -> None:
        """An alias, notes, tags and a group of what reported first; and a job that is paused."""
        main = (self.ctx.main_account,)
        job, *others = jobs.visible(self.ctx.db, main)
        about: JobChanges = {
            "alias": self.text("Family photos"),
            "notes": self.text("Restore: see the folder in the safe."),
            "tags": [self.text("private")[:50]],
        }
        self.ctx.writes.run(set_job, job=job.id, changes=about, **self.signature())
        until = self.ctx.now() + DAY_MS
        self.ctx.writes.run(set_job, job=others[-1].id, changes={"paused_until": until}, **self.signature())
        first, *_, last = sorted(servers.visible(self.ctx.db, main), key=lambda server: server.id)
        words: ServerChanges = {
            "alias": self.text("Cellar NAS"),
            "notes": self.text("Behind the boiler."),
            "group_name": self.text("home"),
            "web_url": "https://192.0.2.7:8200/",
        }
        self.ctx.writes.run(set_server, server=first.id, changes=words, **self.signature())
        self.ctx.writes.run(set_server, server=last.id, changes={"archived": True}, **self.signature())

    def agent(self) -> None:
        """A service whose agent failed to answer."""
        values: NewService = {
            "kind": VDS, "name": self.text("office"), "host": "192.0.2.7", "port": 8200,
            "location": self.ctx.config.locations[0].id, "agent_secret": "",
        }  # fmt: skip
        account = self.ctx.main_account
        made = self.ctx.writes.run(add_service, account=account, values=values, **self.signature())
        self.ctx.writes.run(
            change_service,
            account=account,
            contact=False,
            service=made,
            changes={},
            first={"configured_at": self.ctx.now()},
            **self.signature(),
        )
        with self.ctx.db.transaction():
            services.change(
                self.ctx.db, made, {"problem": self.text("it did not answer"), "problem_at": self.ctx.now()}
            )

    def alerts(self) -> None:
        """A channel, a rule, the problems that there are with their notices and an attempt, and a silence."""
        db, now, main = self.ctx.db, self.ctx.now(), self.ctx.main_account
        values = {
            "account_id": main, "name": self.text("On call")[:200], "kind": "webhook", "config": "",
            "shown": self.text("hooks.example.org")[:200], "state": "on", "state_at": now, "created_at": now,
        }  # fmt: skip
        with db.transaction():
            channel = channels.add(db, values)
        assert channel is not None
        rule = {"steps": [{"minutes": 0, "channels": [channel]}], "gather_seconds": 0}
        self.ctx.writes.run(
            add_rule, account=main, name=self.text("All")[:200], rule=rule, tell_now=True, **self.signature()
        )
        route_and_tell(WorkerContext(self.ctx.config, db, self.ctx.writes, self.ctx.now))
        for notice in notices.page(db, (main,), channel=channel):
            number, at = notice.attempts + 1, notice.not_before
            with db.transaction():
                assert outbox.claim(db, notice, "sender", at, at)
                attempts.begin(db, notice.id, number, "sender", at)
                attempts.end(
                    db, notice.id, number, "sender", ms=41, outcome="temporary", code="503",
                    answer=self.text("come back later")[:200],
                )  # fmt: skip
                outbox.put_back(db, notice.id, at)
        digest: DigestChanges = {"name": self.text("Weekly")[:200], "channels": [channel]}
        self.ctx.writes.run(add_digest, account=main, changes=digest, **self.signature())
        why = self.text("The server is being moved")
        set_silence(self.ctx.writes, now, account=main, lasts_ms=DAY_MS, why=why, tags=["moving"])

    def devices(self) -> None:
        """A channel of web push, and a device of each person of `main`."""
        ctx, main, browser = self.ctx, self.ctx.main_account, PushBrowser()
        prepared = channel_config.prepared(ctx.config, channel_config.WEBPUSH, {})
        made = ctx.writes.run(
            add_channel, account=main, kind=channel_config.WEBPUSH, config=prepared.config, shown=prepared.shown,
            settings={"name": self.text("Phones")[:200]}, **self.signature(),
        )  # fmt: skip
        for user in stored_users.page(ctx.db, (main,), before=None, limit=10):
            ctx.writes.run(
                add_device, channel=made, user=user.id, name=self.text("Firefox on Android"),
                endpoint=f"https://push.example.org/{user.id}", p256dh=browser.p256dh, auth=browser.auth,
                server_key="", **self.signature(),
            )  # fmt: skip

    def views(self) -> None:
        """Saved views that `main` shares."""
        for name, given in (("On fire", {"state": "failed"}), ("As cards", {"view": "cards", "q": "sql"})):
            self.ctx.writes.run(
                add_view, account=self.ctx.main_account, user=None, name=self.text(name)[:60],
                state=view_state(given), **self.signature(),
            )  # fmt: skip


def furnish(app: Flask, text: Callable[[str], str] = str) -> None:
    """One of everything. What reported before gets words of its own."""
    made = Furnisher(app, text)
    made.words()
    made.customer("Dental practice", "Patient files", "Error")
    made.customer("Bakery", "Till", "Success")
    made.keys_and_clients()
    made.pings()
    made.unread()
    made.agent()
    made.alerts()
    made.devices()
    made.views()
