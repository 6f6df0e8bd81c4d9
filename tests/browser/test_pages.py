"""The pages in a real browser: both themes, desktop and phone, with scripts and without."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect

from tests.browser.conftest import signed_in
from tests.browser.layout import SIDEWAYS

# Both sizes and both themes; what a page is like in the other two is made of the same rules.
LOOKS: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "desktop-light": (1280, 900, "light"),
    "phone-dark": (390, 844, "dark"),
}
PATHS = (
    # Others are asked for with all pages that links lead to.
    "/runs/3?level=error",
    "/events?severity=warning&type=disk_space_low",
    "/partners?state=failed",
    "/no-such-page",
)


@dataclass
class Visit:
    """A page that was loaded, and everything that it did."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tab(look: str, chromium: Browser) -> Iterator[Page]:
    """A tab of one look, which one test after the other has: to open one costs more than most of them."""
    width, height, theme = LOOKS[look]
    context = signed_in(chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme))
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(tab: Page) -> Iterator[Visit]:
    tab.goto("about:blank")
    seen = Visit(tab)

    def complained(message: ConsoleMessage) -> None:
        seen.complaints.append(message.text)

    def failed(error: Error) -> None:
        seen.complaints.append(str(error))

    def asked(request: Request) -> None:
        seen.requests.append(request.url)

    tab.on("console", complained)
    tab.on("pageerror", failed)
    tab.on("request", asked)
    yield seen
    tab.remove_listener("console", complained)
    tab.remove_listener("pageerror", failed)
    tab.remove_listener("request", asked)


def _value(page: Page, expression: str) -> Any:
    return page.evaluate(expression)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_quietly_asks_nobody_else_and_never_scrolls_sideways(
    visit: Visit, served: str, path: str
) -> None:
    visit.page.goto(served + path)
    answer = {"/no-such-page": "404"}.get(path)
    refused = [text for text in visit.complaints if answer is None or answer not in text]
    assert refused == []
    assert [url for url in visit.requests if not url.startswith(served)] == []
    assert not _value(visit.page, SIDEWAYS)


def test_the_theme_follows_the_preference(visit: Visit, served: str, look: str) -> None:
    visit.page.goto(served)
    ground = _value(visit.page, "getComputedStyle(document.documentElement).backgroundColor")
    red = int(ground.split("(")[1].split(",")[0])
    assert (red < 80) == look.endswith("dark")


def test_what_reports_bring_is_never_run(visit: Visit, served: str) -> None:
    visit.page.goto(served)
    links = visit.page.eval_on_selector_all("main a", "found => found.map(a => a.href)")
    for link in {link for link in links if "/jobs/" in link or "/servers/" in link}:
        visit.page.goto(link)
        assert _value(visit.page, "window.pwned") is None
    assert visit.complaints == []


def test_the_pages_need_no_script(chromium: Browser, served: str) -> None:
    context = signed_in(chromium.new_context(java_script_enabled=False))
    page = context.new_page()
    page.goto(served)
    assert "need attention" in page.inner_text("main")
    page.get_by_role("link", name="Paperless", exact=True).first.click()
    assert "Paperless" in page.inner_text("h1")
    context.close()


def test_a_form_is_filled_in_without_any_script(chromium: Browser, served: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/sign-in")
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password").fill("a new password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong e-mail or password.")
    expect(page).to_have_url(f"{served}/sign-in")
    context.close()


def test_an_empty_server_says_what_to_do_next(visit: Visit, empty: str) -> None:
    visit.page.goto(empty)
    text = visit.page.inner_text("main")
    assert f"--send-http-url={empty}/api/upload" in text
    assert "Waiting for the first report" in text
    assert not _value(visit.page, SIDEWAYS)
    visit.page.goto(f"{empty}/events")
    assert f"curl -X POST {empty}/api/ingest/notification" in visit.page.inner_text("main")
    assert not _value(visit.page, SIDEWAYS)
    assert visit.complaints == []


def test_events_of_strangers_neither_run_nor_widen_a_page(visit: Visit, served: str) -> None:
    visit.page.goto(f"{served}/events?severity=critical")
    filtered = visit.page.eval_on_selector_all(
        "main td a[href*=server]", "found => found.slice(0, 4).map(a => a.href)"
    )
    assert len(filtered) == 4
    for address in filtered:
        visit.page.goto(address)
        for message in visit.page.locator("main details summary").all():
            message.click()
        assert not _value(visit.page, SIDEWAYS)
        visit.page.get_by_role("link", name="Open server").click()
        visit.page.wait_for_url(f"{served}/servers/*")
        assert not _value(visit.page, SIDEWAYS)
        assert _value(visit.page, "window.pwned") is None
    assert visit.complaints == []


def test_the_timeline_of_a_server_has_runs_and_events(visit: Visit, served: str) -> None:
    visit.page.goto(f"{served}/events?severity=info")
    visit.page.get_by_role("link", name="dump", exact=True).first.click()
    visit.page.get_by_role("link", name="web-01", exact=True).click()
    expect(visit.page.get_by_role("row").filter(has_text="disk_space_low")).to_have_count(30)
    visit.page.get_by_role("link", name="All events of this server").click()
    visit.page.get_by_role("link", name="Older events").click()
    expect(visit.page.get_by_role("link", name="server: web-01")).to_be_visible()
    expect(visit.page).to_have_url(re.compile("before="))
    assert visit.complaints == []
    assert not _value(visit.page, SIDEWAYS)


def test_events_are_chosen_without_a_script(chromium: Browser, served: str) -> None:
    context = signed_in(chromium.new_context(java_script_enabled=False))
    page = context.new_page()
    page.goto(f"{served}/events")
    page.get_by_label("Severity").select_option("error")
    page.get_by_label("Type").fill("disk_space_low")
    page.locator("select[name=server]").select_option("web-01")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("severity=error&type=disk_space_low&server="))
    expect(page.get_by_role("row").filter(has_text="12% free")).to_have_count(13)
    page.get_by_role("link", name="severity: error").click()
    expect(page.get_by_role("row").filter(has_text="12% free")).to_have_count(50)
    context.close()


def test_every_state_is_told_by_a_word_and_not_by_colour_alone(visit: Visit, served: str) -> None:
    visit.page.goto(served)
    snapshot = visit.page.locator("main").aria_snapshot()
    assert "overdue" in snapshot.lower()
    assert "failed" in snapshot.lower()


@pytest.mark.parametrize("path", ["/settings/mail", "/schedules"])
def test_a_page_that_asks_for_nothing_says_that_the_device_is_not_connected(
    visit: Visit, served: str, path: str
) -> None:
    visit.page.goto(f"{served}{path}")
    bar = visit.page.get_by_role("status").filter(has_text="Not connected; data from")
    expect(bar).to_be_hidden()
    visit.page.context.set_offline(True)
    try:
        expect(bar).to_be_visible()
    finally:
        visit.page.context.set_offline(False)
    expect(bar).to_be_hidden()


def test_a_list_says_that_the_server_hangs(visit: Visit, served: str) -> None:
    # Its eight seconds are over at once.
    visit.page.add_init_script("""
        const timeout = AbortSignal.timeout;
        AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 100);""")
    visit.page.route("**/live", lambda _route: None)
    visit.page.goto(f"{served}/events")
    expect(visit.page.get_by_role("status").filter(has_text="Not connected; data from")).to_be_visible()


def test_on_paper_stands_what_was_chosen_and_nothing_to_choose(chromium: Browser, served: str) -> None:
    with signed_in(chromium.new_context(color_scheme="dark")) as context:
        page = context.new_page()
        page.goto(f"{served}/partners?state=failed")
        page.emulate_media(media="print")
        visible = page.locator("a:visible").all_inner_texts()
        assert not {"Overview", "Events", "Export CSV", "API"} & {text.strip() for text in visible}
        (chosen,) = page.locator(".levels a:visible").all_inner_texts()
        assert "failed" in chosen.split()
        expect(page.locator("table.rows tbody tr").first).to_be_visible()
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        assert _value(page, ground) == "rgb(255, 255, 255)"
        cut = (
            "[...document.querySelectorAll('.said')].filter(e => e.scrollHeight > e.clientHeight + 1).length"
        )
        assert _value(page, cut) == 0
        page.set_viewport_size({"width": 718, "height": 1000})
        for path in ("servers", "schedules"):
            page.goto(f"{served}/{path}")
            assert not _value(page, SIDEWAYS), path
