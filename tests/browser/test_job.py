"""The page of a job in a browser: charts that are really drawn, and schedules that are said back while one types."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import complaints_in, serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.support.bodies import duplicati

DRAWER = Path(__file__).parents[2] / "static" / "vendor" / "uPlot.iife.min.js"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# How many points of each canvas are not blank.
INKED = """() => [...document.querySelectorAll("#charts canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, at) => at % 4 === 3 && value > 0).length;
})"""
# The colour of a point that is drawn in red, or "": the mark of a failed run.
RED = """() => {
  const canvas = document.querySelector("#charts canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] === 255 && data[at] > 150 && data[at + 1] < 140 && data[at + 2] < 130)
      return data.slice(at, at + 3).join();
  return "";
}"""


def last_night() -> datetime:
    """Start of the youngest run: 30 hours ago, which is yesterday or, early in the day, the day before."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)


def of_last_night(page: Page) -> Locator:
    """The day of the youngest run in the strip."""
    return page.locator(f".quarter a[href*='day={last_night().date()}']")


@pytest.fixture(scope="module")
def nightly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a job with twenty nights, of which one failed."""
    tonight = last_night() + timedelta(days=1)
    posts: list[tuple[str, bytes | dict[str, Any]]] = [
        (
            "/api/upload",
            duplicati(
                (tonight - timedelta(days=night)).isoformat(), result="Error" if night == 7 else "Success"
            ),
        )
        for night in range(20, 0, -1)
    ]
    with serving(tmp_path_factory.mktemp("nightly"), *posts) as address:
        yield f"{address}/jobs/1"


@pytest.fixture
def drawer() -> None:
    if not DRAWER.exists() and not os.environ.get("CI"):
        pytest.skip("no charts: make assets fetches what draws them")
    assert DRAWER.exists(), "make assets fetches what draws the charts"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = signed_in(chromium.new_context(viewport=DESKTOP, color_scheme="light"))  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may complain of nothing, the policy about its content among it."""
    page = context.new_page()
    complaints = complaints_in(page)
    yield page
    # It advises against reading what was drawn, as these tests do.
    assert [text for text in complaints if not text.startswith("Canvas2D: ")] == []


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#charts[data-drawn]")).to_be_attached()


@pytest.mark.usefixtures("drawer")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_four_charts_are_drawn(page: Page, nightly: str, size: Any) -> None:
    page.set_viewport_size(size)
    drawn(page, nightly)
    expect(page.locator("#charts figure:visible")).to_have_count(4)
    # They go on where the history ends, beside the facts where there is room for both.
    boxes = [page.locator(one).bounding_box() for one in ("#history", "#charts", "aside")]
    history, charts, aside = [box for box in boxes if box is not None]
    assert history["y"] + history["height"] <= charts["y"] <= history["y"] + history["height"] + 60
    assert (aside["x"] > charts["x"] + charts["width"]) == (charts["y"] < aside["y"] + aside["height"])
    assert all(inked > 500 for inked in page.evaluate(INKED))
    assert not page.evaluate(SIDEWAYS)
    for chart in page.locator("#charts [role=img]:visible").all():
        assert "numbers are in the data table below" in (chart.get_attribute("aria-label") or "")


@pytest.mark.usefixtures("drawer")
def test_a_failed_run_is_marked_in_the_colours_of_the_theme(page: Page, nightly: str) -> None:
    drawn(page, nightly)
    light = page.evaluate(RED)
    assert light
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({RED})() !== light", arg=light)
    assert page.evaluate(RED)


@pytest.mark.usefixtures("drawer")
def test_files_and_versions_are_drawn_when_they_are_asked_for(page: Page, nightly: str) -> None:
    drawn(page, nightly)
    page.get_by_role("button", name="Files", exact=True).click()
    expect(page.locator("#charts figure:visible")).to_have_count(5)
    page.get_by_role("button", name="Duration", exact=True).click()
    expect(page.locator("#charts figure:visible")).to_have_count(4)
    expect(page.get_by_role("button", name="Duration", exact=True)).to_have_attribute("aria-pressed", "false")


@pytest.mark.usefixtures("drawer")
def test_a_part_of_the_time_is_looked_at_closer_in_all_charts(page: Page, nightly: str) -> None:
    drawn(page, nightly)
    before = page.evaluate(INKED)
    first = page.locator("#charts .u-over").first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 40, steps=5)
    page.mouse.up()
    whole = page.get_by_role("button", name="Reset zoom")
    expect(whole).to_be_visible()
    page.wait_for_function(f"before => ({INKED})().every((inked, at) => inked !== before[at])", arg=before)
    whole.click()
    expect(whole).to_be_hidden()
    page.wait_for_function(f"before => ({INKED})().join() === before.join()", arg=before)


@pytest.mark.usefixtures("drawer")
def test_a_point_says_what_it_is_and_opens_its_run(page: Page, nightly: str) -> None:
    drawn(page, nightly)
    first = page.locator("#charts .u-over").first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 60)
    expect(page.locator("#charts output").first).to_have_text(re.compile(r" · \d+ min"))
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(r"/runs/20$"))


@pytest.mark.usefixtures("drawer")
def test_the_numbers_stand_in_a_table_for_those_who_do_not_see_charts(page: Page, nightly: str) -> None:
    drawn(page, nightly)
    page.get_by_text("Data table").click()
    rows = page.locator("#charts tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.filter(has_text="failed")).to_have_count(1)
    expect(rows.first).to_contain_text("10 min")


def test_without_scripts_the_table_is_there_and_ranges_are_links(chromium: Browser, nightly: str) -> None:
    with signed_in(chromium.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(nightly)
        expect(page.locator("#charts figure:visible")).to_have_count(0)
        page.get_by_role("link", name="30 days").click()
        page.wait_for_url(re.compile(r"range=30"))
        table = page.locator("#charts tbody tr")
        if not table.first.is_visible():
            page.get_by_text("Data table").click()
        expect(table).to_have_count(20)
        expect(table.first).to_be_visible()


def test_where_what_draws_cannot_be_fetched_the_table_opens(context: BrowserContext, nightly: str) -> None:
    page = context.new_page()
    page.route("**/vendor/*.js*", lambda route: route.abort())
    page.goto(nightly)
    expect(page.locator("#charts tbody tr").first).to_be_visible()


def test_a_schedule_is_said_back_while_it_is_typed(page: Page, nightly: str) -> None:
    page.goto(nightly)
    page.locator("#schedule > summary").click()
    page.get_by_label("Schedule", exact=True).press_sequentially("mon-fri 22:30")
    page.get_by_label("Zone").fill("America/New_York")
    told = page.locator(".understood")
    expect(told).to_contain_text("Monday to Friday at 22:30, America/New_York")
    expect(told.locator("tbody tr")).to_have_count(5)
    page.get_by_label("Schedule", exact=True).fill("mon-fri")
    expect(told).to_contain_text("needs times of day")


def test_a_schedule_is_said_back_without_a_script(chromium: Browser, nightly: str) -> None:
    with signed_in(chromium.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(nightly)
        page.locator("#schedule > summary").click()
        page.get_by_label("Schedule", exact=True).fill("daily 03:00")
        page.get_by_role("button", name="Preview").click()
        page.wait_for_url(re.compile("/schedule/preview#schedule$"))
        expect(page.locator(".understood")).to_contain_text("Every day at 03:00")
        expect(page.locator(".understood")).to_be_in_viewport()
        page.get_by_label("Schedule", exact=True).fill("now and then")
        page.locator("form").filter(has=page.get_by_role("button", name="Preview")).get_by_role(
            "button", name="Save"
        ).click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("does not begin with daily")
        alert.get_by_role("link", name="Schedule").click()
        expect(page.get_by_label("Schedule", exact=True)).to_be_in_viewport()


def test_a_day_says_what_ran_and_a_click_shows_it_in_the_history(page: Page, nightly: str) -> None:
    page.goto(nightly)
    card, day = page.locator("#day"), of_last_night(page)
    day.hover()
    expect(card).to_contain_text(re.compile(": OK.*Backup · 10 min.*Runs of this day", re.DOTALL))
    # It can be pointed at, and is gone when something else is.
    card.hover()
    page.wait_for_timeout(300)
    expect(day).to_have_class("at")
    page.locator("h1").hover()
    expect(card).to_be_empty()
    page.locator(".quarter a").last.focus()
    for _ in range((datetime.now(UTC).date() - last_night().date()).days):
        page.keyboard.press("ArrowLeft")
    expect(day).to_be_focused()
    expect(card.get_by_role("link", name="Runs of this day")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_empty()
    day.click()
    page.wait_for_url(re.compile(r"day=\d{4}-\d\d-\d\d#history$"))
    expect(page.locator("#history tbody tr")).to_have_count(1)
    expect(day).to_have_attribute("aria-current", "date")


def test_a_click_on_a_day_leads_there_from_a_preview_too(page: Page, nightly: str) -> None:
    page.goto(nightly)
    page.locator("#schedule > summary").click()
    page.get_by_label("Schedule", exact=True).fill("daily 03:00")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url(re.compile("/schedule/preview"))
    of_last_night(page).click()
    page.wait_for_url(re.compile(r"/jobs/1\?day="))
    expect(page.locator("#history tbody tr")).to_have_count(1)
