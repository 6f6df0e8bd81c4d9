"""Days of people for whom the pages are made, acted out at each width, in both themes and languages (`ACTED`); and
their pages as they are loaded, at more of these together (`LOOKS`).

The search of a log at night is in test_journeys.py as well.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from duplistat.config import Config
from duplistat.http.context import KEY
from duplistat.http.session_cookie import COOKIE
from duplistat.now import wall_clock
from duplistat.services.accounts import tree
from duplistat.services.people import first_admin
from duplistat.store.database import Database
from duplistat.web.language import COOKIE as LANGUAGE
from tests.browser.conftest import serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.browser.stage import ACTED, HEIGHT, Stage, staged
from tests.browser.test_every_page import AXE, OF_WIDTHS, VIOLATIONS
from tests.support import signing
from tests.support.bodies import duplicati
from tests.support.duplicati_server import DuplicatiServer
from tests.support.known import id_of
from tests.support.many_jobs import add_jobs
from tests.support.people import PASSWORD

CUSTOMERS = 200
# Four widths, two themes, two languages: not each with each, but each two of them somewhere. A language takes a load of
# its own; the others are changed in the same tab. All is asked at the first of each, which differ in width and theme.
LOOKS: dict[str, list[tuple[int, Literal["light", "dark"]]]] = {
    "en": [(1280, "light"), (320, "light"), (390, "dark"), (1680, "dark")],
    "de": [(1680, "dark"), (320, "dark"), (390, "light"), (1280, "light")],
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
# Each state in a row of SHAPE pixels, all in one colour.
SHAPE = 60
SHAPES = """([states, height]) => {
    const box = document.createElement("div");
    box.id = "shapes";
    Object.assign(box.style, {display: "grid", gridAutoRows: `${height}px`, width: `${height}px`});
    for (const state of states) {
        const mark = document.createElement("i");
        mark.className = state;
        mark.textContent = state;
        mark.style.setProperty("--c", "currentcolor");
        mark.style.fontSize = "40px";
        const line = document.createElement("div");
        line.append(mark);
        box.append(line);
    }
    document.querySelector("main").prepend(box);
}"""
# What is in each row of a screenshot of them.
PIXELS = """async ([shot, height]) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(shot), (one) => one.charCodeAt(0))]));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d", {willReadFrequently: true});
    pen.drawImage(image, 0, 0);
    return Array.from({length: image.height / height}, (_, row) =>
        pen.getImageData(0, row * height, height, height).data.join(" "));
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


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One for all acts: another one costs more than the pages of an act."""
    with chromium.new_context(locale="en-GB") as context:
        yield context.new_page()


@pytest.fixture(params=ACTED, ids=str)
def stage(request: pytest.FixtureRequest, tab: Page) -> Iterator[Stage]:
    with staged(tab.context, tab, request.param) as stage:
        yield stage
        assert stage.complaints == []


def as_partner(context: BrowserContext, fleet: Fleet) -> None:
    context.add_cookies([{"name": COOKIE, "value": fleet.partner, "domain": "127.0.0.1", "path": "/"}])


def wrong_at_each_look(page: Page, language: str) -> list[str]:
    """What is wrong with the page that is loaded, at each of its LOOKS: all rules once, then what a phone changes.

    Contrast, which takes longest, is the same at each width and in each language: it is asked for once in each theme.
    """
    wrong: list[str] = []
    for number, (width, theme) in enumerate(LOOKS[language]):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # The other wide one differs by its margins alone.
        asked = not number or width < 768
        found: list[str] = page.evaluate(VIOLATIONS, OF_WIDTHS if number else None) if asked else []
        if page.evaluate(SIDEWAYS):
            found.append("scrolls sideways")
        wrong += [f"{page.url} {width} {theme} {language}: {text}" for text in found]
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


def test_the_first_one_sets_up_the_server_and_sees_the_first_report(stage: Stage, tmp_path: Path) -> None:
    page = stage.page
    with serving(tmp_path, new=True) as address:
        config = Config(data=tmp_path, server={"public_url": address})
        db = Database(config.database_url)
        page.goto(first_admin.invite(db, config, wall_clock()))
        db.close_all()
        stage.field("E-mail").fill("ada@example.org")
        stage.field("Name").fill("Ada")
        stage.field("New password").fill(PASSWORD)
        stage.field("Confirm password").fill(PASSWORD)
        stage.button("Create account").click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_contain_text(stage.words("Waiting for the first report"))
        expect(page.get_by_text(f"--send-http-url={address}/api/upload")).to_be_visible()
        body = duplicati(at(0.3), job="photos", server="nas", machine="nas")
        answer = requests.post(f"{address}/api/upload", json=body, timeout=30)
        assert answer.status_code == 200
        expect(heading).to_have_text(stage.words("Your job is protected"), timeout=30_000)
        expect(page.get_by_role("link", name="photos", exact=True)).to_be_visible()
        assert stage.wrong() == []
        page.get_by_role("link", name="nas", exact=True).first.click()
        expect(page.locator(".counts")).to_contain_text(stage.words("%(number)s OK", number=1))
        # Nothing is asked of a server that is gone.
        page.goto("about:blank")


def test_at_three_in_the_morning_the_first_screen_says_it(stage: Stage, fleet: Fleet) -> None:
    page = stage.page
    page.goto(fleet.address)
    one, many = (f"%(number)s of %(total)s jobs {needs} attention" for needs in ("needs", "need"))
    expect(page.get_by_role("heading", level=1)).to_have_text(stage.pattern(one, many))
    case = page.locator(".cases li").filter(has_text="Accounting")
    box = case.bounding_box()
    assert box
    assert box["y"] + box["height"] <= HEIGHT
    expect(case).to_contain_text(stage.pattern("Failing for %(span)s, %(number)s runs in a row."))
    if stage.is_phone:
        # Two taps from the log.
        case.locator("summary.button").click()
        assert stage.wrong() == []
        case.get_by_role("link", name=stage.words("Open log"), exact=True).click()
    else:
        case.get_by_role("link", name=stage.words("Log of %(name)s", name="lyon / Accounting")).click()
    expect(page.locator("#log")).to_contain_text("(507) Insufficient Storage")


def test_a_provider_of_two_hundred_finds_the_one_in_trouble_first(stage: Stage, fleet: Fleet) -> None:
    page = stage.page
    as_partner(page.context, fleet)
    page.goto(f"{fleet.address}/partners")
    one, many = (f"%(number)s of %(total)s customers {needs} attention" for needs in ("needs", "need"))
    lead = stage.words(one, many, num=1, number=1, total=CUSTOMERS)
    expect(page.locator(".lead")).to_have_text(lead)
    rows = page.locator("#customers tbody tr")
    expect(rows.first).to_contain_text(f"Customer {CUSTOMERS - 1}")
    search = page.get_by_role("searchbox", name=stage.words("Search customers"))
    search.fill("customer 077")
    search.press("Enter")
    expect(rows).to_have_count(1)
    assert stage.wrong() == []
    page.goto(fleet.address)
    expect(page.locator(".cases .label")).to_have_text(f"Customer {CUSTOMERS - 1}")


def test_a_job_says_whether_it_is_proven_and_growing(stage: Stage, fleet: Fleet) -> None:
    page = stage.page
    page.goto(fleet.address + fleet.proven)
    proofs = page.locator(".proofs > div")
    for label in ("Last verified", "Last restore test"):
        proof = proofs.filter(has_text=stage.words(label))
        expect(proof.locator("time")).to_be_visible()
        expect(proof.locator("i.ok")).to_be_attached()
    growth = page.locator(".sparks li").filter(has_text=stage.words("Backup size"))
    expect(growth).to_contain_text("+")
    page.locator("a[href='#charts']").click()
    expect(page.locator("#charts")).to_be_in_viewport()
    page.goto(fleet.address + fleet.failing)
    never = proofs.filter(has_text=stage.words("Last restore test"))
    expect(never).to_contain_text(stage.words("never"))
    page.goto(f"{fleet.address}/servers")
    nas = page.get_by_role("row").filter(has=page.get_by_role("link", name="nas", exact=True))
    for head in ("Verified", "Restored"):
        expect(nas.locator(f"[data-label={stage.words(head)}] time")).to_be_visible()


def test_a_duplicati_server_is_tried_and_added(stage: Stage, fleet: Fleet) -> None:
    page, name = stage.page, f"tower-{stage.look.width}"
    with DuplicatiServer(password="correct horse") as duplicati_server:
        duplicati_server.add_job("Documents")
        page.goto(f"{fleet.address}/servers")
        page.get_by_role("link", name=stage.words("Add Duplicati server")).click()
        stage.field("Address").fill(f"http://127.0.0.1:{duplicati_server.port}")
        stage.field("Password").fill("battery staple")
        stage.button("Test connection").click()
        refused = stage.words("<b>Not connected:</b> %(problem)s", problem="").strip()
        expect(page.get_by_text(refused.removeprefix("<b>").removesuffix("</b>"))).to_be_visible()
        stage.field("Password").fill("correct horse")
        stage.button("Test connection").click()
        jobs = page.get_by_text(stage.words("%(num)s job:", "%(num)s jobs:", num=1))
        expect(jobs).to_contain_text("Documents")
        assert stage.wrong() == []
        stage.field("Password").fill("correct horse")
        stage.field("Name").fill(name)
        stage.button("Save").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_job_is_reached_by_keys_alone(stage: Stage, fleet: Fleet) -> None:
    page = stage.page
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
    expect(page.get_by_text(stage.words("Last verified")).first).to_be_visible()


def test_each_state_has_a_shape_that_needs_no_colour(stage: Stage, fleet: Fleet) -> None:
    page = stage.page
    page.goto(fleet.address)
    page.evaluate(SHAPES, [list(STATES), SHAPE])
    shot = base64.b64encode(page.locator("#shapes").screenshot()).decode()
    shapes = dict(zip(STATES, page.evaluate(PIXELS, [shot, SHAPE]), strict=True))
    alike = [
        (one, other) for one in STATES for other in STATES if one < other and shapes[one] == shapes[other]
    ]
    assert alike == []
