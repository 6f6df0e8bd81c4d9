"""Pages in each language: their words fit, on the narrowest phone and on a desktop."""

from collections.abc import Iterator
from itertools import cycle

import pytest
from playwright.sync_api import Browser, Page

from duplistat.services.languages import LANGUAGES, tag
from tests.browser.conftest import signed_in
from tests.browser.layout import CLIPPED, OUTSIDE, OVERLAPS, SIDEWAYS, TORN

WANTED = (OUTSIDE, OVERLAPS, CLIPPED, TORN)

# How many rows the main navigation of a phone takes.
ROWS = """() => new Set([...document.querySelectorAll(".rooms > *")]
    .filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().bottom)).size"""
# With what is on few of them: a search among lines of a log, buttons of many words, cards, names of facts.
PATHS = (
    *(
        "/",
        "/?view=cards",
        "/jobs/1",
        "/jobs/1/delete",
        "/runs",
        "/runs/1",
        "/runs/6",
        "/servers",
        "/servers/1",
    ),
    *("/trends", "/schedules", "/events", "/digest", "/alerts", "/alerts/rules", "/alerts/silences"),
    *("/settings", "/settings/me", "/settings/agents", "/settings/agents/1", "/settings/keys"),
    *("/settings/log", "/settings/database", "/settings/retention", "/settings/audit"),
)
DESKTOP, PHONE, NARROWEST = 1280, 390, 320
# Between them, where tables change: each page at one of these, and at another one in each language.
BETWEEN = (660, 700, 768, 830, 880, 910, 1024, 1110)


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport={"width": DESKTOP, "height": 800}))
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_language_fit(tab: Page, served: str, language: str) -> None:
    """Each page is loaded once, narrow, as charts take a moment to become narrower."""
    wrong: dict[tuple[str, int], set[str]] = {}
    tab.context.add_cookies([{"name": "duplistat_language", "value": language, "url": served}])
    between = cycle(BETWEEN[[*LANGUAGES].index(language) :] + BETWEEN)
    for path in PATHS:
        tab.set_viewport_size({"width": NARROWEST, "height": 800})
        answer = tab.goto(served + path)
        assert answer is not None
        assert answer.ok, path
        assert tab.evaluate("document.documentElement.lang") == tag(language)
        for width in (NARROWEST, DESKTOP):
            tab.set_viewport_size({"width": width, "height": 800})
            if found := {text for wanted in WANTED for text in tab.evaluate(wanted)}:
                wrong[path, width] = found
        width = next(between)
        tab.set_viewport_size({"width": width, "height": 800})
        if tab.evaluate(SIDEWAYS):
            wrong[path, width] = {"scrolls sideways"}
    tab.goto(served)
    for width in (DESKTOP, PHONE):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate(ROWS) == 1
    tab.context.clear_cookies(name="duplistat_language")
    assert wrong == {}
