"""A page that follows what happens says within seconds that the server hangs: by its stream, or when it asks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from duplistat.web import live
from tests.browser.conftest import signed_in
from tests.support.serving import until

# Its eight seconds are over at once.
QUICK = """const timeout = AbortSignal.timeout;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 100);"""
COUNT = """window.beats = 0;
document.addEventListener("connected", ({ detail }) => { beats += Boolean(detail); });"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with signed_in(chromium.new_context(locale="en-GB")) as context:
        yield context.new_page()


def bar_of(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="Not connected; data from")


def wait_for_a_beat(page: Page) -> None:
    before = page.evaluate("beats")
    until(lambda: page.evaluate("beats") > before, "a beat")


def test_a_stream_that_is_silent_is_one_of_a_server_that_hangs(
    page: Page, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = bar_of(page)
    monkeypatch.setattr(live, "BEAT_EVERY", 0.1)
    page.add_init_script(COUNT)
    page.clock.install()
    page.goto(served)
    for _ in range(3):
        # It goes on as long as something is said every few seconds.
        wait_for_a_beat(page)
        page.clock.fast_forward(7_000)
        assert bar.is_hidden()
    monkeypatch.setattr(live, "BEAT_EVERY", 3600)

    def waited() -> bool:
        page.clock.fast_forward(9_000)
        return bar.is_visible()

    # One more beat may be on its way.
    until(waited, "a bar that says that the server hangs")


def test_a_stream_that_never_begins_is_so_too(page: Page, served: str) -> None:
    page.route("**/live", lambda _route: None)
    page.clock.install()
    page.goto(served)
    expect(page.locator("html.scripted")).to_be_attached()
    expect(bar_of(page)).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(bar_of(page)).to_be_visible()


def test_an_overview_without_a_stream_is_told_when_it_asks(page: Page, served: str) -> None:
    hangs: list[bool] = []
    page.add_init_script("delete window.EventSource")
    page.route("**/live", lambda route: None if hangs else route.continue_())
    page.clock.install()
    with page.expect_response("**/live"):
        page.goto(served)
    hangs.append(True)
    with page.expect_request("**/live"):
        page.clock.fast_forward(31_000)
    expect(bar_of(page)).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(bar_of(page)).to_be_visible()
    hangs.clear()
    page.clock.fast_forward(31_000)
    expect(bar_of(page)).to_be_hidden()


def test_a_log_that_is_followed_says_so_too(page: Page, served: str) -> None:
    page.add_init_script(QUICK)
    page.route("**/settings/log?since=*", lambda _route: None)
    page.goto(f"{served}/settings/log")
    page.get_by_label("Follow").check()
    expect(bar_of(page)).to_be_visible()
