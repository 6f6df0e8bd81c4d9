"""Lines that run from right to left: nothing of the layout depends on where left and right are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import signed_in
from tests.browser.layout import OUTSIDE, OVERLAPS

STYLES = Path(__file__).parents[2] / "static"
PATHS = (
    "/",
    "/?view=cards",
    "/jobs/1",
    "/runs/1",
    "/servers",
    "/servers/1",
    "/trends",
    "/calendar",
    "/runs",
    "/schedules",
    "/partners",
    "/events",
    "/alerts",
    "/alerts/channels",
    "/alerts/rules",
    "/settings",
    "/settings/me",
    "/settings/audit",
    "/settings/agents",
    "/settings/agents/1",
)


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
