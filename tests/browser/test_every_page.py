"""Every page that links lead to, with hostile texts in all that it shows: quiet, narrow, light, and good for all."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
)
from werkzeug.routing import Map

from duplistat.http.context import KEY, Context
from duplistat.http.session_cookie import COOKIE
from duplistat.services.access import wall_links
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import BY_COMMAND
from duplistat.services.people.first_admin import invite
from duplistat.services.people.identity import Role
from duplistat.services.people.users import add_recovery
from tests.browser.conftest import ADA, EVIL, WORKER_LEFT, events, in_two_accounts, serving, signed_in
from tests.browser.layout import LOOSE, SIDEWAYS, UNLIKE
from tests.support.bodies import SAMPLES, sample
from tests.support.every_page import page_names, walk
from tests.support.furnishing import furnish
from tests.support.people import PASSWORD
from tests.support.signing import person
from tests.support.untimed import untimed

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
# Ways in, for those who are not signed in, and what is shown to those who went astray.
# Those of a server that nobody has set up are in a test of their own, and links of messages in test_alerts.py.
OUTSIDE = ("/sign-in", "/offline", "/forgotten", "/password?recoverycode=made-up", "/wall/made-up")
ASTRAY = ("/offline", "/no-such-page", "/jobs/999999", "/api/docs")
# Each page of the documentation: links lead to all of them, at one endpoint.
DOCS = Path(__file__).parent.parent.parent / "docs"
DOCUMENTATION = [
    f"/docs/{path.relative_to(DOCS).with_suffix('').as_posix()}" for path in sorted(DOCS.rglob("*.md"))
]
# What is written there is of no reader's time.
READ = {"web.documentation"}
MOST_BYTES = 300_000
# Each call of the API on one page, to be searched; compressed it is a tenth.
MOST_OF_THE_REFERENCE = 900_000
WEIGHT = """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 768, "height": 1024}
# Between its margins.
A4: ViewportSize = {"width": 718, "height": 1000}
# What a width can change, and a look: its colours as well. The first one asks for everything.
OF_WIDTHS = [
    "target-size",
    "scrollable-region-focusable",
    "label",
    "link-name",
    "button-name",
]
OF_LOOKS = ["color-contrast", *OF_WIDTHS]
# What a text can have wrong, whatever its colours.
OF_TEXTS = [
    "document-title",
    "empty-heading",
    "empty-table-header",
    "heading-order",
    "landmark-unique",
    "link-name",
    "list",
    "listitem",
    "page-has-heading-one",
    "region",
    "scrollable-region-focusable",
    "td-headers-attr",
    "th-has-data-cells",
]
VIOLATIONS = """async (rules) => (await axe.run(document, {
        resultTypes: ["violations"], ...(rules ? {runOnly: {type: "rule", values: rules}} : {})
    })).violations.map(found =>
    `${found.id}: ${found.help}: ` + found.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" | "))"""


@dataclass(frozen=True)
class Place:
    """`outside` are pages for those who have a link; `seen` is what each page said while the others were found."""

    address: str
    rules: Map
    outside: list[str]
    seen: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with one of everything, in which every name, note and line is an attack, and long."""
    apps: list[Flask] = []
    outside: list[str] = []

    def fill(app: Flask) -> None:
        ctx = app.extensions[KEY]
        # The one who looks, and has a device.
        looking = person(ctx.db, ctx.main_account, Role.ADMIN, ctx.now())
        furnish(app, lambda text: f"{text} {EVIL} {'W' * 3_000}")
        apps.append(app)
        outside.extend((wall_of(ctx, f"Office {EVIL}"), recovery_of(ctx, looking)))

    hostile = json.loads(sample("08_backup_error"))
    hostile["Extra"] |= {"machine-name": EVIL, "backup-name": EVIL * 200, "machine-id": "e" * 32}
    hostile["LogLines"] = [f"2026-01-27 03:00:04 +01 - [Error-{EVIL}-x]: {EVIL}", EVIL * 300]
    reports = [("/api/upload", body) for body in (hostile, *map(sample, SAMPLES))]
    with serving(tmp_path_factory.mktemp("furnished"), *reports, *events(), then=fill) as address:
        yield Place(address, apps[0].url_map, outside)


def wall_of(ctx: Context, name: str) -> str:
    """Where the wall display of `main` is."""
    token = wall_links.fresh()
    ctx.writes.run(
        wall_links.create_wall_link, account=ctx.main_account, name=name, hash=digest(token),
        by=BY_COMMAND.plain(), now=ctx.now(),
    )  # fmt: skip
    return f"/wall/{token}"


def recovery_of(ctx: Context, user: int) -> str:
    """Where somebody who forgot a password sets another one."""
    code = ctx.writes.run(add_recovery, user=user, by=BY_COMMAND.plain(), now=ctx.now())
    return f"/password?recoverycode={code}"


@pytest.fixture(scope="session")
def paths(furnished: Place) -> dict[str, str]:
    """For each page its endpoint, and the first address that links lead to: the same for each look."""
    with requests.Session() as ada:
        ada.headers["Cookie"] = f"{COOKIE}={ADA}"

        def fetch(path: str) -> str:
            furnished.seen[path] = ada.get(furnished.address + path, timeout=60).text
            return furnished.seen[path]

        return walk(fetch, furnished.rules)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=DESKTOP, color_scheme="light")
    # Sent once and run in each page, before its own scripts: those of the page may be none but its own.
    context.add_init_script(path=AXE)
    yield context
    context.close()


def wrong_with(page: Page, address: str, path: str) -> list[str]:
    """What a page complains of, asks of others, or is otherwise wrong with it: light on a desktop, and dark on a phone.

    It is loaded once: a page that is resized is laid out as one that is loaded so (`test_days.py` loads them).
    """
    said: list[str] = []
    asked: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        said.append(message.text)

    def failed(error: Error) -> None:
        said.append(str(error))

    def requested(request: Request) -> None:
        asked.append(request.url)

    page.set_viewport_size(DESKTOP)
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    page.on("console", complained)
    page.on("pageerror", failed)
    page.on("request", requested)
    page.goto(address + path)
    wrong: list[str] = page.evaluate(VIOLATIONS, None)
    if page.evaluate(SIDEWAYS):
        wrong.append("scrolls sideways on a desktop")
    wrong += page.evaluate(UNLIKE, 32)
    page.set_viewport_size(TABLET)
    if page.evaluate(SIDEWAYS):
        wrong.append("scrolls sideways on a tablet")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wrong += page.evaluate(VIOLATIONS, OF_LOOKS)
    if page.evaluate(SIDEWAYS):
        wrong.append("scrolls sideways on a phone")
    wrong += page.evaluate(UNLIKE, 40)
    wrong += page.evaluate(LOOSE)
    page.set_viewport_size({"width": 320, "height": 568})
    if page.evaluate(SIDEWAYS):
        wrong.append("scrolls sideways on the narrowest phone")
    page.set_viewport_size(A4)
    page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
    if page.evaluate(SIDEWAYS):
        wrong.append("is cut on paper")
    page.remove_listener("console", complained)
    page.remove_listener("pageerror", failed)
    page.remove_listener("request", requested)
    wrong += [text for text in said if "Failed to load resource" not in text and text != WORKER_LEFT]
    wrong += [f"asked {url}" for url in asked if not url.startswith(address)]
    if page.url != address + path:
        wrong.append(f"leads to {page.url}")
    if page.evaluate("window.pwned") is not None:
        wrong.append("ran what a report brought")
    weight: int = page.evaluate(WEIGHT)
    if weight > (MOST_OF_THE_REFERENCE if page.url.endswith("/api/docs") else MOST_BYTES):
        wrong.append(f"has {weight} bytes")
    return wrong


def all_wrong(context: BrowserContext, address: str, paths: list[str]) -> dict[str, list[str]]:
    # One after the other in one tab: to open one costs more than to look at a page.
    page = context.new_page()
    return {path: wrong for path in paths if (wrong := wrong_with(page, address, path))}


@pytest.mark.long
def test_every_page_is_quiet_fits_weighs_little_and_is_good_for_all(
    context: BrowserContext, furnished: Place, paths: dict[str, str]
) -> None:
    signed_in(context)
    assert page_names(furnished.rules) - set(paths) == set()
    assert all_wrong(context, furnished.address, [*paths.values(), *ASTRAY]) == {}


@pytest.mark.long
def test_every_page_of_the_documentation_fits_and_is_good_for_all(
    chromium: Browser, furnished: Place
) -> None:
    """Its colours are those of the one that links lead to first; asked again they would take most of the time."""
    assert len(DOCUMENTATION) > 30
    with chromium.new_context(viewport=DESKTOP) as context:
        context.add_init_script(path=AXE)
        page = signed_in(context).new_page()
        found: dict[str, list[str]] = {}
        for path in DOCUMENTATION:
            page.set_viewport_size(DESKTOP)
            page.goto(furnished.address + path)
            wrong: list[str] = page.evaluate(VIOLATIONS, OF_TEXTS)
            page.set_viewport_size(PHONE)
            wrong += page.evaluate(VIOLATIONS, ["scrollable-region-focusable"])
            if page.evaluate(SIDEWAYS):
                wrong.append("scrolls sideways")
            if wrong:
                found[path] = wrong
    assert found == {}


def test_every_time_says_its_zone_on_hover(furnished: Place, paths: dict[str, str]) -> None:
    found = {path: untimed(furnished.seen[path]) for name, path in paths.items() if name not in READ}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_no_title_says_the_same_twice(furnished: Place, paths: dict[str, str]) -> None:
    titles = {
        path: re.search(r"<title>(.*?)</title>", furnished.seen[path], re.DOTALL) for path in paths.values()
    }
    parts = {
        path: [part.strip() for part in found[1].split(" – ")] for path, found in titles.items() if found
    }
    assert parts.keys() == titles.keys()
    assert [said for said in parts.values() if len(said) > len({*said})] == []


def test_every_way_in_is_so_too(context: BrowserContext, furnished: Place) -> None:
    assert all_wrong(context, furnished.address, [*OUTSIDE, *furnished.outside]) == {}


def test_a_server_that_nobody_has_set_up_is_so_too(context: BrowserContext, tmp_path: Path) -> None:
    links: list[str] = []

    def invited(app: Flask) -> None:
        ctx = app.extensions[KEY]
        links.append(invite(ctx.db, ctx.config, ctx.now()).removeprefix(ctx.config.own_url))

    mail = {"host": "mail.example.org", "sender": "backups@example.org"}
    with serving(tmp_path, new=True, then=invited, mail=mail) as address:
        paths = ["/set-up", "/set-up?code=made-up", *links, "/forgotten"]
        assert all_wrong(context, address, paths) == {}


def test_the_choice_of_an_account_is_so_too(context: BrowserContext, tmp_path: Path) -> None:
    with serving(tmp_path, new=True, then=in_two_accounts) as address:
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.get_by_label("E-mail").fill("ada@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/sign-in/account")
        assert all_wrong(context, address, ["/sign-in/account"]) == {}


def test_axe_finds_what_is_wrong(context: BrowserContext, furnished: Place) -> None:
    page = context.new_page()
    page.goto(f"{furnished.address}/sign-in")
    page.evaluate("document.querySelector('label').remove()")
    found: Any = page.evaluate(VIOLATIONS, None)
    assert any(text.startswith("label:") for text in found)
