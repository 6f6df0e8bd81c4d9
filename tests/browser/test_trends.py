"""The charts over all servers in a browser: really drawn, from the table below them, as bars or as lines."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from duplistat.http.context import KEY, Context
from duplistat.services.monitoring.day_sums import sum_noted
from tests.browser.conftest import serving, signed_in
from tests.browser.layout import SIDEWAYS
from tests.browser.test_job import DRAWER, INKED
from tests.support.bodies import duplicati


def count(app: Flask) -> None:
    context: Context = app.extensions[KEY]
    sum_noted(context.db, context.writes, context.now)


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    if not DRAWER.exists() and not os.environ.get("CI"):
        pytest.skip("no charts: make assets fetches what draws them")
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    posts: list[tuple[str, bytes | dict[str, Any]]] = [
        ("/api/upload", duplicati((now - timedelta(days=day)).isoformat(), server=server, machine=server))
        for day in range(20)
        for server in ("nas", "web")
    ]
    with serving(tmp_path, *posts, then=count) as address:
        context = signed_in(chromium.new_context(base_url=address))
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
        assert [text for text in complaints if not text.startswith("Canvas2D: ")] == []


def test_six_charts_are_drawn_as_bars_or_lines_at_any_width(page: Page) -> None:
    drawn = {}
    for query in ("?range=30&draw=bars", "?range=30&draw=lines"):
        page.goto(f"/trends{query}")
        expect(page.locator("#charts[data-drawn]")).to_be_attached()
        expect(page.locator("#charts figure:visible")).to_have_count(6)
        drawn[query] = page.evaluate(INKED)
        assert all(inked > 500 for inked in drawn[query])
    # A bar is more ink than a line.
    bars, lines = drawn.values()
    assert bars[0] > lines[0]
    page.get_by_text("Data table").click()
    expect(page.locator("#charts tbody tr")).to_have_count(30)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("/trends", "/calendar", "/runs"):
            page.goto(path)
            assert not page.evaluate(SIDEWAYS), (path, width)


def test_days_of_charts_are_those_of_the_server_wherever_the_browser_is(page: Page) -> None:
    page.goto("/trends")
    assert page.context.browser is not None
    # Fourteen hours ahead: the middle of a day is on the next one there.
    away = page.context.browser.new_context(timezone_id="Pacific/Kiritimati")
    with signed_in(away) as context:
        tab = context.new_page()
        tab.goto(f"{page.url}?range=30")
        expect(tab.locator("#charts[data-drawn]")).to_be_attached()
        chart = tab.locator("#charts figure:visible").first
        over = chart.locator(".u-over")
        box = over.bounding_box()
        assert box is not None
        over.hover(position={"x": box["width"] - 2, "y": box["height"] / 2})
        told = chart.locator("output")
        expect(told).to_contain_text("·")
        day = tab.locator("#charts tbody th time").first.get_attribute("datetime") or ""
        assert re.findall(r"\d+", told.inner_text().partition("·")[0]) == [str(int(day[-2:]))]
