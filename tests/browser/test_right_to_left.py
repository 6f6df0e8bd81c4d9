"""Lines that run from right to left: nothing of the layout depends on where left and right are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import signed_in

STYLES = Path(__file__).parents[2] / "static"
PATHS = (
    "/",
    "/?view=cards",
    "/jobs/1",
    "/runs/1",
    "/servers",
    "/servers/1",
    "/events",
    "/alerts",
    "/alerts/channels",
    "/alerts/rules",
    "/settings",
    "/settings/me",
    "/settings/audit",
)
# What stands on something else that it is no part of: both are pressed or read. Of a strip each day is a part.
OVERLAPS = """() => {
    const shown = [...document.querySelectorAll("a, button, input, select, textarea, summary, h1, h2, dt, dd, label")]
        .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && getComputedStyle(one).clipPath === "none" && !one.closest("svg, dialog:not([open])"));
    const found = [];
    const boxes = shown.map(one => [one, [...one.getClientRects()]]);
    for (const [index, [one, mine]] of boxes.entries())
        for (const [other, its] of boxes.slice(index + 1)) {
            if (one.contains(other) || other.contains(one)) continue;
            if (mine.some(a => its.some(b => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
                    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)))
                found.push(`${one.outerHTML.slice(0, 80)} and ${other.outerHTML.slice(0, 80)}`);
        }
    return found;
}"""
OUTSIDE = """() => {
    const wide = innerWidth, found = [];
    if (document.documentElement.scrollWidth > wide) found.push("scrolls sideways");
    for (const one of document.querySelectorAll("h1, h2, a, button, input, select, summary, dt, dd, label")) {
        const box = one.getBoundingClientRect();
        if (!one.checkVisibility() || !box.width || getComputedStyle(one).clipPath !== "none") continue;
        if (one.closest("table, pre, nav, .levels, svg, dialog") || (box.left >= -1 && box.right <= wide + 1)) continue;
        if (!one.matches(".skip")) found.push(`outside: ${one.outerHTML.slice(0, 120)}`);
    }
    return found;
}"""


@pytest.fixture(scope="module", params=[1280, 390], ids=["desktop", "phone"])
def tab(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport={"width": request.param, "height": 900}))
    yield context.new_page()
    context.close()


def test_pages_read_from_right_to_left_as_well(tab: Page, served: str) -> None:
    size = tab.viewport_size
    assert size is not None
    wrong = {}
    for path in PATHS:
        answer = tab.goto(served + path)
        assert answer is not None
        assert answer.ok, path
        before = {*tab.evaluate(OVERLAPS), *tab.evaluate(OUTSIDE)}
        tab.evaluate("document.documentElement.dir = 'rtl'")
        found = {*tab.evaluate(OVERLAPS), *tab.evaluate(OUTSIDE)} - before
        # The head of the page begins at the other side.
        brand = tab.locator(".brand").bounding_box()
        if brand is None or brand["x"] < size["width"] / 2:
            found.add("begins at the left")
        if found:
            wrong[path] = found
    assert wrong == {}


def test_an_overlap_is_found(tab: Page, served: str) -> None:
    tab.goto(served + "/settings/me")
    tab.evaluate("for (const head of document.querySelectorAll('h1, h2')) head.style.position = 'fixed'")
    assert tab.evaluate(OVERLAPS)


def test_styles_know_start_and_end_and_not_left_and_right() -> None:
    sides = re.compile(
        r"(?<![\w-])((margin|padding|border)-(left|right)|(left|right)(?=:)|(text-align|float|clear): (left|right))"
    )
    four = re.compile(r"(?:margin|padding): (\S+) (\S+) (\S+) (\S+);")
    wrong = []
    for file in STYLES.glob("*.css"):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            sided = (found := four.search(line)) and found[2] != found[4]
            if sides.search(line) or sided:
                wrong.append(f"{file.name}:{number}: {line.strip()}")
    assert wrong == []
