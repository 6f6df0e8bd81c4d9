"""An overview follows what happens by a stream or, where none arrives, by asking. Pages say when the server hangs."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from duplistat.web import live
from tests.browser.conftest import serving, signed_in
from tests.support.bodies import JSON, duplicati
from tests.support.buffering_proxy import buffering
from tests.support.serving import until

# Its eight seconds are over at once.
QUICK = """const timeout = AbortSignal.timeout;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 100);"""
COUNT = """window.beats = 0;
document.addEventListener("connected", ({ detail }) => { beats += Boolean(detail); });"""
# The tab is in front or not, as a test says.
TURN = """let hidden = false;
Object.defineProperty(document, "hidden", { get: () => hidden });
window.turn = (away) => { hidden = away; document.dispatchEvent(new Event("visibilitychange")); };"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with signed_in(chromium.new_context(locale="en-GB")) as context:
        yield context.new_page()


def bar_of(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="Not connected; data from")


def wait_for_a_beat(page: Page) -> None:
    before = page.evaluate("beats")
    until(lambda: page.evaluate("beats") > before, "a beat")


def advance(page: Page) -> None:
    """Let time pass until the page asks plainly, and wait for the answer, which would be too late with more at once."""
    before = page.evaluate("beats")
    page.clock.fast_forward(11_000)
    until(lambda: page.evaluate("beats") > before, "an answer")


def appears(page: Page, job: str) -> bool:
    advance(page)
    return page.locator(".jobs").get_by_role("link", name=job, exact=True).is_visible()


def is_stream(request: Request) -> bool:
    return request.headers["accept"] == "text/event-stream"


def asks_of(page: Page) -> list[bool]:
    """What the page asks of /live from now on, a list that grows: for a stream, or plainly."""
    asked: list[bool] = []
    page.on("request", lambda one: asked.append(is_stream(one)) if one.url.endswith("/live") else None)
    return asked


def wait_until_asked(page: Page, asked: list[bool], expected: list[bool]) -> None:
    # What the page did is told while it is asked for something.
    until(lambda: page.evaluate("true") and asked == expected, f"{expected}, and not {asked}")


def post(server: str, job: str) -> None:
    body = json.dumps(duplicati("2026-01-28T02:00:00Z", job=job)).encode()
    request = urllib.request.Request(f"{server}/api/upload", body, {"Content-Type": JSON})
    urllib.request.urlopen(request, timeout=10).close()


def without_streams(route: Route) -> None:
    """As many are open as there may be."""
    if is_stream(route.request):
        route.fulfill(status=503)
    else:
        route.continue_()


def test_a_stream_falls_silent_and_the_server_hangs(
    page: Page, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar, asked = bar_of(page), asks_of(page)
    monkeypatch.setattr(live, "BEAT_EVERY", 0.1)
    page.add_init_script(COUNT)
    page.clock.install()
    page.goto(served)
    for _ in range(3):
        # It goes on as long as something is said every few seconds, and nobody asks.
        wait_for_a_beat(page)
        page.clock.fast_forward(5_000)
        assert bar.is_hidden()
    assert asked == [True]
    page.route("**/live", lambda _route: None)
    page.clock.fast_forward(9_000)
    wait_until_asked(page, asked, [True, False])
    expect(bar).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(bar).to_be_visible()
    page.unroute("**/live")

    def is_back() -> bool:
        page.clock.fast_forward(9_000)
        return bar.is_hidden()

    until(is_back, "a page that is connected")


def test_a_stream_never_begins_and_the_server_hangs(page: Page, served: str) -> None:
    page.route("**/live", lambda _route: None)
    page.clock.install()
    page.goto(served)
    expect(page.locator("html.scripted")).to_be_attached()
    with page.expect_request(lambda one: one.url.endswith("/live") and not is_stream(one)):
        page.clock.fast_forward(9_000)
    expect(bar_of(page)).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(bar_of(page)).to_be_visible()


@pytest.mark.parametrize("passes_headers", [True, False], ids=["headers", "nothing"])
def test_behind_a_proxy_that_holds_back_streams_reports_appear_until_the_server_dies(
    page: Page, tmp_path: Path, passes_headers: bool
) -> None:
    bar = bar_of(page)
    with ExitStack() as life:
        server = life.enter_context(serving(tmp_path))
        post(server, "photos")
        with buffering(server, passes_headers=passes_headers) as proxy:
            page.add_init_script(COUNT)
            page.clock.install()
            page.goto(proxy.url)
            until(lambda: proxy.streams, "a stream")
            for job in ("music", "mail"):
                post(server, job)
                until(partial(appears, page, job), job)
                assert bar.is_hidden()
            assert proxy.streams == 1
            life.close()
            page.clock.fast_forward(11_000)
            expect(bar).to_be_visible()


def test_a_stream_that_never_spoke_is_tried_again_after_ten_minutes(page: Page, tmp_path: Path) -> None:
    asked = asks_of(page)
    with serving(tmp_path) as server, buffering(server) as proxy:
        post(server, "photos")
        page.add_init_script(COUNT)
        page.clock.install()
        page.goto(proxy.url)
        until(lambda: proxy.streams, "a stream")
        for _ in range(3):
            advance(page)
        proxy.buffers = False
        page.clock.fast_forward(600_000)
        until(lambda: proxy.streams == 2, "another stream")
        post(server, "music")
        expect(page.locator(".jobs").get_by_role("link", name="music", exact=True)).to_be_visible(
            timeout=30_000
        )
        assert asked == [True, False, False, False, True]


def test_an_overview_without_a_stream_is_told_when_it_asks(page: Page, served: str) -> None:
    page.route("**/live", without_streams)
    page.clock.install()
    page.goto(served)
    with page.expect_response(lambda one: one.url.endswith("/live") and one.ok):
        page.clock.fast_forward(9_000)
    page.route("**/live", lambda _route: None)
    with page.expect_request("**/live"):
        page.clock.fast_forward(11_000)
    expect(bar_of(page)).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(bar_of(page)).to_be_visible()
    page.unroute("**/live")
    page.clock.fast_forward(11_000)
    expect(bar_of(page)).to_be_hidden()


def test_a_hidden_tab_asks_every_half_minute_and_one_that_is_seen_again_at_once(
    page: Page, served: str
) -> None:
    page.add_init_script(TURN)
    page.clock.install()
    asked = asks_of(page)
    page.goto(served)
    wait_until_asked(page, asked, [True])
    page.evaluate("turn(true)")
    page.clock.fast_forward(20_000)
    wait_until_asked(page, asked, [True])
    page.clock.fast_forward(11_000)
    wait_until_asked(page, asked, [True, False])
    page.evaluate("turn(false)")
    wait_until_asked(page, asked, [True, False, True])


def test_a_log_that_is_followed_says_so_too(page: Page, served: str) -> None:
    page.add_init_script(QUICK)
    page.route("**/settings/log?since=*", lambda _route: None)
    page.goto(f"{served}/settings/log")
    page.get_by_label("Follow").check()
    expect(bar_of(page)).to_be_visible()
