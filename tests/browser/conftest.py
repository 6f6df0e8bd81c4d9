"""A served fleet, some of it in trouble and some of it hostile, and Debian's Chromium to look at it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from duplistat.app import create_app
from duplistat.config import Config
from duplistat.core.event import Severity
from duplistat.http.context import KEY
from duplistat.http.session_cookie import COOKIE
from duplistat.now import wall_clock
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import NewService, add_service
from duplistat.services.audit import Actor
from duplistat.services.bootstrap import main_account
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.services.reports.intake import INGEST_BACKUP, INGEST_NOTIFICATION
from duplistat.store import services
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.services import SERVER
from tests.support.bodies import JSON, SAMPLES, as_bytes, sample
from tests.support.databases import put_prepared
from tests.support.people import PASSWORD
from tests.support.served_app import served_app
from tests.support.signing import session

# The same engine without the windows of a desktop: to open a page costs it a third of the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# No sandbox: tests run as root on build machines. No word to anyone: the network is closed.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The cookie of an admin's session, the same on each server: cookies know no ports.
ADA = "ada-of-the-browser-tests"
EVIL = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">\u202egpj.exe \x1b[31mred'


# What Chromium itself says of a service worker whose page is left before it has arrived.
WORKER_LEFT = "An unknown error occurred when fetching the script."


def complaints_in(page: Page) -> list[str]:
    """What pages in this tab complain of from now on: a list that grows."""
    complaints: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.text != WORKER_LEFT:
            complaints.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("no Chromium: apt-get install chromium, and the pages are tested in a real browser too")
    assert CHROMIUM is not None, "Chromium is needed here: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def signed_in(context: BrowserContext) -> BrowserContext:
    """A browser in which an admin of `main` is signed in, whichever server it looks at."""
    context.add_cookies([{"name": COOKIE, "value": ADA, "domain": "127.0.0.1", "path": "/"}])
    return context


@contextmanager
def serving(
    data: Path,
    *posts: tuple[str, bytes | dict[str, Any]],
    new: bool = False,
    then: Callable[[Flask], None] | None = None,
    **sections: dict[str, Any],
) -> Iterator[str]:
    """The address of a server that has taken in these posts: endpoint, and body as bytes or as JSON.

    A `new` one has nobody who could sign in. `then` may do more to its application; `sections` are settings.
    """
    config = Config(data=data, limits={"ingest_per_minute": 0}, **sections)
    put_prepared(data)
    db = Database(config.database_url)
    account = main_account(db)
    app = create_app(config, db=db)
    key = api_keys.create(db, account=account, name="k", scopes=[Scope.INGEST], now=wall_clock())
    client = app.test_client()
    for endpoint, body in posts:
        response = client.post(endpoint, data=as_bytes(body), content_type=JSON, headers={"X-Api-Key": key})
        assert response.status_code in (200, 201), response.text
    if then:
        then(app)
    if not new:
        session(db, account, wall_clock(), cookie=ADA)
    with served_app(app) as address:
        yield address


def add_ada(db: Database, account: Account) -> None:
    """Ada, an admin of an account, who can sign in."""
    users.create(
        db,
        account=account,
        email="ada@example.org",
        name="Ada",
        password=PASSWORD,
        role=Role.ADMIN,
        now=wall_clock(),
    )


def connected(app: Flask) -> None:
    """A Duplicati connection of main that can be asked, and could not be reached."""
    ctx = app.extensions[KEY]
    values: NewService = {
        "kind": SERVER,
        "name": "nas-01",
        "host": "nas-01.example.org",
        "port": 8200,
        "location": 1,
        "configured_at": ctx.now(),
    }
    by: Actor = {"user": None, "who": "a test", "address": ""}
    made = ctx.writes.run(add_service, account=ctx.main_account, values=values, by=by, now=ctx.now())
    with ctx.db.transaction():
        facts = '{"scheme": "https", "agent_version": "2.0.8.1", "update_channel": "Stable"}'
        services.change(ctx.db, made, {"facts": facts, "problem": "no answer within 30 s", "answered_at": 1})


def in_two_accounts(app: Flask) -> None:
    """Ada with the same password in main and in an account whose name is long and hostile."""
    db = app.extensions[KEY].db
    main = main_account(db)
    below = tree.create(db, EVIL + "x" * 100, main, wall_clock())
    for account in (tree.by_id(db, main), below):
        add_ada(db, account)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with every kind of report and event in it, and ones whose every text is an attack."""
    hostile = json.loads(sample("08_backup_error"))
    hostile["Extra"] |= {"machine-name": EVIL, "backup-name": EVIL * 200, "machine-id": "e" * 32}
    hostile["LogLines"] = [f"2026-01-27 03:00:04 +01 - [Error-{EVIL}-x]: {EVIL}", EVIL * 300]
    reports = [("/api/upload", body) for body in (*map(sample, SAMPLES), hostile)]
    with serving(tmp_path_factory.mktemp("served"), *reports, *events(), then=connected) as address:
        yield address


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that nobody has reported to."""
    with serving(tmp_path_factory.mktemp("empty")) as address:
        yield address


def events() -> Iterator[tuple[str, dict[str, Any]]]:
    """More than a page of events of every severity, by a device that also tells of a run; the latest are attacks."""
    run = {"deviceName": "web-01", "jobName": "dump", "timestamp": "2026-01-28T02:00:00Z"}
    yield INGEST_BACKUP, run | {"status": "Success", "message": "All is well.", "sender": "ops"}
    for number, severity in zip(range(52), cycle(Severity), strict=False):
        yield (
            INGEST_NOTIFICATION,
            {
                "deviceName": "web-01",
                "timestamp": f"2026-01-28T03:{number:02}:00Z",
                "severity": severity,
                "type": "disk_space_low",
                "jobName": "dump",
                "message": "Drive / has only 12% free space remaining.\nAct soon.",
                "sender": "ops",
            },
        )
    # Each with nothing in it at which a line could end.
    for number, text in enumerate((EVIL * 200, "W" * 10_000, "\u202e" * 2_000, "\n" * 9_000 + "x")):
        yield (
            INGEST_NOTIFICATION,
            {
                "deviceName": text,
                "timestamp": f"2026-01-28T04:{number:02}:00Z",
                "severity": "critical",
                "type": text,
                "jobName": text,
                "message": text,
                "sender": text,
            },
        )
