"""Pages in each language: their words fit, on the narrowest phone and on a desktop."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from duplistat.services.languages import LANGUAGES, tag
from tests.browser.conftest import signed_in
from tests.browser.layout import CLIPPED, OUTSIDE, OVERLAPS

# How many rows the main navigation of a phone takes.
ROWS = """() => new Set([...document.querySelectorAll(".rooms > *")]
    .filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().bottom)).size"""
PATHS = (
    *(
        "/",
        "/jobs/1",
        "/runs/1",
        "/servers",
        "/servers/1",
        "/trends",
        "/schedules",
        "/alerts",
        "/alerts/rules",
    ),
    *("/settings", "/settings/me", "/settings/agents", "/settings/agents/1"),
)


@pytest.fixture(scope="module", params=[1280, 320], ids=["desktop", "phone"])
def tab(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport={"width": request.param, "height": 800}))
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_language_fit(tab: Page, served: str, language: str) -> None:
    wrong: dict[str, set[str]] = {}
    tab.context.add_cookies([{"name": "duplistat_language", "value": language, "url": served}])
    for path in PATHS:
        answer = tab.goto(served + path)
        assert answer is not None
        assert answer.ok, path
        assert tab.evaluate("document.documentElement.lang") == tag(language)
        if found := {*tab.evaluate(OUTSIDE), *tab.evaluate(OVERLAPS), *tab.evaluate(CLIPPED)}:
            wrong[path] = found
    tab.goto(served)
    width = tab.evaluate("innerWidth")
    tab.set_viewport_size({"width": max(width, 390), "height": 800})
    assert tab.evaluate(ROWS) == 1
    tab.set_viewport_size({"width": width, "height": 800})
    tab.context.clear_cookies(name="duplistat_language")
    assert wrong == {}
