"""How fast and how heavy the overview of 1,000 jobs is, and that nothing on it jumps when live data come.

`pytest -s tests/browser/test_speed.py -k thousand` tells what was measured.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from duplistat.http.context import KEY
from duplistat.http.session_cookie import COOKIE
from tests.browser.conftest import ADA, serving, signed_in
from tests.support.bodies import duplicati
from tests.support.many_jobs import add_jobs

JOBS = 1_000
# Of the first load as it is sent: the page with its styles, scripts, icons and manifest.
MOST_BYTES = 90_000
# What the head of a page names; a browser without a window fetches no icons.
NAMED = re.compile(r'<(?:link|script)\b[^>]*\b(?:href|src)="([^"]+)"')
FETCHED = """() => performance.getEntriesByType("resource").map(({ name }) => name)"""
# The budgets are 300 ms to the first paint and 500 ms until all is loaded. Times of one machine are no times of
# another, nor of itself while it does other things; so where they are not kept they are told as ratios to an empty page
# of the same server, loaded in turn with the overview. That takes about 60 and 70 ms where nothing else runs. The first
# paint is that of the top of the page and costs what an empty page does; the rest needs the processor, which an empty
# page hardly does, and has twice the ratio of its budget.
LOADS = 5
MOST_PAINT, MOST_LOAD = 300, 500
MOST_TIMES_THE_PAINT, MOST_TIMES_THE_LOAD = 300 / 60, 2 * 500 / 70
EMPTY = "/offline"
TIMES = """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].loadEventEnd]"""
LOADED = """() => performance.getEntriesByType("navigation")[0].loadEventEnd > 0
    && performance.getEntriesByName("first-contentful-paint").length > 0"""
# How high the page is, and where the columns of its table begin: by its head, and by its last row.
ROOM = """() => [document.documentElement.scrollHeight,
    ...["thead tr", "tbody:last-of-type tr:last-child"].map((row) =>
        [...document.querySelector(`.jobs ${row}`).cells].map((cell) => cell.getBoundingClientRect().left))]"""
# Entries of what was shifted, by whomever: also what follows a key or a click.
WATCH = """window.shifts = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 100) ?? node?.nodeName);
    shifts.push(`${entry.value} at ${entry.startTime}: ${moved.join(" | ")}`);
} })
    .observe({ type: "layout-shift", buffered: true });"""


def with_jobs(data: Path, number: int, *reports: dict[str, Any]) -> AbstractContextManager[str]:
    """A server with so many jobs that are well, one more that tests may report to, and what else was reported."""

    def fill(app: Flask) -> None:
        ctx = app.extensions[KEY]
        add_jobs(ctx.db, number, ctx.now() - 3_600_000, account=ctx.main_account)

    return serving(data, *(("/api/upload", report) for report in (night(30), *reports)), then=fill)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = signed_in(chromium.new_context(viewport={"width": 1280, "height": 900}))
    context.add_init_script(WATCH)
    yield context.new_page()
    context.close()


def night(hours: float, result: str = "Success", job: str = "live") -> dict[str, Any]:
    began = datetime.now(UTC) - timedelta(hours=hours)
    return duplicati(f"{began:%Y-%m-%dT%H:%M:%SZ}", server="aaa", machine="aaa", job=job, result=result)


def weights_of(address: str, fetched: list[str]) -> dict[str, int]:
    """{address: bytes as they are sent to a browser} of the overview, of what it names, and of what was `fetched`."""
    weights: dict[str, int] = {}
    with requests.Session() as ada:
        ada.headers.update({"Cookie": f"{COOKIE}={ADA}", "Accept-Encoding": "gzip"})
        html = ada.get(address, timeout=60).text
        named = [urljoin(address, unescape(path)) for path in NAMED.findall(html)]
        for url in (f"{address}/", *named, *fetched):
            # A stream has no weight.
            if not url.endswith("/live"):
                with ada.get(url, timeout=60, stream=True) as answer:
                    assert answer.ok, url
                    weights[url] = len(answer.raw.read(decode_content=False))
    assert any(".css" in url for url in weights), weights
    assert any(".js" in url for url in weights), weights
    assert any("icon" in url for url in weights), weights
    return weights


def tell(weights: dict[str, int], times: dict[str, tuple[float, float]]) -> None:
    """What was measured, for those who run this with -s."""
    html, *others = weights.values()
    lines = [f"first load of {JOBS:,} jobs: {html + sum(others):,} B, of which HTML {html:,} B"]
    for name, (own, empty) in times.items():
        lines.append(f"{name}: {own:.0f} ms, {own / empty:.1f} times the {empty:.0f} ms of an empty page")
    sys.stdout.write("\n".join(["", *lines, ""]))


def test_a_thousand_jobs_are_small_and_paint_soon(page: Page, tmp_path: Path) -> None:
    with with_jobs(tmp_path, JOBS) as address:
        taken: dict[str, list[list[float]]] = {"/": [], EMPTY: []}
        for _ in range(LOADS):
            for path, times in taken.items():
                page.goto(address + path)
                page.wait_for_function(LOADED)
                times.append(page.evaluate(TIMES))
        page.goto(address)
        assert page.locator("#jobs tbody th[scope=row]").count() > JOBS
        # The top stays where it is when the rows come.
        assert page.evaluate("shifts") == []
        # Rows that were not rendered yet have as much room as they take, and columns of the head, at either width.
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            estimated, *_ = page.evaluate(ROOM)
            page.locator("#jobs tbody tr").last.scroll_into_view_if_needed()
            taken_up, heads, cells = page.evaluate(ROOM)
            assert estimated == pytest.approx(taken_up, rel=0.005)
            assert width < 641 or cells == pytest.approx(heads, abs=1)
        weights = weights_of(address, page.evaluate(FETCHED))
        assert sum(weights.values()) <= MOST_BYTES, weights
        paint, load = (median(times[which] for times in taken["/"]) for which in (0, 1))
        empty_paint, empty_load = (median(times[which] for times in taken[EMPTY]) for which in (0, 1))
        tell(weights, {"first paint": (paint, empty_paint), "all loaded": (load, empty_load)})
        assert paint <= max(MOST_PAINT, MOST_TIMES_THE_PAINT * empty_paint), taken
        assert load <= max(MOST_LOAD, MOST_TIMES_THE_LOAD * empty_load), taken


def test_nothing_jumps_when_a_report_comes(page: Page, tmp_path: Path) -> None:
    heading, jobs = page.get_by_role("heading", level=1), page.locator("#jobs")

    def comes(hours: float, result: str = "Success") -> None:
        """A report, until the page tells of it."""
        assert requests.post(f"{address}/api/upload", json=night(hours, result), timeout=10).ok
        cases = "2 of 62 jobs need" if result == "Error" else "1 of 62 jobs needs"
        expect(heading).to_contain_text(f"{cases} attention", timeout=15_000)

    def top_of(place: Locator) -> float:
        box = place.bounding_box()
        assert box
        return box["y"]

    # Few jobs: a page that takes long to make is not asked for all the time.
    with with_jobs(tmp_path, 60, night(20, "Error", "broken")) as address:
        page.clock.install()
        page.goto(address)
        expect(page.locator("html.scripted")).to_be_attached()
        row = page.locator("#jobs tr").filter(has=page.get_by_role("link", name="live", exact=True))
        before = row.bounding_box()
        # What moved while the page was loaded is no matter of live data.
        page.wait_for_load_state()
        page.evaluate("shifts.length = 0")
        comes(1)
        expect(row).to_contain_text("2 OK", timeout=15_000)
        assert row.bounding_box() == before
        # A bar that says that nothing comes stands above all of it.
        page.evaluate("document.dispatchEvent(new CustomEvent('connected', { detail: false }))")
        expect(page.locator("#stale time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
        assert row.bounding_box() == before
        # A case above the list of somebody who is at the top of the page: it is seen, and the list stays.
        top = top_of(jobs)
        comes(0.9, "Error")
        assert abs(top_of(jobs) - top) <= 1
        expect(page.locator(".cases")).to_contain_text("live")
        expect(page.locator(".cases")).to_be_in_viewport(ratio=1)
        # Also where it goes, and there is nothing to scroll back.
        page.goto(address)
        expect(page.locator("html.scripted")).to_be_attached()
        page.wait_for_load_state()
        page.evaluate("shifts.length = 0")
        top = top_of(jobs)
        comes(0.8)
        assert abs(top_of(jobs) - top) <= 1
        # Where nobody was for long, the page begins at its top.
        page.clock.fast_forward("06:00")
        comes(0.7, "Error")
        assert page.evaluate("scrollY") == 0
        # One line less above what somebody reads further down: that stays where it is.
        page.mouse.move(600, 600)
        row.scroll_into_view_if_needed()
        page.mouse.wheel(0, 400)
        page.wait_for_function("() => scrollY > 300")
        seen = page.locator("#jobs tr").filter(has=page.get_by_role("link", name="documents-40", exact=True))
        top = top_of(seen)
        comes(0.6)
        assert abs(top_of(seen) - top) <= 1
        assert page.evaluate("shifts") == []
