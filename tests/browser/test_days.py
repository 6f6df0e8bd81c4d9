"""Days of people for whom the pages are made, acted out; and their pages at each width, in both themes and languages.

What the first one does on a new server, and the search of a log at night, are in test_journeys.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from duplistat.http.context import KEY
from duplistat.http.session_cookie import COOKIE
from duplistat.services.accounts import tree
from duplistat.web.language import COOKIE as LANGUAGE
from tests.browser.conftest import serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.browser.test_every_page import AXE, OF_LOOKS, VIOLATIONS
from tests.support import signing
from tests.support.bodies import duplicati
from tests.support.duplicati_server import DuplicatiServer
from tests.support.known import id_of
from tests.support.many_jobs import add_jobs

CUSTOMERS = 200
# Four widths, two themes, two languages: not each with each, but each two of them somewhere. A language takes a load of
# its own; the others are changed in the same tab.
LOOKS: dict[str, list[tuple[int, Literal["light", "dark"]]]] = {
    "en": [(1280, "light"), (320, "light"), (390, "dark"), (1680, "dark")],
    "de": [(1280, "dark"), (320, "dark"), (390, "light"), (1680, "light")],
}
STATES = (
    "ok",
    "warning",
    "failed",
    "overdue",
    "running",
    "stuck",
    "paused",
    "never",
    "unscheduled",
    "critical",
    "info",
)
SHAPES = """(states) => {
    const box = document.createElement("div");
    box.id = "shapes";
    for (const state of states) {
        const mark = document.createElement("i");
        mark.className = state;
        mark.textContent = state;
        mark.style.setProperty("--c", "black");
        mark.style.fontSize = "40px";
        const line = document.createElement("p");
        line.append(mark);
        box.append(line);
    }
    document.querySelector("main").prepend(box);
}"""


@dataclass(frozen=True)
class Fleet:
    """A server with all that these days need. `partner` is the cookie of a provider with many customers."""

    address: str
    partner: str
    failing: str
    proven: str


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    cookies: list[str] = []

    def customers(app: Flask) -> None:
        ctx = app.extensions[KEY]
        partner = tree.create(ctx.db, "Partner", ctx.main_account, ctx.now())
        for number in range(CUSTOMERS):
            made = tree.create(ctx.db, f"Customer {number:03}", id_of(ctx.db, partner.name), ctx.now())
            bad = {"health": "failed", "status": "error"} if number == CUSTOMERS - 1 else {}
            add_jobs(ctx.db, 1, ctx.now() - 3_600_000, account=made.id, **bad)
        cookies.append(signing.session(ctx.db, partner.id, ctx.now()))

    reports = [("/api/upload", body) for body in (*of_a_job_that_fails(), *of_a_job_that_is_proven())]
    with serving(
        tmp_path_factory.mktemp("days"), *reports, then=customers, agents={"allow": ["127.0.0.0/8"]}
    ) as address:
        yield Fleet(address, cookies[0], "/jobs/1", "/jobs/2")


def at(days: float) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def of_a_job_that_fails() -> Iterator[dict[str, Any]]:
    """Good for three nights, and bad for the six after them."""
    for night in range(9, 0, -1):
        failed = night <= 6
        yield duplicati(
            at(night - 0.7),
            job="Accounting",
            server="lyon",
            machine="lyon",
            result="Error" if failed else "Success",
        ) | {
            "LogLines": [
                "2026-01-27 03:00:04 +01 - [Error-Duplicati.Backend-Put]: (507) Insufficient Storage"
            ]
        }


def of_a_job_that_is_proven() -> Iterator[dict[str, Any]]:
    """It grows each night; it was verified and restored."""
    for night in range(9, 0, -1):
        stored = {"KnownFileSize": (20 - night) * 1_000_000_000}
        yield duplicati(at(night - 0.5), job="Photos", server="nas", machine="nas", statistics=stored)
    for operation in ("Test", "Restore"):
        yield duplicati(at(0.3), job="Photos", server="nas", machine="nas", operation=operation)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = signed_in(chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def as_partner(context: BrowserContext, fleet: Fleet) -> None:
    context.add_cookies([{"name": COOKIE, "value": fleet.partner, "domain": "127.0.0.1", "path": "/"}])


def wrong_at_each_look(page: Page, language: str) -> list[str]:
    """What is wrong with the page that is loaded, at each of its LOOKS: all rules once, then what changes.

    Contrast, which takes longest, is the same at each width.
    """
    wrong: list[str] = []
    themes: set[str] = set()
    for width, theme in LOOKS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        of_width = [rule for rule in OF_LOOKS if theme not in themes or rule != "color-contrast"]
        found: list[str] = page.evaluate(VIOLATIONS, of_width if themes else None)
        if page.evaluate(SIDEWAYS):
            found.append("scrolls sideways")
        wrong += [f"{page.url} {width} {theme} {language}: {text}" for text in found]
        themes.add(theme)
    return wrong


@pytest.mark.long
@pytest.mark.parametrize("language", LOOKS)
def test_the_pages_of_these_days_are_good_at_each_look(
    context: BrowserContext, fleet: Fleet, empty: str, language: str
) -> None:
    context.add_init_script(path=AXE)
    context.add_cookies([{"name": LANGUAGE, "value": language, "domain": "127.0.0.1", "path": "/"}])
    page, wrong = context.new_page(), []
    paths = (
        "/",
        fleet.failing,
        fleet.proven,
        "/runs/9",
        "/servers",
        "/trends",
        "/settings/agents/add",
        "/settings",
    )
    for address in (f"{empty}/", *(fleet.address + path for path in paths)):
        page.goto(address)
        assert page.locator(f"html[lang={language}]").count() == 1
        wrong += wrong_at_each_look(page, language)
    as_partner(context, fleet)
    page.goto(f"{fleet.address}/partners")
    wrong += wrong_at_each_look(page, language)
    assert wrong == []


@pytest.mark.parametrize("width", [320, 390])
def test_at_three_in_the_morning_the_first_screen_of_a_phone_says_it(
    page: Page, fleet: Fleet, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.goto(fleet.address)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("need attention"))
    case = page.locator(".cases li").filter(has_text="Accounting")
    box = case.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 844
    expect(case).to_contain_text("Failing for")
    # Two taps from the log.
    case.locator("summary.button").click()
    case.get_by_role("link", name="Open log").click()
    expect(page.locator("#log")).to_contain_text("(507) Insufficient Storage")


def test_a_provider_of_two_hundred_finds_the_one_in_trouble_first(
    context: BrowserContext, page: Page, fleet: Fleet
) -> None:
    as_partner(context, fleet)
    page.goto(f"{fleet.address}/partners")
    expect(page.locator(".lead")).to_have_text(f"1 of {CUSTOMERS} customers needs attention")
    rows = page.locator("#customers tbody tr")
    expect(rows.first).to_contain_text(f"Customer {CUSTOMERS - 1}")
    page.get_by_role("searchbox", name="Search customers").fill("customer 077")
    page.get_by_role("searchbox", name="Search customers").press("Enter")
    expect(rows).to_have_count(1)
    page.goto(fleet.address)
    expect(page.locator(".cases .label")).to_have_text(f"Customer {CUSTOMERS - 1}")


def test_a_job_says_whether_it_is_proven_and_growing(page: Page, fleet: Fleet) -> None:
    page.goto(fleet.address + fleet.proven)
    proofs = page.locator(".proofs > div")
    for label in ("Last verified", "Last restore test"):
        proof = proofs.filter(has_text=label)
        expect(proof).to_contain_text("ago")
        expect(proof.locator("i.ok")).to_be_attached()
    expect(page.locator(".sparks li").filter(has_text="Backup size")).to_contain_text("+")
    page.goto(fleet.address + fleet.failing)
    expect(proofs.filter(has_text="Last restore test")).to_contain_text("never")
    page.goto(f"{fleet.address}/servers")
    nas = page.get_by_role("row").filter(has=page.get_by_role("link", name="nas", exact=True))
    for head in ("Verified", "Restored"):
        expect(nas.locator(f"[data-label={head}]")).to_contain_text("ago")


def test_a_duplicati_server_is_tried_and_added(page: Page, fleet: Fleet) -> None:
    with DuplicatiServer(password="correct horse") as duplicati_server:
        duplicati_server.add_job("Documents")
        page.goto(f"{fleet.address}/servers")
        page.goto(f"{fleet.address}/settings/agents")
        page.get_by_role("link", name=re.compile("Add Duplicati server")).first.click()
        page.get_by_label("Address").fill(f"http://127.0.0.1:{duplicati_server.port}")
        page.get_by_label("Password").fill("battery staple")
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("Not connected.")).to_be_visible()
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("1 job:")).to_contain_text("Documents")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_label("Name", exact=True).fill("tower")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("tower")


def test_a_job_is_reached_by_keys_alone_in_german(context: BrowserContext, fleet: Fleet) -> None:
    context.add_cookies([{"name": LANGUAGE, "value": "de", "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.goto(fleet.address)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    skip = page.locator("a.skip:focus")
    expect(skip).to_have_attribute("href", "#jobs")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(".jobs a:focus").count() and page.locator(":focus").inner_text() == "Photos":
            break
    outline = page.locator(":focus").evaluate("link => getComputedStyle(link).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Photos")
    expect(page.get_by_text("Zuletzt überprüft").first).to_be_visible()


def test_each_state_has_a_shape_that_needs_no_colour(page: Page, fleet: Fleet) -> None:
    page.goto(fleet.address)
    page.evaluate(SHAPES, list(STATES))
    shapes = {state: page.locator(f"#shapes i.{state}").screenshot() for state in STATES}
    alike = [
        (one, other) for one in STATES for other in STATES if one < other and shapes[one] == shapes[other]
    ]
    assert alike == []
