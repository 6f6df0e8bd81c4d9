"""The overview with a script: it follows what happens, finds while one types, and listens to keys."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import complaints_in, serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.support.bodies import JSON, duplicati

WEB, NAS = "web-01", "nas-keller"
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

# What is acknowledged, which nothing is here.
ADD_FOLDED = """document.getElementById("main").insertAdjacentHTML("beforeend",
    `<details id="asleep"><summary>1</summary><form class="whole"><p>folded away</p></form></details>`)"""
CUT = """[...document.querySelectorAll(".cases :is(a, summary), .jobs tbody th a")].filter(
    one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2
).map(one => one.outerHTML)"""

# Targets that are lower than a finger. A link of a row is as tall as its row.
LOW = """[...document.querySelectorAll(".cases :is(li > a, summary, button), .g th > a, .foot a, .steps li a")].filter(
    one => one.checkVisibility() && one.getBoundingClientRect().height < 40).map(one => one.outerHTML)"""


def report(
    server: str, job: str, result: str = "Success", start: str = "2026-01-28T02:00:00Z"
) -> dict[str, object]:
    return duplicati(start, server=server, machine=f"machine-of-{server}", job=job, result=result)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that tests may report to."""
    posts = [
        report(WEB, "nightly"),
        report(WEB, "dump", "Error"),
        report(NAS, "photos"),
        report(NAS, "paperless", "Warning"),
    ]
    with serving(tmp_path_factory.mktemp("fleet"), *(("/api/upload", post) for post in posts)) as address:
        yield address


@pytest.fixture
def post(fleet: str) -> Callable[[dict[str, object]], None]:
    def send(body: dict[str, object]) -> None:
        request = urllib.request.Request(
            f"{fleet}/api/upload", json.dumps(body).encode(), {"Content-Type": JSON}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    return send


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = signed_in(chromium.new_context(viewport={"width": 1280, "height": 900}))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, fleet: str) -> Iterator[Page]:
    """The overview; nothing that it does may complain."""
    page = context.new_page()
    complaints = complaints_in(page)
    page.goto(fleet)
    expect(page.locator("html.scripted")).to_be_attached()
    yield page
    assert complaints == []


def test_a_report_is_there_without_anybody_asking(
    page: Page, post: Callable[[dict[str, object]], None]
) -> None:
    page.get_by_role("link", name="nightly", exact=True).focus()
    page.evaluate("window.kept = true; scrollTo(0, 40)")
    post(report("laptop-eva", "docs", "Error"))
    expect(page.locator("h1")).to_contain_text("of 5 jobs", timeout=10_000)
    expect(page.get_by_role("link", name="laptop-eva / docs", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("^✖ \\d of 5"))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-(failed|overdue)"))
    expect(page.get_by_role("link", name="nightly", exact=True)).to_be_focused()
    assert page.evaluate("window.kept")


def test_what_is_chosen_stays(page: Page, post: Callable[[dict[str, object]], None]) -> None:
    page.get_by_role("link", name="failed", exact=False).filter(has_text=re.compile(r"\d")).first.click()
    expect(page).to_have_url(re.compile(r"\?state=failed$"))
    page.locator(".cases a").first.focus()
    post(report("laptop-eva", "music", "Error"))
    expect(page.locator(".jobs").get_by_role("link", name="music", exact=True)).to_be_visible(timeout=10_000)
    expect(page.locator(".jobs").get_by_role("link", name="photos", exact=True)).to_have_count(0)


def test_chosen_columns_are_there_at_once_and_in_what_comes(
    page: Page, post: Callable[[dict[str, object]], None]
) -> None:
    head = page.locator(".jobs thead")
    page.locator("#columns summary").click()
    page.get_by_role("checkbox", name="Errors").check()
    expect(head).to_contain_text("Errors")
    expect(page.get_by_role("checkbox", name="Errors")).to_be_focused()
    page.get_by_role("checkbox", name="Next run").uncheck()
    expect(head).not_to_contain_text("Next run")
    page.keyboard.press("Escape")
    post(report("laptop-eva", "mail", "Error"))
    row = page.locator(".jobs tr").filter(has=page.get_by_role("link", name="mail", exact=True))
    expect(row.locator("td").last).to_have_text("1", timeout=10_000)
    head.get_by_role("link", name="Errors").click()
    expect(page.locator(".jobs [aria-sort=descending]")).to_have_text("Errors ↓")
    head.get_by_role("link", name="Errors").click()
    expect(page.locator(".jobs [aria-sort=ascending]")).to_have_text("Errors ↑")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(row.locator("td").last).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#columns summary").click()
    page.get_by_role("checkbox", name="Errors").uncheck()
    page.get_by_role("checkbox", name="Next run").check()
    expect(head).to_contain_text("Next run")


def test_a_view_is_saved_changed_and_deleted(page: Page) -> None:
    page.locator(".levels a").filter(has_text="warning").click()
    expect(page.locator("#found")).to_be_visible()
    menu = page.locator("#views")
    menu.locator("summary").click()
    menu.get_by_label("Name").fill("Only warnings")
    menu.get_by_role("button", name="Save", exact=True).click()
    tab = page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Only warnings")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(re.compile("state=warning.*saved="))
    page.get_by_label("Sort by").select_option("name")
    expect(tab).to_contain_text("(changed)")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Save changes").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(tab).not_to_contain_text("(changed)")
    page.set_viewport_size({"width": 390, "height": 844})
    menu.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    menu.get_by_role("button", name="Delete view").click()
    expect(page.get_by_role("navigation", name="Saved views")).to_have_count(0)


def test_rows_are_found_while_one_types(page: Page) -> None:
    jobs = page.locator(".jobs tbody tr:not(.g):visible")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("keller pap")
    expect(jobs).to_have_count(1)
    expect(jobs).to_contain_text("paperless")
    expect(page).to_have_url(re.compile(r"\?q=keller\+pap$"))
    expect(page.locator("#found").get_by_text("jobs match “keller pap”.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".jobs").get_by_role("link", name="paperless")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Delete")
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator(".jobs").get_by_role("link", name="nightly")).to_be_visible()


def test_what_comes_while_one_finds_swallows_nothing(
    page: Page, post: Callable[[dict[str, object]], None]
) -> None:
    held: list[Route] = []
    page.route(re.compile(r"/(\?q=.*)?$"), lambda route: held.append(route))
    page.keyboard.press("/")
    page.keyboard.type("paperless")
    page.wait_for_url(re.compile(r"q=paperless"))
    post(report("laptop-eva", "while-one-types", "Error"))
    # Until the live update asks, too.
    for _ in range(100):
        if len(held) > 1:
            break
        page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page.locator(".jobs tbody tr:not(.g)")).to_have_count(1)
    expect(page.locator("#found").get_by_text("jobs match “paperless”.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=paperless"))
    # It is said in a region that stays where it is.
    expect(page.locator("#told")).to_contain_text("jobs match “paperless”.")
    assert page.locator("main [role=status]").count() == 0


def test_back_undoes_what_was_chosen_and_not_each_letter(page: Page, fleet: str) -> None:
    page.get_by_role("searchbox").fill("photos")
    expect(page.locator("#found").get_by_text("jobs match “photos”.")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page).to_have_url(f"{fleet}/")
    page.locator(".levels a").filter(has_text="warning").click()
    expect(page.locator("#found")).to_be_visible()
    expect(page).to_have_url(re.compile("state=warning"))
    page.go_back()
    expect(page).to_have_url(f"{fleet}/")
    expect(page.locator("#found")).to_have_count(0)
    page.go_forward()
    expect(page.locator("#found")).to_be_visible()


def test_a_choice_whose_answer_never_came_loads_the_page(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context()) as context:
        page = context.new_page()
        page.goto(fleet)
        expect(page.locator("html.scripted")).to_be_attached()
        page.route(re.compile("state="), lambda route: route.abort(), times=1)
        page.locator(".levels a").filter(has_text="warning").click()
        expect(page.locator("#found")).to_be_visible()
        expect(page).to_have_url(re.compile("state=warning"))


def test_rows_are_found_on_a_phone_and_among_cards(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context(viewport=SIZES["phone"])) as context:  # type: ignore[arg-type]  # a size
        page = context.new_page()
        page.goto(fleet)
        assert page.evaluate(LOW) == []
        for view in ("table", "cards"):
            page.goto(f"{fleet}/?group=none&view={view}")
            page.get_by_role("searchbox").press_sequentially("photos")
            expect(page.locator(".jobs tbody tr:visible")).to_have_count(1)
            expect(page).to_have_url(re.compile("q=photos"))
            expect(page.locator(".jobs tbody tr:visible")).to_have_count(1)


def test_on_paper_stands_what_needs_attention_and_nothing_to_choose(chromium: Browser, fleet: str) -> None:
    # As wide as A4 between its margins.
    with signed_in(chromium.new_context(viewport={"width": 718, "height": 1000})) as context:
        page = context.new_page()
        page.goto(fleet)
        page.evaluate(ADD_FOLDED)
        page.emulate_media(media="print")
        expect(page.locator(".cases .why").first).to_be_visible()
        expect(page.get_by_text("folded away")).to_be_visible()
        assert page.evaluate(CUT) == []
        assert not page.evaluate(SIDEWAYS)
        for gone in ("button", "select", "[type=search]", "nav", ".menu", ".bar label"):
            expect(page.locator(f"{gone}:visible")).to_have_count(0)


def test_keys_go_through_the_jobs_and_open_one(page: Page) -> None:
    page.keyboard.press("j")
    first = page.locator(".cases a").first
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(first).not_to_be_focused()
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/jobs/\d+$"))


def test_keys_go_to_other_pages_and_say_which_they_are(page: Page, fleet: str) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url(f"{fleet}/events")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(f"{fleet}/")


def test_letters_in_a_field_are_letters(page: Page, fleet: str) -> None:
    page.get_by_role("searchbox").click()
    page.keyboard.type("ge?")
    expect(page.get_by_role("searchbox")).to_have_value("ge?")
    assert page.url.startswith(fleet)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_day_opens_by_a_click_and_by_keys(page: Page) -> None:
    strip = page.locator(".jobs td b").first
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    card, day = page.locator("#day"), page.locator(".jobs b .at")
    expect(card).to_have_text(re.compile(r"^\w+,? \w+ \w+: no backups$"))
    expect(day).to_have_count(1)
    page.keyboard.press("Escape")
    expect(card).to_be_empty()
    page.mouse.move(0, 0)
    page.locator(".jobs tbody th a").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(card).to_contain_text("no backups")
    today = page.locator(".jobs b a:focus").get_attribute("href")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".jobs b .at:focus")).not_to_have_attribute("href", today or "")
    expect(card).to_contain_text("no backups")
    # Beside its day, and with it, whichever way lines run.
    page.evaluate("document.documentElement.dir = 'rtl'")
    square, box = day.bounding_box(), card.bounding_box()
    assert square
    assert box
    assert box["x"] < square["x"] < box["x"] + box["width"]
    assert min(abs(box["y"] - square["y"]), abs(box["y"] + box["height"] - square["y"])) < 30
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/jobs/\d+\?day=\d{4}-\d\d-\d\d#history$"))


def test_on_a_phone_a_tap_on_a_day_shows_its_runs_and_the_rest_of_a_row_opens_the_job(
    chromium: Browser, fleet: str, post: Callable[[dict[str, object]], None]
) -> None:
    post(report(WEB, "nightly", start=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    with signed_in(chromium.new_context(viewport=SIZES["phone"], has_touch=True)) as context:  # type: ignore[arg-type]  # a size
        page = context.new_page()
        page.goto(fleet)
        expect(page.locator("html.scripted")).to_be_attached()
        page.locator(".jobs td:nth-child(3)").first.tap(force=True)
        page.wait_for_url(re.compile(r"/jobs/\d+$"))
        for path in ("", "/servers/1"):
            page.goto(f"{fleet}{path}")
            row = page.locator(".jobs tr", has=page.get_by_role("link", name="nightly", exact=True))
            strip = row.locator("b")
            box = strip.bounding_box()
            assert box
            strip.tap(position={"x": box["width"] - 3, "y": 5})
            card = page.locator("#day")
            expect(card).to_contain_text(re.compile(": OK.*Backup · 10 min", re.DOTALL))
            assert not page.evaluate(SIDEWAYS)
            page.locator("h1").tap()
            expect(card).to_be_empty()
            strip.tap(position={"x": box["width"] - 3, "y": 5})
            card.get_by_role("link", name="Runs of this day").tap()
            page.wait_for_url(re.compile(r"/jobs/\d+\?day=.*#history$"))


def test_choosing_another_order_needs_no_button_and_is_kept(
    page: Page, context: BrowserContext, fleet: str
) -> None:
    expect(page.get_by_role("button", name="Apply").first).to_be_hidden()
    page.get_by_label("Group by").select_option("none")
    expect(page.locator(".jobs").get_by_role("link", name=f"{NAS} / photos")).to_be_visible()
    page.locator("select[name=view]").select_option("cards")
    expect(page.locator(".jobs.cards")).to_be_visible()
    other = context.new_page()
    other.goto(fleet)
    expect(other.locator(".jobs.cards").get_by_role("link", name=f"{NAS} / photos")).to_be_visible()
    page.locator("select[name=view]").select_option("table")
    expect(page.locator(".jobs.table")).to_be_visible()
    page.get_by_label("Group by").select_option("server")
    expect(page.locator(".jobs").get_by_role("link", name="photos", exact=True)).to_be_visible()


def test_colours_change_at_once_and_stay(page: Page, fleet: str) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) != light
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{fleet}/events")
    assert page.evaluate(ground) != light
    page.locator(".top > .menu > summary").click()
    page.get_by_role("button", name="Theme: System").click()
    assert page.evaluate(ground) == light
    page.reload()
    assert page.evaluate(ground) == light


def test_colours_change_without_a_script(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context(java_script_enabled=False, color_scheme="light")) as context:
        page = context.new_page()
        page.goto(f"{fleet}/events")
        page.locator(".top > .menu > summary").click()
        page.get_by_role("button", name="Dark").click()
        expect(page).to_have_url(f"{fleet}/events")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_times_are_of_the_browsers_zone(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context(timezone_id="Asia/Kathmandu")) as context:
        page = context.new_page()
        page.goto(fleet)
        expect(page.locator("[data-zone]")).to_have_text(re.compile("Asia/Kat[h]?mandu"))
        cell = page.locator(".jobs tbody td time").first
        expect(cell).to_have_attribute("title", re.compile("28 January 2026 at 07:45:00 GMT\\+5:45"))


def test_times_on_a_wall_are_of_the_browsers_zone_as_its_clock_is(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context(timezone_id="Asia/Kathmandu")) as context:
        page = context.new_page()
        page.goto(f"{fleet}/settings/walls")
        page.get_by_label("Name", exact=True).fill("hall")
        page.get_by_role("button", name="Create link").click()
        address = page.locator(".secret code").inner_text()
        page.clock.install()
        complaints = complaints_in(page)
        page.goto(address)
        times = page.locator("#wall time")
        for moment in ("loaded", "refreshed"):
            page.locator("#wall:not([data-seen]) [data-zone]:text-matches('Asia/Kath?mandu')").wait_for()
            titles = times.evaluate_all("all => all.map(time => time.title)")
            assert titles, moment
            assert [title for title in titles if "GMT+5:45" not in title] == [], moment
            page.locator("#wall").evaluate("main => main.dataset.seen = 1")
            page.clock.run_for(16_000)
        assert complaints == []


def test_times_go_on_by_themselves(chromium: Browser, fleet: str) -> None:
    with signed_in(chromium.new_context()) as context:
        page = context.new_page()
        page.clock.install()
        page.goto(fleet)
        told = page.locator(".counts time")
        before = told.inner_text()
        page.clock.fast_forward("03:00:00")
        expect(told).not_to_have_text(before)
        expect(told).to_have_text("3 h ago")


def test_the_jobs_of_one_server_that_was_found_stand_below_each_other(page: Page, fleet: str) -> None:
    page.goto(f"{fleet}/?q={NAS}")
    names = page.locator(".jobs tbody tr:not(.g) th")
    expect(names).to_have_count(2)
    assert (
        names.evaluate_all("(cells) => new Set(cells.map((cell) => getComputedStyle(cell).paddingLeft)).size")
        == 1
    )


def test_what_is_said_stands_clear_of_what_is_above(page: Page, fleet: str) -> None:
    page.goto(f"{fleet}/jobs/1")
    page.locator("#words > summary").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    said = page.locator("main > .notice:first-child")
    expect(said).to_have_text("Saved.")
    above, box = page.locator(".crumbs").bounding_box(), said.bounding_box()
    assert above is not None
    assert box is not None
    assert above["y"] + above["height"] <= box["y"]


def test_acknowledging_needs_no_script(
    chromium: Browser, fleet: str, post: Callable[[dict[str, object]], None]
) -> None:
    post(report("to-acknowledge", "once", "Error"))
    with signed_in(chromium.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(f"{fleet}/?q=to-acknowledge")
        page.locator(".cases summary.button").click()
        page.get_by_role("button", name="1 day").click()
        expect(page).to_have_url(f"{fleet}/?q=to-acknowledge")
        expect(
            page.get_by_role("status").filter(has_text="once is acknowledged until tomorrow")
        ).to_be_visible()
        expect(page.locator(".cases").get_by_text("once")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/?view=cards&group=none", "/?view=table&group=none", "/?q=nothing+at+all"])
def test_no_view_scrolls_sideways_and_targets_are_large_on_a_phone(
    chromium: Browser, fleet: str, size: str, path: str
) -> None:
    with signed_in(chromium.new_context(viewport=SIZES[size])) as context:  # type: ignore[arg-type]  # a size
        page = context.new_page()
        page.goto(fleet + path)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if size == "phone":
            low = (
                "[...document.querySelectorAll('header a, summary, button, select, .levels a, input')]"
                ".filter(e => e.type !== 'checkbox')"
                ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 39.5).map(e => e.outerHTML)"
            )
            assert page.evaluate(low) == []


def test_an_empty_page_becomes_the_overview_when_the_first_report_comes(
    chromium: Browser, tmp_path: Path
) -> None:
    with serving(tmp_path) as address, signed_in(chromium.new_context()) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("h1")).to_contain_text("Waiting for the first report")
        page.get_by_role("button", name="Copy").first.click()
        copied = page.get_by_role("button", name="Copied")
        expect(copied).to_be_visible()
        context.grant_permissions(["clipboard-read"])
        shown = copied.evaluate("button => button.previousElementSibling.textContent")
        assert page.evaluate("navigator.clipboard.readText()") == shown
        body = json.dumps(report(WEB, "nightly")).encode()
        urllib.request.urlopen(
            urllib.request.Request(f"{address}/api/upload", body, {"Content-Type": JSON}), timeout=10
        ).close()
        expect(page.locator("h1")).to_contain_text("Your job", timeout=10_000)
        expect(page.locator(".jobs").get_by_role("link", name="nightly")).to_be_visible()
